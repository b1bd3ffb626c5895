/**
 * @file Every command, argument and flag of nnt, one record each. The parser (main.ts), the help (help.ts) and
 * the shell completions (completion.ts) are made from these records. What a flag means is not decided here: a
 * value is checked as far as its text goes, and the command does the rest.
 */
import { UsageError } from "../errors.ts";

/** What a shell offers for a value. */
export type Completes = "file" | "folder" | readonly string[];

/** One positional argument. `missing` says what to do when it is not there; without, it is optional. */
export interface Argument<T> {
  readonly help: string;
  readonly completes: Completes;
  readonly missing?: string;
  parse(text: string): T;
}

/** One flag. Its long name is the key it is stored under, in kebab case. Without `value` it is a switch. */
export interface Flag<T> {
  readonly short?: string;
  readonly value?: string;
  readonly completes?: Completes;
  readonly help: string;
  /** what an absent flag means; for a flag that can be repeated, an array */
  readonly initial: T;
  parse(text: string, earlier: T): T;
}

/** One command. `check` sees the parsed arguments and flags together. */
export interface Command {
  readonly summary: string;
  readonly description: string;
  /** command line and what it does */
  readonly examples: readonly (readonly [string, string])[];
  readonly exitCodes: readonly number[];
  readonly arguments: Readonly<Record<string, Argument<unknown>>>;
  readonly flags: Readonly<Record<string, Flag<unknown>>>;
  /** flags that other commands have and this one does not, with what to write instead */
  readonly instead?: Readonly<Record<string, string>>;
  check?(args: Values, options: Values): void;
}
type Values = Readonly<Record<string, unknown>>;
type ParsedOf<R> = {
  readonly [K in keyof R]: R[K] extends { parse(text: string, earlier: never): infer T } ? T : never;
};

/** `--set key=text`; what the text means is for the config to say. */
export interface Setting {
  readonly key: string;
  readonly text: string;
}

/** `--fail-under metric=floor` */
export interface Gate {
  readonly metric: (typeof METRICS)[number];
  readonly floor: number;
}

/** Thrown by a value's parser with what it expected; the caller knows the flag and the text. */
export class Malformed extends Error {
  /** what may have been meant, ready to be added to the sentence */
  readonly hint: string;

  constructor(expected: string, hint = "") {
    super(expected);
    this.hint = hint;
  }
}

/** ` (did you mean eval?)` where a word begins with `text`, or `text` with a word, as "evaluate" does. */
export function meantWord(text: string, words: readonly string[]): string {
  const found = words.find((word) => text !== "" && (word.startsWith(text) || text.startsWith(word)));
  return found === undefined ? "" : ` (did you mean ${found}?)`;
}

/** A whole number from `min` on, written in digits. */
export const integer = (min: number) => (text: string) => {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(number) && number >= min) return number;
  throw new Malformed(`an integer of ${min} or more`);
};

/** One of a few words. */
export const choice =
  <const T extends string>(words: readonly T[]) =>
  (text: string): T => {
    const found = words.find((word) => word === text);
    if (found !== undefined) return found;
    throw new Malformed(listed(words), meantWord(text, words));
  };

