/**
 * @file `nnt train CONFIG`: config → data → network → training → run folder. Puts the parts together; what they do
 * is theirs, and what is said about it is in report/training.ts.
 */
import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { WasmBackend } from "../../backend/wasm/network.ts";
import { type LoadedConfig, type LoadOptions, loadConfig } from "../../config/load.ts";
import { showConfig } from "../../config/show.ts";
import type { TrainConfig } from "../../config/types.ts";
import type { TableCache } from "../../data/cache/tableCache.ts";
import { findImageFolder } from "../../data/imageFolder.ts";
import { loadTrainingData } from "../../data/load.ts";
import { rejectsCsv } from "../../data/rejects.ts";
import { LARGE_TABLE } from "../../data/threads.ts";
import { DataError, DivergedError, ExitCode, ModelError, UsageError } from "../../errors.ts";
import { assertNotInput, assertWritable } from "../../files.ts";
import type { EndEvent, Score } from "../../log/events.ts";
import { RUN_FILES, RunFolder } from "../../log/runFolder.ts";
import { decodeWeights, encodeModel, readModelBytes } from "../../model/file.ts";
import { initialiseHe } from "../../model/init.ts";
import { shownPath } from "../../paths.ts";
import { Trainer } from "../../train/trainer.ts";
import { openBackend, threadCount } from "../backend.ts";
import { openCache } from "../cache.ts";
import { configOptions } from "../configOptions.ts";
import { checkDataFiles, dataBytes, dataFiles } from "../dataFiles.ts";
import { replacedRunNotes } from "../earlierRun.ts";
import type { Io } from "../io.ts";
import type { ArgsOf, OptionsOf } from "../options.ts";
import { createProgress } from "../report/progress.ts";
import { watchReading } from "../report/reading.ts";
import { divergedText, planText, resultText } from "../report/training.ts";
import { onFirstSignal, SIGNAL_EXIT, type StopSignal } from "../signals.ts";
import { type Ending, metricsOf, modelOf, type Prepared, planOf } from "../trainResults.ts";

type Options = OptionsOf<"train">;

/**
 * Trains and leaves a run folder; 130 or 143 after a signal. Throws what is wrong with config, data or machine, DivergedError
 * where the loss is no number.
 */
export async function run(args: ArgsOf<"train">, options: Options, io: Io): Promise<number> {
  const started = performance.now();
  const source = await configOptions(args.config, options, io);
  const loaded = await loadConfig(source);
  checkStdin(args.config, loaded.config);
  await checkDataFiles(loaded);
  await checkInputs(loaded.config, source);
  const { threads, math } = loaded.config.train;
  const cache = options.noCache ? null : openCache(io, !options.dryRun);
  const backend = openBackend(threads, math);
  try {
    return await runWith(backend, loaded, { options, started, cache }, io);
  } finally {
    backend.close();
    await cache?.finished();
  }
}

/** Files of this size take longer to read than threads take to start. */
const LARGE_BYTES = 1_000_000;

/**
 * Whether threads that train are started while data are read. Not beside those that read a large table: they would take
 * processors from these (82 MB of numbers, 2 processors: 0.43 s instead of 0.39), and start within the first steps anyway.
 */
async function startsEarly(config: TrainConfig): Promise<boolean> {
  const bytes = await dataBytes(config);
  return bytes >= LARGE_BYTES && (config.data.format === "idx" || bytes < LARGE_TABLE);
}

