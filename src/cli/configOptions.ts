/**
 * @file From the command line of `train` and `config` to what loads a config. Decides nothing about keys or values.
 */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Readable } from "node:stream";
import type { FlagValue, LoadOptions } from "../config/load.ts";
import { findFiles } from "../data/files.ts";
import { findImageFolder } from "../data/imageFolder.ts";
import type { Io } from "./io.ts";
import type { Setting } from "./options.ts";

/** Flags that stand for a config key; see options.ts. */
interface ConfigFlags {
  readonly set: readonly Setting[];
  readonly out?: string | undefined;
  readonly epochs?: number | undefined;
  readonly seed?: number | undefined;
  readonly threads?: number | "auto" | undefined;
}

/** `path` "-" reads the config from standard input; a pipe, as in `nnt train <(…)`, counts as that. */
export async function configOptions(path: string, options: ConfigFlags, io: Io): Promise<LoadOptions> {
  const flag = (name: "epochs" | "seed" | "threads"): FlagValue[] => {
    const value = options[name];
    return value === undefined
      ? []
      : [{ flag: `--${name}`, key: `train.${name}`, value: String(value), as: "json" }];
  };
  const stream = await streamOf(path, io);
  return {
    path: stream === null ? path : "-",
    cwd: io.cwd,
    sets: options.set.map(({ key, text }) => `${key}=${text}`),
    flags: [...flag("epochs"), ...flag("seed"), ...flag("threads")],
    outDir: options.out,
    findImageFolder,
    findFiles,
    ...(stream === null ? {} : { stream }),
  };
}

/** Where a config without a file comes from; null for a file. */
async function streamOf(path: string, io: Io): Promise<Readable | null> {
  if (path === "-") return io.stdin;
  const file = resolve(io.cwd, path);
  const stats = await stat(file).catch(() => null);
  return stats?.isFIFO() ? createReadStream(file) : null;
}
