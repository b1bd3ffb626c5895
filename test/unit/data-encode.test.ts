/** @file Rows as inputs: training and later files give the same bits, whatever the order of the columns. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Dataset, NO_INPUT } from "../../src/data/dataset.ts";
import { encodeTable } from "../../src/data/encode.ts";
import { openEvaluationData } from "../../src/data/evaluate.ts";
import { fitPreprocessing } from "../../src/data/fit.ts";
import type { TablePreprocessing } from "../../src/data/preprocessing.ts";
import { refusal, stdinOf, tableOf } from "../support/data.ts";

const TABLE = "n,c,m,y\n1.5,red,,a\n-2,blue,7,b\n0.1,red,8.25,a\n1e2,,9,b\n3,green,,c\n";

async function fitted(
  text: string,
  trainRows = 0,
): Promise<{ data: Dataset; preprocessing: TablePreprocessing }> {
  const table = await tableOf(text);
  const rows = Uint32Array.from({ length: trainRows || table.rows }, (_, i) => i);
  const { preprocessing } = fitPreprocessing(table, rows);
  return { data: encodeTable(table, preprocessing).data, preprocessing };
}

/** The arrays of a later file. */
async function encoded(
  text: string,
  preprocessing: TablePreprocessing,
  labels: "required" | "ignored" = "required",
  chunkRows = 2,
): Promise<{
  dense: number[];
  codes: number[];
  labels: number[];
  unseen: [string, number][];
  newlyMissing: [string, number][];
  unlabelled: number;
  cells: string[];
}> {
  const options = { labels, chunkRows, onBadRow: "fail", howToSkip: "--skip", stdin: stdinOf(text) } as const;
  const opened = await openEvaluationData(["-"], preprocessing, options);
  const columns = [...opened.names.keys()];
  for (const column of columns) opened.keep(column);
  const out = { dense: [] as number[], codes: [] as number[], labels: [] as number[], cells: [] as string[] };
  for await (const { data, places, text: cell } of opened.chunks) {
    out.dense.push(...data.dense);
    out.codes.push(...data.codes);
    out.labels.push(...data.labels);
    for (const [row, at] of places.entries()) {
      if (at >= 0) out.cells.push(columns.map((column) => cell(column, row)).join("|"));
    }
  }
  const { unseen, newlyMissing, unlabelled } = opened.counts;
  return { ...out, unseen: [...unseen], newlyMissing: [...newlyMissing], unlabelled };
}

