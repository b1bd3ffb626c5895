/**
 * `nnt predict`: the same rows give the same predictions whatever the table around them looks like; the forms of the
 * output; and pipes that close, fill up or are replaced by a file.
 */
import { parse } from "csv-parse/sync";
import { beforeAll, expect, test } from "vitest";
import { csvConfig, sharedFolder, trainOnce } from "../support/cli.ts";
import { idxBytes } from "../support/data.ts";

const folder = sharedFolder("penguins.csv", "iris.csv");
const COLUMNS = "species,island,bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g,sex".split(",");
let table: Record<string, string>[] = [];

beforeAll(async () => {
  const train = { epochs: 20, optimizer: { learningRate: 0.05, momentum: 0.9 } };
  folder.write("penguins.json", csvConfig("penguins.csv", "species", { train }));
  await trainOnce(folder, ["penguins.json"]);
  folder.write("iris.json", csvConfig("iris.csv", "species").replace('"run"', '"iris"'));
  await trainOnce(folder, ["iris.json"]);
  table = parse(folder.text("penguins.csv"), { columns: true });
});

const predict = (data: string, ...flags: string[]) =>
  folder.nnt(["predict", "run/model.bin", data, ...flags]);

/** A table of the penguins with these columns, in this order. */
function written(
  columns: readonly string[],
  cell = (row: Record<string, string>, name: string) => row[name] ?? "x",
): string {
  return `${[columns.join(","), ...table.map((row) => columns.map((name) => cell(row, name)).join(","))].join("\n")}\n`;
}

test("one predicted class a row, in order, on stdout alone", async () => {
  const { code, stdout, stderr } = await predict("penguins.csv");
  expect([code, stderr]).toEqual([0, ""]);
  const [header, ...classes] = stdout.trimEnd().split("\n");
  expect(header).toBe("prediction");
  expect(classes).toHaveLength(344);
  const right = classes.filter((name, i) => name === table[i]?.species).length;
  expect(right / 344).toBeGreaterThan(0.9); // classes in another order, or rows, would be near 0.4
});

test.each([
  ["columns in reverse order", COLUMNS.toReversed()],
  ["more columns between", ["id", ...COLUMNS.slice(0, 3), "note", ...COLUMNS.slice(3)]],
  ["no label column", COLUMNS.slice(1)],
])("%s: the same predictions", async (name, columns) => {
  const file = folder.write(`${name}.csv`, written(columns));
  expect(await predict(file)).toEqual({
    code: 0,
    stdout: (await predict("penguins.csv")).stdout,
    stderr: "",
  });
});

test("another form of the same table: semicolons, CRLF, BOM, quotes", async () => {
  const text = written(COLUMNS, (row, name) => `"${row[name]}"`);
  folder.write("excel.csv", `\uFEFF${text.replaceAll(",", ";").replaceAll("\n", "\r\n")}`);
  expect(await predict("excel.csv")).toEqual({
    code: 0,
    stdout: (await predict("penguins.csv")).stdout,
    stderr: "",
  });
});

test("a missing column: exit 4, named, and no output file", async () => {
  folder.write("narrow.csv", written(COLUMNS.filter((name) => name !== "body_mass_g" && name !== "sex")));
  const { code, stdout, stderr } = await predict("narrow.csv", "-o", "narrow.out");
  expect([code, stdout]).toEqual([4, ""]);
  expect(stderr).toMatch(/narrow\.csv: columns "body_mass_g", "sex" .* missing/);
  expect(folder.list().filter((name) => name.includes("narrow.out"))).toEqual([]);
});

test("a bad cell far down: exit 3 with its line, and the old output file stays", async () => {
  folder.write("bad.csv", `${written(COLUMNS)}Adelie,Biscoe,4o.1,18,200,3900,male\n`);
  folder.write("bad.out", "old");
  const { code, stderr } = await predict("bad.csv", "-o", "bad.out");
  expect(code).toBe(3);
  expect(stderr).toMatch(/bad\.csv:346, column "bill_length_mm".*"4o\.1"/);
  expect(folder.text("bad.out")).toBe("old");
  expect(folder.list().filter((name) => name.includes("bad.out"))).toEqual(["bad.out"]);
});

test("a category that training never saw is counted, and the row predicted; --quiet says nothing", async () => {
  folder.write(
    "mars.csv",
    written(COLUMNS, (row, name) => row[name]!.replace("Torgersen", "Mars")),
  );
  const { code, stdout, stderr } = await predict("mars.csv");
  expect(code).toBe(0);
  expect(stderr).toBe('note: column "island": 52 cells of mars.csv with a value that no training row has\n');
  expect(stdout.trimEnd().split("\n")).toHaveLength(345);
  expect(await predict("mars.csv", "-q")).toEqual({ code: 0, stdout, stderr: "" });
});

