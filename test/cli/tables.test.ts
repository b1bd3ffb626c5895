/**
 * Tables as people have them, by the real program: each malformed one ends with its exit code and a message that holds
 * the facts, or is read with a note. What is left out with bad rows skipped is tables-skip.test.ts's.
 */
import { Buffer } from "node:buffer";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { csvConfig, type Folder, freshFolder, sharedFolder, trainOnce } from "../support/cli.ts";

type Fact = string | RegExp;
/** Options of the config's data part over `train: "t.csv", label: "y"`, and other files, by name. */
interface More {
  readonly data?: object;
  readonly files?: Readonly<Record<string, string>>;
}
type Case = [name: string, table: string | Uint8Array | null, code: number, facts: Fact[], more?: More];

const HEAD = "a,b,y\n";
const ROWS = "1,2,p\n3,4,q\n5,6,p\n7,8,q\n";
const lines = (count: number, row: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => `${row(i)}\n`).join("");
const pq = (i: number) => (i % 2 === 0 ? "p" : "q");
/** 40 rows with these cells in column a, in turn. */
const withA = (...cells: string[]) => HEAD + lines(40, (i) => `${cells[i % cells.length]},${i % 7},${pq(i)}`);
/** 40 rows of numbers, then one with this cell in column a, on line 42. */
const ending = (cell: string) => `${HEAD}${lines(40, (i) => `${i % 9},${i % 7},${pq(i)}`)}${cell},2,p\n`;
/** More than 10,000 rows of different numbers, then one with this cell in column a, on line 10,502. */
const endingLate = (cell: string) =>
  `${HEAD}${lines(10_500, (i) => `${i}.5,${i % 7},${pq(i)}`)}${cell},2,p\n`;
const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, "utf16le");

const BYTES: Case[] = [
  ["empty file", "", 3, ["t.csv: the file is empty"]],
  ["only a header", HEAD, 3, ["t.csv: there is a header but no row of data"]],
  ["only blank lines", "\n\n  \n", 3, ["t.csv: there are only blank lines, expected a table"]],
  ["only a byte order mark", "\ufeff", 3, ["t.csv: there are only blank lines"]],
  ["no such file", null, 3, ["data.train: t.csv: no such file"]],
  ["UTF-16, little end first", utf16(HEAD + ROWS), 3, ["t.csv: is UTF-16, expected UTF-8", "iconv"]],
  ["UTF-16, big end first", utf16(HEAD + ROWS).swap16(), 3, ["t.csv: is UTF-16, expected UTF-8"]],
  ["UTF-16 without a mark", utf16(HEAD + ROWS).subarray(2), 3, ["t.csv: byte 1 is NUL", "UTF-16"]],
  ["a NUL byte", `${HEAD}1,\0,p\n${ROWS}`, 3, ["t.csv: byte 8 is NUL"]],
  [
    "a byte of Latin-1",
    Buffer.concat([Buffer.from(HEAD + ROWS), Buffer.from([0x39, 0x2c, 0xe9, 0x2c, 0x70])]),
    3,
    ["t.csv: byte 32 (0xe9) is not UTF-8", "iconv"],
  ],
  [
    "a character that the end cuts off",
    Buffer.concat([Buffer.from(HEAD + ROWS), Buffer.from([0xe2, 0x82])]),
    3,
    ["t.csv: byte 30 (0xe2) is not UTF-8"],
  ],
  ["a byte order mark", `\ufeff${HEAD}${ROWS}`, 0, []],
  [
    "gzip that ends early",
    gzipSync(HEAD + ROWS.repeat(99)).subarray(0, 40),
    3,
    ["t.csv: the gzip data ends"],
  ],
  ["gzip of nothing", gzipSync(""), 3, ["t.csv: the file is empty once decompressed"]],
  [
    "gzip with bytes behind",
    Buffer.concat([gzipSync(HEAD + ROWS), Buffer.from("xxx")]),
    3,
    ["gzip data is damaged"],
  ],
  [
    "an Excel workbook",
    Buffer.from("PK\x03\x04\x14\0\0\0\b\0"),
    3,
    ["t.csv: is a zip archive or an Excel", "as CSV"],
  ],
];

