/**
 * @file What to read, how, and what to hold out: the data part of a config as loading takes it, complete and checked.
 * Types only; defaults and ranges are src/config/schema.ts's.
 */

import type { Decimal } from "./cells.ts";

/** A part of the training file's rows that is held out. */
export interface FractionSplit {
  readonly kind: "fraction";
  /** of all rows, above 0 and below 1 */
  readonly fraction: number;
  /** take the same part of every class */
  readonly stratify: boolean;
}

/** A held-out set: none, rows taken from the training set, or a set of its own with these files. */
export type SplitOptions<Files> =
  | { readonly kind: "none" }
  | FractionSplit
  | ({ readonly kind: "file" } & Files);

/** The two files of an IDX set, absolute paths. */
export interface IdxFiles {
  readonly images: string;
  readonly labels: string;
}

/** The sets of a folder that has MNIST's file names, one of them at least: those to train on, and the t10k files. */
export type ImageFolder =
  | { readonly train: IdxFiles; readonly test: IdxFiles }
  | { readonly train: IdxFiles; readonly test: null }
  | { readonly train: null; readonly test: IdxFiles };

export interface IdxDataOptions {
  readonly format: "idx";
  readonly train: IdxFiles;
  readonly validation: SplitOptions<IdxFiles>;
  readonly test: SplitOptions<IdxFiles>;
}

/** The files of a CSV set, which are one table. */
export interface CsvFiles {
  /** absolute paths, at least one */
  readonly files: readonly string[];
}

/** What a column is, where the guess from the data is not wanted. */
export type ColumnType = "numeric" | "categorical" | "boolean" | "ignore";

/** How numbers become inputs: robustly where tails are heavy ("auto"), nowhere or everywhere. */
export type Scaling = "auto" | "standard" | "robust";

/** What the columns of a table mean. */
export interface TableOptions {
  /** one character, or "auto"; kept for later files, which are read in the same way */
  readonly delimiter: string;
  /** name of the label column, or its 0-based index */
  readonly label: string | number;
  /** names of columns to leave out */
  readonly ignore: readonly string[];
  /** by column name; may have a prototype: ask for own properties alone */
  readonly columns: Readonly<Record<string, ColumnType>>;
  /** the decimal mark of numbers, or "auto": found in the file, and kept for later ones */
  readonly decimal: Decimal | "auto";
  /** name of the column that holds each row's weight in training, which is no input; null: all weigh the same */
  readonly weight: string | null;
  /** spellings of a missing cell, compared after trimming */
  readonly missing: readonly string[];
  /** whether a row with a bad cell, or with too few or many, ends reading or is left out */
  readonly onBadRow: "fail" | "skip";
}

export interface CsvDataOptions extends TableOptions {
  readonly format: "csv";
  /** absolute paths of the files of one table, at least one; "-" is standard input */
  readonly train: readonly string[];
  readonly header: boolean | "auto";
  readonly scaling: Scaling;
  readonly validation: SplitOptions<CsvFiles>;
  readonly test: SplitOptions<CsvFiles>;
}

export type DataOptions = CsvDataOptions | IdxDataOptions;
