/**
 * @file `nnt init DATA`: from a table, or a folder of images, to a config that trains as it is. Puts the parts
 * together: what is decided is data/profile's and config/recommend.ts's, how it is written config/write.ts's.
 */
import { stat } from "node:fs/promises";
import { basename, dirname, relative, resolve } from "node:path";
import { chooseHoldOut, type HoldOut } from "../../config/holdOut.ts";
import { type Recommendation, recommendTraining } from "../../config/recommend.ts";
import { writeConfig } from "../../config/write.ts";
import { namedFiles } from "../../data/files.ts";
import { findImageFolder, imageFolderConfig, trainFiles } from "../../data/imageFolder.ts";
import { matchColumns } from "../../data/match.ts";
import type { ImageFolder } from "../../data/options.ts";
import type { TablePlan } from "../../data/profile/decide.ts";
import { openSource } from "../../data/source.ts";
import { openTables } from "../../data/tables.ts";
import { DataError, ExitCode, ModelError, UsageError } from "../../errors.ts";
import { assertNotInput, assertWritable, writeFileAtomic } from "../../files.ts";
import { DEFAULT_MISSING } from "../../missing.ts";
import { shownPath } from "../../paths.ts";
import { type FileKind, fileKind } from "../../signatures.ts";
import { shellWord, show } from "../../words.ts";
import { csvDraft } from "../draft.ts";
import { type Io, inputPath } from "../io.ts";
import type { ArgsOf, OptionsOf } from "../options.ts";
import { type Look, planText, trainingText } from "../report/profile.ts";
import { watchReading } from "../report/reading.ts";
import { styleOf } from "../report/style.ts";
import { planOf } from "../tablePlan.ts";

type Options = OptionsOf<"init">;

/** What init makes of one kind of data. */
interface Drafted {
  /** the text of the config */
  readonly config: string;
  /** what was decided, for --json */
  readonly document: object;
  /** the same for people */
  readonly text: string;
}

/** A table's plan, and how to train on it. */
export interface TrainingPlan extends Omit<HoldOut, "test"> {
  /** the part of the rows, or the file from the config's folder */
  readonly test: number | string;
  /** of the network */
  readonly inputs: number;
  readonly training: Recommendation;
}

const LISTED = 60; // columns that are shown: two screens

/** Writes a config and says what was decided; throws as reading data does, and UsageError for a label that is not there. */
export async function run(args: ArgsOf<"init">, options: Options, io: Io): Promise<number> {
  const data = inputPath(args.data, io);
  const files = await namedFiles(data, args.data);
  const output = inputPath(options.output ?? configName(data, files), io);
  const test = options.test === undefined ? null : resolve(io.cwd, options.test);
  if (test !== null) await checkTest(test, io);
  await checkOutput(output, test === null ? files : [...files, test], options.force, io);
  const folder = output === "-" ? io.cwd : dirname(output);
  const images = data === "-" ? null : await findImageFolder(data);
  const { config, document, text } =
    images === null
      ? await draftTable({ data, test, folder }, options, io)
      : draftImages(images, data, folder, options, io);
  if (output === "-") await io.out(config);
  else await writeFileAtomic(output, config);
  if (!options.quiet) io.err(text + nextText(output, data, io));
  if (options.json) {
    const result = { kind: "init", config: shownPath(output, io.cwd), ...document };
    await io.out(`${JSON.stringify(result, null, 2)}\n`);
  }
  return ExitCode.done;
}

/** Standard input, or a pipe of the shell, as in `nnt init <(…)`: gone when the config is used. */
function isPassing(data: string): boolean {
  return data === "-" || /^\/(?:dev|proc\/[^/]+)\/fd\//.test(data);
}

/** "penguins.json" for data/penguins.csv.gz. `files`: those that `data` stands for. */
function configName(data: string, files: readonly string[]): string {
  const isPattern = files[0] !== data;
  if (isPassing(data) || isPattern) {
    throw new UsageError(
      "MISSING_OUTPUT",
      `a table ${isPattern ? "of several files" : "on standard input"} has no name: give the config one, such as -o table.json`,
    );
  }
  const name = basename(data).replace(/\.gz$/i, "");
  return `${name.replace(/(.)\.[^.]*$/, "$1")}.json`;
}

/** Throws DataError for what is no table; whether it fits DATA is seen once that is read. */
async function checkTest(path: string, io: Io): Promise<void> {
  const found = await stat(path).catch(() => null);
  const shown = shownPath(path, io.cwd);
  if (found === null)
    throw new DataError("DATA_NOT_FOUND", `--test: ${shown}: no such file (check the path)`);
  await checkIsTable(path, shown);
}

/** A config that somebody has worked on is not replaced by the way; nor is a table. */
async function checkOutput(output: string, inputs: readonly string[], force: boolean, io: Io): Promise<void> {
  if (output === "-") return;
  await assertNotInput(output, inputs);
  const found = await stat(output).catch(() => null);
  if (found?.isFile() && !force) {
    throw new UsageError(
      "CONFIG_EXISTS",
      `${shownPath(output, io.cwd)}: is there already (--force replaces it, -o FILE writes another)`,
    );
  }
  await assertWritable(output);
}

