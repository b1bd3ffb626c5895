/**
 * @file log.jsonl: every event of a run but progress, one JSON object per line, for programs.
 */
import { openLineFile, type Sink } from "./sink.ts";

/**
 * Writes log.jsonl at `path`, replacing it; each event's line is in the file when `write` returns.
 * Numbers read back exactly; seconds are rounded to 6 decimals.
 * @throws SystemError naming the file
 */
export function jsonLog(path: string): Sink {
  const file = openLineFile(path);
  return {
    write(event) {
      if (event.type !== "progress") file.append(`${JSON.stringify(event, logValue)}\n`);
    },
    close: () => file.close(),
  };
}

/** JSON has no NaN or infinity and would write null: the loss of a diverged run must not be lost, so text it is. */
function logValue(key: string, value: unknown): unknown {
  if (typeof value !== "number") return value;
  if (!Number.isFinite(value)) return String(value);
  return key === "seconds" ? Number(value.toFixed(6)) : value;
}
