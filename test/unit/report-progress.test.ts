import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ASCII_BAR } from "../../src/cli/report/barLine.ts";
import { epochLine } from "../../src/cli/report/epochLine.ts";
import { createProgress } from "../../src/cli/report/progress.ts";
import { type BarState, barLine } from "../../src/cli/report/trainingBar.ts";
import type { EpochEvent, StartEvent, TrainEvent } from "../../src/log/events.ts";
import { fakeIo, screen } from "../support/terminal.ts";

const start = (epochs: number): StartEvent => ({
  type: "start",
  sizes: [4, 16, 3],
  parameters: 131,
  trainRows: 120,
  validationRows: 30,
  testRows: 0,
  epochs,
  batchSize: 64,
  stepsPerEpoch: 2,
  seed: 1,
  threads: 1,
  kernels: "reference",
});
const epoch = (n: number, more: Partial<EpochEvent> = {}): EpochEvent => ({
  type: "epoch",
  epoch: n,
  step: 2 * n,
  train: { loss: 0.2113, accuracy: 0.9372 },
  validation: { loss: 0.2201, accuracy: 0.9341 },
  learningRate: 0.01,
  seconds: 0.742,
  rowsPerSecond: 81234,
  best: false,
  ...more,
});
const progress = (n: number, rows: number): TrainEvent => ({
  type: "progress",
  epoch: n,
  step: 1,
  rows,
  epochRows: 120,
  train: { loss: 0.2113, accuracy: 0.9372 },
  seconds: rows / 81200,
});
const end: TrainEvent = { type: "end", bestEpoch: 1, step: 2, seconds: 1 };

describe("epochLine", () => {
  test("is aligned, and best is marked", () => {
    expect(epochLine(epoch(3), 10)).toBe(
      "epoch  3/10  loss 0.2113  acc  93.72%  val loss 0.2201  val acc  93.41%   81,200 rows/s  0.74 s",
    );
    expect(epochLine(epoch(10, { best: true, train: { loss: 1, accuracy: 1 } }), 10)).toBe(
      "epoch 10/10  loss 1.0000  acc 100.00%  val loss 0.2201  val acc  93.41%   81,200 rows/s  0.74 s  best",
    );
  });

  test("without validation there is no best to mark", () => {
    expect(epochLine(epoch(1, { validation: null, best: true }), 1)).toBe(
      "epoch 1/1  loss 0.2113  acc  93.72%   81,200 rows/s  0.74 s",
    );
  });

  test.each([
    [96, "  val acc  93.41%  0.74 s  best"],
    [86, "  val acc  93.41%  0.74 s  best"],
    [80, "  acc  93.72%  val loss 0.2201  val acc  93.41%  best"],
    [60, "epoch  3/10  val loss 0.2201  val acc  93.41%  best"],
  ])("in %d columns", (width, ending) => {
    const line = epochLine(epoch(3, { best: true }), 10, undefined, width);
    expect(line.endsWith(ending)).toBe(true);
    expect(line.length).toBeLessThanOrEqual(width);
  });
});

describe("barLine", () => {
  const state: BarState = {
    epoch: 3,
    epochs: 10,
    fraction: 0.245,
    progress: progress(3, 60) as BarState["progress"],
    toGo: 11.2,
  };
  test("100 columns", () => {
    expect(barLine(state, 100)).toBe(
      `epoch  3/10 ${"█".repeat(8)}${"░".repeat(27)}  24%  loss 0.2113  acc 93.7%  81,200 rows/s  ETA 12s`,
    );
  });
  test("60 columns, and a font without blocks", () => {
    expect(barLine(state, 60, ASCII_BAR)).toBe(
      "epoch  3/10 ==--------  24%  loss 0.2113  acc 93.7%  ETA 12s",
    );
  });
  test("30 columns", () => {
    expect(barLine(state, 30)).toBe("epoch  3/10  24%  ETA 12s");
  });
  test("never wider than the terminal", () => {
    for (let width = 0; width < 120; width++) {
      expect(barLine(state, width).length).toBeLessThanOrEqual(width);
      expect(barLine({ ...state, progress: null, toGo: null }, width).length).toBeLessThanOrEqual(width);
    }
  });
});