test("--proba: a column a class, sums to 1 within 1e-6, and the largest is the prediction", async () => {
  const { stdout } = await predict("penguins.csv", "--proba");
  const rows: Record<string, string>[] = parse(stdout, { columns: true });
  const names = ["Adelie", "Chinstrap", "Gentoo"];
  expect(Object.keys(rows[0]!)).toEqual(["prediction", ...names.map((name) => `proba_${name}`)]);
  for (const row of rows) {
    const values = names.map((name) => Number(row[`proba_${name}`]));
    expect(Math.abs(values.reduce((a, b) => a + b) - 1)).toBeLessThan(1e-6);
    expect(row.prediction).toBe(names[values.indexOf(Math.max(...values))]);
  }
});

test("--format: the same rows as CSV, TSV and JSON lines", async () => {
  const flags = ["--proba", "--keep", "sex,island", "--format"];
  const outputs = await Promise.all(
    ["csv", "tsv", "jsonl"].map((form) => predict("penguins.csv", ...flags, form)),
  );
  expect(outputs.map(({ code }) => code)).toEqual([0, 0, 0]);
  const [csv, tsv] = outputs
    .slice(0, 2)
    .map(({ stdout }, i) => parse(stdout, { columns: true, delimiter: i === 1 ? "\t" : "," }));
  expect(tsv).toEqual(csv);
  expect(outputs[0]!.stdout).toMatch(/^sex,island,prediction,proba_Adelie,proba_Chinstrap,proba_Gentoo\n/);
  const lines = outputs[2]!.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const flat = lines.map(({ proba, ...rest }) => {
    const entries = Object.entries(proba).map(([name, value]) => [`proba_${name}`, String(value)]);
    return { ...rest, ...Object.fromEntries(entries) };
  });
  expect(flat).toEqual(csv);
  expect(flat.map(({ sex, island }) => [sex, island])).toEqual(table.map(({ sex, island }) => [sex, island]));
});

test("--keep all copies every column, in its order, before the prediction", async () => {
  const rows: Record<string, string>[] = parse((await predict("penguins.csv", "--keep", "all")).stdout, {
    columns: true,
  });
  expect(Object.keys(rows[0]!)).toEqual([...COLUMNS, "prediction"]);
  expect(rows.map(({ prediction: _, ...row }) => row)).toEqual(table);
});

test.each([
  [["--keep", "nope,sex,wing"], /--keep: no column "nope", "wing".*island/],
  [["--keep", ""], /--keep/],
  [["--format", "xml"], /--format: expected csv, tsv or jsonl, got "xml"\n/],
])("%j: exit 2 and nothing written", async (flags, fact) => {
  const { code, stdout, stderr } = await predict("penguins.csv", ...flags, "-o", "refused.out");
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toMatch(fact);
  expect(folder.list()).not.toContain("refused.out");
});

const NASTY = [
  "a,b;c\td",
  'say "hi"',
  "two\nlines",
  "two\r\nlines",
  " spaces ",
  "",
  "'",
  "ünï→😀",
  "=1+1",
  '"',
];

test.each(["csv", "tsv"])(
  "cells and names that need quotes come back through --format %s",
  async (format) => {
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
    const name = 'my "note", etc';
    const rows = NASTY.map((cell) => `${quoted(cell)},5.1,3.5,1.4,0.2`);
    folder.write(
      "nasty.csv",
      `${quoted(name)},sepal_length,sepal_width,petal_length,petal_width\n${rows.join("\n")}\n`,
    );
    const args = ["predict", "iris/model.bin", "nasty.csv", "--keep", "all", "--format", format];
    const { code, stdout } = await folder.nnt(args);
    expect(code).toBe(0);
    const back: string[][] = parse(stdout, { delimiter: format === "tsv" ? "\t" : "," });
    expect(back[0]?.[0]).toBe(name);
    expect(back.slice(1).map((row) => row[0])).toEqual(NASTY);
  },
);

test('"-" reads standard input; without it, input is never guessed', async () => {
  const stdin = folder.bytes("penguins.csv");
  const piped = await folder.nnt(["predict", "run/model.bin", "-"], { stdin });
  expect(piped).toEqual({ code: 0, stdout: (await predict("penguins.csv")).stdout, stderr: "" });
  const guessed = await folder.nnt(["predict", "run/model.bin"], { stdin });
  expect([guessed.code, guessed.stdout]).toEqual([2, ""]);
  expect(guessed.stderr).toMatch(/missing DATA.*"-"/);
});

/** Output beyond what any pipe buffers, so that a reader that stops is noticed. */
const REPEATED = "head -1 iris.csv > big.csv; for i in $(seq 400); do tail -n +2 iris.csv >> big.csv; done";

test("a pipe that closes early (60,000 rows, head -1): exit 0 and not a word", async () => {
  const { code, stdout, stderr } = await folder.bash(
    `${REPEATED}; cat big.csv | nnt predict iris/model.bin - --keep all | head -1; echo "\${PIPESTATUS[*]}"`,
  );
  expect(stderr).toBe("");
  expect(code).toBe(0);
  // cat is ended by the signal when nnt stops reading: nnt did not read on to the end for nobody
  expect(stdout).toBe("sepal_length,sepal_width,petal_length,petal_width,species,prediction\n141 0 0\n");
});

