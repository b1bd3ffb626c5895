/** What is decided about a table, one decision a test: each could go wrong in silence. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chooseHoldOut } from "../../src/config/holdOut.ts";
import { CellReader } from "../../src/data/cellReader.ts";
import { ColumnCounter, type ColumnProfile } from "../../src/data/profile/column.ts";
import { type ColumnPlan, planTable, type TablePlan } from "../../src/data/profile/decide.ts";
import { firstRowIsHeader } from "../../src/data/profile/header.ts";
import { guessLabel, likelyLabel, namedLabel } from "../../src/data/profile/label.ts";
import { distinctLimit, profileTable, type TableProfile } from "../../src/data/profile/table.ts";
import { isFigure, isMoment, meansNoValue, namesCode } from "../../src/data/profile/words.ts";
import { split } from "../../src/data/split.ts";
import { DEFAULT_MISSING } from "../../src/missing.ts";
import { openText, refusal } from "../support/data.ts";

const profileOf = async (text: string, label?: string): Promise<TableProfile> =>
  profileTable(await openText(text), new Set(DEFAULT_MISSING), { label });

async function planOf(text: string, label = "y"): Promise<TablePlan> {
  const table = await profileOf(text, label);
  return planTable(table, namedLabel(table, label, "--label"));
}

/** A table of `rows` rows with these columns and a label y that goes a, b, b, a, b, b, … */
function tableText(columns: Record<string, (row: number) => unknown>, rows = 60): string {
  const names = [...Object.keys(columns), "y"];
  const lines = Array.from({ length: rows }, (_, row) =>
    [...Object.values(columns).map((cell) => cell(row)), row % 3 === 0 ? "a" : "b"].join(","),
  );
  return `${[names.join(","), ...lines].join("\n")}\n`;
}

async function columnOf(cell: (row: number) => unknown, name = "x", rows = 60): Promise<ColumnPlan> {
  return (await planOf(tableText({ [name]: cell }, rows))).columns[0]!;
}

/** Numbers without a pattern that a decision could be about. */
const amount = (row: number) => ((row * 7919) % 1009) / 8;