describe("not a terminal", () => {
  test("one line an epoch, no control characters", async () => {
    const { io, written } = fakeIo({ isTTY: false });
    const sink = await createProgress(io, { quiet: false });
    for (const event of [start(100), progress(1, 60)]) sink.write(event);
    for (let n = 1; n <= 100; n++) sink.write(epoch(n));
    sink.write(end);
    sink.close();
    expect(written).toHaveLength(100);
    expect(written[8]).toBe(`${epochLine(epoch(9), 100)}\n`);
  });

  test("a dumb terminal gets lines too", async () => {
    const { io, written } = fakeIo({ isTTY: true, columns: 80, env: { TERM: "dumb" } });
    const sink = await createProgress(io, { quiet: false });
    for (const event of [start(1), epoch(1), end]) sink.write(event);
    sink.close();
    expect(written).toEqual([`${epochLine(epoch(1), 1)}\n`]);
  });

  test.each([true, false])("quiet prints nothing (terminal: %s)", async (isTTY) => {
    const { io, written } = fakeIo({ isTTY });
    const sink = await createProgress(io, { quiet: true });
    for (const event of [start(1), progress(1, 1), epoch(1), end]) sink.write(event);
    sink.close();
    expect(written).toEqual([]);
  });
});

describe("a terminal", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("a bar below the finished epochs, gone at the end", async () => {
    const { io, written } = fakeIo({ isTTY: true, columns: 100 });
    const sink = await createProgress(io, { quiet: false });
    sink.write(start(2));
    expect(screen(written).at(-1)).toMatch(/^epoch 1\/2 ░{40} {3}0% {2}ETA –$/);
    vi.advanceTimersByTime(500);
    sink.write(progress(1, 60));
    vi.advanceTimersByTime(100);
    expect(screen(written).at(-1)).toMatch(/^epoch 1\/2 █{9,10}░+ {2}25% {2}loss 0\.2113 .* ETA 2s$/);
    sink.write(epoch(1));
    vi.advanceTimersByTime(100);
    const width = 99;
    expect(screen(written)[0]).toBe(epochLine(epoch(1), 2, undefined, width));
    expect(screen(written)[1]).toMatch(/^epoch 1\/2 .* 50%/);
    sink.write(epoch(2));
    sink.write(end);
    sink.close();
    expect(screen(written)).toEqual([1, 2].map((n) => epochLine(epoch(n), 2, undefined, width)).concat(""));
    expect(vi.getTimerCount()).toBe(0);
  });

  test("100 epochs in a moment: about 20 lines, the best and the last, and few redraws", async () => {
    const { io, written } = fakeIo({ isTTY: true, columns: 200 });
    const sink = await createProgress(io, { quiet: false });
    sink.write(start(100));
    for (let n = 1; n <= 100; n++) {
      sink.write(progress(n, 60));
      sink.write(epoch(n, { best: n <= 87 }));
    }
    sink.write(end);
    sink.close();
    const shown = screen(written).filter((line) => line !== "");
    expect(shown.map((line) => Number(line.slice(6, 9)))).toEqual([
      1, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90, 95, 87, 100,
    ]);
    expect(written.filter((text) => text.includes("ETA")).length).toBeLessThanOrEqual(3);
  });

  test("closed in the middle, as after an error: no bar, no timer, the newest epoch shown", async () => {
    const { io, written } = fakeIo({ isTTY: true, columns: 100 });
    const sink = await createProgress(io, { quiet: false });
    sink.write(start(100));
    sink.write(epoch(1));
    sink.write(epoch(2));
    sink.close();
    sink.close();
    expect(screen(written).map((line) => line.slice(0, 11))).toEqual(["epoch   1/1", "epoch   2/1", ""]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("changes no terminal mode", async () => {
    const { io, written } = fakeIo({ isTTY: true, columns: 100 });
    const sink = await createProgress(io, { quiet: false });
    sink.write(start(1));
    sink.close();
    expect(written.join("")).not.toContain("\x1b[?");
    expect(process.listenerCount("SIGINT")).toBe(0);
  });
});