test("60,000 rows through a pipe: every row, the last one too", async () => {
  const { stdout } = await folder.bash(
    `${REPEATED}; nnt predict iris/model.bin - < big.csv | sort | uniq -c`,
  );
  const once = (await folder.nnt(["predict", "iris/model.bin", "iris.csv"])).stdout
    .trimEnd()
    .split("\n")
    .slice(1);
  const counts = Object.fromEntries(
    [...stdout.matchAll(/(\d+) (\w+)/g)].map(([, n, name]) => [name, Number(n)]),
  );
  const { prediction: header, ...classes } = counts;
  expect(header).toBe(1);
  expect(Object.values(classes).reduce((a: number, n) => a + Number(n), 0)).toBe(60_000);
  for (const [name, n] of Object.entries(classes))
    expect(n).toBe(400 * once.filter((of) => of === name).length);
});

test("-o FILE has the bytes of stdout, replaces a file and leaves no other", async () => {
  const { stdout } = await predict("penguins.csv", "--proba");
  for (const name of ["out.csv", "old.csv"]) {
    if (name === "old.csv") folder.write(name, "old ".repeat(100_000));
    expect(await predict("penguins.csv", "--proba", "-o", name)).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(folder.text(name)).toBe(stdout);
  }
  expect(folder.list().filter((name) => name.includes("tmp"))).toEqual([]);
});

test("-o FILE in a folder that is not there: exit 6, and no folder is made", async () => {
  const { code, stderr } = await predict("penguins.csv", "-o", "typo/out.csv");
  expect(code).toBe(6);
  expect(stderr).toContain("typo: no such folder");
  expect(folder.list().filter((name) => name.startsWith("typo"))).toEqual([]);
});

test("-o /dev/stdout works into a pipe", async () => {
  const { stdout } = await predict("penguins.csv");
  const piped = await folder.bash("nnt predict run/model.bin penguins.csv -o /dev/stdout | cat");
  expect(piped).toEqual({ code: 0, stdout, stderr: "" });
});

test.each([["penguins.csv"], ["run/model.bin"], ["./new/../penguins.csv"]])(
  "-o %s, which is read: exit 2",
  async (output) => {
    const before = folder.bytes(output);
    folder.write("new/x", "");
    const { code, stderr } = await predict("penguins.csv", "-o", output);
    expect(code).toBe(2);
    expect(stderr).toContain("also an input");
    expect(folder.bytes(output).equals(before)).toBe(true);
  },
);

test("a table without a header trains, and is matched by position with or without its label", async () => {
  const cells = folder
    .text("iris.csv")
    .trimEnd()
    .split("\n")
    .slice(1)
    .map((line) => line.split(","));
  // the label in the middle, so that leaving it out moves some columns and not others
  folder.write("plain.csv", cells.map(([a, b, c, d, label]) => `${a},${b},${label},${c},${d}\n`).join(""));
  folder.write("plain.json", csvConfig("plain.csv", "2").replace('"2"', "2").replace('"run"', '"plain"'));
  expect((await folder.nnt(["train", "plain.json", "-q"])).code).toBe(0);
  const named = await folder.nnt(["predict", "iris/model.bin", "iris.csv", "--proba"]);
  const args = ["predict", "plain/model.bin"];
  expect((await folder.nnt([...args, "plain.csv", "--proba"])).stdout).toBe(named.stdout);
  const unlabelled = cells.map((row) => `${row.slice(0, 4)}\n`).join("");
  expect((await folder.nnt([...args, "-", "--proba"], { stdin: unlabelled })).stdout).toBe(named.stdout);
  const measured = await folder.nnt(["eval", "plain/model.bin", "plain.csv"]);
  expect(measured.stdout).toBe((await folder.nnt(["eval", "iris/model.bin", "iris.csv"])).stdout);
  const narrow = await folder.nnt([...args, "-"], { stdin: "1,2,3\n" });
  expect(narrow.code).toBe(4);
  expect(narrow.stderr).toMatch(/3 cells.*5, or 4 without the label/);
});

test("IDX images: index and class of each image; --keep is refused, as images have no columns", async () => {
  folder.write(
    "images",
    idxBytes(8, [4, 2, 2], [200, 3, 220, 9, 7, 190, 0, 210, 220, 9, 199, 3, 0, 210, 7, 250]),
  );
  folder.write("labels", idxBytes(8, [4], [3, 7, 3, 7]));
  const train = { epochs: 60, batchSize: 2, optimizer: { learningRate: 0.1 } };
  const data = { train: { images: "images", labels: "labels" } };
  folder.write("idx.json", JSON.stringify({ data, train, output: { dir: "idx" } }));
  expect((await folder.nnt(["train", "idx.json", "-q"])).code).toBe(0);
  const predicted = await folder.nnt(["predict", "idx/model.bin", "images"]);
  expect(predicted).toEqual({ code: 0, stdout: "index,prediction\n0,3\n1,7\n2,3\n3,7\n", stderr: "" });
  const piped = await folder.nnt(["predict", "idx/model.bin", "-"], { stdin: folder.bytes("images") });
  expect(piped.stdout).toBe(predicted.stdout);
  const kept = await folder.nnt(["predict", "idx/model.bin", "images", "--keep", "all"]);
  expect([kept.code, kept.stdout]).toEqual([2, ""]);
});
