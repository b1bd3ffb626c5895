/**
 * @file `nnt completion SHELL`: prints the script that src/cli/completion.ts makes.
 */
import { ExitCode } from "../../errors.ts";
import { completionScript } from "../completion.ts";
import type { Io } from "../io.ts";
import type { ArgsOf, OptionsOf } from "../options.ts";

/** Prints the completion script of a shell. */
export async function run(
  args: ArgsOf<"completion">,
  _options: OptionsOf<"completion">,
  io: Io,
): Promise<number> {
  await io.out(completionScript(args.shell));
  return ExitCode.done;
}
