/**
 * @file What training starts from and what it leaves: the contents of a model file, and the documents of metrics.json and
 * `--json`. What is shown to people is report/training.ts.
 */
import { join } from "node:path";
import type { LayerParameters } from "../backend/backend.ts";
import type { TrainConfig } from "../config/types.ts";
import type { LoadedData } from "../data/load.ts";
import type { DivergedEvent, EndEvent, InterruptedEvent, Score } from "../log/events.ts";
import { countParameters } from "../model/network.ts";
import type { BestModel } from "../train/trainer.ts";
import type { StopSignal } from "./signals.ts";
import { version } from "./version.ts";

/** What is needed to train, all of it checked. */
export interface Prepared {
  readonly config: TrainConfig;
  /** one line each: what was decided on the way */
  readonly notes: readonly string[];
  readonly data: LoadedData;
  /** from opening the first file to rows ready for the network */
  readonly dataSeconds: number;
  readonly sizes: readonly number[];
  readonly initial: () => readonly LayerParameters[];
}

/** How training ended. */
export type Ending = EndEvent | DivergedEvent | (InterruptedEvent & { readonly signal: StopSignal });

/** What goes into the model file: the best weights so far. */
export function modelOf({ config, data, sizes }: Prepared, best: BestModel, { step }: Ending) {
  const { epochs, batchSize, seed, optimizer, schedule } = config.train;
  const trainRows = data.train.rows.length;
  const { epoch: bestEpoch, train, validation, layers } = best;
  const weighting = data.weighting && { weighting: data.weighting };
  const settings = { epochs, bestEpoch, step, batchSize, seed, optimizer };
  const changing = schedule.name === "constant" ? {} : { schedule };
  const training = { ...settings, ...changing, trainRows, ...weighting, train, validation };
  return { sizes, layers, preprocessing: data.preprocessing, training };
}

interface Outcome {
  readonly prepared: Prepared;
  readonly best: BestModel;
  readonly test: Score | null;
  /** of the whole command */
  readonly seconds: number;
  readonly threads: number;
  readonly kernels: string;
}

/** The weights of the classes by name; null where all rows weigh the same. */
function weightingOf({ weighting, preprocessing }: LoadedData) {
  if (weighting === null) return null;
  const { classes, column } = weighting;
  const byName = classes && Object.fromEntries(preprocessing.classes.map((name, c) => [name, classes[c]!]));
  return { classes: byName, column };
}

/** The document of metrics.json and of --json. */
export function metricsOf({ prepared, best, test, seconds, threads, kernels }: Outcome) {
  const { config, data, dataSeconds, sizes } = prepared;
  return {
    nnt: version(),
    model: join(config.output.dir, "model.bin"),
    sizes,
    parameters: countParameters(sizes),
    data: { ...data.counts, seconds: dataSeconds, cached: data.cached },
    weighting: weightingOf(data),
    epochs: config.train.epochs,
    bestEpoch: best.epoch,
    train: best.train,
    validation: best.validation,
    test,
    seconds,
    threads,
    kernels,
  };
}

/** The document of --dry-run --json. */
export function planOf({ config, data, sizes }: Prepared) {
  return {
    dryRun: true,
    sizes,
    parameters: countParameters(sizes),
    data: data.counts,
    weighting: weightingOf(data),
    dir: config.output.dir,
  };
}
