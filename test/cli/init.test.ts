/** `nnt init`: tables as people have them, from the raw file to predictions, with nothing written by hand. */
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { Folder, freshFolder, MNIST, ROOT } from "../support/cli.ts";
import { documentedFields, fieldsOf } from "../support/jsonPage.ts";

/** Runs init, config check, train, eval and predict; gives the test accuracy and what init said. */
async function wholeWay(folder: Folder, table: string, name: string, more: string[] = []) {
  const init = await folder.nnt(["init", table, ...more]);
  expect([init.code, init.stdout]).toEqual([0, ""]);
  const checked = await folder.nnt(["config", "check", `${name}.json`]);
  expect([checked.code, checked.stderr]).toEqual([0, ""]);
  const trained = await folder.nnt(["train", `${name}.json`, "--json"]);
  expect(trained.code).toBe(0);
  const model = `runs/${name}/model.bin`;
  expect((await folder.nnt(["eval", model, table])).code).toBe(0);
  const predicted = await folder.nnt(["predict", model, table]);
  expect(predicted.code).toBe(0);
  return { said: init.stderr, notes: trained.stderr, ...JSON.parse(trained.stdout) };
}

test.each([
  ["iris", 0.9],
  ["wine", 0.9],
  ["digits", 0.95],
  ["penguins", 0.95],
])("data/%s.csv: trains well as it is", async (name, floor) => {
  const { test: score, said } = await wholeWay(freshFolder(`${name}.csv`), `${name}.csv`, name);
  expect(score.accuracy).toBeGreaterThan(floor);
  expect(said).toMatch(new RegExp(`\nconfig   ${name}\\.json\nnext     nnt train ${name}\\.json\n$`));
});

/** Numbers without a pattern. */
const amount = (row: number) => ((row * 7919) % 1009) / 8;
const table = (rows: number, header: string[], row: (r: number) => unknown[], delimiter = ",") =>
  `${[...(header.length > 0 ? [header.join(delimiter)] : []), ...Array.from({ length: rows }, (_, r) => row(r).join(delimiter))].join("\n")}\n`;
/** Follows `amount`, so that there is something to learn. */
const side = (row: number) => (amount(row) > 63 ? "high" : "low");

