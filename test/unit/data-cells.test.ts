/** @file The compiled reader of cells against csv-parse and Number(): the same rows, errors and bits. */
import { describe, expect, test } from "vitest";
import { CellReader } from "../../src/data/cellReader.ts";
import { firstDifference } from "../support/csvFuzz.ts";
import { cellsOf, openText } from "../support/data.ts";
import { testRandom } from "../support/networks.ts";

test("3,000 random files read as csv-parse reads them, whatever the size of chunks", async () => {
  // npm run fuzz:csv tries a million
  const difference = await firstDifference(3000, 11);
  expect(difference?.got).toEqual(difference?.expected);
}, 60_000);

describe("numbers", () => {
  /** The numbers that the reader makes of these cells; NaN where it leaves them to JavaScript. */
  async function numbersOf(cells: readonly string[], decimal: "." | "," = "."): Promise<number[]> {
    const table = await openText(cells.map((cell) => `${cell};x\n`).join(""), {
      header: false,
      delimiter: ";",
      decimal,
    });
    const reader = new CellReader(table, new Set(), ({ error }) => {
      throw error;
    });
    reader.setUse(0, "numbers");
    const values: number[] = [];
    for await (const batch of reader.batches()) values.push(...batch.numbers(0).subarray(0, batch.rows));
    return values;
  }

  test.each([
    ["integers", (r: () => number) => String(Math.floor(r() * 10 ** Math.floor(r() * 19)))],
    [
      "shortest decimals of doubles",
      (r: () => number) => String((r() - 0.5) * 10 ** Math.floor(r() * 40 - 20)),
    ],
    ["17 digits", (r: () => number) => ((r() - 0.5) * 10 ** Math.floor(r() * 80 - 40)).toExponential(16)],
    [
      "19 digits",
      (r: () => number) => `${Math.floor(r() * 1e9)}${Math.floor(r() * 1e10)}e${Math.floor(r() * 160 - 80)}`,
    ],
    [
      "short with exponents",
      (r: () => number) => `${Math.floor(r() * 100)}.${Math.floor(r() * 100)}E+${Math.floor(r() * 40)}`,
    ],
    [
      "near halves of doubles",
      (r: () => number) => `${2 ** 53 + Math.floor(r() * 64)}${r() < 0.5 ? ".5" : "5e-1"}`,
    ],
  ])("%s are the same bits as Number() gives", async (_, make) => {
    const random = testRandom(12);
    const cells = Array.from({ length: 20_000 }, () => make(random));
    const values = await numbersOf(cells);
    let irregular = 0;
    for (const [i, cell] of cells.entries()) {
      if (Number.isNaN(values[i])) irregular++;
      else if (!Object.is(values[i], Number(cell))) expect([cell, values[i]]).toEqual([cell, Number(cell)]);
    }
    expect(irregular).toBeLessThan(cells.length / 50);
  });

  test("forms: signs, marks without digits on one side, exponents, zeros", async () => {
    const cells = [
      "-0",
      "+.5",
      "5.",
      "-1e3",
      "1E-2",
      "000012.50",
      "0.000000000000000000000000000012",
      "1e22",
    ];
    expect(await numbersOf(cells)).toEqual(cells.map(Number));
    expect(await numbersOf(["1,5", "-,5", "3", "2,50e1"], ",")).toEqual([1.5, -0.5, 3, 25]);
  });

  test("what is no number, or too long to be told exactly, is left to JavaScript", async () => {
    const cells = [
      ".",
      "-",
      "1e",
      "1.2.3",
      "0x1",
      "1_0",
      "12345678901234567890123",
      "1e999",
      "1 2",
      "--1",
      "NaN",
    ];
    expect(await numbersOf(cells)).toEqual(cells.map(() => Number.NaN));
  });
});

describe("delimiters that numbers have", () => {
  test.each([
    [".", ".", "1.2.3\n4.5\n"],
    ["-", ".", "1e-2-3\n4-5\n"],
    ["e", ".", "1e2e3\n4e5\n"],
    [",", ",", "1,2,3\n4,5\n"],
    ["7", ".", "17273\n475\n"],
  ] as const)(
    "%s, decimal mark %s: a row of three cells is not read as one of two",
    async (delimiter, decimal, text) => {
      const table = await openText(`1${delimiter}2\n${text}`, { header: false, delimiter, decimal });
      const bad: number[] = [];
      const reader = new CellReader(table, new Set(), ({ line }) => bad.push(line));
      for (const column of table.names.keys()) reader.setUse(column, "numbers");
      const rows: number[][] = [];
      for await (const batch of reader.batches()) {
        for (let row = 0; row < batch.rows; row++)
          rows.push([batch.numbers(0)[row]!, batch.numbers(1)[row]!]);
      }
      expect([rows, bad]).toEqual([
        [
          [1, 2],
          [4, 5],
        ],
        [2],
      ]);
    },
  );

  test.each([37, 1000])(
    "quoted cells, and rows in chunks of %i bytes, beyond what is looked at first",
    async (size) => {
      const cells = [
        ["a b", 'say "hi"'],
        ["two\nlines", "x"],
        ["1.5", ""],
      ];
      const rows = Array.from({ length: 10_000 }, (_, i) => cells[i % 3]!);
      const text = rows.map((row) => `${row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join("-")}\n`);
      expect(await cellsOf(text.join(""), { header: false, delimiter: "-" }, size)).toEqual(rows);
    },
  );
});
