/**
 * @file `nnt predict MODEL DATA`: rows in, one prediction per row out, in the same order and in constant memory.
 */
import { createWasmBackend } from "../../backend/wasm/network.ts";
import { ExitCode, UsageError } from "../../errors.ts";
import { assertNotInput, writeFileAtomic } from "../../files.ts";
import { type Model, readModel } from "../../model/file.ts";
import { Predictor } from "../../model/predictor.ts";
import type { Io } from "../io.ts";
import { CHUNK_ROWS, classOf, type ModelInput, openModelInput } from "../modelInput.ts";
import type { ArgsOf, OptionsOf } from "../options.ts";
import { type PredictionRow, rowWriter } from "../report/predictions.ts";

type Options = OptionsOf<"predict">;

export async function run(args: ArgsOf<"predict">, options: Options, io: Io): Promise<number> {
  if (options.output !== undefined) await assertNotInput(options.output, [args.model, args.data]);
  const model = await readModel(args.model);
  const input = await openModelInput(
    args.data,
    model.preprocessing,
    { required: false, file: undefined },
    io,
  );
  const text = predictions(model, input, options);
  if (options.output === undefined || options.output === "-")
    for await (const part of text) await io.out(part);
  else await writeFileAtomic(options.output, text);
  if (!options.quiet) for (const note of input.notes()) io.err(`note: ${note}\n`);
  return ExitCode.done;
}

/** The output in parts: first the header, then the rows of each chunk. */
async function* predictions(model: Model, input: ModelInput, options: Options): AsyncGenerator<string> {
  const { classes } = model.preprocessing;
  const kept = keptColumns(input.names, options.keep);
  const keptNames = kept.map((column) => input.names![column]!);
  const write = rowWriter(options.format, { kept: keptNames, classes: options.proba ? classes : [] });
  const predictor = new Predictor(createWasmBackend(), model, CHUNK_ROWS);
  yield write.header;
  for await (const chunk of input.chunks) {
    const { data, cells } = chunk;
    const probabilities = predictor.probabilities(data);
    const rows = Array.from({ length: data.rows }, (_, row): PredictionRow => {
      const first = row * classes.length;
      return {
        kept: kept.map((column) => cells![row]![column]!),
        prediction: classes[classOf(probabilities, row, classes.length, chunk)]!,
        probabilities: options.proba ? Array.from(classes, (_, c) => probabilities[first + c]!) : [],
      };
    });
    yield rows.map(write.row).join("");
  }
}

/** Positions of the columns to copy. */
function keptColumns(names: readonly string[] | null, keep: Options["keep"]): number[] {
  if (keep === undefined) return [];
  if (names === null) throw new UsageError("KEEP_IMAGES", "--keep needs a table: IDX images have no columns");
  if (keep === "all") return names.map((_, column) => column);
  const missing = keep.filter((name) => !names.includes(name));
  if (missing.length > 0) {
    const listed = missing.map((name) => JSON.stringify(name)).join(", ");
    throw new UsageError("KEEP_UNKNOWN", `--keep: no column ${listed}; the columns are ${names.join(", ")}`);
  }
  const twice = keep.find((name, i) => keep.indexOf(name) !== i);
  if (twice !== undefined)
    throw new UsageError("KEEP_TWICE", `--keep: column ${JSON.stringify(twice)} is named twice`);
  return keep.map((name) => names.indexOf(name));
}
