import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { SystemError } from "../../src/errors.ts";
import { csvLog, LOG_CSV_HEADER } from "../../src/log/csv.ts";
import type { EpochEvent, TrainEvent } from "../../src/log/events.ts";
import { jsonLog } from "../../src/log/json.ts";

const folder = mkdtempSync(join(tmpdir(), "nnt-log-"));
afterAll(() => rmSync(folder, { recursive: true }));
const read = (path: string) => readFileSync(path, "utf8");

const epoch: EpochEvent = {
  type: "epoch",
  epoch: 1,
  step: 844,
  train: { loss: 0.1 + 0.2, accuracy: 0.9372 },
  validation: { loss: 1e-7, accuracy: 1 },
  learningRate: 0.01,
  seconds: 0.7400001234,
  rowsPerSecond: 81200.5,
  best: true,
};
const progress: TrainEvent = {
  type: "progress",
  epoch: 1,
  step: 1,
  rows: 64,
  epochRows: 128,
  train: { loss: 1, accuracy: 0 },
  seconds: 0.1,
};
const end: TrainEvent = { type: "end", bestEpoch: 1, step: 844, seconds: 1 / 3 };

describe("csvLog", () => {
  test("has the header of DESIGN section 9 and a row as soon as an epoch ends", () => {
    const path = join(folder, "a.csv");
    const log = csvLog(path);
    expect(LOG_CSV_HEADER).toBe(
      "epoch,step,train_loss,train_accuracy,val_loss,val_accuracy,learning_rate,seconds,rows_per_second",
    );
    expect(read(path)).toBe(`${LOG_CSV_HEADER}\n`);
    log.write(progress);
    log.write(epoch);
    expect(read(path)).toBe(
      `${LOG_CSV_HEADER}\n1,844,0.30000000000000004,0.9372,1e-7,1,0.01,0.740000,81200.5\n`,
    );
    log.write({ ...epoch, epoch: 2, validation: null });
    log.write(end);
    log.close();
    log.close();
    expect(read(path).split("\n")[2]).toBe("2,844,0.30000000000000004,0.9372,,,0.01,0.740000,81200.5");
  });

  test("every loss reads back to the same double", () => {
    const path = join(folder, "b.csv");
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: 0 }), (loss) => {
        const log = csvLog(path);
        log.write({ ...epoch, train: { loss, accuracy: 0 } });
        log.close();
        expect(Number(read(path).split("\n")[1]?.split(",")[2]) === loss).toBe(true);
      }),
    );
  });

  test("replaces an older log", () => {
    const path = join(folder, "c.csv");
    const first = csvLog(path);
    first.write(epoch);
    first.close();
    csvLog(path).close();
    expect(read(path)).toBe(`${LOG_CSV_HEADER}\n`);
  });
});

describe("jsonLog", () => {
  test("one line per event, but none for progress", () => {
    const path = join(folder, "a.jsonl");
    const log = jsonLog(path);
    for (const event of [progress, epoch, end]) log.write(event);
    log.close();
    const lines = read(path).trimEnd().split("\n");
    expect(lines).toHaveLength(2);
    expect(JSON.parse(lines[0] ?? "")).toEqual({ ...epoch, seconds: 0.74 });
    expect(lines[1]).toBe('{"type":"end","bestEpoch":1,"step":844,"seconds":0.333333}');
  });

  test.each([
    [Number.NaN, "NaN"],
    [Number.POSITIVE_INFINITY, "Infinity"],
    [Number.NEGATIVE_INFINITY, "-Infinity"],
  ])("the loss %d of a diverged run is kept, as text", (loss, text) => {
    const path = join(folder, "d.jsonl");
    const log = jsonLog(path);
    log.write({ type: "diverged", epoch: 1, step: 3, batch: 3, loss });
    log.close();
    expect(JSON.parse(read(path))).toEqual({ type: "diverged", epoch: 1, step: 3, batch: 3, loss: text });
  });
});

describe("a log that cannot be written names its file", () => {
  test.each([csvLog, jsonLog])("no such folder", (open) => {
    const path = join(folder, "missing", "log");
    expect(() => open(path)).toThrow(SystemError);
    expect(() => open(path)).toThrow(`${path}: cannot write: `);
  });

  test.skipIf(!existsSync("/dev/full"))("full disk", () => {
    expect(() => csvLog("/dev/full")).toThrow(/^\/dev\/full: cannot write: no space left .*\(ENOSPC\)$/);
    expect(() => jsonLog("/dev/full").write(end)).toThrow(/^\/dev\/full: cannot write: .*\(ENOSPC\)$/);
  });
});
