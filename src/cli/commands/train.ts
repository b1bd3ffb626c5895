/**
 * @file `nnt train CONFIG`: config → data → network → training → run folder. Puts the parts together; what they do
 * is theirs, and what is said about it is in report/training.ts.
 */
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { LayerParameters } from "../../backend/backend.ts";
import { createWasmBackend } from "../../backend/wasm/network.ts";
import { type LoadedConfig, type LoadOptions, loadConfig } from "../../config/load.ts";
import { showConfig } from "../../config/show.ts";
import type { TrainConfig } from "../../config/types.ts";
import { type LoadedData, loadTrainingData } from "../../data/load.ts";
import { DivergedError, ExitCode, UsageError } from "../../errors.ts";
import { assertNotInput, assertWritable } from "../../files.ts";
import type { DivergedEvent, EndEvent, Score } from "../../log/events.ts";
import { RUN_FILES, RunFolder } from "../../log/runFolder.ts";
import { decodeWeights, encodeModel, readModelBytes } from "../../model/file.ts";
import { initialiseHe } from "../../model/init.ts";
import { countParameters } from "../../model/network.ts";
import { shownPath } from "../../paths.ts";
import { type BestModel, Trainer } from "../../train/trainer.ts";
import { configOptions } from "../configOptions.ts";
import type { Io } from "../io.ts";
import type { ArgsOf, OptionsOf } from "../options.ts";
import { createProgress } from "../report/progress.ts";
import { divergedText, planText, resultText } from "../report/training.ts";
import { version } from "../version.ts";

type Options = OptionsOf<"train">;

/** What is needed to train, all of it checked. */
export interface Prepared {
  readonly config: TrainConfig;
  readonly data: LoadedData;
  /** from opening the first file to rows ready for the network */
  readonly dataSeconds: number;
  readonly sizes: readonly number[];
  readonly initial: readonly LayerParameters[];
}

export async function run(args: ArgsOf<"train">, options: Options, io: Io): Promise<number> {
  const started = performance.now();
  const source = await configOptions(args.config, options, io);
  const loaded = await loadConfig(source);
  checkStdin(args.config, loaded.config);
  await checkInputs(loaded.config, source);
  const prepared = await prepare(loaded, io);
  if (!options.quiet) io.err(planText(prepared));
  await assertWritable(join(prepared.config.output.dir, "model.bin"));
  if (options.dryRun) return await dryRun(prepared, options, io);

  const backend = createWasmBackend();
  const { config, data, sizes, initial } = prepared;
  const trainer = new Trainer(backend, data, { ...config.train, ...config.train.optimizer }, sizes, initial);
  const folder = await RunFolder.open(config.output.dir);
  const end = await train(trainer, folder, options, io);
  const shown = shownPath(folder.path, io.cwd);
  const { best } = trainer;
  if (best === null) {
    if (end.type !== "diverged") throw new Error("internal: training ended without a model");
    const kept = `no epoch finished, no model was written; log: ${shown}/log.jsonl.partial`;
    throw new DivergedError("DIVERGED", divergedText(end, config, kept));
  }

  const test = data.test && (await trainer.scoreBest(data.test));
  const seconds = (performance.now() - started) / 1000;
  const metrics = metricsOf({ prepared, best, end, test, seconds, kernels: backend.name });
  const model = encodeModel(modelOf(prepared, best, end));
  const metricsJson = `${JSON.stringify(metrics, null, 2)}\n`;
  await folder.finish({ config: showConfig(config), model, metrics: metricsJson });
  if (options.json) await io.out(metricsJson);
  if (end.type === "diverged") {
    const kept = `${shown}/model.bin has the weights of epoch ${best.epoch}, from before`;
    throw new DivergedError("DIVERGED", divergedText(end, config, kept));
  }
  if (!options.quiet)
    io.err(resultText({ config, best, test, seconds, dir: shown, modelBytes: model.length }));
  return ExitCode.done;
}

async function prepare({ config, problemsAt }: LoadedConfig, io: Io): Promise<Prepared> {
  const started = performance.now();
  const data = await loadTrainingData(config.data, config.train.seed, { stdin: io.stdin, problemsAt });
  const dataSeconds = (performance.now() - started) / 1000;
  const sizes = [data.counts.inputs, ...config.network.hidden, data.counts.classes];
  const { initFrom, seed } = config.train;
  const initial =
    initFrom === null
      ? initialiseHe(sizes, seed)
      : decodeWeights(await readModelBytes(initFrom), shownPath(initFrom, io.cwd), sizes);
  return { config, data, dataSeconds, sizes, initial };
}

