/**
 * @file The run folder: what a training run leaves behind. While it trains, its logs grow under names that end in
 * ".partial"; at the end all files take their places together. So log.csv, model.bin and metrics.json are always of
 * one and the same run, and a run that is killed or fails leaves those of the run before as they were.
 * Writes what it is given; what is in the files is the callers' business.
 */
import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { fileError, writeFileAtomic } from "../files.ts";
import { csvLog } from "./csv.ts";
import type { TrainEvent } from "./events.ts";
import { jsonLog } from "./json.ts";
import type { Sink } from "./sink.ts";

const LOGS = ["log.csv", "log.jsonl"];
const PARTIAL = ".partial";

/** Every file that a run may write in its folder. */
export const RUN_FILES: readonly string[] = [
  "model.bin",
  "config.json",
  "metrics.json",
  ...LOGS,
  ...LOGS.map((name) => name + PARTIAL),
];

/** The files that are written at the end. metrics.json comes last: where it is, the run is complete. */
export interface RunResult {
  readonly config: string;
  readonly model: Uint8Array;
  readonly metrics: string;
}

export class RunFolder implements Sink {
  readonly path: string;
  private readonly sinks: readonly Sink[];

  private constructor(path: string) {
    this.path = path;
    const partial = LOGS.map((name) => join(path, name + PARTIAL));
    this.sinks = [csvLog(partial[0]!), jsonLog(partial[1]!)];
  }

  /** Creates the folder if need be and starts its logs. Throws SystemError naming the path. */
  static async open(path: string): Promise<RunFolder> {
    try {
      await mkdir(path, { recursive: true });
    } catch (error) {
      throw fileError(error, "create", path);
    }
    return new RunFolder(path);
  }

  /** Absolute path of a file of the folder, e.g. "model.bin". */
  file(name: string): string {
    return join(this.path, name);
  }

  write(event: TrainEvent): void {
    for (const sink of this.sinks) sink.write(event);
  }

  close(): void {
    for (const sink of this.sinks) sink.close();
  }

  /** Puts the results and the logs in their places. */
  async finish({ config, model, metrics }: RunResult): Promise<void> {
    this.close();
    await writeFileAtomic(this.file("model.bin"), model);
    await writeFileAtomic(this.file("config.json"), config);
    for (const name of LOGS) {
      const path = this.file(name);
      await rename(path + PARTIAL, path).catch((error: unknown) => {
        throw fileError(error, "write", path);
      });
    }
    await writeFileAtomic(this.file("metrics.json"), metrics);
  }
}