const SHAPE: Case[] = [
  [
    "a short row",
    `${HEAD}${ROWS}9,p\n`,
    3,
    [
      't.csv:6: got 2 cells, expected 3 as in the first row; the first cell is "9"',
      'set data.onBadRow to "skip"',
    ],
  ],
  ["a long row", `${HEAD}1,2,p,4\n${ROWS}`, 3, ["t.csv:2: got 4 cells, expected 3"]],
  ["a header that is too short", `a,y\n${ROWS}`, 3, ["t.csv:2: got 3 cells, expected 2"]],
  [
    "a delimiter behind each row",
    HEAD + ROWS.replaceAll("\n", ",\n"),
    3,
    ["t.csv:2: got 4 cells, expected 3"],
  ],
  ["a short row of CR LF lines", `${HEAD}${ROWS}9,p\n`.replaceAll("\n", "\r\n"), 3, ["t.csv:6: got 2 cells"]],
  ["a short row of Mac lines", `${HEAD}${ROWS}9,p\n`.replaceAll("\n", "\r"), 3, ["t.csv:6: got 2 cells"]],
  ["a short row behind a cell of two lines", `a,b,y\n1,"2\n",p\n${ROWS}9,p\n`, 3, ["t.csv:8: got 2 cells"]],
  [
    "two columns of one name",
    `a,a ,y\n${ROWS}`,
    3,
    ['t.csv:1: column 2 of 3 is named "a", and so is column 1'],
  ],
  [
    "a quote that is never closed",
    `${HEAD}${ROWS}"9,2,p\n${ROWS}`,
    3,
    ["t.csv:6: the quote that opens cell 1", "never closed", '"a ""b"" c"'],
  ],
  [
    "a quote of the header never closed",
    `a,"b,y\n${ROWS}`,
    3,
    ["t.csv:1: the quote that opens cell 2", "never closed"],
  ],
  [
    "a quote in the middle of a cell",
    `${HEAD}${ROWS}12" pipe,2,p\n`,
    3,
    ['t.csv:6: cell 1 has a quote in the middle, behind "12"', '"a ""b"" c"'],
  ],
  [
    "text behind a closing quote",
    `${HEAD}"9"x,2,p\n${ROWS}`,
    3,
    ["t.csv:2: cell 1 has text behind its closing quote"],
  ],
  [
    "a lost quote that another one ends",
    `${HEAD}${ROWS}"9,2,p\n1,2,p\n"3",4,q\n`,
    3,
    [
      "t.csv:6: cell 1 has text behind its closing quote",
      "reach to line 8, so one may be left open; to leave",
    ],
  ],
  [
    "a lost quote that makes one row of two",
    `${HEAD}${ROWS}9,"2,p\n1,2",p,q\n`,
    3,
    ["t.csv:6: got 4 cells, expected 3", "reach to line 7"],
  ],
];

