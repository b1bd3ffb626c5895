/**
 * @file From the checked file to the config that runs: absolute paths, one form for held-out sets, defaults that
 * depend on where the config is, and frozen. Checks nothing (check.ts did) and reads no files.
 */
import path from "node:path";
import type { CheckedFile } from "./check.ts";
import type { CsvFile, IdxFile } from "./schema.ts";
import { type KeyPath, type Located, placeOf } from "./tree.ts";
import type {
  ColumnType,
  CsvDataConfig,
  CsvFiles,
  IdxDataConfig,
  IdxFiles,
  SplitConfig,
  TrainConfig,
} from "./types.ts";

export interface Folders {
  /** absolute; paths written in the file start here */
  readonly config: string;
  /** absolute; paths written on the command line start here */
  readonly working: string;
  /** name of the run: the default output folder is runs/<name> in the working directory */
  readonly name: string;
}

/** Turns a path into an absolute one, by the place where it was written. */
export type Absolute = (keys: KeyPath, written: string) => string;

/** `root` tells where each path was written. */
export function absolutePath(root: Located, folders: Folders): Absolute {
  return (keys, written) =>
    path.resolve(placeOf(root, keys).kind === "file" ? folders.config : folders.working, written);
}

/** The complete, frozen config. */
export function resolveConfig(checked: CheckedFile, root: Located, folders: Folders): TrainConfig {
  const absolute = absolutePath(root, folders);
  const { network, train, output } = checked.file;
  return deepFreeze({
    data:
      checked.format === "idx" ? idxData(checked.file.data, absolute) : csvData(checked.file.data, absolute),
    network,
    train: {
      ...train,
      initFrom: train.initFrom === null ? null : absolute(["train", "initFrom"], train.initFrom),
    },
    output: {
      dir:
        output.dir === undefined
          ? path.join(folders.working, "runs", folders.name)
          : absolute(["output", "dir"], output.dir),
    },
  });
}

function idxData(data: IdxFile["data"], absolute: Absolute): IdxDataConfig {
  const files = (keys: KeyPath, { images, labels }: IdxFiles): IdxFiles => ({
    images: absolute([...keys, "images"], images),
    labels: absolute([...keys, "labels"], labels),
  });
  const split = (key: "validation" | "test"): SplitConfig<IdxFiles> => {
    const written = data[key];
    if (written !== null && typeof written === "object" && "images" in written) {
      return { kind: "file", ...files(["data", key], written) };
    }
    return heldOut(written);
  };
  return {
    format: "idx",
    train: files(["data", "train"], data.train),
    validation: split("validation"),
    test: split("test"),
  };
}

function csvData(data: CsvFile["data"], absolute: Absolute): CsvDataConfig {
  const files = (key: string, written: string | readonly string[]): readonly string[] => {
    if (typeof written === "string") return [written === "-" ? "-" : absolute(["data", key], written)];
    return written.map((file, i) => absolute(["data", key, i], file));
  };
  const split = (key: "validation" | "test"): SplitConfig<CsvFiles> => {
    const written = data[key];
    if (typeof written === "string" || Array.isArray(written))
      return { kind: "file", files: files(key, written) };
    return heldOut(written);
  };
  const columns: Record<string, ColumnType> = Object.assign(Object.create(null), data.columns);
  return {
    format: "csv",
    train: files("train", data.train),
    delimiter: data.delimiter,
    header: data.header,
    label: data.label,
    ignore: data.ignore,
    columns,
    weight: data.weight,
    missing: data.missing,
    decimal: data.decimal,
    onBadRow: data.onBadRow,
    scaling: data.scaling,
    validation: split("validation"),
    test: split("test"),
  };
}

type HeldOut = { readonly kind: "none" } | Extract<SplitConfig<IdxFiles>, { kind: "fraction" }>;

function heldOut(written: number | { fraction: number; stratify: boolean } | null): HeldOut {
  const { fraction, stratify } =
    typeof written === "object" && written !== null ? written : { fraction: written ?? 0, stratify: true };
  return fraction === 0 ? { kind: "none" } : { kind: "fraction", fraction, stratify };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
