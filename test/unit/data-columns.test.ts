/** @file Types of columns, labels and what is fitted on them: real tables, plain recomputation, every refusal. */
import { describe, expect, test } from "vitest";
import type { ColumnData } from "../../src/data/columnBuilder.ts";
import { readTable, type Table } from "../../src/data/columns.ts";
import { openCsv } from "../../src/data/csv.ts";
import { fitPreprocessing } from "../../src/data/fit.ts";
import type { TableOptions } from "../../src/data/options.ts";
import type { NumericColumn } from "../../src/data/preprocessing.ts";
import { openSource } from "../../src/data/source.ts";
import { refusal, tableOf } from "../support/data.ts";

async function readFile(name: string, label: string | number): Promise<Table> {
  const file = `data/${name}.csv`;
  const missing = ["", "NA"];
  const csv = await openCsv(await openSource(file), {
    file,
    delimiter: "auto",
    header: "auto",
    decimal: "auto",
    missing,
  });
  return readTable(csv, {
    delimiter: "auto",
    label,
    ignore: [],
    columns: {},
    weight: null,
    decimal: "auto",
    onBadRow: "fail",
    missing,
  });
}

function column(table: Table, name: string): ColumnData {
  return table.columns.find((c) => c.name === name)!;
}

function missingCells(c: ColumnData): number {
  return c.type === "numeric"
    ? c.values.filter(Number.isNaN).length
    : c.codes.filter((code) => code < 0).length;
}

const all = (table: Table): Uint32Array => Uint32Array.from({ length: table.rows }, (_, i) => i);

/** y, then one line per value of x. */
const xs = (...values: string[]): string =>
  `x,y\n${values.map((v, i) => `${v},${i % 2 ? "p" : "q"}\n`).join("")}`;

describe("real tables", () => {
  test("penguins: 344 rows, 3 classes, 2 missing in each measure, 11 in sex", async () => {
    const table = await readFile("penguins", "species");
    expect([table.rows, table.unlabelled, table.tableWidth, table.classes]).toEqual([
      344,
      0,
      7,
      ["Adelie", "Chinstrap", "Gentoo"],
    ]);
    expect(table.columns.map((c) => [c.name, c.type, missingCells(c)])).toEqual([
      ["island", "categorical", 0],
      ["bill_length_mm", "numeric", 2],
      ["bill_depth_mm", "numeric", 2],
      ["flipper_length_mm", "numeric", 2],
      ["body_mass_g", "numeric", 2],
      ["sex", "categorical", 11],
    ]);
    expect([0, 1, 2].map((c) => table.labels.filter((label) => label === c).length)).toEqual([152, 68, 124]);
  });

  test.each([
    ["iris", "species", 150, 4, [50, 50, 50]],
    ["wine", "cultivar", 178, 13, [59, 71, 48]],
    ["digits", 64, 1797, 64, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]],
  ] as const)(
    "%s: %s is the label, %i rows, %i numeric columns",
    async (name, label, rows, columns, sizes) => {
      const table = await readFile(name, label);
      expect([table.rows, table.columns.length]).toEqual([rows, columns]);
      expect(table.columns.every((c) => c.type === "numeric" && missingCells(c) === 0)).toBe(true);
      expect(sizes.map((_, c) => table.labels.filter((l) => l === c).length)).toEqual([...sizes]);
    },
  );

  test("iris: means and deviations of the text books", async () => {
    const table = await readFile("iris", "species");
    const { preprocessing } = fitPreprocessing(table, all(table));
    const numbers = preprocessing.columns.map((c) => c as NumericColumn);
    expect(numbers.map((c) => c.mean.toFixed(3))).toEqual(["5.843", "3.057", "3.758", "1.199"]);
    expect(numbers.map((c) => c.median)).toEqual([5.8, 3, 4.35, 1.3]);
    expect(numbers.map((c) => c.deviation.toFixed(4))).toEqual(["0.8253", "0.4344", "1.7594", "0.7597"]);
  });
});