function checkStdin(configPath: string, { data }: TrainConfig): void {
  if (configPath !== "-" || data.train !== "-") return;
  throw new UsageError(
    "STDIN_TWICE",
    'config and data.train are both "-": standard input can be only one of them',
  );
}

/** No result may take the place of a file that is read: data, weights, or a config that somebody wrote. */
async function checkInputs({ data, output, train }: TrainConfig, source: LoadOptions): Promise<void> {
  const inputs = [data.train, data.validation, data.test].flatMap((part) => {
    if (typeof part === "string") return [part];
    if ("file" in part) return [part.file];
    return "images" in part ? [part.images, part.labels] : [];
  });
  for (const name of RUN_FILES) {
    await assertNotInput(join(output.dir, name), inputs);
    // training may go on from the weights that it then replaces
    if (train.initFrom !== null && name !== "model.bin")
      await assertNotInput(join(output.dir, name), [train.initFrom]);
  }
  if (source.path !== "-" && !(await isOwnConfig(source))) {
    await assertNotInput(join(output.dir, "config.json"), [resolve(source.cwd, source.path)]);
  }
}

/** True for the config.json of a run: replacing it loses no comment and no relative path. */
async function isOwnConfig({ path, cwd }: LoadOptions): Promise<boolean> {
  const { config } = await loadConfig({ path, cwd }).catch(() => ({ config: null }));
  return config !== null && (await readFile(resolve(cwd, path), "utf8")) === showConfig(config);
}

async function dryRun({ config, data, sizes }: Prepared, options: Options, io: Io): Promise<number> {
  const dir = shownPath(config.output.dir, io.cwd);
  if (!options.quiet) io.err(`dry run: config and data are fine, ${dir} can be written\n`);
  if (options.json) {
    const plan = {
      dryRun: true,
      sizes,
      parameters: countParameters(sizes),
      data: data.counts,
      dir: config.output.dir,
    };
    await io.out(`${JSON.stringify(plan, null, 2)}\n`);
  }
  return ExitCode.done;
}

/** Trains, feeding every event to the run folder's logs and to the terminal. */
async function train(
  trainer: Trainer,
  folder: RunFolder,
  options: Options,
  io: Io,
): Promise<EndEvent | DivergedEvent> {
  const progress = await createProgress(io, { quiet: options.quiet });
  let end: EndEvent | DivergedEvent | undefined;
  try {
    for await (const event of trainer.run()) {
      folder.write(event);
      progress.write(event);
      if (event.type === "end" || event.type === "diverged") end = event;
    }
  } finally {
    progress.close();
    folder.close();
  }
  if (end === undefined) throw new Error("internal: training ended without saying so");
  return end;
}

function modelOf({ config, data, sizes }: Prepared, best: BestModel, { step }: EndEvent | DivergedEvent) {
  const { epochs, batchSize, seed, optimizer } = config.train;
  const trainRows = data.train.rows.length;
  const { epoch: bestEpoch, train, validation, layers } = best;
  const training = { epochs, bestEpoch, step, batchSize, seed, optimizer, trainRows, train, validation };
  return { sizes, layers, preprocessing: data.preprocessing, training };
}

interface Outcome {
  readonly prepared: Prepared;
  readonly best: BestModel;
  readonly end: EndEvent | DivergedEvent;
  readonly test: Score | null;
  /** of the whole command */
  readonly seconds: number;
  readonly kernels: string;
}

/** The document of metrics.json and of --json. */
function metricsOf({ prepared, best, end, test, seconds, kernels }: Outcome) {
  const { config, data, dataSeconds, sizes } = prepared;
  const { type, ...at } = end;
  const diverged = type === "diverged" ? { ...at, loss: String(end.loss) } : null; // JSON has no NaN
  return {
    nnt: version(),
    model: join(config.output.dir, "model.bin"),
    sizes,
    parameters: countParameters(sizes),
    data: { ...data.counts, seconds: dataSeconds },
    epochs: config.train.epochs,
    bestEpoch: best.epoch,
    diverged,
    train: best.train,
    validation: best.validation,
    test,
    seconds,
    threads: 1,
    kernels,
  };
}