const AS_WORDS = 'set data.columns.a to "categorical"';
const NUMBERS: Case[] = [
  [
    "a word early",
    withA("oops", ...Array.from({ length: 39 }, (_, i) => String(i))),
    3,
    [
      't.csv:2, column "a": got "oops", but 39 of 40 cells are numbers',
      'add "oops" to data.missing',
      AS_WORDS,
    ],
  ],
  [
    "a word after 10,500 rows",
    endingLate("oops"),
    3,
    [
      't.csv:10502, column "a": expected a number, got "oops"',
      'add "oops" to data.missing',
      AS_WORDS,
      'set data.onBadRow to "skip"',
    ],
  ],
  ["n/a", ending("n/a"), 3, ['t.csv:42, column "a": got "n/a"', 'add "n/a" to data.missing']],
  [
    "Infinity",
    ending("Infinity"),
    3,
    ['t.csv:42, column "a": got "Infinity", but 40 of 41 cells are numbers'],
  ],
  [
    "1,234",
    withA('"1,234"', '"56,789"'),
    3,
    ['t.csv:2, column "a": expected a number without separators of thousands, got "1,234"', AS_WORDS],
  ],
  [
    "1,234 after 10,500 rows",
    endingLate('"1,234"'),
    3,
    ['t.csv:10502, column "a": expected a number without separators of thousands, got "1,234"'],
  ],
  [
    "1.234,5",
    "a;y\n1.234,5;p\n5.678,9;q\n",
    3,
    ['t.csv:2, column "a": expected a number without separators of thousands, got "1.234,5"'],
  ],
  [
    "1,234 and 950 between semicolons: nobody can tell",
    "a;y\n1,234;p\n950;q\n2,345;p\n",
    3,
    ["t.csv:2", "separators of thousands", 'set data.decimal to "," if that is the decimal mark'],
  ],
  [
    "$5",
    withA("$5", "$6", "7"),
    3,
    ['t.csv:2, column "a": expected a number without a sign of money or per cent, got "$5"', AS_WORDS],
  ],
  [
    "5%",
    ending("5%"),
    3,
    ['t.csv:42, column "a": expected a number without a sign of money or per cent, got "5%"'],
  ],
  [
    "5% after 10,500 rows",
    endingLate("5%"),
    3,
    ['t.csv:10502, column "a": expected a number without a sign'],
  ],
  ["a decimal comma between commas", withA("1,5"), 3, ["t.csv:2: got 4 cells, expected 3"]],
  [
    "a decimal comma in quotes between commas",
    withA('"1,5"'),
    3,
    ['t.csv:2, column "a": expected a number with a decimal point, got "1,5"', 'set data.decimal to ","'],
  ],
  [
    "a decimal comma between semicolons",
    "a;b;y\n1,5;2;p\n2,5;3;q\n3;4;p\n",
    0,
    ["note: t.csv: numbers are read with a decimal comma"],
  ],
  [
    "a decimal point among decimal commas",
    `a;y\n${lines(110, (i) => `${i},5;${pq(i)}`)}1.5;p\n`,
    3,
    ['t.csv:112, column "a": expected a number with a decimal comma, got "1.5"', 'set data.decimal to "."'],
  ],
  [
    "1e999",
    ending("1e999"),
    3,
    ['t.csv:42, column "a": "1e999" is too large for a number, expected at most 1.8e308'],
  ],
  [
    "hexadecimal",
    withA("0x1f", "0x20"),
    3,
    ['t.csv:2, column "a": expected a decimal number, got "0x1f"', AS_WORDS],
  ],
  [
    "words in a column that shall be numeric",
    withA("1", "x"),
    3,
    ['t.csv:3, column "a": expected a number, got "x"'],
    { data: { columns: { a: "numeric" } } },
  ],
];

const COLUMNS: Case[] = [
  [
    "dates",
    withA("2020-01-31", "2021-12-01"),
    3,
    ['t.csv:2, column "a": got "2020-01-31": nnt does not learn from dates', "data.ignore", AS_WORDS],
  ],
  [
    "free text",
    HEAD + lines(300, (i) => `what ${i} said,${i % 7},${pq(i)}`),
    3,
    ['t.csv, column "a": 300 different values in 300 rows', "free text", "data.ignore"],
  ],
  [
    "three values of a boolean",
    withA("yes", "no", "maybe"),
    3,
    ['t.csv, column "a": expected at most 2 different values, got "yes", "no", "maybe"'],
    { data: { columns: { a: "boolean" } } },
  ],
  [
    "a column that is wholly missing",
    withA("NA", ""),
    0,
    ['note: column "a" is left out: every training row misses it'],
  ],
  ["a constant column", withA("3"), 0, ['note: column "a" is left out: it is 3 in every training row']],
  [
    "no column that says anything",
    "a,y\n3,p\n3,q\n",
    3,
    ["t.csv: no column is left to learn from", 'column "a" is left out: it is 3'],
  ],
];

