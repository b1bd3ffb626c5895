/**
 * @file From a command line to an exit code: parse, run the command, and turn any error into text. The only place
 * where an error becomes text. Commands and the parser are loaded when they are needed, so that --version and
 * --help answer at once.
 */
import type { Command as Parser } from "commander";
import { ExitCode, isErrnoException, UsageError, UserError } from "../errors.ts";
import { printable, show } from "../words.ts";
import { ClosedPipe, type Io, isGiven } from "./io.ts";
import {
  type ArgsOf,
  type Argument,
  type CommandName,
  commandNames,
  commandOf,
  globalFlags,
  longName,
  Malformed,
  meantWord,
  type OptionsOf,
} from "./options.ts";
import { version } from "./version.ts";

/** What a file in commands/ exports as `run`; resolves to the exit code. */
export type RunCommand<K extends CommandName> = (
  args: ArgsOf<K>,
  options: OptionsOf<K>,
  io: Io,
) => Promise<number>;

/** How each command's module is loaded. */
export type Loaders = { readonly [K in CommandName]: () => Promise<{ readonly run: RunCommand<K> }> };

const loaders: Loaders = {
  init: () => import("./commands/init.ts"),
  train: () => import("./commands/train.ts"),
  eval: () => import("./commands/eval.ts"),
  predict: () => import("./commands/predict.ts"),
  inspect: () => import("./commands/inspect.ts"),
  config: () => import("./commands/config.ts"),
  cache: () => import("./commands/cache.ts"),
  doctor: () => import("./commands/doctor.ts"),
  completion: () => import("./commands/completion.ts"),
};

/** Runs the program with the arguments after its name and resolves to its exit code; never rejects. */
export async function run(argv: readonly string[], io: Io, load: Loaders = loaders): Promise<number> {
  try {
    return await dispatch(argv, io, load);
  } catch (error) {
    if (error instanceof ClosedPipe) return ExitCode.done;
    return await report(error, io, isGiven(argv, "--debug"));
  }
}

async function dispatch(argv: readonly string[], io: Io, load: Loaders): Promise<number> {
  const request = argv[0] === "--version" ? "version" : await parse(argv);
  if (request === "version") return print(`${version()}\n`, io);
  if (request === "bare") {
    io.err((await import("./help.ts")).shortHelp());
    return ExitCode.usage;
  }
  if ("help" in request) return print(await helpText(request.help), io);
  return start(request, load, io);
}

async function print(text: string, io: Io): Promise<number> {
  await io.out(text);
  return ExitCode.done;
}

async function helpText(name: CommandName | undefined): Promise<string> {
  const { commandHelp, programHelp } = await import("./help.ts");
  return name === undefined ? programHelp() : commandHelp(name);
}

async function start<K extends CommandName>(request: Invocation<K>, load: Loaders, io: Io): Promise<number> {
  const module = await load[request.name]();
  return module.run(request.args, request.options, io);
}

/** A command with its checked arguments and flags. */
export interface Invocation<K extends CommandName = CommandName> {
  readonly name: K;
  readonly args: ArgsOf<K>;
  readonly options: OptionsOf<K>;
}

type Request = Invocation | { readonly help: CommandName | undefined } | "version" | "bare";

/**
 * Reads a command line.
 * @throws UsageError that ends with where to read more
 */
export async function parse(argv: readonly string[]): Promise<Request> {
  if (argv.length === 0) return "bare";
  // "nnt help train" is what people of other tools type
  let words = argv[0] === "help" ? [...argv.slice(1, 2), "--help"] : argv;
  const named = words.find((word) => !word.startsWith("-"));
  const name = commandNames.find((known) => known === named);
  if (isGiven(words, "--help") || isGiven(words, "-h")) {
    if (name === named) return { help: name };
    words = [named ?? ""]; // so that the unknown command is what is complained of
  }
  const { Command, CommanderError, Option } = await import("commander");
  const captured: Invocation[] = [];
  const parser = describeProgram(new Command("nnt"), Option, (invocation) => captured.push(invocation));
  try {
    parser.parse(words, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.code === "commander.helpDisplayed") return { help: name };
      if (error.code === "commander.version") return "version";
      if (error.code === "commander.help") return "bare";
    }
    const early = flagBeforeCommand(words, name);
    if (early !== undefined && error instanceof CommanderError) {
      throw new UsageError("FLAG_PLACE", `${early} belongs to ${name}: put it after the command`);
    }
    throw withHint(error instanceof CommanderError ? usageError(error, name) : error, name);
  }
  return captured[0] ?? "bare";
}

/** A flag of the command that stands before its name, where only the program's own flags may. */
function flagBeforeCommand(words: readonly string[], name: CommandName | undefined): string | undefined {
  if (name === undefined) return undefined;
  const own = Object.entries(commandOf(name).flags).flatMap(([key, { short }]) => [
    longName(key),
    `-${short}`,
  ]);
  return words.slice(0, words.indexOf(name)).find((word) => own.includes(word));
}

