/** @file Tables read by several threads: the same rows, codes, lines and bad rows as by one, whatever becomes of the others. */
import { afterAll, describe, expect, test, vi } from "vitest";
import type { CellUse } from "../../src/data/cellMemory.ts";
import { CellReader } from "../../src/data/cellReader.ts";
import { readTable, type Table } from "../../src/data/columns.ts";
import { firstPart, readFacts, roomForFacts, takeParts } from "../../src/data/columnWork.ts";
import { openCsv } from "../../src/data/csv.ts";
import type { TableOptions } from "../../src/data/options.ts";
import { type AheadSizes, TableThreads } from "../../src/data/threads.ts";
import { DEFAULT_MISSING } from "../../src/missing.ts";
import { randomText } from "../support/csvFuzz.ts";
import { inChunks, sourceOf } from "../support/data.ts";
import { testRandom } from "../support/networks.ts";

const SMALL: AheadSizes = { largeTable: 0, firstRows: 1, block: 128, blockOfColumn: 0 };

/** `text` in small chunks, the third of which comes once a thread is ready. */
async function* slowly(text: string | Buffer, threads: TableThreads | undefined): AsyncGenerator<Buffer> {
  let chunks = 0;
  for await (const chunk of inChunks(text, text.length > 1e6 ? 1e6 : 100)) {
    if (chunks++ === 2 && threads !== undefined) {
      await vi.waitUntil(() => threads.ready > 0, { interval: 1, timeout: 20_000 });
    }
    yield chunk;
  }
}

interface Read {
  readonly rows: readonly (readonly [line: number, ...cells: (string | number)[]])[];
  readonly bad: readonly string[];
  /** why it ended early */
  readonly error: string | null;
}

/** All rows: their lines, codes and spellings of words, numbers and what is none, and kept text. */
async function read(
  text: string | Buffer,
  uses: readonly CellUse[],
  threads: TableThreads | undefined,
): Promise<Read> {
  const source = { ...sourceOf(slowly(text, threads)), size: text.length };
  const options = {
    file: "t.csv",
    delimiter: ",",
    header: false,
    decimal: ".",
    missing: DEFAULT_MISSING,
  } as const;
  const rows: [number, ...(string | number)[]][] = [];
  const bad: string[] = [];
  try {
    const table = await openCsv(source, options);
    const onBadRow = ({ line, error }: { line: number; error: Error }) =>
      bad.push(`${line}: ${error.message}`);
    const reader = new CellReader(table, new Set(DEFAULT_MISSING), onBadRow, threads);
    for (const column of table.names.keys()) reader.setUse(column, uses[column % uses.length]!);
    reader.keep(0);
    for await (const batch of reader.batches()) {
      for (let row = 0; row < batch.rows; row++) {
        const cells = table.names.map((_, column) => {
          const use = uses[column % uses.length]!;
          if (use === "ignored") return "";
          if (use === "numbers") {
            const irregular = batch.irregular(column).find((cell) => cell.row === row);
            return irregular?.text ?? batch.numbers(column)[row]!;
          }
          const code = batch.codes(column)[row]!;
          return `${code} ${reader.spellings.spelling(column, code)}`;
        });
        rows.push([batch.lines[row]!, batch.text(0, row), ...cells]);
      }
    }
    return { rows, bad, error: null };
  } catch (error) {
    return { rows, bad, error: (error as Error).message };
  }
}