describe("columns", () => {
  test.each<[string, (row: number) => unknown, Partial<ColumnPlan>]>([
    ["amounts", amount, { type: "numeric", use: "input", inputs: 1 }],
    [
      "amounts with missing cells",
      (r) => (r % 9 ? amount(r) : "NA"),
      { use: "input", inputs: 2, missing: 7 },
    ],
    ["few words", (r) => "abc"[r % 4] ?? "", { type: "categorical", inputs: 4, missing: 15, override: null }],
    ["no value at all", () => "", { type: "empty", use: "ignore", reason: "no row has a value" }],
    ["one number", () => 7, { use: "ignore", reason: 'is "7" in every row' }],
    [
      "one number or none",
      (r) => (r % 2 ? 7 : ""),
      { use: "ignore", reason: 'is "7" in every row that has a value' },
    ],
    ["one word or none: that may tell", (r) => (r % 2 ? "yes" : ""), { use: "input", inputs: 2 }],
    ["row numbers from 0", (r) => r, { use: "ignore", reason: "numbers the rows" }],
    ["row numbers from 1001", (r) => r + 1001, { use: "ignore", reason: "numbers the rows" }],
    [
      "whole numbers in a narrow range, all different",
      (r) => (r * 37) % 100,
      { use: "ignore", reason: "every value differs, as of an identifier" },
    ],
    ["whole numbers in a wide range, all different", (r) => r * r * 1013, { use: "input" }],
    ["different words", (r) => `k${r}`, { type: "text", use: "ignore", reason: "every value differs" }],
    ["nearly different words", (r) => `k${r >> 1}`, { type: "text", reason: "text: 30 values in 60 rows" }],
    [
      "dates",
      (r) => `2024-01-${10 + (r % 20)}`,
      { type: "date", use: "ignore", reason: expect.stringContaining("dates") },
    ],
    [
      "prices",
      (r) => `$${r}.50`,
      { use: "ignore", reason: expect.stringContaining('such as "$0.50" (line 2)') },
    ],
    ["a few prices", (r) => `$${r % 4}`, { type: "categorical", use: "input", override: "categorical" }],
    [
      "a count with a last class",
      (r) => (r % 20 ? r % 3 : "3+"),
      { type: "categorical", inputs: 4, override: "categorical" },
    ],
    [
      "amounts with many typing errors",
      (r) => (r % 10 ? amount(r) : `${r}x`),
      {
        use: "input",
        type: "numeric",
        bad: '6 cells such as "0x" (line 2) are no number: such rows are left out',
      },
    ],
    [
      "a range beyond float64's squares",
      (r) => (r % 2 ? "1e300" : "-1e300"),
      { use: "ignore", reason: expect.stringContaining("range") },
    ],
    ["numbers too large to read", (r) => (r % 2 ? "1e999" : "5"), { use: "input", override: "categorical" }],
  ])("%s", async (_, cell, expected) => {
    expect(await columnOf(cell)).toMatchObject(expected);
  });

  test("whole numbers named as codes are levels, or identify", async () => {
    const codes = await columnOf((r) => 100 + (r % 5), "store_id");
    expect(codes).toMatchObject({ type: "categorical", override: "categorical", inputs: 5 });
    const keys = await columnOf((r) => 10 ** 8 + r * r * 7919, "customerId");
    expect(keys).toMatchObject({ type: "numeric", use: "ignore" });
    expect(await columnOf((r) => 100 + (r % 5), "width")).toMatchObject({ type: "numeric", override: null });
  });

  test("a column that repeats another is left out, by value and not by spelling", async () => {
    const text = tableText({
      a: amount,
      b: (r) => amount(r).toFixed(4),
      c: (r) => amount(r) + (r === 59 ? 1 : 0),
    });
    const { columns } = await planOf(text);
    expect(columns.map(({ use, reason }) => [use, reason])).toEqual([
      ["input", null],
      ["ignore", 'same as "a" in every row'],
      ["input", null],
      ["label", null],
    ]);
  });

  test("a column that tells the label is left out, as a copy or in other words", async () => {
    const text = tableText({
      copy: (r) => (r % 3 === 0 ? "a" : "b"),
      code: (r) => (r % 3 === 0 ? 1 : 0),
      nearly: (r) => (r % 3 === 0 && r > 0 ? 1 : 0),
    });
    const { columns } = await planOf(text);
    expect(columns.map(({ reason }) => reason)).toEqual([
      "same as the label in every row",
      "tells the label: one value for each class",
      null,
      null,
    ]);
  });

  test("with more distinct values than are kept: still numbers, text, identifiers", async () => {
    const rows = 12_000;
    const text = tableText(
      { a: (r) => r * 1.5, b: (r) => `w${r}`, c: (r) => (r * 7) % 12_007, d: (r) => r % 4000 },
      rows,
    );
    const { columns } = await planOf(text);
    expect(columns.map(({ type, use, distinct }) => [type, use, distinct])).toEqual([
      ["numeric", "input", null],
      ["text", "ignore", null],
      ["numeric", "ignore", null],
      ["numeric", "input", 4000],
      ["categorical", "label", 2],
    ]);
    expect(distinctLimit(4) * 4).toBeLessThanOrEqual(40_000);
    expect(distinctLimit(4000) * 4000).toBeLessThanOrEqual(400_000);
  });

  test("rows without a label: mixed columns are given a type, since the rest may look different", async () => {
    const text = `x,y\n${Array.from({ length: 60 }, (_, r) => `${r % 4 ? r % 5 : "k"},${r % 2 ? "" : r % 3}`).join("\n")}\n`;
    const { columns, label, hints } = await planOf(text);
    expect(columns[0]).toMatchObject({ type: "categorical", override: "categorical" });
    expect(label).toMatchObject({ unlabelled: 30 });
    expect(hints).toContain("30 rows without a label: training leaves them out");
  });
});