async function runWith(
  backend: WasmBackend,
  loaded: LoadedConfig,
  { options, started, cache }: { options: Options; started: number; cache: TableCache | null },
  io: Io,
): Promise<number> {
  if (!options.dryRun && (await startsEarly(loaded.config))) backend.start();
  const prepared = await prepare(loaded, cache, options, io);
  if (!options.quiet) io.err(planText(prepared));
  const { config, data, sizes, initial } = prepared;
  for (const name of RUN_FILES) await assertWritable(join(config.output.dir, name));
  if (options.dryRun) return await dryRun(prepared, options, io);

  const settings = { ...config.train, ...config.train.optimizer };
  const trainer = new Trainer(backend, data, settings, sizes, initial);
  const folder = RunFolder.open(config.output.dir);
  try {
    await folder.keepRejects(data.rejects.length > 0 ? rejectsCsv(data.rejects) : null);
    const end = await train(trainer, folder, options, io);
    const run = { prepared, trainer, folder };
    if (end.type !== "end") return await endEarly(end, run, io);
    return await finish(end, run, { options, started, kernels: backend.name }, io);
  } finally {
    folder.close();
  }
}

interface TrainedRun {
  readonly prepared: Prepared;
  readonly trainer: Trainer;
  readonly folder: RunFolder;
}

/** Training reached its end: measures on the test rows, writes the results, and says what they are. */
async function finish(
  end: EndEvent,
  { prepared, trainer, folder }: TrainedRun,
  { options, started, kernels }: { options: Options; started: number; kernels: string },
  io: Io,
): Promise<number> {
  const { config } = prepared;
  const best = trainer.best!; // an epoch has ended, or there was none to run
  const tested = await scoreTest(trainer);
  const test = tested instanceof DataError ? null : tested;
  const seconds = (performance.now() - started) / 1000;
  const model = encodeModel(modelOf(prepared, best, end));
  const { threads } = trainer;
  const metrics = metricsOf({ prepared, best, test, seconds, threads, kernels });
  const metricsJson = `${JSON.stringify(metrics, null, 2)}\n`;
  await folder.finish({ config: showConfig(config), model, metrics: metricsJson });
  if (tested instanceof DataError) throw tested;
  if (options.json) await io.out(metricsJson);
  const dir = shownPath(folder.path, io.cwd);
  if (!options.quiet) {
    const imageFolder = await imageFolderOf(config, io);
    io.err(resultText({ config, best, test, seconds, dir, modelBytes: model.length, imageFolder }));
  }
  return ExitCode.done;
}

/** The folder of the images that were trained on, as shown to people, where `eval` takes it: it has test images. */
async function imageFolderOf({ data }: TrainConfig, io: Io): Promise<string | null> {
  if (data.format !== "idx") return null;
  const folder = dirname(data.train.images);
  const images = await findImageFolder(folder).catch(() => null); // images by other names
  return images?.test ? shownPath(folder, io.cwd) : null;
}

/** The test score, or what is wrong with the test rows: the model is worth keeping all the same. */
async function scoreTest(trainer: Trainer): Promise<Score | null | DataError> {
  try {
    return await trainer.scoreTest();
  } catch (error) {
    if (error instanceof DataError) return error;
    throw error;
  }
}

/** Training did not reach its end: keeps the best weights so far beside what an earlier run left, and says so. */
async function endEarly(
  end: Exclude<Ending, EndEvent>,
  { prepared, trainer, folder }: TrainedRun,
  io: Io,
): Promise<number> {
  const { best } = trainer;
  const dir = shownPath(folder.path, io.cwd);
  const partial = best && (await folder.keepPartial(encodeModel(modelOf(prepared, best, end))));
  const logs = `${dir}/log.csv.partial and log.jsonl.partial`;
  const kept = best
    ? `kept: ${dir}/${partial} (the weights after epoch ${best.epoch}), ${logs}`
    : `no epoch was finished, so there is no model; kept: ${logs}`;
  if (end.type === "diverged") throw new DivergedError("DIVERGED", divergedText(end, prepared.config, kept));
  io.err(`nnt: interrupted in epoch ${end.epoch} after step ${end.step}\nnnt: ${kept}\n`);
  return SIGNAL_EXIT[end.signal];
}