const listed = (words: readonly string[]) => `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;

/** Any text but the empty one, which is usually an unset shell variable. */
export function someText(text: string): string {
  if (text !== "") return text;
  throw new Malformed("a name or path");
}

/** As in the config's schema. */
const MAX_THREADS = 256;

/** `N` or `auto`. */
export function threads(text: string): number | "auto" {
  if (text === "auto") return text;
  if (/^[1-9]\d{0,2}$/.test(text) && Number(text) <= MAX_THREADS) return Number(text);
  throw new Malformed(`"auto" or an integer from 1 to ${MAX_THREADS}`);
}

/** `a.b=v`; which keys there are is for the config to say. */
export function setting(argument: string): Setting {
  const [, key, text] = /^([^=]+)=(.*)$/s.exec(argument) ?? [];
  if (key === undefined || text === undefined) throw new Malformed("key=value, such as train.epochs=20");
  return { key, text };
}

const METRICS = ["accuracy", "macroF1"] as const;

/** `metric=floor` with a floor of 0 … 1 */
export function gate(text: string): Gate {
  const [, name, number] = /^(\w+)=(\d+(?:\.\d*)?|\.\d+)$/.exec(text) ?? [];
  const metric = METRICS.find((known) => known === name);
  if (metric !== undefined && Number(number) <= 1) return { metric, floor: Number(number) };
  throw new Malformed("accuracy=X or macroF1=X with X from 0 to 1, such as accuracy=0.97");
}

/** Names with commas between, or `all`. */
export function columnNames(text: string): "all" | readonly string[] {
  if (text === "all") return text;
  const names = text.split(",").map((name) => name.trim());
  if (names.every((name) => name !== "")) return names;
  throw new Malformed('"all" or column names with commas between');
}

type Look = { help: string; short?: string; completes?: Completes };

const toggle = (look: Look): Flag<boolean> => ({ ...look, initial: false, parse: () => true });

function single<T>(value: string, parse: (text: string) => T, look: Look): Flag<T | undefined> {
  return { ...look, value, initial: undefined, parse };
}

function repeated<T>(value: string, parse: (text: string) => T, look: Look): Flag<readonly T[]> {
  return { ...look, value, initial: [], parse: (text, earlier) => [...earlier, parse(text)] };
}

/** The first word is the default. */
function oneOf<const T extends string>(words: readonly [T, ...T[]], look: Look): Flag<T> {
  return { ...look, value: words.join("|"), completes: words, initial: words[0], parse: choice(words) };
}

function file(help: string, missing: string): Argument<string> {
  return { help, missing, completes: "file", parse: someText };
}

function word<const T extends string>(words: readonly T[]): Argument<T> {
  return { help: listed(words), missing: `give ${listed(words)}`, completes: words, parse: choice(words) };
}

const modelArgument = file("model file that nnt train wrote", "give a model file, such as model.bin");
const dataArgument = file(
  'CSV table ("*.csv" in quotes: several files), IDX images or a folder of them, or "-" for standard input',
  'give a file, or "-" to read standard input',
);
const quiet = toggle({ short: "q", help: "print nothing on stderr but errors" });
const set = repeated("KEY=VALUE", setting, {
  help: "replace a config value; VALUE is JSON or plain text, a list also a,b",
});

const THREADS = "threads; never changes the result";
const threadsFlag: Flag<number | "auto"> = {
  value: "N|auto",
  completes: ["auto"],
  help: THREADS,
  initial: "auto",
  parse: threads,
};

const train = {
  summary: "train a classifier",
  description:
    "Trains the network that CONFIG describes and writes a run folder: model.bin, metrics.json, log.csv, " +
    "log.jsonl and the resolved config.json. The same config, data and seed give the same model.bin.",
  examples: [
    ["nnt train iris.json", "train as the config says"],
    ["nnt train iris.json --set train.optimizer.learningRate=0.1", "with one value replaced"],
    ["nnt train iris.json --set network.hidden=64,32", "with two hidden layers"],
    ["nnt train iris.json --dry-run", "check config and data, train nothing"],
  ],
  exitCodes: [0, 1, 2, 3, 4, 5, 6],
  arguments: {
    config: file('config file (JSON, comments allowed), or "-" for standard input', "give a config file"),
  },
  flags: {
    set,
    out: single("DIR", someText, { completes: "folder", help: "run folder to write, instead of output.dir" }),
    epochs: single("N", integer(0), { help: "passes over the training rows, instead of train.epochs" }),
    seed: single("N", integer(0), { help: "start of all random numbers, instead of train.seed" }),
    threads: single("N|auto", threads, { completes: ["auto"], help: THREADS }),
    dryRun: toggle({ help: "check config and data, print what would be trained, write nothing" }),
    json: toggle({ help: "print the final result as one JSON document on stdout" }),
    noCache: toggle({ help: "read the table itself, and keep nothing of it for the next run" }),
    quiet,
  },
} satisfies Command;

const onBadRow = oneOf(["fail", "skip"], {
  help: "what a row of a table with a bad cell, or with too few or many, does: end the command, or be left out and counted",
});

const evaluate = {
  summary: "measure a model on data",
  description:
    "Prints loss, accuracy, macro-F1, a table of the classes and the confusion matrix of MODEL on labelled DATA. " +
    "A CSV table needs the label column that the model was trained with; IDX images need --labels, but a folder " +
    "with MNIST's files has its own, and its t10k files are measured.",
  examples: [
    ["nnt eval model.bin test.csv", "measure on a table"],
    ["nnt eval model.bin t10k-images.gz --labels t10k-labels.gz", "measure on IDX images"],
    ["nnt eval model.bin mnist", "measure on the t10k files of a folder"],
    ["nnt eval model.bin test.csv --fail-under accuracy=0.97", "exit 7 when it is not good enough"],
  ],
  exitCodes: [0, 1, 2, 3, 4, 6, 7],
  arguments: { model: modelArgument, data: dataArgument },
  flags: {
    labels: single("FILE", someText, { completes: "file", help: "IDX labels that belong to IDX images" }),
    failUnder: repeated("METRIC=X", gate, {
      completes: ["accuracy=", "macroF1="],
      help: "exit 7 if accuracy or macroF1 is below X, a fraction of 1",
    }),
    onBadRow,
    threads: threadsFlag,
    json: toggle({ help: "print the result as one JSON document" }),
    quiet,
  },
} satisfies Command;

const predict = {
  summary: "predict the class of each row",
  description:
    "Reads rows of DATA and writes one prediction for each, in the same order. Columns are matched by name; the " +
    "label column may be missing. With --on-bad-row skip, a row that cannot be read has an empty prediction, so that " +
    "row n of the output is still row n of the input. Images have an index, from 0; of a folder with MNIST's files the t10k images are taken.",
  examples: [
    ["nnt predict model.bin new.csv", "one predicted class per row"],
    ["cat new.csv | nnt predict model.bin - --proba", "from a pipe, with the probability of each class"],
    ["nnt predict model.bin new.csv --keep id -o out.csv", "beside the id column, to a file"],
  ],
  exitCodes: [0, 1, 2, 3, 4, 6],
  arguments: { model: modelArgument, data: dataArgument },
  flags: {
    format: oneOf(["csv", "tsv", "jsonl"], { help: "form of the output" }),
    proba: toggle({ help: "add the probability of each class" }),
    keep: single("COLS", columnNames, { help: 'input columns to copy: names with commas between, or "all"' }),
    output: single("FILE", someText, { short: "o", completes: "file", help: "write to FILE, not to stdout" }),
    onBadRow,
    threads: threadsFlag,
    quiet,
  },
  instead: { "--json": "--format jsonl" },
} satisfies Command;

const init = {
  summary: "write a config for a table or images",
  description:
    "Reads the table DATA, decides how to learn from it, and writes a config that trains as it is: label, " +
    "columns to leave out, missing values, held-out rows, network and learning rate, each with the reason. " +
    "The config goes to the working directory, under the name of the table. What was decided goes to stderr.",
  examples: [
    ["nnt init penguins.csv", "writes penguins.json"],
    ["nnt init penguins.csv --label sex -o sex.json", "predict another column"],
    ["nnt init train.csv --test test.csv", "the rows to test on are in a file of their own"],
    ["nnt init penguins.csv -o -", "print the config, as for nnt train -"],
  ],
  exitCodes: [0, 1, 2, 3, 6],
  arguments: {
    data: file(
      `CSV table ("*.csv" in quotes: several files), "-" for standard input, or a folder with MNIST's files`,
      "give a table, such as data.csv",
    ),
  },
  flags: {
    label: single("NAME", someText, { help: "column to predict, instead of the likeliest one" }),
    test: single("FILE", someText, {
      completes: "file",
      help: "table to test on, one file, so that no row of DATA is held out for it",
    }),
    output: single("FILE", someText, {
      short: "o",
      completes: "file",
      help: 'config to write, or "-" for stdout (default: name of the table with .json)',
    }),
    force: toggle({ short: "f", help: "replace a config that is there already" }),
    json: toggle({ help: "print what was decided as one JSON document on stdout" }),
    quiet,
  },
  check(_args, { output, json }) {
    if (output === "-" && json === true) {
      throw new UsageError("TWO_RESULTS", "--json and -o - both want stdout: choose one of them");
    }
  },
} satisfies Command;

