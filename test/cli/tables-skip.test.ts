/**
 * Bad rows left out (`data.onBadRow: "skip"`, `--on-bad-row skip`), and one table in every dialect: what the program
 * makes of both. What it says of each kind of malformed table is tables.test.ts's.
 */
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import {
  csvConfig,
  type Folder,
  freshFolder,
  type Outcome,
  sharedFolder,
  trainOnce,
} from "../support/cli.ts";

const lines = (count: number, row: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => `${row(i)}\n`).join("");
const pq = (i: number) => (i % 2 === 0 ? "p" : "q");
const row = (i: number) => `${i % 13},${i % 3 === 0 ? "red" : "blue"},${pq(i)}`;
const HEAD = "a,c,y\n";
const GOOD = HEAD + lines(60, row);

describe("train", () => {
  /** Trains on this table into run/, bad rows left out. */
  async function trainSkipping(folder: Folder, table: string, data: object = {}): Promise<Outcome> {
    folder.write("t.csv", table);
    folder.write("c.json", csvConfig("t.csv", "y", { data: { onBadRow: "skip", ...data } }));
    return folder.nnt(["train", "c.json"]);
  }

  /** The bytes of the model that `GOOD` alone gives. */
  async function goodModel(folder: Folder): Promise<Buffer> {
    folder.write("good.csv", GOOD);
    folder.write("good.json", csvConfig("good.csv", "y").replace('"run"', '"good"'));
    expect((await folder.nnt(["train", "good.json", "-q"])).code).toBe(0);
    return folder.tensors("good/model.bin");
  }

  test("any bad row is left out, listed with its line, and leaves no trace in the model; no bad row, no list", async () => {
    const folder = freshFolder();
    const good = await goodModel(folder);
    const bad = ["x,red,p", "3", '5,re"d,q', "7,red,q,9", '8,"red"x,p', '"1\n2",red,q', "$5,green,p"];
    const rows = GOOD.split("\n").slice(1);
    rows.splice(40, 0, "", ...bad.slice(4));
    rows.splice(0, 0, ...bad.slice(0, 4));
    const outcome = await trainSkipping(folder, HEAD + rows.join("\n"));
    expect(outcome.code).toBe(0);
    expect(outcome.stderr).toContain("note: 7 bad rows left out:\n  t.csv:2, column");
    expect(folder.tensors("run/model.bin").equals(good)).toBe(true);
    const listed = folder.text("run/rejects.csv").trimEnd().split("\n");
    expect(listed[0]).toBe("file,line,kind,problem");
    expect(listed.slice(1).map((line) => line.split(",").slice(1, 3))).toEqual([
      ["2", "NOT_A_NUMBER"],
      ["3", "CSV_RAGGED_ROW"],
      ["4", "CSV_QUOTE"],
      ["5", "CSV_RAGGED_ROW"],
      ["47", "CSV_QUOTE"],
      ["48", "NOT_A_NUMBER"],
      ["50", "NUMBER_WITH_UNIT"],
    ]);
    expect(listed[1]).toContain('"t.csv:2, column ""a"": expected a number, got ""x""');
    expect(folder.json("run/metrics.json").data).toMatchObject({ rows: 60, rejected: 7 });
    expect((await trainSkipping(folder, GOOD)).code).toBe(0);
    expect(folder.list()).not.toContain("run/rejects.csv");
  });

  test("more than ten bad rows: ten are told, all are listed", async () => {
    const folder = freshFolder();
    const outcome = await trainSkipping(folder, GOOD + lines(15, (i) => `${i},red`));
    expect(outcome.code).toBe(0);
    expect(outcome.stderr).toMatch(
      /note: 15 bad rows left out:\n(?: {2}t\.csv:\d+: got .*\n){10} {2}and 5 more: see rejects\.csv\n/,
    );
    expect(folder.text("run/rejects.csv").trimEnd().split("\n")).toHaveLength(16);
  });

  test.each([
    ["words", "oops", "first"],
    ["money", "$5", "first"],
    ["money", "$5", "last"],
    ["thousands", '"1,234"', "first"],
  ])("a column with 5 %% %s (%s, %s) is numeric: those rows are left out", async (_what, cell, where) => {
    const folder = freshFolder();
    const numbers = lines(95, row);
    const others = lines(5, () => `${cell},red,p`);
    const outcome = await trainSkipping(
      folder,
      HEAD + (where === "first" ? others + numbers : numbers + others),
    );
    expect(outcome.code).toBe(0);
    expect(outcome.stderr).toContain("note: 5 bad rows left out:");
    expect(folder.json("run/metrics.json").data).toMatchObject({ rows: 95, inputs: 3, rejected: 5 });
  });

  test("the same bad number in a column of many numbers, before or behind them, is left out alike", async () => {
    const folder = freshFolder();
    const numbers = lines(400, (i) => `${i}.5,red,${pq(i)}`);
    const models: Buffer[] = [];
    for (const table of [`${HEAD}$5,red,p\n${numbers}`, `${HEAD}${numbers}$5,red,p\n`]) {
      expect((await trainSkipping(folder, table)).stderr).toContain("note: 1 bad row left out:");
      models.push(folder.tensors("run/model.bin"));
    }
    expect(models[0]!.equals(models[1]!)).toBe(true);
  });

  test.each<[name: string, table: string, facts: string[]]>([
    [
      "nothing but bad rows",
      `${HEAD}1,red\n${lines(11, () => "2")}`,
      ["t.csv: no row can be used:", "12 bad rows left out:", "t.csv:2: got 2 cells", "and 2 more"],
    ],
    [
      "one class is left",
      `${HEAD}1,red,p\n2,red,p\n3,q\n`,
      ['every row is "p"', "1 bad row left out:", "t.csv:4: got 2 cells"],
    ],
    [
      "a quote that is never closed",
      `${GOOD}1,"red,p\n`,
      ["t.csv:62: the quote that opens cell 2", "never closed"],
    ],
    [
      "numbers of which most have a sign",
      `${HEAD}${lines(20, (i) => `$${i},red,${pq(i)}`)}`,
      ['t.csv:2, column "a"', 'got "$0"'],
    ],
  ])("refused all the same (exit 3): %s", async (_name, table, facts) => {
    const folder = freshFolder();
    const outcome = await trainSkipping(folder, table);
    for (const fact of facts) expect(outcome.stderr).toContain(fact);
    expect(outcome.code).toBe(3);
    expect(folder.list()).toEqual(["c.json", "t.csv"]);
  });

  test("bad rows of a validation file are left out and counted; of nothing but bad rows it says so", async () => {
    const folder = freshFolder();
    folder.write("v.csv", `${HEAD}x,red,p\n1,red,p\n2\n`);
    const outcome = await trainSkipping(folder, GOOD, { validation: "v.csv" });
    expect(outcome.stderr).toContain("note: 2 bad rows left out:\n  v.csv:2, column");
    expect(folder.json("run/metrics.json").data).toMatchObject({ rows: 60, rejected: 2 });
    folder.write("v.csv", `${HEAD}x,red,p\n`);
    const none = await trainSkipping(folder, GOOD, { validation: "v.csv" });
    expect([none.code, none.stderr.split("\n")[0]]).toEqual([3, "nnt: v.csv: no row can be used:"]);
  });
});

