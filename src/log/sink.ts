/**
 * @file What consumes training events, and how a sink reports that its file cannot be written. Not the events
 * themselves (events.ts) nor any file format (csv.ts, json.ts).
 */
import { closeSync, openSync, writeFileSync } from "node:fs";
import { fileError } from "../files.ts";
import type { TrainEvent } from "./events.ts";

/** Takes every event of one training run, in order. */
export interface Sink {
  write(event: TrainEvent): void;
  /** Releases what the sink holds; more calls do nothing. */
  close(): void;
}

/** A text file that grows line by line and can be read while it does. */
export interface LineFile {
  append(text: string): void;
  close(): void;
}

/**
 * Opens `path` for lines, emptying it. Writes are synchronous: there is one an epoch, each is on disk before the
 * next epoch starts, and a full disk stops training at the line that did not fit.
 */
export function openLineFile(path: string): LineFile {
  let fd: number | undefined = attempt(path, () => openSync(path, "w"));
  return {
    append(text) {
      const target = fd;
      if (target === undefined) throw new Error(`internal: ${path} is already closed`);
      attempt(path, () => writeFileSync(target, text));
    },
    close() {
      const target = fd;
      fd = undefined;
      if (target !== undefined) attempt(path, () => closeSync(target));
    },
  };
}

function attempt<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw fileError(error, "write", path);
  }
}
