/**
 * @file What the rest of nnt receives: a complete, checked and frozen config with absolute paths. Types only. The
 * types of plain values come from the schema, those of the data section from src/data/, which reads by them.
 */
import type { DataOptions } from "../data/options.ts";
import type { CsvFile, IdxFile } from "./schema.ts";

export type {
  ColumnType,
  CsvDataOptions as CsvDataConfig,
  CsvFiles,
  IdxDataOptions as IdxDataConfig,
  IdxFiles,
  ImageFolder,
  SplitOptions as SplitConfig,
} from "../data/options.ts";

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

/** The `data` section, in the form in which src/data/ takes it. */
export type DataConfig = DataOptions;

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