function draftImages(images: ImageFolder, data: string, folder: string, options: Options, io: Io): Drafted {
  const shown = shownPath(data, io.cwd);
  if (options.test !== undefined) {
    throw new UsageError(
      "TEST_OF_IMAGES",
      `--test: ${shown} is a folder of images (put its t10k files there)`,
    );
  }
  if (options.label !== undefined) {
    throw new UsageError("LABEL_OF_IMAGES", `--label: ${shown} is a folder of images, which have no columns`);
  }
  const [train, { test }] = [trainFiles(images, data), images];
  const files = [train, ...(test === null ? [] : [test])].map(({ images }) => basename(images));
  return {
    config: imageFolderConfig(relative(folder, data) || "."),
    document: { file: shown, train, test },
    text: `images   ${shown}: ${files.join(", ")} and their labels\n`,
  };
}

interface Places {
  /** absolute, or "-" */
  readonly data: string;
  /** absolute; null: rows of the table */
  readonly test: string | null;
  /** the config's */
  readonly folder: string;
}

async function draftTable({ data, test, folder }: Places, options: Options, io: Io): Promise<Drafted> {
  const shown = shownPath(data, io.cwd);
  await checkIsTable(data, shown);
  const label = options.label === undefined ? "likely" : { name: options.label };
  const read = await watchReading(io, options, (progress) => planOf(data, label, io, progress));
  const { plan } = read;
  if (test !== null) await checkTestFits(test, plan, io);
  const training = planTraining(plan, test === null ? null : relative(folder, test), shown);
  const train = isPassing(data) ? "-" : relative(folder, data);
  const width = io.stderr.isTTY ? io.stderr.columns : undefined;
  const look: Look = {
    style: styleOf(io, "stderr"),
    width,
    limit: LISTED,
    first: "use",
    otherLabel: "--label NAME for another",
  };
  return {
    config: writeConfig(csvDraft(read, training, { train, shown, folder })),
    document: { file: shown, ...plan, ...training },
    text: `${planText(shown, plan, look)}\n${trainingText(training)}`,
  };
}

/** Throws DataError where training would: the table to test on lacks a column that is learnt from, or the label. */
async function checkTestFits(test: string, plan: TablePlan, io: Io): Promise<void> {
  const { columns, hasHeader, decimal, delimiter } = plan;
  const dialect = { delimiter: delimiter === "," ? "auto" : delimiter, header: hasHeader, decimal };
  const table = await openTables([test], { ...dialect, missing: DEFAULT_MISSING });
  table.close();
  const inputs = columns.filter(({ use }) => use === "input");
  const wanted = { columns: inputs, hasHeader, label: plan.label!.name, tableWidth: columns.length };
  try {
    matchColumns({ ...wanted, delimiter: dialect.delimiter }, table.names, shownPath(test, io.cwd), true);
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    throw new DataError(error.kind, `--test: ${error.message}`);
  }
}

/** What other files are, and what to do with them. */
const NOT_TABLES: Partial<Record<FileKind, string>> = {
  json: "is JSON, expected a table; for a config: nnt config check",
  idx: "is an IDX file, expected a table or a folder with MNIST's files (else name its images and labels in data.train)",
  safetensors: "is a model, expected a table; to look at it: nnt inspect",
};

/** Throws DataError for a file that is plainly no table. A pipe is not looked at: it can be read only once. */
async function checkIsTable(path: string, shown: string): Promise<void> {
  const found = path === "-" ? null : await stat(path).catch(() => null);
  if (!found?.isFile()) return;
  for await (const chunk of await openSource(path)) {
    const kind = fileKind(chunk);
    const what = kind === null ? undefined : NOT_TABLES[kind];
    if (what !== undefined) throw new DataError("NOT_A_TABLE", `${shown}: ${what}`);
    return;
  }
}

/** Throws DataError NO_COLUMNS where every column is ignored. */
function planTraining({ columns, label }: TablePlan, test: string | null, shown: string): TrainingPlan {
  const inputs = columns.reduce((sum, column) => sum + column.inputs, 0);
  if (inputs === 0) {
    const reasons = columns.flatMap(({ name, reason }) =>
      reason === null ? [] : `column ${show(name)}: ${reason}`,
    );
    const why = reasons.length > 0 ? `:\n${reasons.join("\n")}` : ": the label is the only column";
    throw new DataError("NO_COLUMNS", `${shown}: no column is left to learn from${why}`);
  }
  const classRows = label!.classes.map(({ rows }) => rows);
  const held = chooseHoldOut(classRows, test !== null);
  const training = recommendTraining({ rows: held.ownRows, inputs, classes: classRows.length });
  return { ...held, test: test ?? held.test, inputs, training };
}

/** Where the config is, and the command that uses it. */
function nextText(output: string, data: string, io: Io): string {
  if (output === "-") return "";
  const config = shownPath(output, io.cwd);
  const input = isPassing(data) ? " < DATA" : "";
  return `config   ${config}\nnext     nnt train ${shellWord(config)}${input}\n`;
}