async function prepare(
  loaded: LoadedConfig,
  cache: TableCache | null,
  options: Options,
  io: Io,
): Promise<Prepared> {
  const { config, problemsAt } = loaded;
  const started = performance.now();
  const { seed, classWeights, initFrom } = config.train;
  const dataIo = { stdin: io.stdin, problemsAt, cache, threads: threadCount(config.train.threads) };
  const data = await watchReading(io, options, (progress) =>
    loadTrainingData(config.data, seed, { ...dataIo, progress }, classWeights),
  );
  const dataSeconds = (performance.now() - started) / 1000;
  const sizes = [data.counts.inputs, ...config.network.hidden, data.counts.classes];
  const replaced = options.dryRun ? [] : await replacedRunNotes(config, io.cwd);
  const notes = [...loaded.notes, ...replaced, ...data.notes];
  const prepared = { config, notes, data, dataSeconds, sizes };
  if (initFrom === null) return { ...prepared, initial: () => initialiseHe(sizes, seed) };
  try {
    const weights = decodeWeights(await readModelBytes(initFrom), shownPath(initFrom, io.cwd), sizes);
    return { ...prepared, initial: () => weights };
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    throw new ModelError(error.kind, `${problemsAt("train.initFrom")}: train.initFrom: ${error.message}`);
  }
}

function checkStdin(configPath: string, { data }: TrainConfig): void {
  if (configPath !== "-" || data.format !== "csv" || data.train[0] !== "-") return;
  throw new UsageError(
    "STDIN_TWICE",
    'config and data.train are both "-": standard input can be only one of them',
  );
}

/** No result may take the place of a file that is read: data, weights, or a config that somebody wrote. */
async function checkInputs(config: TrainConfig, source: LoadOptions): Promise<void> {
  const { output, train } = config;
  const check = (name: string, inputs: readonly string[]) =>
    assertNotInput(join(output.dir, name), inputs, "choose another run folder with --out");
  const inputs = dataFiles(config).map(({ path }) => path);
  for (const name of RUN_FILES) {
    await check(name, inputs);
    // Training may go on from the weights that it then replaces, since it does so only when it has reached its end.
    if (train.initFrom !== null && name !== "model.bin") await check(name, [train.initFrom]);
  }
  if (source.path !== "-" && !(await isOwnConfig(source))) {
    await check("config.json", [resolve(source.cwd, source.path)]);
  }
}

/** True for the config.json of a run: replacing it loses no comment and no relative path. */
async function isOwnConfig({ path, cwd }: LoadOptions): Promise<boolean> {
  const { config } = await loadConfig({ path, cwd }).catch(() => ({ config: null }));
  return config !== null && (await readFile(resolve(cwd, path), "utf8")) === showConfig(config);
}

async function dryRun(prepared: Prepared, options: Options, io: Io): Promise<number> {
  const dir = shownPath(prepared.config.output.dir, io.cwd);
  if (!options.quiet) io.err(`dry run: config and data are fine, ${dir} can be written\n`);
  if (options.json) {
    await io.out(`${JSON.stringify(planOf(prepared), null, 2)}\n`);
  }
  return ExitCode.done;
}

/** Trains, feeding every event to the run folder's logs and to the terminal. The first Ctrl-C ends it in order. */
async function train(trainer: Trainer, folder: RunFolder, options: Options, io: Io): Promise<Ending> {
  const progress = await createProgress(io, { quiet: options.quiet });
  let signal: StopSignal = "SIGINT";
  const release = onFirstSignal((received) => {
    signal = received;
    trainer.stop();
  });
  let end: Ending | undefined;
  try {
    for await (const event of trainer.run()) {
      folder.write(event);
      progress.write(event);
      if (event.type === "end" || event.type === "diverged") end = event;
      else if (event.type === "interrupted") end = { ...event, signal };
    }
  } finally {
    release();
    progress.close();
  }
  if (end === undefined) throw new Error("internal: training ended without saying so");
  return end;
}