describe("several threads", () => {
  const threads = new TableThreads(3, SMALL);
  afterAll(() => threads.close());

  test("150 random files of many rows, common and odd, are read as by one", async () => {
    const random = testRandom(21);
    const before = threads.blocksRead;
    for (let i = 0; i < 150; i++) {
      const text = Array.from({ length: 1 + Math.floor(random() * 60) }, () => randomText(random)).join("\n");
      const uses = random() < 0.5 ? (["words"] as const) : (["words", "numbers", "ignored"] as const);
      const alone = await read(text, uses, undefined);
      const together = await read(text, uses, threads);
      if (JSON.stringify(together) !== JSON.stringify(alone))
        expect({ text, ...together }).toEqual({ text, ...alone });
    }
    expect(threads.blocksRead - before).toBeGreaterThan(150);
  }, 120_000);

  test("rows that go over the ends of blocks, quoted line ends, CRLF, no line end at the end", async () => {
    const before = threads.blocksRead;
    for (const newline of ["\n", "\r\n", "\r"]) {
      const cell = (i: number) => (i % 7 === 0 ? `"a${newline}${"b".repeat(i % 150)}""c"` : `w${i % 13}`);
      const rows = Array.from({ length: 400 }, (_, i) => `${cell(i)},${i},${cell(i + 3)}`);
      for (const end of ["", newline]) {
        const text = rows.join(newline) + end;
        const alone = await read(text, ["words", "numbers"], undefined);
        expect(alone.rows.length).toBe(400);
        expect(await read(text, ["words", "numbers"], threads)).toEqual(alone);
      }
    }
    expect(threads.blocksRead - before).toBeGreaterThan(100);
  });

  test("what ends the text ahead is told after all rows before it", async () => {
    const rows = (count: number) => Array.from({ length: count }, (_, i) => `w${i % 7},${i}\n`).join("");
    const badByte = Buffer.concat([Buffer.from(rows(300)), Buffer.from([0x61, 0xff]), Buffer.from(rows(50))]);
    const alone = await read(badByte, ["words", "numbers"], undefined);
    expect(alone.error).toContain("(0xff) is not UTF-8");
    expect(alone.rows.length).toBeGreaterThan(270);
    expect(await read(badByte, ["words", "numbers"], threads)).toEqual(alone);
    // a row that is bad before the byte that is
    const both = Buffer.concat([Buffer.from(`${rows(200)}1,2,3\n${rows(60)}`), Buffer.from([0xff])]);
    const first = await read(both, ["words"], undefined);
    expect(first.bad).toHaveLength(1);
    expect(await read(both, ["words"], threads)).toEqual(first);
  });

  test("a row is too long by its own length, wherever blocks end", async () => {
    const large = new TableThreads(2, { largeTable: 0, firstRows: 1, block: 3e6, blockOfColumn: 0 });
    try {
      for (const length of [2 ** 24 - 20, 2 ** 24 + 20]) {
        const text = `${"a,1\n".repeat(700_000)}${"x".repeat(length)},1\n${"b,2\n".repeat(1000)}`;
        const outcomes = [];
        for (const by of [undefined, large]) {
          const { rows, error } = await read(text, ["ignored", "numbers"], by);
          outcomes.push({ rows: rows.length, isLong: error?.includes("is longer than") ?? false });
        }
        const isLong = length > 2 ** 24;
        expect(outcomes[0]).toEqual({ rows: isLong ? 700_000 : 701_001, isLong });
        expect(outcomes[1]).toEqual(outcomes[0]);
      }
    } finally {
      large.close();
    }
  }, 60_000);

  test("rows longer than a block", async () => {
    const rows = Array.from({ length: 50 }, (_, i) => `${"x".repeat((i % 5) * 90)},${i}`);
    const alone = await read(rows.join("\n"), ["words"], undefined);
    expect(await read(rows.join("\n"), ["words"], threads)).toEqual(alone);
  });
});

describe("a training table", () => {
  /** 3,000 rows: numbers from the first row on and from late on, few and many words, missing and bad cells, quotes. */
  const text = ["a,b,c,d,y"]
    .concat(
      Array.from({ length: 3000 }, (_, i) => {
        const late = i < 1500 ? i % 3 : i / 7;
        const bad = i === 2222 ? "oops" : i % 97 === 0 ? "NA" : String(i * 1.5);
        return `${bad},${late},${i % 11 === 0 ? `"q ""${i % 5}"""` : `w${i % 5}`},${"t".repeat(i % 40)},${i % 2 === 0 ? "yes" : "no"}`;
      }),
    )
    .join("\n");
  const options: TableOptions = {
    delimiter: ",",
    decimal: ".",
    label: "y",
    ignore: [],
    columns: { d: "categorical" },
    onBadRow: "skip",
    weight: null,
    missing: DEFAULT_MISSING,
  };

  async function tableOf(threads: TableThreads | undefined): Promise<Table> {
    const source = { ...sourceOf(slowly(text, threads)), size: text.length };
    return readTable(await openCsv(source, { ...options, file: "t.csv", header: true }), options, {
      threads,
    });
  }

  test("is the same, with columns that turn out to be numbers while threads read ahead", async () => {
    const threads = new TableThreads(2, { largeTable: 0, firstRows: 1, block: 1000, blockOfColumn: 0 });
    try {
      const table = await tableOf(threads);
      expect(table).toEqual(await tableOf(undefined));
      expect(table.rejects.map(({ line }) => line)).toEqual([2224]);
      expect(threads.blocksRead).toBeGreaterThan(10);
    } finally {
      threads.close();
    }
  });

  test("is the same where the threads end meanwhile", async () => {
    const threads = new TableThreads(2, { largeTable: 0, firstRows: 1, block: 1000, blockOfColumn: 0 });
    const reading = tableOf(threads);
    await vi.waitFor(() => expect(threads.blocksRead).toBeGreaterThan(2), { interval: 1 });
    threads.close();
    expect(await reading).toEqual(await tableOf(undefined));
  });

  test("what columns say and their inputs are the same, also where a thread is lost", async () => {
    const table = await tableOf(undefined);
    const columns = table.columns.flatMap((column) => (column.type === "numeric" ? [column.values] : []));
    const facts = async (threads: TableThreads | undefined, isLost = false) => {
      const rows = Uint32Array.from({ length: table.rows }, (_, row) => row);
      const work = {
        type: "facts",
        columns,
        rows,
        scaling: "auto",
        facts: roomForFacts(columns.length),
        next: firstPart(),
      } as const;
      const shared = threads?.share(work);
      if (isLost) threads?.close();
      if (shared === undefined) takeParts(work);
      await shared;
      return readFacts(work);
    };
    const alone = await facts(undefined);
    const threads = new TableThreads(3, SMALL);
    await tableOf(threads);
    expect(await facts(threads)).toEqual(alone);
    expect(await facts(threads, true)).toEqual(alone);
    expect(alone.map(({ present }) => present)).toEqual(
      columns.map((values) => values.filter((value) => !Number.isNaN(value)).length),
    );
  });
});