describe("eval and predict", () => {
  const folder = sharedFolder();
  beforeAll(async () => {
    folder.write("good.csv", GOOD);
    folder.write("c.json", csvConfig("good.csv", "y"));
    await trainOnce(folder, ["c.json", "-q"]);
  });

  /** Bad rows on lines 3, 4, 6, 9 and 10; the row of line 7 takes two lines, line 11 is blank. */
  const BAD = `${HEAD}1,red,p\nx,red,q\n3\n4,blue,q\n5,re"d,q\n"6","bl\nue",p\n7,red,q,9\n8,"red"x,q\n\n9,blue,p\n`;
  const PLAIN = ["1,red,p", "4,blue,q", '6,"bl\nue",p', "9,blue,p"];

  async function predict(table: string, ...flags: string[]): Promise<string[]> {
    folder.write("d.csv", table);
    const outcome = await folder.nnt(["predict", "run/model.bin", "d.csv", ...flags]);
    expect(outcome.code).toBe(0);
    return outcome.stdout.split("\n");
  }

  test("predict: a line for each row, good or bad, in order", async () => {
    const [head, ...good] = await predict(HEAD + PLAIN.join("\n"));
    const [a, b, c, d] = good;
    const skipped = await predict(BAD, "--on-bad-row", "skip");
    expect(skipped).toEqual([head, a, '""', '""', b, '""', c, '""', '""', d, ""]);
  });

  test("predict --keep all --proba: kept cells as they are, a bad row's where it could be read", async () => {
    const out = (await predict(BAD, "--on-bad-row", "skip", "--keep", "all", "--proba")).join("\n");
    expect(out).toMatch(
      /^a,c,y,prediction,proba_p,proba_q\n1,red,p,[pq],0\.\d+,0\.\d+\nx,red,q,"",,\n,,,"",,\n4,blue,q,[pq],/,
    );
    expect(out).toMatch(
      /\n6,"bl\nue",p,[pq],[\d.]+,[\d.]+\n,,,"",,\n,,,"",,\n9,blue,p,[pq],[\d.]+,[\d.]+\n$/,
    );
  });

  test("predict --format jsonl: null, and no probabilities", async () => {
    const out = await predict(BAD, "--on-bad-row", "skip", "--format", "jsonl", "--proba", "--keep", "a");
    const rows = out.slice(0, -1).map((line) => JSON.parse(line));
    expect(rows.map(({ a }) => a)).toEqual(["1", "x", "", "4", "", "6", "", "", "9"]);
    for (const { a, prediction, proba } of rows) {
      const isBad = a === "x" || a === "";
      expect([prediction === null, proba === undefined]).toEqual([isBad, isBad]);
    }
  });

  test("predict: a quote in the middle of the first row of data is a bad row like any other", async () => {
    const table = `${HEAD}1,r"ed,p\n4,blue,q\n`;
    const [, bad, good] = await predict(table, "--on-bad-row", "skip");
    expect([bad, good]).toEqual(['""', expect.stringMatching(/^[pq]$/)]);
  });

  test("predict: rows keep their order under a delimiter beyond ASCII", async () => {
    const table = BAD.replace('re"d', "red").replace('"red"x', "red").replaceAll(",", "§");
    const config = csvConfig("s.csv", "y", { data: { delimiter: "§" } }).replace('"run"', '"section"');
    folder.write("s.csv", GOOD.replaceAll(",", "§"));
    folder.write("s.json", config);
    await trainOnce(folder, ["s.json", "-q"]);
    folder.write("d.csv", table);
    const args = ["section/model.bin", "d.csv", "--on-bad-row", "skip", "--keep", "a"];
    const { stdout } = await folder.nnt(["predict", ...args]);
    const cells = stdout.split("\n").map((line) => line.split(",")[0]);
    expect(cells).toEqual(["a", "1", "x", "", "4", "5", "6", "", "8", "9", ""]);
  });

  test("predict: nothing but bad rows is an error, after their lines", async () => {
    folder.write("d.csv", `${HEAD}x,red,p\n3\n`);
    const { code, stdout, stderr } = await folder.nnt([
      "predict",
      "run/model.bin",
      "d.csv",
      "--on-bad-row",
      "skip",
    ]);
    expect([code, stdout]).toEqual([3, 'prediction\n""\n""\n']);
    expect(stderr).toContain("nnt: d.csv: no row can be used:");
  });

  test("predict: bad rows far apart in a file of several chunks stay in their places", async () => {
    const rows = Array.from({ length: 70_000 }, (_, i) => {
      if (i % 9_973 === 5) return `${i}`;
      if (i % 7_919 === 7) return `x${i},red,p`;
      return i % 1_009 === 3 ? `"${i}","re\nd",p` : `${i},blue,q`;
    });
    const text = `${HEAD}${rows.join("\n")}`;
    expect(text.length).toBeGreaterThan(3 * (1 << 18));
    const out = await predict(text, "--on-bad-row", "skip", "--keep", "a", "--format", "jsonl");
    const read = out.slice(0, -1).map((line) => JSON.parse(line));
    expect(read).toHaveLength(70_000);
    for (const [i, { a, prediction }] of read.entries()) {
      const isShort = i % 9_973 === 5;
      const isWord = !isShort && i % 7_919 === 7;
      const expected = [isShort ? "" : isWord ? `x${i}` : `${i}`, isShort || isWord];
      expect([a, prediction === null]).toEqual(expected);
    }
  });

  test("eval: left out and counted, as if they were not there", async () => {
    folder.write("plain.csv", HEAD + PLAIN.join("\n"));
    folder.write("d.csv", BAD);
    const plain = await folder.nnt(["eval", "run/model.bin", "plain.csv", "--json"]);
    const skipped = await folder.nnt(["eval", "run/model.bin", "d.csv", "--json", "--on-bad-row", "skip"]);
    expect(skipped.stderr).toContain("note: 5 bad rows left out:\n  d.csv:3, column");
    expect(JSON.parse(skipped.stdout)).toEqual({ ...JSON.parse(plain.stdout), rejected: 5 });
  });
});