describe("facts", () => {
  /** Of each column, where `limit` distinct numbers and words are kept. */
  async function factsOf(text: string, limit: number, chunkSize = 1 << 16): Promise<ColumnProfile[]> {
    const missing = new Set(DEFAULT_MISSING);
    const table = await openText(text, {}, chunkSize);
    const { names, decimal } = table;
    const reader = new CellReader(table, missing, () => {});
    const counters = names.map((_, i) => new ColumnCounter(i, limit, { reader, missing, decimal }));
    for await (const batch of reader.batches()) for (const counter of counters) counter.take(batch, 0);
    return counters.map((counter, i) => counter.finish(names[i]!));
  }

  test("are the same however few values are kept, and however the text comes", async () => {
    const number = fc.oneof(
      fc.integer({ min: 0, max: 30 }).map(String),
      fc.double({ noNaN: true }).map(String),
    );
    const word = fc.constantFrom(
      "",
      "NA",
      "a",
      "b",
      "$5",
      "2024-01-31",
      "\u00a0a",
      "\u00a07",
      "7",
      "-0",
      "1e999",
    );
    const table = fc.array(fc.tuple(number, word, fc.oneof(number, word)), { minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(
        table,
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 8, max: 90 }),
        async (rows, limit, size) => {
          const text = ["u,v,w,v2", ...rows.map((row) => [...row, row[1]].join(","))].join("\n");
          const all = await factsOf(text, 1000);
          const few = await factsOf(text, limit, size);
          expect(await factsOf(text, 1000, size)).toEqual(all);
          expect(all[3]!.cellsPrint).toBe(all[1]!.cellsPrint);
          for (const [i, facts] of few.entries()) {
            const { numberValues, wordValues, isDifferent, differentCells, patternPrint, form, ...whole } =
              all[i]!;
            const kept = [numberValues!, wordValues!].map((values) => (values.size > limit ? null : values));
            expect([facts.numberValues, facts.wordValues]).toEqual(kept);
            expect(facts).toMatchObject(whole);
            if (!kept.includes(null)) expect(facts).toEqual(all[i]);
            else expect([facts.patternPrint, facts.differentCells > limit]).toEqual([null, true]);
          }
        },
      ),
      { seed: 7 },
    );
  });

  test("a cell with a space beyond ASCII around it is the cell without", async () => {
    const [x] = await factsOf("x,y\na,1\n\u00a0a,2\n\u00a0 ,3\n5,4\n5\u00a0,5\n", 100);
    expect(x).toMatchObject({ missing: 1, numbers: 2, words: 2 });
    expect([[...x!.wordValues!.keys()], [...x!.numberValues!.keys()]]).toEqual([["a"], ["5"]]);
  });

  test("the cells of a bad row are none of the column's", async () => {
    const text = tableText({ code: (r) => (r % 3 === 0 ? 1 : 0), x: amount }).replace(
      "\n",
      "\n0,7\n0,7,a,c\n",
    );
    const { columns, badRows, rows } = await planOf(text);
    expect(rows).toBe(60);
    expect(columns[0]).toMatchObject({ reason: "tells the label: one value for each class", distinct: 2 });
    expect(badRows).toEqual([
      expect.stringMatching(/^2 rows with too few or many cells left out, the first: t\.csv:2: got 2 cells/),
    ]);
  });

  test("rows with misplaced quotes are counted, the first is told", async () => {
    const { rows, badRows } = await planOf(`${tableText({ x: amount })}"1"2,a\n3"4,b\n`);
    expect([rows, badRows]).toEqual([
      60,
      [
        expect.stringMatching(
          /^2 rows with misplaced quotes left out, the first: t\.csv:62: cell 1 has text behind/,
        ),
      ],
    ]);
  });

  test("nothing but bad rows", async () => {
    const error = await refusal(() => profileOf('x,y\n1\n"1"2,3\n'));
    expect([error.kind, error.message]).toEqual([
      "CSV_NO_ROWS",
      expect.stringMatching(/^t\.csv: no row can be read: t\.csv:2: got 1 cell, expected 2/),
    ]);
  });
});

