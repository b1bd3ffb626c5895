/**
 * @file `nnt eval MODEL DATA`: measures a model on labelled rows.
 */
import type { Backend } from "../../backend/backend.ts";
import { ExitCode, GateError, ModelError } from "../../errors.ts";
import { type Model, readModel } from "../../model/file.ts";
import { Predictor } from "../../model/predictor.ts";
import { shownPath } from "../../paths.ts";
import {
  accuracy,
  type ConfusionMatrix,
  classMetrics,
  createConfusionMatrix,
  macroAverage,
} from "../../train/metrics.ts";
import { openBackend, threadCount } from "../backend.ts";
import { type Io, inputPath } from "../io.ts";
import { CHUNK_ROWS, classOf, type ModelInput, namedData, openModelInput } from "../modelInput.ts";
import type { ArgsOf, Gate, OptionsOf } from "../options.ts";
import { evaluationText } from "../report/evaluation.ts";
import { watchReading } from "../report/reading.ts";
import { styleOf } from "../report/style.ts";

/** Throws GateError after its report if a measure is below its floor; else as reading model and data does. */
export async function run(args: ArgsOf<"eval">, options: OptionsOf<"eval">, io: Io): Promise<number> {
  const model = await readModel(inputPath(args.model, io));
  const backend = openBackend(options.threads);
  const data = await namedData(args.data, io);
  const threads = threadCount(options.threads);
  const labels = { required: true, file: options.labels, onBadRow: options.onBadRow, threads };
  const { input, rows, lossSum, matrix } = await watchReading(io, options, async (progress) => {
    const input = await openModelInput(data, model.preprocessing, labels, io, progress);
    const measured = await measure(model, input, backend).finally(() => input.close());
    return { input, ...measured };
  }).finally(() => backend.close());
  if (rows === 0) throw input.noRowLeft();
  if (!Number.isFinite(lossSum)) {
    const shown = shownPath(args.data, io.cwd);
    throw new ModelError(
      "NOT_FINITE",
      `${shown}: the loss is not finite: a row's values are too far from the training data's`,
    );
  }
  if (!options.quiet) for (const note of input.notes()) io.err(`note: ${note}\n`);
  const names = model.preprocessing.classes;
  const scores = { loss: lossSum / rows, accuracy: accuracy(matrix), macroF1: macroAverage(matrix).f1 };
  const classes = classMetrics(matrix).map((metrics, c) => ({ name: names[c]!, ...metrics }));
  if (options.json) {
    const confusion = names.map((_, c) => [
      ...matrix.counts.subarray(c * names.length, (c + 1) * names.length),
    ]);
    await io.out(`${JSON.stringify({ rows, ...input.counts(), ...scores, classes, confusion }, null, 2)}\n`);
  } else {
    const width = io.stdout.isTTY ? io.stdout.columns : undefined;
    await io.out(evaluationText({ rows, scores, classes, matrix }, styleOf(io, "stdout"), width));
  }
  checkGates(options.failUnder, scores);
  return ExitCode.done;
}

async function measure(
  model: Model,
  input: ModelInput,
  backend: Backend,
): Promise<{ rows: number; lossSum: number; matrix: ConfusionMatrix }> {
  const predictor = new Predictor(backend, model, CHUNK_ROWS);
  const { classes } = predictor;
  const matrix = createConfusionMatrix(classes);
  let rows = 0;
  let lossSum = 0;
  for await (const chunk of input.chunks) {
    const { data } = chunk;
    const scored = predictor.score(data);
    // One chain of additions: chunks end where text came to an end, which must not show in the sum.
    for (const loss of scored.losses) lossSum += loss;
    rows += data.rows;
    for (const [row, at] of chunk.places.entries()) {
      if (at >= 0) matrix.counts[data.labels[at]! * classes + classOf(scored, row, chunk)]!++;
    }
  }
  return { rows, lossSum, matrix };
}

/** Throws GateError naming every metric that is below its floor. */
function checkGates(gates: readonly Gate[], scores: Record<Gate["metric"], number>): void {
  const missed = gates.filter(({ metric, floor }) => !(scores[metric] >= floor));
  if (missed.length === 0) return;
  const lines = missed.map(
    ({ metric, floor }) => `${metric} is ${scores[metric]}, expected at least ${floor} (--fail-under)`,
  );
  throw new GateError("GATE", lines.join("\n"));
}