describe("one table in every dialect gives one model and the same predictions, bit for bit", () => {
  const CELLS = [
    ["num", "color", "word", "y"],
    ...Array.from({ length: 800 }, (_, i) => [
      i % 37 === 5 ? "NA" : (((i * 7919) % 10_007) / 100).toFixed(2),
      ["red", "blue", "dark green"][(i * 31) % 3]!,
      ["x", "yé", "日本"][((i * 17) % 5) % 3]!,
      pq((i * i) % 7),
    ]),
  ];
  interface Dialect {
    readonly decimal?: "." | ",";
    readonly newline?: string;
    readonly isQuoted?: boolean;
    readonly start?: string;
    readonly end?: string;
  }
  const written = (
    delimiter: string,
    { decimal = ".", newline = "\n", isQuoted = false, start = "", end = newline }: Dialect = {},
  ) =>
    start +
    CELLS.map((cells, line) =>
      cells
        .map((cell, c) => (line > 0 && c === 0 ? cell.replace(".", decimal) : cell))
        .map((cell) => (isQuoted ? `"${cell}"` : cell))
        .join(delimiter),
    ).join(newline) +
    end;

  const folder = sharedFolder();
  /** Tensors and predictions, from the table as a file or from standard input. */
  async function results(
    table: string | Uint8Array,
    isPiped: boolean,
    data: object = {},
  ): Promise<(string | number)[]> {
    folder.write("t.csv", table);
    folder.write("c.json", csvConfig(isPiped ? "-" : "t.csv", "y", { data: { validation: 0.2, ...data } }));
    const stdin = isPiped ? { stdin: table } : {};
    expect((await folder.nnt(["train", "c.json", "-q"], stdin)).code).toBe(0);
    const from = isPiped ? "-" : "t.csv";
    const { code, stdout } = await folder.nnt(["predict", "run/model.bin", from, "--proba"], stdin);
    return [code ?? -1, folder.tensors("run/model.bin").toString("hex"), stdout];
  }

  test.each<[name: string, table: string | Uint8Array, data?: object]>([
    ["semicolons, decimal comma", written(";", { decimal: "," })],
    ["tabs, decimal comma, CR LF", written("\t", { decimal: ",", newline: "\r\n" })],
    ["bars", written("|")],
    [
      "spaces, as data.delimiter says",
      written(" ").replaceAll("dark green", '"dark green"'),
      { delimiter: " " },
    ],
    ["everything quoted", written(",", { isQuoted: true })],
    ["everything quoted, decimal comma", written(",", { isQuoted: true, decimal: "," }), { decimal: "," }],
    [
      "everything quoted, CR LF, no line end at the end",
      written(";", { isQuoted: true, newline: "\r\n", end: "" }),
    ],
    ["Mac line ends", written(",", { newline: "\r" })],
    ["a byte order mark", written(",", { start: "\ufeff", isQuoted: true })],
    ["spaces around cells, blank lines between", written(" , ", { newline: "\n\n" })],
    ["gzip", gzipSync(written(","))],
  ])("%s", async (_name, table, data) => {
    const plain = await results(written(","), false);
    expect(plain[0]).toBe(0);
    for (const isPiped of [false, true]) expect(await results(table, isPiped, data)).toEqual(plain);
  });
});