describe("tables that nobody cleaned", () => {
  test.each<[string, string, RegExp[], RegExp[]]>([
    [
      "semicolons and an id",
      table(90, ["id", "x", "class"], (r) => [r, amount(r), side(r)], ";"),
      [/semicolon-separated/, /^id +numeric .* ignored: numbers the rows$/m],
      [/"delimiter": ";"/, /"id", \/\/ numbers the rows/],
    ],
    [
      "no header, label first",
      table(90, [], (r) => [side(r), amount(r), r % 7]),
      [/no header/, /^label {4}"0" \(chosen as the first column, with 2 values; --label NAME for another\)/m],
      [/"header": false/, /"label": 0,/],
    ],
    [
      "numbers for names",
      table(90, ["2019", "2020", "grade"], (r) => [amount(r), amount(r + 5), side(r)]),
      [/with header/, /^2019 +numeric/m],
      [/"header": true, \/\/ the first row names the columns/],
    ],
    [
      "constant, wholly missing, repeated, dates, text",
      table(90, ["one", "none", "x", "x2", "day", "remark", "y"], (r) => [
        ...[
          1,
          "",
          amount(r),
          amount(r),
          `2024-01-${10 + (r % 20)}`,
          `"said ""no"", ${r}\nand left"`,
          side(r),
        ],
      ]),
      [
        /ignored: is "1" in every row/,
        /ignored: no row has a value/,
        /ignored: same as "x"/,
        /ignored: dates/,
      ],
      [/"one", \/\/ is "1"/, /"none", /, /"x2", /, /"day", /, /"remark", \/\/ every value differs/],
    ],
    [
      "words for missing numbers, a column that is mostly missing",
      table(90, ["x", "rare", "y"], (r) => [r % 8 ? amount(r) : "unknown", r % 15 ? "" : r, side(r)]),
      [/^missing {2}"unknown" is taken as missing: column "x" is numbers otherwise$/m, /^rare +numeric +84/m],
      [/"missing": \["", "\?", .*, "unknown"\]/],
    ],
    [
      "label 0 and 1, told by another column",
      table(90, ["target", "name", "x"], (r) => [side(r) === "low" ? 0 : 1, side(r), amount(r)]),
      [/ignored: tells the label: one value for each class/],
      [/"label": "target"/, /"name", \/\/ tells the label/],
    ],
    [
      "one class nearly all, another with a single row",
      table(90, ["x", "y"], (r) => [amount(r), r === 5 ? "once" : r < 4 ? "few" : "most"]),
      [
        /^note {5}too few rows .* "few" \(4 rows\), "once" \(1 row\)$/m,
        /^note {5}94 % of the rows are "most"/m,
      ],
      [],
    ],
    [
      "names with quotes, line ends, comment signs and other scripts",
      table(90, ['"a ""b"""', '"two\nlines"', "//c", "naïve 日本", "y"], (r) => [
        1,
        r,
        2,
        amount(r),
        side(r),
      ]),
      [/^a "b" /m, /^two\\u000alines /m],
      [/"a \\"b\\"", /, /"two\\nlines", \/\/ numbers the rows/, /"\/\/c", /],
    ],
    [
      "six rows",
      table(6, ["x", "y"], (r) => [(r * r) % 7, "pq"[r % 2]]),
      [/^split {4}none/m],
      [/"label": "y"/],
    ],
  ])("%s", async (_, text, said, written) => {
    const folder = freshFolder();
    folder.write("t.csv", text);
    const outcome = await wholeWay(folder, "t.csv", "t");
    for (const pattern of said) expect(outcome.said).toMatch(pattern);
    for (const pattern of written) expect(folder.text("t.json")).toMatch(pattern);
    // What init has decided, training need not say again.
    expect(outcome.notes).not.toMatch(/is left out/);
  });

  test("--label is another column", async () => {
    const folder = freshFolder("penguins.csv");
    const { said } = await wholeWay(folder, "penguins.csv", "penguins", ["--label", "sex"]);
    expect(said).toMatch(/^label {4}"sex", 2 classes/m);
    expect(said).toContain("11 rows without a label: training leaves them out");
  });

  test("gzip, in another folder: the config is here, and finds the table", async () => {
    const folder = freshFolder("iris.csv");
    folder.write("data/raw.csv.gz", gzipSync(folder.bytes("iris.csv")));
    await wholeWay(folder, "data/raw.csv.gz", "raw");
    expect(folder.text("raw.json")).toContain('"train": "data/raw.csv.gz"');
  });
});

