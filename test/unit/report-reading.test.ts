/** @file The reading of data on stderr: when it is shown, how it looks, and that it is gone afterwards. */
import { EventEmitter } from "node:events";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { fittedLine, plainLine } from "../../src/cli/report/barLine.ts";
import { type Reading, readingParts, watchReading } from "../../src/cli/report/reading.ts";
import { handleSignals } from "../../src/cli/signals.ts";
import type { ReadProgress } from "../../src/data/reading.ts";
import { type FakeTerminal, fakeIo, screen } from "../support/terminal.ts";

const half: Reading = {
  name: "sales.csv",
  bytes: 60_240_000,
  size: 142_500_000,
  rows: 12_345,
  seconds: 2,
  isRead: false,
};
const piped: Reading = { ...half, size: null };

describe("the line", () => {
  test("of a file", () => {
    expect(fittedLine(readingParts(half), 80)).toBe(
      `reading sales.csv ${"█".repeat(8)}${"░".repeat(11)}  42%  60.2 MB of 143 MB  30.1 MB/s  ETA 3s`,
    );
    expect(fittedLine(readingParts(half), 50)).toBe(
      `reading sales.csv ${"█".repeat(8)}${"░".repeat(11)}  42%  ETA 3s`,
    );
    expect(fittedLine(readingParts(half), 30)).toBe("reading sales.csv  42%  ETA 3s");
    expect(plainLine(readingParts(half))).toBe(
      "reading sales.csv   42%  60.2 MB of 143 MB  30.1 MB/s  ETA 3s",
    );
  });

  test("of a pipe: no percentage, no bar", () => {
    expect(fittedLine(readingParts({ ...piped, name: "stdin" }), 80)).toBe(
      "reading stdin  60.2 MB  12,345 rows  30.1 MB/s",
    );
    expect(fittedLine(readingParts({ ...piped, name: "stdin" }), 30)).toBe("reading stdin  60.2 MB");
  });

  test("once all is read", () => {
    expect(fittedLine(readingParts({ ...half, isRead: true }), 80)).toBe("preparing 12,345 rows");
  });

  test("of a file that grows meanwhile, or has not given a byte", () => {
    expect(plainLine(readingParts({ ...half, size: 60_000_000 }))).toMatch(/ 100% .* ETA 0s$/);
    expect(plainLine(readingParts({ ...half, bytes: 0 }))).toMatch(
      / 0% {2}0 B of 143 MB {2}0 B\/s {2}ETA –$/,
    );
    expect(plainLine(readingParts({ ...half, size: 0, bytes: 0, seconds: 0 }))).toMatch(/ 0% .* ETA –$/);
  });

  test("never wider than the terminal, nor moved by a name", () => {
    for (const name of ["a".repeat(200), "表".repeat(50), "a\u001b[2Jb\nc"]) {
      for (let width = 0; width < 120; width++) {
        for (const reading of [half, piped, { ...half, isRead: true }]) {
          const line = fittedLine(readingParts({ ...reading, name }), width);
          // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not be there
          expect(line).not.toMatch(/[\u0000-\u001f]/);
          expect(line.length + (line.match(/表/g)?.length ?? 0)).toBeLessThanOrEqual(width);
        }
      }
    }
  });
});