const inspect = {
  summary: "describe a model, data file or run folder",
  description:
    "Says what FILE is and what is in it: a model, a CSV table, an IDX file, a folder with MNIST's files or a run folder. " +
    "Of a table, each column: its type, missing and distinct values, range or most frequent values, and what nnt " +
    "init would do with it.",
  examples: [
    ["nnt inspect model.bin", "layers, columns and classes of a model"],
    ["nnt inspect data.csv", "columns, and what nnt would do with them"],
  ],
  exitCodes: [0, 1, 2, 3, 4, 6],
  arguments: {
    file: file(
      "model, data file or folder of images, or run folder",
      "give a model, data file or run folder",
    ),
  },
  flags: { json: toggle({ help: "print one JSON document" }), quiet },
} satisfies Command;

const config = {
  summary: "check or show a config, or print its schema",
  description:
    "check reads CONFIG and lists every problem. show prints it complete, with every default filled in. " +
    "schema prints the JSON Schema of configs, for editors.",
  examples: [
    ["nnt config check iris.json", "list every problem"],
    ["nnt config show iris.json --set train.epochs=5", "what nnt train would use"],
    ["nnt config schema > nnt.schema.json", "completion and checks in an editor"],
  ],
  exitCodes: [0, 1, 2, 6],
  arguments: {
    action: word(["check", "show", "schema"]),
    config: {
      help: 'config file, or "-" for standard input; not with schema',
      completes: "file",
      parse: someText,
    } as Argument<string | undefined>,
  },
  flags: { set },
  check({ action, config: path }, options) {
    if (action !== "schema") {
      if (path === undefined) throw new UsageError("MISSING_ARGUMENT", "missing CONFIG: give a config file");
    } else if (path !== undefined || (options.set as unknown[]).length > 0)
      throw new UsageError("EXCESS_ARGUMENT", "config schema takes neither CONFIG nor --set");
  },
} satisfies Command;

