/**
 * @file What the rest of nnt receives: a complete, checked and frozen config with absolute paths. Types only. The
 * types of plain values come from the schema; what load.ts turns into another form is written out here.
 */
import type { CsvFile, IdxFile } from "./schema.ts";

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

/** The two files of an IDX set, absolute paths. */
export interface IdxFiles {
  readonly images: string;
  readonly labels: string;
}

/** A held-out set: none, rows taken from the training set, or a set of its own with these files. */
export type SplitConfig<Files> =
  | { readonly kind: "none" }
  | {
      readonly kind: "fraction";
      /** of the training file's rows, above 0 and below 1 */
      readonly fraction: number;
      /** take the same part of every class */
      readonly stratify: boolean;
    }
  | ({ readonly kind: "file" } & Files);

/** The file of a CSV set. */
export interface CsvFiles {
  /** absolute path */
  readonly file: string;
}

export interface IdxDataConfig {
  readonly format: "idx";
  readonly train: IdxFiles;
  readonly validation: SplitConfig<IdxFiles>;
  readonly test: SplitConfig<IdxFiles>;
}

export type ColumnType = "numeric" | "categorical" | "ignore";

export interface CsvDataConfig {
  readonly format: "csv";
  /** absolute path, or "-" for standard input */
  readonly train: string;
  /** one character, or "auto" */
  readonly delimiter: string;
  readonly header: boolean | "auto";
  /** name of the label column, or its 0-based index */
  readonly label: string | number;
  /** names of columns to leave out */
  readonly ignore: readonly string[];
  /** by column name; without prototype, so that a column called "constructor" is not found by accident */
  readonly columns: Readonly<Record<string, ColumnType>>;
  /** spellings of a missing cell */
  readonly missing: readonly string[];
  readonly validation: SplitConfig<CsvFiles>;
  readonly test: SplitConfig<CsvFiles>;
}

export type DataConfig = IdxDataConfig | CsvDataConfig;

export type NetworkConfig = DeepReadonly<IdxFile["network"]>;
/** The `train` section; `initFrom` is an absolute path or null. */
export type TrainingConfig = DeepReadonly<CsvFile["train"]>;
export type OptimizerConfig = TrainingConfig["optimizer"];

export interface OutputConfig {
  /** run folder, absolute path */
  readonly dir: string;
}

/** Everything that `nnt train` needs to know. Deeply frozen. */
export interface TrainConfig {
  readonly data: DataConfig;
  readonly network: NetworkConfig;
  readonly train: TrainingConfig;
  readonly output: OutputConfig;
}
