/**
 * @file The run folder: what a training run leaves behind. While it trains, its logs grow under names that end in
 * ".partial", and a run that does not reach its end leaves no more than such files and rejects.csv, which tells of its
 * own table: log.csv, model.bin and metrics.json are those of the last run that did. Writes what it is given; what is in
 * the files is the callers' business.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { isErrnoException, SystemError } from "../errors.ts";
import { fileError, removeLeftovers, type StagedFile, stageFile, writeFileAtomic } from "../files.ts";
import { shownPath } from "../paths.ts";
import { csvLog } from "./csv.ts";
import type { TrainEvent } from "./events.ts";
import { jsonLog } from "./json.ts";
import type { Sink } from "./sink.ts";

const LOGS = ["log.csv", "log.jsonl"];
const RESULTS = ["model.bin", "config.json", "metrics.json"];
const PARTIAL = ".partial";
const PARTIAL_MODEL = `model.bin${PARTIAL}`;
const LOCK = "run.lock";
const REJECTS = "rejects.csv";

/** Every file that a run may write in its folder. */
export const RUN_FILES: readonly string[] = [
  ...RESULTS,
  ...LOGS,
  ...LOGS.map((name) => name + PARTIAL),
  PARTIAL_MODEL,
  REJECTS,
  LOCK,
];

/** The files that are written at the end. */
export interface RunResult {
  readonly config: string;
  readonly model: Uint8Array;
  readonly metrics: string;
}

/** A run folder that this process alone writes to, until it is closed. */
export class RunFolder implements Sink {
  readonly path: string;
  private readonly sinks: readonly Sink[];

  private constructor(path: string) {
    this.path = path;
    const partial = LOGS.map((name) => join(path, name + PARTIAL));
    this.sinks = [csvLog(partial[0]!), jsonLog(partial[1]!)];
  }

  /**
   * Creates the folder if need be, takes its lock, removes what a killed run left half-written, and starts the logs. Release it
   * with `close`.
   * Throws SystemError naming the path, RUN_IN_USE when another run is writing there.
   */
  static open(path: string): RunFolder {
    try {
      mkdirSync(path, { recursive: true });
      takeLock(path);
    } catch (error) {
      throw fileError(error, "create", path);
    }
    try {
      removeLeftovers(path, RUN_FILES);
      return new RunFolder(path);
    } catch (error) {
      rmSync(join(path, LOCK), { force: true });
      throw error;
    }
  }

  /** Absolute path of a file of the folder, e.g. "model.bin". */
  file(name: string): string {
    return join(this.path, name);
  }

  write(event: TrainEvent): void {
    for (const sink of this.sinks) sink.write(event);
  }

  /** Ends the logs and lets other runs in. */
  close(): void {
    for (const sink of this.sinks) sink.close();
    rmSync(this.file(LOCK), { force: true });
  }

  /**
   * Puts the results and the logs in their places: all are written in full beside them first, metrics.json is moved
   * last.
   */
  async finish({ config, model, metrics }: RunResult): Promise<void> {
    const staged = await this.stageResults([model, config, metrics]);
    for (const sink of this.sinks) sink.close();
    for (const name of LOGS) {
      const path = this.file(name);
      await rename(path + PARTIAL, path).catch((error: unknown) => {
        throw fileError(error, "write", path);
      });
    }
    for (const file of staged) await file.commit();
    await rm(this.file(PARTIAL_MODEL), { force: true });
  }

  /** Lists the bad rows that the run leaves out; null: there are none, and what an earlier run left goes. */
  async keepRejects(csv: string | null): Promise<void> {
    if (csv === null) await rm(this.file(REJECTS), { force: true });
    else await writeFileAtomic(this.file(REJECTS), csv);
  }

  /** All of RESULTS beside their places, or none. */
  private async stageResults(contents: readonly (string | Uint8Array)[]): Promise<StagedFile[]> {
    const staged: StagedFile[] = [];
    try {
      for (const [i, name] of RESULTS.entries()) staged.push(await stageFile(this.file(name), contents[i]!));
      return staged;
    } catch (error) {
      for (const file of staged) await file.abort();
      throw error;
    }
  }

  /** Keeps the weights of a run that did not reach its end; gives the file's name. */
  async keepPartial(model: Uint8Array): Promise<string> {
    await writeFileAtomic(this.file(PARTIAL_MODEL), model);
    return PARTIAL_MODEL;
  }
}

/** Two runs in one folder would mix their logs. A lock whose process has ended is taken over. */
function takeLock(folder: string): void {
  const lock = join(folder, LOCK);
  if (isHeld(lock)) {
    const owner = readFileSync(lock, "utf8").trim();
    throw new SystemError(
      "RUN_IN_USE",
      `${shownPath(folder)}: another nnt train is writing there (process and machine: ${owner}); wait for it, or choose another folder with --out; if there is no such process, remove ${LOCK} there`,
    );
  }
  rmSync(lock, { force: true });
  writeFileSync(lock, `${process.pid} ${hostname()}\n`, { flag: "wx" }); // fails where another process was faster
}

/** Whether the lock's process is alive. On another machine that cannot be seen, so it is taken to be. */
function isHeld(lock: string): boolean {
  let text: string;
  try {
    text = readFileSync(lock, "utf8");
  } catch {
    return false;
  }
  const [pid, host] = text.trim().split(" ");
  if (host !== hostname()) return host !== undefined;
  try {
    process.kill(Number(pid), 0);
    return Number(pid) !== process.pid;
  } catch (error) {
    return isErrnoException(error) && error.code === "EPERM";
  }
}