describe("types of columns", () => {
  const typeOf = async (text: string, options: Partial<TableOptions> = {}): Promise<string> =>
    column(await tableOf(text, options), "x").type;

  test("numeric if every cell that is not missing is a number", async () => {
    expect(await typeOf(xs("1", "-2.5", "+.5", "1e3", "1.", "NA", "0"))).toBe("numeric");
    for (const word of ["1,234", "0x10", "Infinity", "1_000", "1e", ".", "--1", "१"]) {
      expect([word, await typeOf(xs(`"${word}"`, "a"))]).toEqual([word, "categorical"]);
    }
  });

  test("an override decides; words of a forced column keep their spelling", async () => {
    const table = await tableOf(xs("1", "1.0", "2"), { columns: { x: "categorical" } });
    expect(column(table, "x")).toEqual({
      name: "x",
      type: "categorical",
      codes: Int32Array.of(0, 1, 2),
      levels: ["1", "1.0", "2"],
    });
    expect(await typeOf(xs("1", "2"), { columns: { x: "numeric" } })).toBe("numeric");
  });

  test("more than 10,000 different numbers, some missing, are kept exactly", async () => {
    const values = Array.from({ length: 25_000 }, (_, i) => (i % 7 === 3 ? "NA" : String(i / 3)));
    const c = column(await tableOf(xs(...values)), "x");
    const expected = Float64Array.from(values, (v) => (v === "NA" ? Number.NaN : Number(v)));
    expect(c.type === "numeric" && c.values).toEqual(expected);
  });

  const many = (n: number): string[] => Array.from({ length: n }, (_, i) => String(i * 1.5));
  const cases: [string, string, Partial<TableOptions>, string, string[]][] = [
    [
      "forced numeric",
      xs("1", "n/a"),
      { columns: { x: "numeric" } },
      "NOT_A_NUMBER",
      [
        't.csv:3, column "x": expected a number, got "n/a"',
        "data.missing",
        'data.columns.x to "categorical"',
      ],
    ],
    [
      "forced numeric, too large",
      xs("1", "1e999"),
      { columns: { x: "numeric" } },
      "NUMBER_TOO_LARGE",
      ["t.csv:3", "1e999"],
    ],
    ["too large", xs("1", "-1e999", "3"), {}, "NUMBER_TOO_LARGE", ['t.csv:3, column "x"', "-1e999"]],
    [
      "one typo among 20 numbers",
      xs(...many(19), "12x"),
      {},
      "COLUMN_MOSTLY_NUMBERS",
      ['t.csv:21, column "x": got "12x"', "19 of 20 cells are numbers", "data.missing", "data.columns.x"],
    ],
    [
      "a word after very many numbers",
      xs(...many(12_000), "oops"),
      {},
      "NOT_A_NUMBER",
      ["t.csv:12002", '"oops"'],
    ],
    [
      "decimal commas",
      xs('"1,5"', '"2,5"', '"3,5"', "4"),
      {},
      "DECIMAL_COMMA",
      ["t.csv:2", '"1,5"', "decimal point"],
    ],
    [
      "an identifier",
      xs(...many(150).map((v) => `id${v}`)),
      {},
      "COLUMN_TOO_MANY_LEVELS",
      ['column "x"', "150 different values in 150 rows", "data.ignore"],
    ],
  ];
  test.each(cases)("refuses: %s", async (_, text, options, kind, facts) => {
    const error = await refusal(() => tableOf(text, options));
    expect([error.kind, error.exitCode]).toEqual([kind, 3]);
    for (const fact of facts) expect(error.message).toContain(fact);
  });

  test("an identifier that is asked for as categorical is taken", async () => {
    const text = xs(...many(150).map((v) => `id${v}`));
    expect(await typeOf(text, { columns: { x: "categorical" } })).toBe("categorical");
  });
});

describe("labels and names", () => {
  test("classes sort as numbers if all are, else by code unit; rows without a label are left out", async () => {
    const table = await tableOf("x,y\n1,10\n2,9\n3,\n4,-1\n5,9\n");
    expect([table.classes, Array.from(table.labels), table.unlabelled]).toEqual([
      ["-1", "9", "10"],
      [2, 1, 0, 1],
      1,
    ]);
    expect([0, 1, 2, 3].map((row) => table.places.line(row))).toEqual([2, 3, 5, 6]);
    expect((await tableOf("x,y\n1,b\n2,10\n3,a\n4,B\n")).classes).toEqual(["10", "B", "a", "b"]);
  });

  test("label by 0-based index; without a header names are positions", async () => {
    const table = await tableOf("1,a,5\n2,b,6\n", { label: 1, ignore: ["2"] });
    expect([table.label, table.hasHeader, table.columns.map((c) => c.name)]).toEqual(["1", false, ["0"]]);
  });

  const range = (n: number): string => Array.from({ length: n }, (_, i) => `${i % 3},${i * 1.5}\n`).join("");
  const cases: [string, string, Partial<TableOptions>, string, string[]][] = [
    ["one class", "x,y\n1,a\n2,a\n", {}, "TOO_FEW_CLASSES", ['every row is "a"', "at least 2"]],
    ["no label at all", "x,y\n1,\n2,?\n", {}, "NO_LABELS", ["2 rows miss it"]],
    [
      "regression",
      `x,y\n${range(60)}`,
      {},
      "TOO_MANY_CLASSES",
      ["60 different values in 60 rows", "regression"],
    ],
    ["same number twice", "x,y\n1,1\n2,1.0\n3,2\n", {}, "LABEL_AMBIGUOUS", ['"1"', '"1.0"']],
  ];
  test.each(cases)("refuses: %s", async (_, text, options, kind, facts) => {
    const error = await refusal(() => tableOf(text, options));
    expect([error.kind, error.exitCode]).toEqual([kind, 3]);
    for (const fact of facts) expect(error.message).toContain(fact);
  });

  test("unknown names are all named at once, with what was meant and the columns (exit 2)", async () => {
    const error = await refusal(() =>
      tableOf("length,width,species\n1,2,a\n", {
        label: "specis",
        ignore: ["widht"],
        columns: { z: "numeric" },
      }),
    );
    expect([error.kind, error.exitCode]).toEqual(["COLUMN_UNKNOWN", 2]);
    expect(error.message.split("\n")).toEqual([
      'data.label: t.csv has no column "specis" (did you mean "species"?)',
      'data.ignore: t.csv has no column "widht" (did you mean "width"?)',
      'data.columns: t.csv has no column "z"',
      'the columns of t.csv are "length", "width", "species"',
    ]);
    expect((await refusal(() => tableOf("a,y\n1,2\n", { label: 2 }))).message).toContain("got column 2");
    expect((await refusal(() => tableOf("a,y\n1,2\n", { ignore: ["y"] }))).message).toContain(
      "is the label, it cannot",
    );
    expect((await refusal(() => tableOf("1,2\n3,4\n"))).message).toContain("data.header");
  });
});