const cache = {
  summary: "show or clear the tables kept between runs",
  description:
    "nnt train keeps each table of 1 MB or more as it is after reading, so that the next run with the same table and " +
    "settings starts at once. show says where and how much, path prints the folder alone, clear removes all of it. " +
    "NNT_CACHE_DIR in the environment names another folder, NNT_CACHE_SIZE the most it may hold (default 2GB; 0 " +
    "keeps nothing): the tables not used for longest go first.",
  examples: [
    ["nnt cache show", "where it is, and how much it holds"],
    ["nnt cache clear", "free its space"],
    ['ls -l "$(nnt cache path)"', "the files themselves"],
  ],
  exitCodes: [0, 1, 2, 6],
  arguments: { action: word(["show", "path", "clear"]) },
  flags: { json: toggle({ help: "print one JSON document" }) },
} satisfies Command;

const doctor = {
  summary: "check the machine, and measure the kernels on it",
  description:
    "Says which kernels run on this machine and why, tests that they compute what they should, and measures them. " +
    "Takes some seconds; other programs that run meanwhile make the figures smaller. NNT_REVECTORIZE=0 in the " +
    "environment turns 256-bit kernels off, here and in every command.",
  examples: [
    ["nnt doctor", "is all well, and how fast is it"],
    ["nnt doctor --json > doctor.json", "for a bug report"],
  ],
  exitCodes: [0, 1, 2, 6],
  arguments: {},
  flags: {
    threads: threadsFlag,
    json: toggle({ help: "print one JSON document" }),
  },
} satisfies Command;

const completion = {
  summary: "print a shell's completion script",
  description: "Prints a script that teaches the shell to complete nnt's commands, flags and files.",
  examples: [
    ['eval "$(nnt completion bash)"', "in ~/.bashrc"],
    ['eval "$(nnt completion zsh)"', "in ~/.zshrc, after compinit"],
    ["nnt completion fish > ~/.config/fish/completions/nnt.fish", "once"],
  ],
  exitCodes: [0, 1, 2],
  arguments: { shell: word(["bash", "zsh", "fish"]) },
  flags: {},
} satisfies Command;

/** All commands, in the order of the help. */
export const commands = { init, train, eval: evaluate, predict, inspect, config, cache, doctor, completion };

/** Switches that every command takes. */
export const globalFlags = {
  help: toggle({ short: "h", help: "print help" }),
  version: toggle({ help: "print the version" }),
  noColor: toggle({ help: "no colours; NO_COLOR=1 in the environment does the same" }),
  debug: toggle({ help: "print the stack of every error" }),
};

export type CommandName = keyof typeof commands;
export type ArgsOf<K extends CommandName> = ParsedOf<(typeof commands)[K]["arguments"]>;
export type OptionsOf<K extends CommandName> = ParsedOf<(typeof commands)[K]["flags"]>;

/** dryRun → --dry-run */
export const longName = (key: string) => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** A command as the generators see it, without its own types. */
export const commandOf = (name: CommandName): Command => commands[name];
/** All commands, in the order of --help. */
export const commandNames = Object.keys(commands) as CommandName[];