describe("where the config goes", () => {
  test("-o FILE: paths are from its folder; a name that a shell would split is quoted", async () => {
    const folder = freshFolder("iris.csv");
    const { code, stderr } = await folder.nnt(["init", "iris.csv", "-o", "made/it's iris.json"]);
    expect(code).toBe(0);
    expect(folder.text("made/it's iris.json")).toContain('"train": "../iris.csv"');
    const next = /^next {5}(.*)$/m.exec(stderr)?.[1] ?? "";
    expect((await folder.bash(`${next} -q --epochs 1`)).code).toBe(0);
  });

  test("--test FILE: every row of the table is learnt from, that file is tested on", async () => {
    const folder = freshFolder("iris.csv");
    folder.write("held/test.csv", folder.bytes("iris.csv"));
    const { code, stdout, stderr } = await folder.nnt([
      ...["init", "iris.csv", "--test", "held/test.csv", "-o", "made/i.json", "--json"],
    ]);
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^split {4}\.\.\/held\/test\.csv to test$/m)]);
    expect(JSON.parse(stdout)).toMatchObject({ validation: 0, test: "../held/test.csv", ownRows: 150 });
    const trained = await folder.nnt(["train", "made/i.json", "--out", "run"]);
    expect(trained.code).toBe(0);
    expect(trained.stderr).toContain("150 rows to train, 150 rows to test");
    expect(trained.stderr).toContain("learning rate 0.02 falling to 0");
    expect(folder.text("run/config.json")).toContain('"name": "linear"');
  });

  test("-o -: to stdout, and straight on; -q says nothing", async () => {
    const folder = freshFolder("iris.csv");
    const { code, stderr } = await folder.bash("nnt init iris.csv -o - -q | nnt train - -q --out run");
    expect([code, stderr]).toEqual([0, ""]);
    expect(folder.list()).toContain("run/model.bin");
  });

  test("a table on stdin", async () => {
    const folder = freshFolder("iris.csv");
    const { code, stderr } = await folder.nnt(["init", "-", "-o", "i.json"], {
      stdin: folder.bytes("iris.csv"),
    });
    expect(code).toBe(0);
    expect(stderr).toContain("next     nnt train i.json < DATA");
    expect((await folder.bash("nnt train i.json -q < iris.csv")).code).toBe(0);
  });

  test("a table from a pipe of the shell, which is gone when the config is used", async () => {
    const folder = freshFolder("iris.csv");
    expect((await folder.bash("nnt init <(cat iris.csv) -o i.json")).code).toBe(0);
    expect(folder.text("i.json")).toContain('"train": "-"');
    const unnamed = await folder.bash("nnt init <(cat iris.csv)");
    expect([unnamed.code, unnamed.stderr]).toEqual([2, expect.stringContaining("such as -o table.json")]);
  });

  test("a config that is there is not replaced without --force", async () => {
    const folder = freshFolder("iris.csv");
    folder.write("iris.json", "mine");
    const { code, stderr } = await folder.nnt(["init", "iris.csv"]);
    expect([code, stderr]).toEqual([
      2,
      "nnt: iris.json: is there already (--force replaces it, -o FILE writes another)\n",
    ]);
    expect(folder.text("iris.json")).toBe("mine");
    expect((await folder.nnt(["init", "iris.csv", "--force"])).code).toBe(0);
    expect(folder.text("iris.json")).toContain('"label": "species"');
  });

  test("nor is the table, even with --force", async () => {
    const folder = freshFolder("iris.csv");
    const { code, stderr } = await folder.nnt(["init", "iris.csv", "-o", "./iris.csv", "--force"]);
    expect([code, stderr]).toEqual([2, "nnt: iris.csv: is also an input; choose another output\n"]);
  });

  test("$schema where the config and the schema are in one project", async () => {
    const { stdout } = await new Folder(`${ROOT}configs`).nnt(["init", "../data/iris.csv", "-o", "-", "-q"]);
    expect(stdout).toContain('"$schema": "../nnt.schema.json"');
    expect(stdout).toContain('"train": "../data/iris.csv"');
    const outside = await freshFolder().nnt(["init", `${ROOT}data/iris.csv`, "-o", "-", "-q"]);
    expect(outside.stdout).not.toContain("$schema");
  });
});

describe("what cannot be", () => {
  test.each<[string, string[], string | null, number, RegExp]>([
    ["a header alone", ["t.csv"], "a,b\n", 3, /no row of data/],
    [
      "one row",
      ["t.csv"],
      "a,b,label\n1,2,x\n",
      2,
      /"label" would be the label by its name, but it has 1 value/,
    ],
    ["the label alone", ["t.csv"], "label\na\nb\na\nb\n", 3, /the label is the only column/],
    [
      "columns that are all ignored",
      ["t.csv"],
      table(30, ["n", "y"], (r) => [r, "ab"[r % 2]]),
      3,
      /"n": numbers the rows/,
    ],
    [
      "no classes",
      ["t.csv"],
      table(30, ["a", "b"], (r) => [amount(r), amount(r + 1)]),
      2,
      /no column looks like the label/,
    ],
    [
      "a likely label whose classes are the same number",
      ["t.csv"],
      table(40, ["x", "target"], (r) => [amount(r), ["0", "0.0", "1"][r % 3]]),
      3,
      /classes "0" and "0\.0" are the same number/,
    ],
    [
      "a label that is not there",
      ["t.csv", "--label", "Y"],
      "x,y\n1,a\n2,b\n",
      2,
      /--label: t\.csv has no column "Y" \(did you mean "y"\?\)/,
    ],
    [
      "a label of amounts",
      ["t.csv", "--label", "x"],
      table(60, ["x", "y"], (r) => [amount(r), side(r)]),
      3,
      /regression/,
    ],
    ["JSON", ["t.csv"], '{"data": 1}', 3, /is JSON, expected a table/],
    ["images", [`${MNIST}/t10k-images-idx3-ubyte`], null, 3, /is an IDX file, expected a table or a folder/],
    ["a folder", ["."], null, 3, /is a folder without images/],
    ["no such file", ["none.csv"], null, 3, /none\.csv: no such file/],
    ["stdin without -o", ["-"], null, 2, /give the config one, such as -o table/],
    [
      "no such file to test on",
      ["t.csv", "--test", "n.csv"],
      "x,y\n1,a\n",
      3,
      /^nnt: --test: n\.csv: no such file/,
    ],
    [
      "a table of other columns to test on",
      ["t.csv", "--test", `${ROOT}data/iris.csv`],
      table(60, ["x", "y"], (r) => [amount(r), side(r)]),
      3,
      /^nnt: --test: .*iris\.csv: columns "x", "y" of the training data are missing \("y" is the label\); the file has "sepal_length"/,
    ],
    [
      "a config to test on",
      ["t.csv", "--test", `${ROOT}configs/iris.json`],
      "x,y\n1,a\n",
      3,
      /is JSON, expected/,
    ],
    [
      "images with a test file",
      [MNIST, "--test", "t.csv", "-o", "i.json"],
      "x,y\n1,a\n",
      2,
      /put its t10k files/,
    ],
    [
      "the test file as output",
      ["t.csv", "--test", "t.csv", "-o", "t.csv", "-f"],
      "x,y\n1,a\n",
      2,
      /also an input/,
    ],
    ["two results on stdout", ["t.csv", "-o", "-", "--json"], "x,y\n1,a\n", 2, /--json and -o -/],
  ])("%s", async (_, args, text, code, said) => {
    const folder = freshFolder();
    if (text !== null) folder.write("t.csv", text);
    const outcome = await folder.nnt(["init", ...args]);
    expect([outcome.code, outcome.stdout]).toEqual([code, ""]);
    expect(outcome.stderr).toMatch(said);
    expect(folder.list().filter((name) => name !== "t.csv")).toEqual([]);
  });
});