const LABELS: Case[] = [
  [
    "no column of that name",
    HEAD + ROWS,
    2,
    ['data.label: t.csv has no column "klass"', 'the columns of t.csv are "a", "b", "y"'],
    { data: { label: "klass" } },
  ],
  [
    "a misspelt column",
    `a,b,species\n${ROWS}`,
    2,
    ['no column "specis" (did you mean "species"?)'],
    { data: { label: "specis" } },
  ],
  [
    "no column of that number",
    HEAD + ROWS,
    2,
    ["data.label: got column 3, but t.csv has columns 0 to 2"],
    { data: { label: 3 } },
  ],
  [
    "one class",
    `${HEAD}1,2,p\n3,4,p\n`,
    3,
    ['t.csv, label column "y": every row is "p", expected at least 2 classes'],
  ],
  [
    "every label missing",
    `${HEAD}1,2,\n3,4,NA\n`,
    3,
    ['t.csv, label column "y": no row has a label, 2 rows miss it'],
  ],
  [
    "a number to predict",
    HEAD + lines(200, (i) => `${i},${i % 7},${i * 1.37}`),
    3,
    ['t.csv, label column "y": 200 different values in 200 rows', "regression"],
  ],
  ["classes 1 and 1.0", `${HEAD}1,2,1\n3,4,1.0\n5,6,2\n`, 3, ['classes "1" and "1.0" are the same number']],
  [
    "a class of one row, stratified",
    `${HEAD}${ROWS.repeat(5)}1,2,r\n`,
    0,
    ['note: class "r" has a single row; it stays in training'],
    { data: { validation: 0.2 } },
  ],
  [
    "a test file with a class of its own",
    HEAD + ROWS,
    3,
    ['test.csv:3, column "y": "new" is not a class of the training data, which had "p", "q"'],
    { data: { test: "test.csv" }, files: { "test.csv": `${HEAD}1,2,p\n1,2,new\n` } },
  ],
  [
    "a validation file without a column",
    HEAD + ROWS,
    3,
    ['val.csv: column "b" of the training data is missing'],
    { data: { validation: "val.csv" }, files: { "val.csv": "a,y\n1,p\n" } },
  ],
];

describe.each([
  ["bytes", BYTES],
  ["shape", SHAPE],
  ["numbers", NUMBERS],
  ["columns", COLUMNS],
  ["labels", LABELS],
])("train: %s", (_group, cases) => {
  test.each(cases)("%s", async (_name, table, code, facts, more = {}) => {
    const folder = freshFolder();
    if (table !== null) folder.write("t.csv", table);
    for (const [name, text] of Object.entries(more.files ?? {})) folder.write(name, text);
    folder.write("c.json", csvConfig("t.csv", "y", { data: more.data ?? {}, train: { epochs: 1 } }));
    await expectOutcome(folder, ["train", "c.json"], code, facts);
  });
});

test("train: a folder", async () => {
  const folder = freshFolder();
  mkdirSync(join(folder.path, "t.csv"));
  folder.write("c.json", csvConfig("t.csv", "y"));
  await expectOutcome(folder, ["train", "c.json"], 3, ["t.csv: is a folder"]);
});

/** Runs nnt and expects this end. Refused, it has printed no result, written no file, and every line is a message. */
async function expectOutcome(folder: Folder, args: string[], code: number, facts: Fact[]): Promise<string> {
  const before = folder.list();
  const outcome = await folder.nnt(args);
  for (const fact of facts) {
    if (typeof fact === "string") expect(outcome.stderr).toContain(fact);
    else expect(outcome.stderr).toMatch(fact);
  }
  expect(outcome.code).toBe(code);
  if (code === 0) return outcome.stdout;
  for (const line of outcome.stderr.trimEnd().split("\n")) expect(line).toMatch(/^(nnt|note): /);
  if (args[0] !== "predict") expect(outcome.stdout).toBe("");
  expect(folder.list()).toEqual(before);
  return outcome.stdout;
}