describe("fitPreprocessing", () => {
  test("uses the training rows alone: equals plain recomputation, whatever other rows hold", async () => {
    const values = ["3.25", "NA", "1e3", "-7", "0.125", "99999", "12", "NA"];
    const table = await tableOf(xs(...values));
    const rows = Uint32Array.of(0, 1, 3, 4, 6);
    const { preprocessing } = fitPreprocessing(table, rows);
    const present = [3.25, -7, 0.125, 12];
    const mean = (3.25 + -7 + 0.125 + 12) / 4;
    const deviation = Math.sqrt(present.reduce((s, v) => s + (v - mean) ** 2, 0) / 4);
    expect(preprocessing.columns).toEqual([
      { name: "x", type: "numeric", input: 0, mean, deviation, median: (0.125 + 3.25) / 2, missingInput: 1 },
    ]);
    expect([preprocessing.inputs, preprocessing.denseWidth]).toEqual([2, 1]);
  });

  test("numeric inputs first, then one-hot and indicators in table order; levels in first-seen order", async () => {
    const table = await tableOf("c,n,d,m,y\nred,1,x,5,p\n,2,z,,q\nblue,3,z,7,p\nred,4,x,8,q\nlate,5,x,9,q\n");
    const { preprocessing } = fitPreprocessing(table, Uint32Array.of(0, 1, 2, 3));
    expect(preprocessing.columns).toMatchObject([
      { name: "c", levels: ["red", null, "blue"], firstInput: 2 },
      { name: "n", input: 0, missingInput: null, median: 2.5 },
      { name: "d", levels: ["x", "z"], firstInput: 5 },
      { name: "m", input: 1, missingInput: 7, median: 7 },
    ]);
    expect(preprocessing.inputs).toBe(8);
  });

  test("columns that say nothing are dropped with a note; rows that are only numbered are reported", async () => {
    const table = await tableOf("id,k,w,e,x,y\n1,5,a,,1,p\n2,5,a,,4,q\n3,5,a,,2,p\n4,6,b,1,3,q\n");
    const { preprocessing, notes } = fitPreprocessing(table, Uint32Array.of(0, 1, 2));
    expect(preprocessing.columns.map((c) => c.name)).toEqual(["id", "x"]);
    expect(notes).toEqual([
      'column "id" numbers the rows (add it to data.ignore if it is an identifier)',
      'column "k" is left out: it is 5 in every training row',
      'column "w" is left out: it is "a" in every training row',
      'column "e" is left out: every training row misses it',
    ]);
  });

  test("refuses a table without a usable column, and ranges that cannot be standardised", async () => {
    const one = await tableOf("x,y\n1,p\n1,q\n");
    expect((await refusal(() => fitPreprocessing(one, all(one)))).message).toContain('"x" is left out');
    const alone = await tableOf("y\np\nq\n");
    expect((await refusal(() => fitPreprocessing(alone, all(alone)))).kind).toBe("NO_COLUMNS");
    for (const text of [xs("1e308", "-1e308"), xs("1e-300", "2e-300")]) {
      const table = await tableOf(text);
      expect((await refusal(() => fitPreprocessing(table, all(table)))).kind).toBe("COLUMN_RANGE");
    }
  });
});
