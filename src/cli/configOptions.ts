/**
 * @file From the command line of `train` and `config` to what loads a config. Decides nothing about keys or values.
 */
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

/** `path` "-" reads the config from standard input. */
export async function configOptions(path: string, options: ConfigFlags, io: Io): Promise<LoadOptions> {
  const flag = (name: "epochs" | "seed" | "threads"): FlagValue[] => {
    const value = options[name];
    return value === undefined
      ? []
      : [{ flag: `--${name}`, key: `train.${name}`, value: String(value), as: "json" }];
  };
  return {
    path,
    cwd: io.cwd,
    sets: options.set.map(({ key, text }) => `${key}=${text}`),
    flags: [...flag("epochs"), ...flag("seed"), ...flag("threads")],
    outDir: options.out,
    ...(path === "-" ? { text: await text(io.stdin) } : {}),
  };
}