/** Builds the parser from the records in options.ts. */
function describeProgram(
  program: Parser,
  Option: typeof import("commander").Option,
  capture: (invocation: Invocation) => void,
): Parser {
  const addFlags = (parser: Parser, flags: ReturnType<typeof commandOf>["flags"]) => {
    for (const [key, flag] of Object.entries(flags)) {
      const short = flag.short === undefined ? "" : `-${flag.short}, `;
      const option = new Option(
        `${short}${longName(key)}${flag.value === undefined ? "" : ` <${flag.value}>`}`,
      );
      if (flag.value !== undefined)
        option.argParser((text, earlier) => checked(longName(key), text, () => flag.parse(text, earlier)));
      parser.addOption(option.negate ? option : option.default(flag.initial));
    }
  };
  const { help: _help, version: _version, ...switches } = globalFlags;
  // Commander writes nothing itself: help and errors come back as exceptions and are put into words here.
  program.exitOverride().configureOutput({ writeOut: () => {}, writeErr: () => {} });
  program.version("", "--version").helpOption("-h, --help").helpCommand(false);
  addFlags(program, switches);
  for (const name of commandNames) {
    const command = commandOf(name);
    const parser = program.command(name);
    for (const key of Object.keys(command.arguments)) parser.argument(`[${key}]`);
    addFlags(parser, command.flags);
    parser.action(() => {
      const args = parseArguments(command.arguments, parser.args);
      const given = parser.opts();
      const options = Object.fromEntries(
        Object.keys(command.flags).map((key) => [key, flagValue(key, given)]),
      );
      command.check?.(args, options);
      capture({ name, args, options } as Invocation);
    });
  }
  return program;
}

/** The value of a flag among Commander's, to which --no-x is an x that is false. */
function flagValue(key: string, given: Readonly<Record<string, unknown>>): unknown {
  const positive = /^no([A-Z])(.*)$/.exec(key);
  return positive === null ? given[key] : given[`${positive[1]!.toLowerCase()}${positive[2]}`] === false;
}

function parseArguments(records: Readonly<Record<string, Argument<unknown>>>, words: readonly string[]) {
  const entries = Object.entries(records).map(([key, argument], index) => {
    const text = words[index];
    const label = key.toUpperCase();
    if (text !== undefined) return [key, checked(label, text, () => argument.parse(text))] as const;
    if (argument.missing === undefined) return [key, undefined] as const;
    throw new UsageError("MISSING_ARGUMENT", `missing ${label}: ${argument.missing}`);
  });
  return Object.fromEntries(entries);
}

function checked<T>(label: string, text: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw new UsageError("BAD_VALUE", `${label}: expected ${error.message}, got ${show(text)}${error.hint}`);
  }
}

const COMMANDER_KINDS: Readonly<Record<string, string>> = {
  "commander.unknownCommand": "UNKNOWN_COMMAND",
  "commander.unknownOption": "UNKNOWN_OPTION",
  "commander.excessArguments": "EXCESS_ARGUMENT",
  "commander.optionMissingArgument": "MISSING_VALUE",
};

/** Commander's sentence on one line, in the form of our own, with our own suggestion where it has none. */
function usageError(
  error: { readonly code: string; readonly message: string },
  name: CommandName | undefined,
): UsageError {
  const text = error.message
    .replace(/^error: /, "")
    .replace(/\n\(Did you mean (.*)\?\)$/s, " (did you mean $1?)")
    .replace(/\. Expected (\d+) arguments? but got (\d+)\.$/, ": expected $1, got $2")
    .replace(/ argument missing$/, " needs a value")
    .replace(/'([^']*)'/, '"$1"');
  const kind = COMMANDER_KINDS[error.code] ?? "USAGE";
  return new UsageError(kind, text.endsWith("?)") ? text : text + suggestion(kind, text, name));
}

/** What was meant by the word in quotes in `text`. */
function suggestion(kind: string, text: string, name: CommandName | undefined): string {
  const word = /"([^"]*)"/.exec(text)?.[1] ?? "";
  if (kind === "UNKNOWN_COMMAND") return meantWord(word, commandNames);
  const instead =
    kind === "UNKNOWN_OPTION" && name !== undefined ? commandOf(name).instead?.[word] : undefined;
  return instead === undefined ? "" : ` (did you mean ${instead}?)`;
}

const QUOTES = ' (put a pattern such as "data/*.csv" in quotes, else the shell expands it)';

function withHint(error: unknown, name: CommandName | undefined): unknown {
  if (!(error instanceof UsageError)) return error;
  const hint = `see "nnt ${name === undefined ? "" : `${name} `}--help"`;
  const takesFiles = name !== undefined && "data" in commandOf(name).arguments;
  const quotes = error.kind === "EXCESS_ARGUMENT" && takesFiles ? QUOTES : "";
  return new UsageError(error.kind, `${error.message}${quotes}\n${hint}`);
}

/** Prints an error for the user and returns the exit code; a stack is for bugs, or for --debug. */
async function report(error: unknown, io: Io, debug: boolean): Promise<number> {
  const failure = error instanceof UserError ? error : await systemFailure(error);
  if (failure !== undefined) {
    // names from files are already made printable; paths come as they are
    for (const line of failure.message.split("\n")) io.err(`nnt: ${printable(line)}\n`);
    if (debug) io.err(`${await details(error)}\n`);
    return failure.exitCode;
  }
  const machine = `nnt ${version()}, node ${process.version}, ${process.platform} ${process.arch}`;
  io.err(`nnt: this is a bug in nnt\n${await details(error)}\n`);
  io.err(`nnt: please report it with the text above, the command you ran and: ${machine}\n`);
  return ExitCode.bug;
}

/** A full disk or too little memory can show anywhere; neither is a bug. */
async function systemFailure(error: unknown): Promise<UserError | undefined> {
  if (error instanceof RangeError && OUT_OF_MEMORY.test(error.message))
    return new UserError(
      ExitCode.system,
      "OUT_OF_MEMORY",
      "not enough memory; use less data or a smaller network",
    );
  if (!isErrnoException(error)) return undefined;
  const { fileError } = await import("../files.ts");
  const failure = fileError(error, error.syscall ?? "use", error.path ?? "file system");
  return failure instanceof UserError ? failure : undefined;
}

const OUT_OF_MEMORY = /array buffer allocation failed|could not allocate memory|out of memory/i;

async function details(error: unknown): Promise<string> {
  return (await import("node:util")).inspect(error);
}