describe("spellings of a missing cell", () => {
  const missing = async (cell: (row: number) => unknown) =>
    (await planOf(tableText({ x: cell }))).missing.map(({ spelling }) => spelling);

  test.each<[string, (row: number) => unknown, string[]]>([
    ["one word among numbers", (r) => (r % 20 ? amount(r) : "pending"), ["pending"]],
    ["one word among as many numbers", (r) => (r % 2 ? amount(r) : "pending"), ["pending"]],
    [
      "several that are known, in most rows",
      (r) => (r % 3 ? ["--", "unknown"][r % 2] : amount(r)),
      ["--", "unknown"].reverse(),
    ],
    ["a level among few numbers", (r) => (r % 2 ? r % 3 : "none"), []],
    ["two words that are not known", (r) => (r % 3 ? ["red", "blue"][r % 2] : amount(r)), []],
    ["figures are numbers, not missing", (r) => (r % 20 ? amount(r) : '"1,5"'), []],
    ["a number with a slip is no missing one", (r) => (r % 20 ? amount(r) : "12x"), []],
    ["-999 is a number", (r) => (r % 20 ? amount(r) : -999), []],
  ])("%s", async (_, cell, expected) => {
    expect((await missing(cell)).sort()).toEqual([...expected].sort());
  });

  test("a class of the label is never one", async () => {
    const text = tableText({ x: (r) => (r % 20 ? amount(r) : "b") });
    const { missing: found, columns, badRows } = await planOf(text);
    expect(found).toEqual([]);
    expect(columns[0]).toMatchObject({ use: "input", type: "numeric" });
    expect(badRows).toEqual([expect.stringContaining('column "x": 3 cells such as "b"')]);
  });

  test("what one column shows holds for all of them", async () => {
    const text = tableText({ x: (r) => (r % 9 ? amount(r) : "--"), z: (r) => (r % 5 ? "pq"[r % 2] : "--") });
    const { columns } = await planOf(text);
    expect(columns[1]).toMatchObject({ type: "categorical", distinct: 2, missing: 12, inputs: 3 });
  });
});

describe("the label", () => {
  const guessed = async (text: string) => {
    const label = guessLabel(await profileOf(text));
    return label && [label.column.name, label.reason];
  };
  const rows = (header: string, row: (r: number) => unknown[]) =>
    `${[header, ...Array.from({ length: 60 }, (_, r) => row(r).join(","))].join("\n")}\n`;

  test.each<[string, string, [string, string] | null]>([
    ["by name", rows("Target,x,z", (r) => [r % 2, amount(r), r % 3]), ["Target", "by its name"]],
    [
      "the likelier of two names",
      rows("y,x,class", (r) => [r % 2, amount(r), r % 3]),
      ["class", "by its name"],
    ],
    [
      "the last column of words",
      rows("a,x,z", (r) => ["pq"[r % 2], amount(r), "uv"[r % 2]]),
      ["z", "as the last column, with 2 values"],
    ],
    [
      "the first column",
      rows("a,b,x", (r) => [r % 3, "pq"[r % 2], amount(r)]),
      ["a", "as the first column, with 3 values"],
    ],
    [
      "words at the start rather than numbers at the end",
      rows("a,x,z", (r) => ["pq"[r % 2], amount(r), r % 4]),
      ["a", "as the first column, with 2 values"],
    ],
    [
      "words in the middle",
      rows("a,b,x", (r) => [amount(r) + 1, "pq"[r % 2], amount(r)]),
      ["b", "as the last column of words with few values: 2 values"],
    ],
    ["amounts alone", rows("a,b", (r) => [amount(r) + 1, amount(r)]), null],
    [
      "a target of amounts is not passed over for another column",
      rows("target,b", (r) => [amount(r), "pq"[r % 2]]),
      null,
    ],
    ["row numbers are no classes", rows("label,b", (r) => [r, "pq"[r % 2]]), null],
  ])("%s", async (_, text, expected) => {
    expect(await guessed(text)).toEqual(expected);
  });

  test("none: the candidates are named", async () => {
    const text = rows("a,b,c", (r) => [amount(r) + 1, (r % 30) / 2, amount(r)]);
    const error = await refusal(async () => likelyLabel(await profileOf(text), "--label"));
    expect([error.kind, error.exitCode]).toEqual(["NO_LABEL", 2]);
    expect(error.message).toMatch(/^t\.csv: no column looks like the label; .*nnt learns classes/);
    const some = rows("target,b", (r) => [amount(r), "pq"[r % 2]]);
    const other = await refusal(async () => likelyLabel(await profileOf(some), "--label"));
    expect(other.message).toContain('column "target" would be the label by its name, but it has 60 values');
    expect(other.message).toContain('choose the column to predict with --label: "b" (2 values)');
  });

  test.each<[string, string, string, number]>([
    ["unknown", "x,kind\n1,p\n2,q\n", "COLUMN_UNKNOWN", 2],
    ["no values", "x,y\n1,\n2,\n", "NO_LABELS", 3],
    ["one class", "x,y\n1,p\n2,p\n", "TOO_FEW_CLASSES", 3],
    ["amounts", rows("x,y", (r) => [r % 3, amount(r)]), "TOO_MANY_CLASSES", 3],
    ["two spellings of a number", "x,y\n1,1\n2,1.0\n3,2\n", "LABEL_AMBIGUOUS", 3],
  ])("named, but %s", async (_, text, kind, exitCode) => {
    const error = await refusal(() => planOf(text));
    expect(error).toMatchObject({ kind, exitCode });
  });
});

