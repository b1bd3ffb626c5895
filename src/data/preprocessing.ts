/**
 * @file How a raw row becomes inputs: the part of a data set's description that is stored in the model file, so
 * that `eval` and `predict` take the same raw rows that training took. Types only: fit.ts makes them, encode.ts
 * applies them.
 */

/**
 * A number: standardised as (x - mean) / deviation, or with `spread` scaled robustly, as z / √(1 + (z/3)²) of
 * z = (x - median) / spread; a missing one is replaced by `median` first.
 */
export interface NumericColumn {
  readonly name: string;
  readonly type: "numeric";
  /** dense input index of the standardised value */
  readonly input: number;
  readonly mean: number;
  /** population standard deviation over the training rows that have a value; above 0 */
  readonly deviation: number;
  readonly median: number;
  /** what a deviation is for all but the extremes; above 0. Absent where the column is standardised */
  readonly spread?: number;
  /** one-hot input that is 1 where the cell is missing; null when no training row misses it */
  readonly missingInput: number | null;
}

/** One of a few words: input `firstInput + i` is 1 for level i; an unseen level sets none of them. */
export interface CategoricalColumn {
  readonly name: string;
  readonly type: "categorical";
  readonly firstInput: number;
  /** in first-seen order of the training rows; null is the level of missing cells, present only if training had one */
  readonly levels: readonly (string | null)[];
}

export type InputColumn = NumericColumn | CategoricalColumn;

/** Rows come from a table with named columns. */
export interface TablePreprocessing {
  readonly format: "csv";
  /** name of the label column */
  readonly label: string;
  /** class i is classes[i]; sorted as numbers if all are numbers, else by code unit */
  readonly classes: readonly string[];
  /** in the order of the training table */
  readonly columns: readonly InputColumn[];
  readonly inputs: number;
  readonly denseWidth: number;
  /** one character, or "auto" where it is found in each file; as the config said */
  readonly delimiter: string;
  /** the decimal mark of numbers, where it is no point */
  readonly decimal?: ",";
  /** spellings of a missing cell, compared after trimming */
  readonly missing: readonly string[];
  /** whether the training file named its columns: later files must, and are matched by name; else by position */
  readonly hasHeader: boolean;
  /** cells per row of the training file: without names, it tells a file without the label from a shifted one */
  readonly tableWidth: number;
}

/** Rows are images, one byte a pixel times `scale`, or floats as they are (scale 1). */
export interface ImagePreprocessing {
  readonly format: "idx";
  /** shape of one row, e.g. [28, 28] */
  readonly shape: readonly number[];
  readonly scale: number;
  readonly classes: readonly string[];
  readonly inputs: number;
}

export type Preprocessing = TablePreprocessing | ImagePreprocessing;