test("a folder with MNIST's files: a config that names the folder", async () => {
  const folder = freshFolder();
  const { code, stderr } = await folder.nnt(["init", MNIST, "-o", "images.json"]);
  expect([code, stderr]).toEqual([
    0,
    expect.stringMatching(/^images .*train-images-idx3-ubyte.*\nconfig {3}images\.json\n/),
  ]);
  expect((await folder.nnt(["train", "images.json", "--dry-run"])).code).toBe(0);
  const labelled = await folder.nnt(["init", MNIST, "-o", "other.json", "--label", "y"]);
  expect([labelled.code, labelled.stderr]).toEqual([2, expect.stringContaining("which have no columns")]);
});

test("--json says what was decided; inspect says the same of the columns", async () => {
  const folder = freshFolder("penguins.csv");
  const { code, stdout, stderr } = await folder.nnt(["init", "penguins.csv", "--json", "-q"]);
  expect([code, stderr]).toEqual([0, ""]);
  const { columns, ...rest } = JSON.parse(stdout);
  expect(rest).toMatchObject({
    kind: "init",
    config: "penguins.json",
    file: "penguins.csv",
    rows: 344,
    label: { name: "species", reason: "by its name", unlabelled: 0 },
    validation: 0,
    test: 0.2,
    inputs: 14,
    training: { momentum: 0.9 },
  });
  expect(columns[6]).toEqual({
    name: "sex",
    type: "categorical",
    missing: 11,
    distinct: 2,
    range: null,
    frequent: [
      { value: "male", rows: 168 },
      { value: "female", rows: 165 },
    ],
    use: "input",
    reason: null,
    override: null,
    inputs: 3,
    bad: null,
  });
  const inspected = await folder.nnt(["inspect", "penguins.csv", "--json"]);
  expect(JSON.parse(inspected.stdout)).toMatchObject({ kind: "table", columns, hints: [] });
});

test("inspect --json: the fields of docs/json.md and no others", async () => {
  const folder = freshFolder();
  const amounts = table(400, ["area", "a", "b", "id", "y"], (r) => [
    ["01067", "80331", "04109", "50667"][r % 4],
    r % 9 ? amount(r) : "unknown",
    r % 40 ? amount(r + 1) : "12x",
    `row number ${r}`,
    side(r),
  ]);
  folder.write("t.csv", amounts);
  const document = JSON.parse((await folder.nnt(["inspect", "t.csv", "--json"])).stdout);
  expect(fieldsOf(document)).toEqual(documentedFields("nnt inspect --json"));
});