describe("hints", () => {
  const hintsOf = async (cell: (row: number) => unknown) => (await planOf(tableText({ x: cell }))).hints;

  test("a number far from all others that comes again", async () => {
    expect(await hintsOf((r) => (r % 20 ? amount(r) : -999))).toEqual([
      expect.stringMatching(/^column "x": 3 cells are -999, and no other is below/),
    ]);
    expect(await hintsOf((r) => (r % 20 ? r % 50 : 999))).toEqual([
      expect.stringContaining("3 cells are 999"),
    ]);
    expect(await hintsOf((r) => (r % 20 ? amount(r) : -r))).toEqual([]);
  });

  test.each<[string, (row: number) => unknown, string | null]>([
    ["postal codes", (r) => ["01067", "80331", "04109", "50667"][r % 4], "01067"],
    ["postal codes, one of them cut short", (r) => (r === 7 ? "4109" : `0${1000 + (r % 40)}`), "01000"],
    ["months", (r) => `0${1 + (r % 9)}`, null],
    ["fractions", (r) => `0.${100 + r}`, null],
    ["a 0 in front now and then", (r) => (r % 9 ? r % 50 : `00${r % 50}`), null],
    ["no 0 in front", (r) => 10_000 + ((r * 37) % 50), null],
    ["words all the same", (r) => ["01067", "x", "y"][r % 3], null],
  ])("leading zeros: %s", async (_, cell, example) => {
    const said =
      `column "x": numbers such as "${example}" lose their leading 0, and most have 5 digits, as codes do; ` +
      'if they are codes, make the column "categorical" in data.columns';
    expect(await hintsOf(cell)).toEqual(example === null ? [] : [said]);
  });

  test.each<[string, string, (row: number) => unknown, boolean]>([
    ["all with three digits", ";", (r) => `${1 + (r % 40)}.${100 + r}`, true],
    ["some below 1,000", ";", (r) => (r % 3 ? `${1 + r}.000` : r * 9), true],
    ["commas between cells", ",", (r) => `${1 + (r % 40)}.${100 + r}`, false],
    ["some below 1", ";", (r) => `${r % 40}.${100 + r}`, false],
    ["some with other digits", ";", (r) => `1.${100 + r}${r % 9 ? "" : "5"}`, false],
    ["too few to tell", ";", (r) => (r % 30 ? r % 20 : `1.${100 + r}`), false],
  ])("points of thousands: %s", async (_, delimiter, cell, expected) => {
    const text = tableText({ x: cell }).replaceAll(",", delimiter);
    const { hints } = await planOf(text);
    const said = /^column "x": all points have three digits behind them, as in "\d\.\d{3}", .* thousands/;
    expect(hints).toEqual(expected ? [expect.stringMatching(said)] : []);
  });

  test("levels that differ in case", async () => {
    expect(await hintsOf((r) => ["Oslo", "oslo", "Rome"][(r % 5) % 3])).toEqual([
      'column "x": "Oslo" and "oslo" are two values to nnt',
    ]);
  });

  test("rare classes, and one that is nearly all", async () => {
    const text = `x,y\n${Array.from({ length: 100 }, (_, r) => `${amount(r)},${r < 95 ? "p" : r < 99 ? "q" : "r"}`).join("\n")}\n`;
    const { hints } = await planOf(text);
    expect(hints).toEqual([
      'too few rows to learn well, or to tell how well: "q" (4 rows), "r" (1 row)',
      expect.stringMatching(/^95 % of the rows are "p"/),
    ]);
  });

  test('a class of the label that means "no label"', async () => {
    const text = `x,y\n${Array.from({ length: 60 }, (_, r) => `${amount(r)},${["0", "1", "unknown"][r % 3]}`).join("\n")}\n`;
    expect((await planOf(text)).hints).toEqual([expect.stringMatching(/^"unknown" is a class of 20 rows/)]);
  });
});