describe("watchReading", () => {
  beforeAll(() => import("../../src/cli/report/bar.ts"));
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** Reads a file of 1 MB, `paths`, 1 kB a millisecond, in `ms`; gives what was shown at each time of `looks`, and after. */
  async function shown(
    terminal: FakeTerminal,
    {
      act = () => {},
      ms = 2000,
      looks = [] as number[],
      paths = ["/tmp/sales.csv"],
      size = 2e6 as number | null,
      quiet = false,
      rowsTo = null as "stdout" | "device" | null,
      fails = false,
    },
  ) {
    const { io, written } = fakeIo(terminal);
    const seen: string[] = [];
    const read = async (progress: ReadProgress | undefined) => {
      progress?.begin(paths, size);
      for (let at = 50; at <= ms; at += 50) {
        await vi.advanceTimersByTimeAsync(50);
        await vi.dynamicImportSettled();
        progress?.bytes(50_000);
        progress?.rows(500);
        if (looks.includes(at)) seen.push(screen(written).at(-1)!);
      }
      progress?.end();
      seen.push(screen(written).at(-1)!);
      act();
      if (fails) throw new Error("a bad row");
      return "done";
    };
    const result = watchReading(io, { quiet, rowsTo }, read);
    if (fails) await expect(result).rejects.toThrow("a bad row");
    else expect(await result).toBe("done");
    expect(vi.getTimerCount()).toBe(0);
    return { seen, written, after: screen(written) };
  }

  test("a bar, once it takes longer than half a second, and nothing of it afterwards", async () => {
    const { seen, after } = await shown({ isTTY: true, columns: 80 }, { looks: [450, 700, 1500] });
    expect(seen[0]).toBe("");
    expect(seen[1]).toMatch(/^reading sales\.csv █+░+ {2}3[0-5]% {2}[67]\d\d kB of 2\.0 MB .* ETA 2s$/);
    expect(seen[2]).toMatch(/^reading sales\.csv █+░+ {2}7\d% /);
    expect(seen[3]).toBe("preparing 20,000 rows");
    expect(after).toEqual([""]);
  });

  test("what takes less shows nothing", async () => {
    const { written } = await shown({ isTTY: true }, { ms: 450 });
    expect(written).toEqual([]);
  });

  test("the bar is gone after an error, too", async () => {
    expect((await shown({ isTTY: true }, { fails: true })).after).toEqual([""]);
  });

  test("a signal ends the program: the bar is gone, and what was read is said", async () => {
    const host = Object.assign(new EventEmitter(), { pid: 1, kill: vi.fn() });
    handleSignals(host as unknown as NodeJS.Process);
    const act = () => void host.emit("SIGINT", "SIGINT");
    const { seen, after } = await shown({ isTTY: true }, { act, paths: ["/tmp/sales.csv", "/tmp/b.csv"] });
    expect(seen[0]).toBe("preparing 20,000 rows");
    expect(after).toEqual(["nnt: interrupted while reading /tmp/sales.csv and 1 more file", ""]);
    expect(host.kill).toHaveBeenCalledWith(1, "SIGINT");
  });

  test.each<[string, FakeTerminal, Parameters<typeof shown>[1]]>([
    ["quiet", { isTTY: true }, { quiet: true }],
    ["quiet, in a log", { isTTY: false }, { quiet: true, ms: 25_000 }],
    ["rows go to the terminal", { isTTY: true, stdout: { isTTY: true } }, { rowsTo: "stdout" }],
    ["rows go to a program, such as less", { isTTY: true, stdout: { isPipe: true } }, { rowsTo: "stdout" }],
    ["rows go to a device", { isTTY: true }, { rowsTo: "device" }],
    ["rows are typed", { isTTY: true, typed: true }, { paths: ["-"], size: null }],
    ["a log of a pipe, which may never end", { isTTY: false }, { paths: ["-"], size: null, ms: 25_000 }],
  ])("nothing if %s", async (_, terminal, options) => {
    expect((await shown(terminal, options)).written).toEqual([]);
  });

  test.each<[string, FakeTerminal]>([
    ["a log", { isTTY: false, stdout: { isPipe: true } }],
    ["a dumb terminal", { isTTY: true, env: { TERM: "dumb" } }],
  ])("a line each 10 s in %s", async (_, terminal) => {
    const { written } = await shown(terminal, { ms: 25_000, size: 1e8 });
    expect(written).toHaveLength(2);
    expect(written[0]).toMatch(
      /^reading sales\.csv +9% {2}\d+\.\d MB of 100 MB {2}\d+ kB\/s {2}ETA 1m\d\ds\n$/,
    );
  });

  test("nothing if it is over while the bar is being loaded", async () => {
    const { io, written } = fakeIo({ isTTY: true });
    await watchReading(io, { quiet: false }, async (progress) => {
      progress?.begin(["/tmp/sales.csv"], 2e6);
      vi.advanceTimersByTime(500);
    });
    await vi.dynamicImportSettled();
    expect(vi.getTimerCount()).toBe(0);
    expect(written).toEqual([]);
  });

  test("the second of two readings starts at nothing", async () => {
    const { io, written } = fakeIo({ isTTY: false });
    await watchReading(io, { quiet: false }, async (progress) => {
      for (const name of ["a.csv", "b.csv"]) {
        progress?.begin([name], 1e6);
        progress?.bytes(400_000);
        await vi.advanceTimersByTimeAsync(10_000);
        progress?.end();
      }
    });
    expect(written).toHaveLength(2);
    expect(written[0]).toMatch(/^reading a\.csv +40% {2}400 kB of 1\.0 MB {2}40\.0 kB\/s/);
    expect(written[1]).toMatch(/^reading b\.csv +40% {2}400 kB of 1\.0 MB {2}40\.0 kB\/s/);
  });

  test("rows that go to a file leave the terminal to the bar", async () => {
    const { seen } = await shown({ isTTY: true }, { looks: [1000], rowsTo: "stdout" });
    expect(seen[0]).toMatch(/^reading/);
  });
});
