/**
 * @file `nnt config check|show|schema`: the config by itself, without its data.
 */
import { loadConfig } from "../../config/load.ts";
import { showConfig } from "../../config/show.ts";
import { ExitCode } from "../../errors.ts";
import { shownPath } from "../../paths.ts";
import { configOptions } from "../configOptions.ts";
import type { Io } from "../io.ts";
import type { ArgsOf, OptionsOf } from "../options.ts";

/** Checks, shows or describes a config. */
export async function run(args: ArgsOf<"config">, options: OptionsOf<"config">, io: Io): Promise<number> {
  if (args.action === "schema") {
    const { configJsonSchemaText } = await import("../../config/jsonSchema.ts");
    await io.out(configJsonSchemaText());
    return ExitCode.done;
  }
  const path = args.config!; // options.ts: required by check and show
  const { config, notes } = await loadConfig(await configOptions(path, options, io));
  for (const note of notes) io.err(`note: ${note}\n`);
  await io.out(
    args.action === "show"
      ? showConfig(config)
      : `${shownPath(path, io.cwd)}: no problems (its data files are not read here: nnt train --dry-run does)\n`,
  );
  return ExitCode.done;
}