describe("a header that the reader took for data", () => {
  const row = (r: number) => `${amount(r)},${amount(r + 1)},${"ab"[r % 2]}`;
  const table = (first: string, cells = row) =>
    `${[first, ...Array.from({ length: 60 }, (_, r) => cells(r))].join("\n")}\n`;
  test.each<[string, string, boolean]>([
    ["years and words", table("2019,2020,kind"), true],
    ["positions", table("0,1,2", (r) => `${amount(r)},${amount(r + 1)},${r % 2}`), true],
    ["data with the same words", table("3,4,a"), false],
    ["numbers with a point", table("3.5,4,kind"), false],
    ["the same name twice", table("2019,2019,kind"), false],
    ["found by the reader", table("u,v,kind"), false],
  ])("%s", async (_, text, expected) => {
    expect(firstRowIsHeader(await profileOf(text))).toBe(expected);
  });
});

describe("words", () => {
  const dates = [
    "2024-03-31",
    "31.3.24",
    "3/31/2024",
    "31 March 2024",
    "Mar 31, 2024",
    "2024-03-31T10:00:00Z",
  ];
  test.each([...dates, "10:30", "2024-03-31 10:30:00+02:00"])("%s is a date", (text) =>
    expect(isMoment(text)).toBe(true),
  );
  test.each(["10-14", "1.5", "March", "2024", "1-2-3-4", "12:3", "a 10:30"])("%s is none", (text) =>
    expect(isMoment(text)).toBe(false),
  );
  test.each(["$5", "1,234", "1,234.50", "12 %", "€ 7,50", "1e999", "1,5"])("%s is a figure", (text) =>
    expect(isFigure(text, ".")).toBe(true),
  );
  test.each(["5 kg", "a", "3+", "1,2,3", "$"])("%s is none", (text) =>
    expect(isFigure(text, ".")).toBe(false),
  );
  test.each(["-", "--", ".", "Unknown", "N.A.", "not available", "#N/A", "nil"])(
    "%s means no value",
    (text) => expect(meansNoValue(text)).toBe(true),
  );
  test.each(["3+", "no", "other", "a"])("%s does not", (text) => expect(meansNoValue(text)).toBe(false));
  test.each(["id", "customerId", "customerID", "Store ID", "zip_code", "ZIP"])("%s names a code", (name) =>
    expect(namesCode(name)).toBe(true),
  );
  test.each(["width", "acid", "refractive index", "period", "idle"])("%s does not", (name) =>
    expect(namesCode(name)).toBe(false),
  );
});

describe("held-out rows", () => {
  test.each([
    [[6, 6], 0, 0],
    [[30, 30], 0, 0.2],
    [[500, 500], 0, 0.2],
    [[1500, 1500], 0.12, 0.2],
    [[200_000, 100_000], 0.05, 0.1],
    [Array.from({ length: 80 }, () => 1), 0, 0], // nothing to spare
  ])("of classes with %j rows", (classRows, validation, test) => {
    expect(chooseHoldOut(classRows)).toMatchObject({ validation, test });
  });

  test.each([
    [[30, 30], 0],
    [[1023, 1024], 0],
    [[1024, 1024], 0.15],
    [[200_000, 100_000], 0.05],
  ])("of classes with %j rows, where the rows to test on are elsewhere", (classRows, validation) => {
    const rows = classRows.reduce((sum, count) => sum + count, 0);
    expect(chooseHoldOut(classRows, true)).toEqual({ validation, test: 0, ownRows: rows });
  });

  test("the rows left are those that the split leaves", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 2, maxLength: 40 }), (classRows) => {
        const { validation, test, ownRows } = chooseHoldOut(classRows);
        const labels = Uint32Array.from(classRows.flatMap((rows, c) => Array<number>(rows).fill(c)));
        const part = (fraction: number) => (fraction === 0 ? null : { fraction, stratify: true });
        const names = classRows.map(String);
        const rows = split(labels, names, { validation: part(validation), test: part(test) }, 1);
        const own = rows.train.length + (rows.validation?.length ?? 0);
        // a class may keep its last row
        expect(own).toBeGreaterThanOrEqual(ownRows);
        expect(own).toBeLessThanOrEqual(ownRows + classRows.length);
      }),
    );
  });
});