describe("eval and predict", () => {
  const folder = sharedFolder();
  beforeAll(async () => {
    folder.write("t.csv", `a,c,y\n${lines(60, (i) => `${i % 13},${i % 3 === 0 ? "red" : "blue"},${pq(i)}`)}`);
    folder.write("c.json", csvConfig("t.csv", "y"));
    await trainOnce(folder, ["c.json", "-q"]);
    folder.write(
      "bare.csv",
      lines(60, (i) => `${i % 13},${i % 5},${pq(i)}`),
    );
    const bare = csvConfig("bare.csv", "2").replace('"2"', "2").replace('"run"', '"bare"');
    folder.write("bare.json", bare);
    await trainOnce(folder, ["bare.json", "-q"]);
  });

  const LATER: [name: string, args: string, table: string, code: number, facts: Fact[], stdout?: string][] = [
    [
      "a column missing",
      "predict run",
      "a,y\n1,p\n",
      4,
      ['d.csv: column "c" of the training data is missing; the file has "a", "y"'],
      "",
    ],
    [
      "all columns missing",
      "predict run",
      "1,2\n3,4\n",
      4,
      ['d.csv: columns "a", "c" of the training data are missing', "first line"],
      "",
    ],
    [
      "a value never seen",
      "predict run",
      "c,a\ngreen,1\nred,2\npink,3\n",
      0,
      ['note: column "c": 2 cells of d.csv with a value that no training row has'],
    ],
    [
      "a word among numbers",
      "predict run",
      "a,c\n1,red\nx,blue\n",
      3,
      ['d.csv:3, column "a": expected a number, got "x"', '"", "?", "NA" and 4 more', "--on-bad-row skip"],
      "prediction\n",
    ],
    [
      "a decimal comma",
      "predict run",
      'a,c\n"1,5",red\n',
      3,
      ['d.csv:2, column "a": expected a number with a decimal point, got "1,5"'],
    ],
    [
      "a number beyond all range",
      "predict run",
      "a,c\n-1e999,red\n",
      3,
      ['d.csv:2, column "a": "-1e999" is too large'],
    ],
    [
      "a short row",
      "predict run",
      "a,c\n1,red\n\n1\n",
      3,
      ["d.csv:4: got 1 cell, expected 2", "--on-bad-row skip"],
      "prediction\n",
    ],
    ["a header alone", "predict run", "a,c\n", 3, ["d.csv: there is a header but no row of data"], ""],
    [
      "a quote never closed, skipping",
      "predict run --on-bad-row skip",
      'a,c\n1,red\n2,"red\n3,red\n',
      3,
      ["d.csv:3: the quote that opens cell 2"],
      "prediction\n",
    ],
    [
      "a wider table without a header",
      "predict bare",
      "1,2,p,4\n",
      4,
      ["d.csv: a row has 4 cells, but the training data had 3, or 2 without the label"],
      "",
    ],
    [
      "a narrower table without a header",
      "eval bare",
      "1,2\n",
      4,
      ["d.csv: a row has 2 cells, but the training data had 3"],
    ],
    [
      "no label",
      "eval run",
      "a,c\n1,red\n",
      4,
      ['d.csv: column "y" of the training data is missing ("y" is the label)'],
    ],
    [
      "a class never seen",
      "eval run",
      "a,c,y\n1,red,p\n1,red,new\n",
      4,
      ['d.csv:3, column "y": "new" is not a class of the training data, which had "p", "q"'],
    ],
    ["every label missing", "eval run", "a,c,y\n1,red,\n", 3, ["d.csv: no row has a label, 1 row miss"]],
    [
      "nothing but bad rows",
      "eval run --on-bad-row skip",
      "a,c,y\nx,red,p\n1\n1,red,\n",
      3,
      [
        "d.csv: no row can be used:",
        "1 row without a label",
        "2 bad rows left out",
        'd.csv:2, column "a"',
        "d.csv:3: got 1 cell",
      ],
    ],
    [
      "a quote never closed, skipping",
      "eval run --on-bad-row skip",
      'a,c,y\n1,red,p\n2,"red,p\n',
      3,
      ["d.csv:3: the quote that opens cell 2"],
    ],
  ];

  test("an empty word that is not missing is seen in inspect", async () => {
    folder.write("holes.csv", `c,y\n${lines(60, (i) => `${["red", "", "blue"][i % 3]},${pq(i)}`)}`);
    folder.write("holes.json", csvConfig("holes.csv", "y"));
    await trainOnce(folder, ["holes.json", "-q", "--out", "holes", "--set", "data.missing=NA,-999"]);
    expect((await folder.nnt(["inspect", "holes/model.bin"])).stdout).toContain('red, "", blue\n');
    await trainOnce(folder, ["holes.json", "-q", "--out", "holes", "--set", "data.missing=,NA,-999"]);
    expect((await folder.nnt(["inspect", "holes/model.bin"])).stdout).toContain("red, (missing), blue\n");
  });

  test.each(LATER)("%s: nnt %s", async (_name, args, table, code, facts, stdout) => {
    folder.write("d.csv", table);
    const [command, run, ...flags] = args.split(" ");
    const out = await expectOutcome(folder, [command!, `${run}/model.bin`, "d.csv", ...flags], code, facts);
    if (stdout !== undefined) expect(out.startsWith(stdout)).toBe(true);
    if (stdout === "") expect(out).toBe("");
  });
});