describe("rows that cannot be used come first", () => {
  const folder = sharedFolder("iris.csv");
  beforeAll(async () => {
    folder.write("c.json", csvConfig("iris.csv", "species"));
    await trainOnce(folder, ["c.json", "-q"]);
  });

  test("eval measures the others as if they were not there", async () => {
    const [head, ...rest] = folder.bytes("iris.csv").toString().trim().split("\n");
    const good = `${head}\n${rest.join("\n")}\n`;
    const unlabelled = `${rest[0]!.replace(/[^,]*$/, "")}\n`.repeat(3000);
    const measure = async (text: string) => {
      const { stdout } = await folder.nnt(
        ["eval", "run/model.bin", "-", "--on-bad-row", "skip", "--json", "--quiet"],
        { stdin: text },
      );
      const { rows, loss, accuracy, confusion } = JSON.parse(stdout);
      return { rows, loss, accuracy, confusion };
    };
    const expected = await measure(good);
    expect(await measure(good.replace("\n", "\n1,2\n"))).toEqual(expected);
    expect((await measure(`${head}\n${unlabelled}${rest.join("\n")}\n`)).confusion).toEqual(
      expected.confusion,
    );
  });

  test("predict without a usable row is an error, and -o leaves no file", async () => {
    const bad = `${folder.bytes("iris.csv").toString().split("\n")[0]}\n1,2\n3\n`;
    const { code, stderr } = await folder.nnt(
      ["predict", "run/model.bin", "-", "--on-bad-row", "skip", "-o", "out.csv", "--quiet"],
      { stdin: bad },
    );
    expect([code, stderr]).toEqual([3, expect.stringContaining("no row can be used")]);
    expect(() => folder.bytes("out.csv")).toThrow("ENOENT");
  });
});
