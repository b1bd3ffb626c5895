/**
 * @file From the command line of `train` and `config` to what loads a config. Decides nothing about keys or values.
 */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import type { FlagValue, LoadOptions } from "../config/load.ts";
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
  const isPipe = path !== "-" && (await stat(resolve(io.cwd, path)).catch(() => null))?.isFIFO() === true;
  const source = isPipe ? createReadStream(resolve(io.cwd, path)) : path === "-" ? io.stdin : null;
  return {
    path: source === null ? path : "-",
    cwd: io.cwd,
    sets: options.set.map(({ key, text }) => `${key}=${text}`),
    flags: [...flag("epochs"), ...flag("seed"), ...flag("threads")],
    outDir: options.out,
    ...(source === null ? {} : { text: await text(source) }),
  };
}