test("a wide table: what is not a plain input is shown, the rest counted", async () => {
  const folder = freshFolder();
  const names = Array.from({ length: 300 }, (_, i) => `c${i}`);
  folder.write(
    "t.csv",
    table(40, [...names, "y"], (r) => [
      ...names.map((_, i) => (i === 250 ? 1 : amount(r * 300 + i))),
      side(r),
    ]),
  );
  const { stderr } = await folder.nnt(["init", "t.csv"]);
  expect(stderr).toMatch(/^c250 .* ignored: is "1"/m);
  expect(stderr).toMatch(/^y .* label$/m);
  expect(stderr).toMatch(/^… and 241 more columns$/m);
  const { stdout } = await folder.nnt(["inspect", "t.csv"]);
  expect(stdout.split("\n").filter((line) => line.startsWith("c"))).toHaveLength(301);
});

test("misplaced quotes: their rows are left out, said beside the key, and the config trains", async () => {
  const folder = freshFolder();
  const rows = Array.from(
    { length: 90 },
    (_, r) => `${r % 30 === 7 ? '5" pipe' : "pipe"},${amount(r)},${side(r)}`,
  );
  folder.write("t.csv", `what,x,y\n${rows.join("\n")}\n`);
  const { code, stderr } = await folder.nnt(["init", "t.csv"]);
  const said = "3 rows with misplaced quotes left out, the first: t.csv:9: cell 1 has a quote in the middle";
  expect([code, stderr]).toEqual([0, expect.stringContaining(`bad rows ${said}`)]);
  expect(folder.text("t.json")).toMatch(new RegExp(`// ${said}.*\n *"onBadRow": "skip",`));
  const trained = await folder.nnt(["train", "t.json", "--json", "--quiet"]);
  expect([trained.code, JSON.parse(trained.stdout).data.rejected]).toEqual([0, 3]);
});

test("a nameless index column, as pandas and R write it: said, ignored by init; later files have it or not", async () => {
  const folder = freshFolder();
  const rows = (begin: number) =>
    table(60, ["", "size", "y", ""], (r) => [begin + r, amount(begin + r), side(begin + r), ""]);
  folder.write("t.csv", rows(0));
  const { said, notes } = await wholeWay(folder, "t.csv", "t");
  const note = 't.csv: 2 columns have no name in the header: called "unnamed 1", "unnamed 4"';
  expect(said).toContain(note);
  expect(said).toMatch(/unnamed 1 .* ignored: numbers the rows/);
  expect(notes).toContain(note);
  folder.write("later.csv", rows(500));
  folder.write(
    "bare.csv",
    table(60, ["size"], (r) => [amount(500 + r)]),
  );
  const [later, bare] = await Promise.all(
    ["later.csv", "bare.csv"].map((file) => folder.nnt(["predict", "runs/t/model.bin", file])),
  );
  expect([later!.code, later!.stdout]).toEqual([0, bare!.stdout]);
});

test("files with a header each, joined to one: said, and the config trains", async () => {
  const folder = freshFolder();
  const one = table(80, ["age", "size", "y"], (r) => [amount(r), amount(r + 3), side(r)]);
  folder.write("t.csv", one + one);
  const { code, stderr } = await folder.nnt(["init", "t.csv", "--label", "y"]);
  const again = 'the header comes again among the rows, where column "age" has the cell "age"';
  expect([code, stderr]).toEqual([0, expect.stringContaining(again)]);
  expect(stderr).not.toContain("taken as missing");
  const trained = await folder.nnt(["train", "t.json", "--json", "--quiet"]);
  expect([trained.code, JSON.parse(trained.stdout).data.rejected]).toEqual([0, 1]);
});

test("typing errors and short rows: their rows are left out, said beside the key, and the config trains", async () => {
  const folder = freshFolder();
  const rows = Array.from({ length: 120 }, (_, i) =>
    i % 30 === 7 ? `${i}` : `${i % 24 === 3 ? "12x" : i * 1.5},${"ab"[i % 2]}`,
  );
  folder.write("t.csv", `n,y\n${rows.join("\n")}\n`);
  const { code, stderr } = await folder.nnt(["init", "t.csv"]);
  expect([code, stderr]).toEqual([
    0,
    expect.stringContaining("4 rows with too few or many cells left out, the first: t.csv:9:"),
  ]);
  expect(stderr).toContain(
    'column "n": 5 cells such as "12x" (line 5) are no number: such rows are left out',
  );
  expect(folder.bytes("t.json").toString()).toContain('"onBadRow": "skip",');
  const trained = await folder.nnt(["train", "t.json", "--json", "--quiet"]);
  expect([trained.code, JSON.parse(trained.stdout).data.rejected]).toEqual([0, 9]);
});