describe("encoding", () => {
  test("dense, one-hot and indicator inputs of a small table", async () => {
    const { data, preprocessing } = await fitted(TABLE);
    const n = [1.5, -2, 0.1, 100, 3];
    const mean = n.reduce((a, b) => a + b, 0) / 5;
    const deviation = Math.sqrt(n.reduce((s, v) => s + (v - mean) ** 2, 0) / 5);
    expect([data.inputs, data.denseWidth, data.codeWidth, data.scale]).toEqual([7, 2, 2, 1]);
    expect(n.map((_, row) => data.dense[row * 2])).toEqual(n.map((v) => Math.fround((v - mean) / deviation)));
    expect(preprocessing.columns[2]).toMatchObject({ name: "m", median: 8.25, missingInput: 6 });
    expect(Array.from(data.codes)).toEqual([2, 6, 3, NO_INPUT, 2, NO_INPUT, 4, NO_INPUT, 5, 6]);
    expect(data.dense[1]).toBe(data.dense[2 * 2 + 1]); // missing: the median's own value
  });

  test("the same file later, in any column order, with extra columns, without the label: identical bits", async () => {
    const { data, preprocessing } = await fitted(TABLE);
    const rows = TABLE.trim()
      .split("\n")
      .map((line) => line.split(","));
    const orders = [
      [0, 1, 2, 3],
      [3, 2, 1, 0],
      [2, 0, 3, 1],
    ];
    for (const order of orders) {
      const text = rows
        .map((row, i) => `${order.map((c) => row[c]).join(";")};${i === 0 ? "extra" : "z"}\n`)
        .join("");
      const later = await encoded(text, preprocessing);
      expect([later.dense, later.codes, later.labels]).toEqual([
        Array.from(data.dense),
        Array.from(data.codes),
        Array.from(data.labels),
      ]);
    }
    const unlabelled = await encoded(
      rows.map((row) => `${row.slice(0, 3).join("\t")}\n`).join(""),
      preprocessing,
      "ignored",
    );
    expect([unlabelled.dense, unlabelled.codes, unlabelled.labels]).toEqual([
      Array.from(data.dense),
      Array.from(data.codes),
      [],
    ]);
    expect(unlabelled.cells[0]).toBe("1.5|red|");
  });

  test("any table: training and later encoding give identical bits", async () => {
    const cell = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }).map(String),
      fc.constant(""),
    );
    const row = fc.tuple(cell, cell, fc.constantFrom("u", "v", "w", "?", "1"), fc.constantFrom("p", "q"));
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 4, maxLength: 30 }),
        fc.integer({ min: 1, max: 9 }),
        async (rows, chunk) => {
          const fixed = [["0", "1", "u", "p"], ["1", "2", "v", "q"], ...rows];
          const text = `k,l,c,y\n${fixed.map((r) => `${r.join(",")}\n`).join("")}`;
          const table = await tableOf(text, { columns: { c: "categorical" } });
          const { preprocessing } = fitPreprocessing(
            table,
            Uint32Array.from({ length: 3 }, (_, i) => i),
          );
          const { data } = encodeTable(table, preprocessing);
          const later = await encoded(text, preprocessing, "required", chunk);
          expect(later.dense).toEqual(Array.from(data.dense));
          expect(later.codes).toEqual(Array.from(data.codes));
        },
      ),
      { numRuns: 200, seed: 8 },
    );
  });

  test("without a header columns are matched by position; a file without the label is told by its width", async () => {
    const { data, preprocessing } = await (async () => {
      const table = await tableOf("5,a,1,0\n6,b,2,0\n8,a,3,0\n", { label: 1 });
      const { preprocessing } = fitPreprocessing(table, Uint32Array.of(0, 1, 2));
      return { data: encodeTable(table, preprocessing).data, preprocessing };
    })();
    expect(preprocessing.columns.map((c) => c.name)).toEqual(["0", "2"]);
    const same = await encoded("5,a,1,0\n6,b,2,0\n8,a,3,0\n", preprocessing);
    const shorter = await encoded("5,1,0\n6,2,0\n8,3,0\n", preprocessing, "ignored");
    expect([same.dense, shorter.dense]).toEqual([Array.from(data.dense), Array.from(data.dense)]);
    const error = await refusal(() => encoded("5,1,0\n", preprocessing));
    expect([error.kind, error.exitCode]).toEqual(["COLUMN_COUNT", 4]);
    expect(error.message).toContain("3 cells, but the training data had 4");
  });

  test("unseen and newly missing categories set no input and are counted; rows without a label are left out", async () => {
    const { preprocessing } = await fitted("n,c,y\n1,red,a\n2,blue,b\n");
    const later = await encoded("n,c,y\n,red,a\n1,pink,b\n2,,a\n2,red,\n", preprocessing);
    expect(later.codes).toEqual([1, NO_INPUT, NO_INPUT]);
    expect([later.unseen, later.unlabelled, later.labels]).toEqual([[["c", 2]], 1, [0, 1, 0]]);
    expect(later.dense[0]).toBe(0); // median 1.5 is the mean
  });

  test("missing numbers are counted where training missed none, in rows that are used", async () => {
    const { preprocessing } = await fitted("n,m,k,y\n1,,3,a\n2,5,4,b\n3,6,6,b\n");
    const { newlyMissing } = await encoded("n,m,k,y\n,,1,a\n1,,?,b\n,5,2,\nNA,1,2,b\n", preprocessing);
    expect(newlyMissing).toEqual([
      ["n", 2], // the row without a label is left out
      ["k", 1],
    ]);
  });

  test("of the training table, newly missing are cells of rows that nothing is learnt from", async () => {
    const table = await tableOf("n,m,y\n1,,a\n2,5,b\n3,6,b\n,7,a\n,,b\n");
    const { preprocessing } = fitPreprocessing(table, Uint32Array.of(0, 1, 2));
    expect([...encodeTable(table, preprocessing).newlyMissing]).toEqual([["n", 2]]);
  });

  const order: [string, string, string, string][] = [
    ["a bad cell, then an unknown class", "1,red,2,a\nx,red,1,a\n1,red,2,d\n", "NOT_A_NUMBER", "stdin:3"],
    ["an unknown class, then a bad cell", "1,red,2,a\n1,red,2,d\nx,red,1,a\n", "UNKNOWN_CLASS", "stdin:3"],
    ["both in one row", "1,red,2,a\nx,red,1,d\n1,red,1,d\n", "NOT_A_NUMBER", "stdin:3"],
    ["a short row, then an unknown class", "1,red,2,a\n1,red\n1,red,2,d\n", "CSV_RAGGED_ROW", "stdin:3"],
    ["an unknown class, then a short row", "1,red,2,a\n1,red,2,d\n1,red\n", "UNKNOWN_CLASS", "stdin:3"],
  ];
  test.each(order)("tells the first of several problems: %s", async (_, rows, kind, where) => {
    const { preprocessing } = await fitted(TABLE);
    const error = await refusal(() => encoded(`n,c,m,y\n${rows}`, preprocessing));
    expect([error.kind, error.message.split(",")[0]!.split(":").slice(0, 2).join(":")]).toEqual([
      kind,
      where,
    ]);
  });

  const cases: [string, string, string, number, string[]][] = [
    [
      "missing columns, all named, and the label",
      "m,z\n1,2\n",
      "COLUMN_MISSING",
      4,
      ['"n", "c", "y"', '("y" is the label)', '"m", "z"'],
    ],
    [
      "no header",
      "1,red,2,a\n2,blue,3,b\n",
      "COLUMN_MISSING",
      4,
      ["does its first line hold the column names?"],
    ],
    [
      "a word for a number",
      "n,c,m,y\n1,red,2,a\n\nx,red,1,a\n",
      "NOT_A_NUMBER",
      3,
      ['stdin:4, column "n"', 'got "x"'],
    ],
    ["too large", "n,c,m,y\n1e999,red,2,a\n", "NUMBER_TOO_LARGE", 3, ["stdin:2", "1e999"]],
    ["not finite in float32", "n,c,m,y\n1e300,red,2,a\n", "NOT_FINITE", 3, ['stdin:2, column "n"', "1e+300"]],
    [
      "unknown class",
      "n,c,m,y\n1,red,2,d\n",
      "UNKNOWN_CLASS",
      4,
      ['stdin:2, column "y"', '"d"', '"a", "b", "c"'],
    ],
    ["no rows", "n,c,m,y\n", "CSV_NO_ROWS", 3, ["stdin"]],
  ];
  test.each(cases)("refuses: %s", async (_, text, kind, exitCode, facts) => {
    const { preprocessing } = await fitted(TABLE);
    const error = await refusal(() => encoded(text, preprocessing));
    expect([error.kind, error.exitCode]).toEqual([kind, exitCode]);
    for (const fact of facts) expect(error.message).toContain(fact);
  });

  test("a file that is cut at the wrong delimiter is told the model's", async () => {
    const { preprocessing } = await fitted(TABLE);
    const error = await refusal(() => encoded("n;c;m;y\n1;red;2;a\n", { ...preprocessing, delimiter: "," }));
    expect(error.kind).toBe("COLUMN_MISSING");
    expect(error.message).toContain('trained with data.delimiter ",", is that the file\'s?');
  });

  test("a training value too far out for float32 is refused with its line", async () => {
    const table = await tableOf("x,y\n1,a\n2,b\n1e300,a\n");
    const { preprocessing } = fitPreprocessing(table, Uint32Array.of(0, 1));
    const error = await refusal(() => encodeTable(table, preprocessing));
    expect([error.kind, error.message.includes("t.csv:4")]).toEqual(["NOT_FINITE", true]);
  });

  test("chunks are no larger than asked, and a million rows stream in constant memory", async () => {
    const { preprocessing } = await fitted("n,c,y\n1,red,a\n2,blue,b\n");
    const block = "1,red,a\n2,blue,b\n".repeat(10_000);
    const { Readable } = await import("node:stream");
    const stdin = Readable.from(
      (function* () {
        yield Buffer.from("n,c,y\n");
        for (let i = 0; i < 50; i++) yield Buffer.from(block);
      })(),
      { objectMode: false },
    );
    const opened = await openEvaluationData(["-"], preprocessing, {
      labels: "required",
      chunkRows: 1000,
      onBadRow: "fail",
      howToSkip: "--skip",
      stdin,
    });
    const buffers = new Set<ArrayBufferLike>();
    let rows = 0;
    for await (const { data, places } of opened.chunks) {
      buffers.add(data.dense.buffer);
      rows += data.rows;
      if (data.rows > 1000 || places.length !== data.rows) throw new Error(`${data.rows}`);
    }
    expect(rows).toBe(1_000_000);
    expect(buffers.size).toBeLessThan(10);
  });
});
