/**
 * @file `nnt predict MODEL DATA`: rows in, one prediction per row out, in the same order and in constant memory.
 */
import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Backend } from "../../backend/backend.ts";
import { ExitCode, SystemError, UsageError } from "../../errors.ts";
import { assertNotInput, writeFileAtomic } from "../../files.ts";
import { type Model, readModel } from "../../model/file.ts";
import { Predictor } from "../../model/predictor.ts";
import { didYouMean } from "../../nearest.ts";
import { shownPath } from "../../paths.ts";
import { listed, show, showList } from "../../words.ts";
import { openBackend, threadCount } from "../backend.ts";
import { type Io, inputPath } from "../io.ts";
import { CHUNK_ROWS, classOf, type ModelInput, namedData, openModelInput } from "../modelInput.ts";
import type { ArgsOf, OptionsOf } from "../options.ts";
import { type RowWriter, rowWriter } from "../report/predictions.ts";
import { watchReading } from "../report/reading.ts";

type Options = OptionsOf<"predict">;

/** A prediction for each row. Throws what is wrong with model or data; on stdout the rows before it are out by then. */
export async function run(args: ArgsOf<"predict">, options: Options, io: Io): Promise<number> {
  const modelPath = inputPath(args.model, io);
  const named = await namedData(args.data, io);
  const output = inputPath(options.output ?? "-", io);
  await assertNotInput(output, [modelPath, ...named.paths]);
  if (output !== "-") await assertFolder(dirname(output));
  const model = await readModel(modelPath);
  const backend = openBackend(options.threads);
  const threads = threadCount(options.threads);
  const labels = { required: false, file: undefined, onBadRow: options.onBadRow, threads };
  const watch = { quiet: options.quiet, rowsTo: await rowsTo(output) };
  const input = await watchReading(io, watch, async (progress) => {
    const input = await openModelInput(named, model.preprocessing, labels, io, progress);
    try {
      const text = predictions(model, input, outputForm(model, input, options), backend);
      if (output === "-") for await (const part of text) await io.out(part);
      else await writeFileAtomic(output, text);
    } finally {
      input.close();
    }
    return input;
  }).finally(() => backend.close());
  if (!options.quiet) for (const note of input.notes()) io.err(`note: ${note}\n`);
  return ExitCode.done;
}

/** A folder that is not there is more often a slip of the pen than a wish. */
async function assertFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => null);
  if (!found?.isDirectory())
    throw new SystemError("NO_FOLDER", `${shownPath(folder)}: no such folder (make it, or check --output)`);
}

/** Null for a file, also one that is not there yet. */
async function rowsTo(output: string): Promise<"stdout" | "device" | null> {
  if (output === "-") return "stdout";
  const found = await stat(output).catch(() => null);
  return found === null || found.isFile() ? null : "device";
}

/** What a row of the output holds, known before anything is written. */
interface OutputForm {
  /** positions of the columns to copy */
  readonly kept: readonly number[];
  readonly withProbabilities: boolean;
  readonly writer: RowWriter;
}

function outputForm(model: Model, input: ModelInput, options: Options): OutputForm {
  const { classes } = model.preprocessing;
  const kept = keptColumns(input.names, options.keep);
  for (const column of kept) input.keep(column);
  const keptNames = kept.map((column) => input.names![column]!);
  const writer = rowWriter(options.format, {
    indexed: input.names === null,
    kept: keptNames,
    classes: options.proba ? classes : [],
  });
  return { kept, withProbabilities: options.proba, writer };
}

/** The output in parts: first the header, then the rows of each chunk. */
async function* predictions(
  model: Model,
  input: ModelInput,
  form: OutputForm,
  backend: Backend,
): AsyncGenerator<string> {
  const { classes } = model.preprocessing;
  const predictor = new Predictor(backend, model, CHUNK_ROWS);
  yield form.writer.header;
  let rows = 0;
  let usable = 0;
  for await (const chunk of input.chunks) {
    const { first, places } = chunk;
    rows += places.length;
    usable += chunk.data.rows;
    const predictions = predictor.predict(chunk.data);
    const { probabilities } = predictions;
    let text = "";
    for (const [row, at] of places.entries()) {
      text += form.writer.row({
        index: first === null ? null : first + row,
        kept: form.kept.map((column) => chunk.text(column, row)),
        prediction: at < 0 ? null : classes[classOf(predictions, row, chunk)]!,
        probabilities: form.withProbabilities
          ? Array.from(classes, (_, c) => (at < 0 ? null : probabilities[at * classes.length + c]!))
          : [],
      });
    }
    yield text;
  }
  if (rows > 0 && usable === 0) throw input.noRowLeft(); // nothing but empty predictions is no success
}

/** Positions of the columns to copy. */
function keptColumns(names: readonly string[] | null, keep: Options["keep"]): number[] {
  if (keep === undefined) return [];
  if (names === null) throw new UsageError("KEEP_IMAGES", "--keep needs a table: IDX images have no columns");
  if (keep === "all") return names.map((_, column) => column);
  const missing = keep.filter((name) => !names.includes(name));
  if (missing.length > 0) {
    const unknown = listed(missing.map((name) => show(name) + didYouMean(name, names)));
    throw new UsageError("KEEP_UNKNOWN", `--keep: no column ${unknown}; the columns are ${showList(names)}`);
  }
  const twice = keep.find((name, i) => keep.indexOf(name) !== i);
  if (twice !== undefined) throw new UsageError("KEEP_TWICE", `--keep: column ${show(twice)} is named twice`);
  return keep.map((name) => names.indexOf(name));
}
