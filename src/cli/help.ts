/**
 * @file The text of --help, made from the records in options.ts. Plain text of at most 80 columns, whatever the
 * terminal, so that it can be tested and pasted.
 */
import { ExitCode } from "../errors.ts";
import { type CommandName, commandNames, commandOf, type Flag, globalFlags, longName } from "./options.ts";

const WIDTH = 80;
const MAX_TERM = 34; // leaves more than half of the line for the text

/** What each exit code means, in the order of the codes. */
export const EXIT_CODES: Readonly<Record<number, string>> = {
  [ExitCode.done]: "done",
  [ExitCode.bug]: "a bug in nnt",
  [ExitCode.usage]: "wrong command line or config",
  [ExitCode.data]: "bad input data",
  [ExitCode.model]: "bad model file, or data that does not fit the model",
  [ExitCode.diverged]: "training diverged: the loss is not finite",
  [ExitCode.system]: "file system, memory or device failed",
  [ExitCode.gate]: "a measure is below --fail-under",
};

/** For someone who typed just `nnt`: one example and where to go on. */
export function shortHelp(): string {
  return `${[
    "nnt trains neural-network classifiers on CSV tables and IDX images.",
    "",
    "Usage: nnt COMMAND [options]",
    "",
    "Example:",
    "  nnt init iris.csv && nnt train iris.json",
    "  nnt eval runs/iris/model.bin iris.csv",
    "",
    ...section("Commands", commandRows()),
    'See "nnt --help", or "nnt COMMAND --help" for one command.',
  ].join("\n")}\n`;
}

/** The text of `nnt --help`. */
export function programHelp(): string {
  return `${[
    "Usage: nnt COMMAND [options]",
    "",
    "Trains neural-network classifiers on CSV tables and IDX images, measures them",
    "and uses them, from the shell.",
    "",
    ...section("Examples", [
      ["nnt init iris.csv", "write iris.json, a config for this table"],
      ["nnt train iris.json", "train as it says"],
      ["nnt eval runs/iris/model.bin test.csv", "measure the model"],
      ["nnt predict runs/iris/model.bin new.csv", "use it"],
    ]),
    ...section("Commands", commandRows()),
    ...section("Options", flagRows(globalFlags)),
    ...section("Exit codes", exitCodeRows(Object.keys(EXIT_CODES).map(Number))),
    'See "nnt COMMAND --help" for one command.',
  ].join("\n")}\n`;
}

/** The text of `nnt <name> --help`. */
export function commandHelp(name: CommandName): string {
  const command = commandOf(name);
  const args = Object.entries(command.arguments);
  const argumentRows = args.map(([key, argument]): Row => [key.toUpperCase(), argument.help]);
  return `${[
    usageLine(name),
    "",
    ...wrap(command.description, WIDTH),
    "",
    ...section("Examples", command.examples),
    ...(argumentRows.length > 0 ? section("Arguments", argumentRows) : []),
    ...section("Options", flagRows({ ...command.flags, ...globalFlags })),
    ...section("Exit codes", exitCodeRows(command.exitCodes)).slice(0, -1),
  ].join("\n")}\n`;
}

/** "Usage: nnt train CONFIG [options]" */
export function usageLine(name: CommandName): string {
  const places = Object.entries(commandOf(name).arguments).map(([key, argument]) =>
    argument.missing === undefined ? `[${key.toUpperCase()}]` : key.toUpperCase(),
  );
  return ["Usage: nnt", name, ...places, "[options]"].join(" ");
}

type Row = readonly [string, string];

const commandRows = () => commandNames.map((name): Row => [name, commandOf(name).summary]);

const exitCodeRows = (codes: readonly number[]) =>
  codes.map((code): Row => [String(code), EXIT_CODES[code] ?? ""]);

function flagRows(flags: Readonly<Record<string, Flag<unknown>>>): Row[] {
  return Object.entries(flags).map(([key, flag]) => {
    const short = flag.short === undefined ? "    " : `-${flag.short}, `;
    const value = flag.value === undefined ? "" : ` ${flag.value}`;
    return [`${short}${longName(key)}${value}`, flag.help + note(flag)];
  });
}

function note(flag: Flag<unknown>): string {
  if (Array.isArray(flag.initial)) return " (can be repeated)";
  return typeof flag.initial === "string" ? ` (default: ${flag.initial})` : "";
}

/** A heading, two columns with the second one wrapped, and an empty line; long terms get lines of their own. */
function section(title: string, rows: readonly Row[]): string[] {
  const longest = Math.max(...rows.map(([term]) => term.length));
  const beside = longest <= MAX_TERM;
  const indent = beside ? longest + 4 : 6;
  const lines = rows.flatMap(([term, text]) => {
    const wrapped = wrap(text, WIDTH - indent).map((line) => " ".repeat(indent) + line);
    if (!beside) return [`  ${term}`, ...wrapped];
    return [`  ${term}`.padEnd(indent) + wrapped[0]?.slice(indent), ...wrapped.slice(1)];
  });
  return [`${title}:`, ...lines, ""];
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
