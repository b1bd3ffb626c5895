/**
 * Where rows come from: a producer who has not finished, named pipes, a delimiter that only the config knows; and what
 * is said when they are wrong, which must neither wait nor repaint the terminal.
 */
import { gzipSync } from "node:zlib";
import { beforeAll, expect, test } from "vitest";
import { csvConfig, ROOT, sharedFolder, trainOnce } from "../support/cli.ts";
import { idxBytes } from "../support/data.ts";

const folder = sharedFolder("iris.csv");
const NAMES = "sepal_length,sepal_width,petal_length,petal_width,species";
const ESC = "\u001b[2J\u009b1m\u202e";
const iris = folder.text("iris.csv").trimEnd().split("\n");

beforeAll(async () => {
  expect(iris[0]).toBe(NAMES);
  folder.write("config.json", csvConfig("iris.csv", "species"));
  await trainOnce(folder, ["config.json", "-q"]);
  folder.write("images", idxBytes(8, [4, 2, 2], [0, 9, 0, 9, 255, 9, 255, 9, 0, 1, 0, 1, 250, 1, 250, 1]));
  folder.write("labels", idxBytes(8, [4], [0, 1, 0, 1]));
  const data = { train: { images: "images", labels: "labels" } };
  folder.write("images.json", JSON.stringify({ data, train: { epochs: 2 }, output: { dir: "idx" } }));
  await trainOnce(folder, ["images.json", "-q"]);
});

/** A row of iris with this cell in its first column. */
const badRow = (cell: string) => iris[1]!.replace(/^[^,]*/, cell);
const lines = (...text: string[]) => `${text.join("\n")}\n`;
const many = (count: number) => Array.from({ length: count }, (_, i) => iris[1 + (i % 150)]!);

test.each([
  ["predict: a missing column", ["predict", "run/model.bin", "-"], lines("a,b", "1,2", "3,4"), 4, /missing/],
  [
    "predict: a bad cell far down, after rows that were printed",
    ["predict", "run/model.bin", "-"],
    lines(NAMES, ...many(20_000), badRow("x")),
    3,
    /stdin:20002, column "sepal_length": expected a number, got "x"/,
  ],
  [
    "predict: a bad cell, gzip",
    ["predict", "run/model.bin", "-"],
    gzipSync(lines(NAMES, ...many(20_000), badRow("x"), ...many(60_000))),
    3,
    /stdin:20002, column "sepal_length"/,
  ],
  [
    "predict: a column to keep that is not there",
    ["predict", "run/model.bin", "-", "--keep", "Specie"],
    lines(NAMES, ...many(9)),
    2,
    /--keep: no column "Specie" \(did you mean "species"\?\); the columns are "sepal_length"/,
  ],
  [
    "predict -o: a column to keep that is not there",
    ["predict", "run/model.bin", "-", "--keep", "nosuch", "-o", "kept.csv"],
    lines(NAMES, ...many(9)),
    2,
    /--keep: no column "nosuch"; the columns/,
  ],
  [
    "eval: a label that training never saw",
    ["eval", "run/model.bin", "-"],
    lines(NAMES, ...many(9), "5,3,1,1,rose"),
    4,
    /"rose" is not a class/,
  ],
  ["inspect: no text", ["inspect", "-"], lines(NAMES, ...many(9), "\0"), 3, /stdin: byte \d+ is NUL/],
  ["config check: not JSON", ["config", "check", "-"], "a,b\n".repeat(300_000), 2, /larger than 1 MiB/],
] as const)("%s: said at once while stdin stays open", async (_, args, stdin, code, said) => {
  const outcome = await folder.nnt(args, { stdin, stdinStaysOpen: true });
  expect(outcome.stderr).toMatch(said);
  expect(outcome.code).toBe(code);
  expect(folder.list().filter((name) => name.includes("kept.csv"))).toEqual([]);
});

test("train: an unknown label column is said at once while stdin stays open", async () => {
  folder.write("stdin.json", csvConfig("-", "specie"));
  const { code, stderr } = await folder.nnt(["train", "stdin.json", "--out", "none"], {
    stdin: lines(NAMES, ...many(9)),
    stdinStaysOpen: true,
  });
  expect([code, stderr]).toEqual([
    2,
    expect.stringMatching(/no column "specie" \(did you mean "species"\?\)/),
  ]);
});

test("a named pipe that stays open: an error in it is said at once", async () => {
  const { code, stderr } = await folder.bash(
    `mkfifo open.pipe
     sleep 20 > open.pipe & writer=$!
     (cat iris.csv; echo "${badRow("x")}") > open.pipe &
     timeout -s KILL 10 "${process.execPath}" "${ROOT}/bin/nnt.js" predict run/model.bin open.pipe > /dev/null
     code=$?; kill $writer; exit $code`,
  );
  expect([code, stderr]).toEqual([3, expect.stringMatching(/open\.pipe:152, column "sepal_length"/)]);
});

test("named pipes are read once: images and labels, plain and gzip, give what files give", async () => {
  const files = await folder.nnt(["eval", "idx/model.bin", "images", "--labels", "labels", "--json"]);
  expect(files.code).toBe(0);
  for (const cat of ["cat", "gzip -c"]) {
    const piped = await folder.bash(
      `rm -f i.pipe l.pipe; mkfifo i.pipe l.pipe; ${cat} images > i.pipe & ${cat} labels > l.pipe &
       nnt eval idx/model.bin i.pipe --labels l.pipe --json`,
    );
    expect(piped).toEqual(files);
  }
});

test("images and labels cannot both be standard input", async () => {
  const args = ["eval", "idx/model.bin", "-", "--labels", "-"];
  const { code, stderr } = await folder.nnt(args, { stdin: folder.bytes("images") });
  expect([code, stderr]).toEqual([
    2,
    'nnt: DATA and --labels are both "-": standard input can be only one of them\n',
  ]);
  const labels = await folder.nnt(["eval", "idx/model.bin", "images", "--labels", "-"], {
    stdin: folder.bytes("labels"),
  });
  expect(labels.code).toBe(0);
});

test("a delimiter that the config sets is in the model: eval and predict read as train read", async () => {
  const text = folder.text("iris.csv").replaceAll(",", "~");
  folder.write("tilde.csv", text);
  folder.write("tilde.json", csvConfig("tilde.csv", "species", { data: { delimiter: "~" } }));
  await trainOnce(folder, ["tilde.json", "-q", "--out", "tilde"]);
  const tilde = await folder.nnt(["predict", "tilde/model.bin", "tilde.csv"]);
  const comma = await folder.nnt(["predict", "run/model.bin", "iris.csv"]);
  expect(tilde).toEqual(comma);
  expect((await folder.nnt(["eval", "tilde/model.bin", "tilde.csv"])).code).toBe(0);
});

test("a column that is missing is named beside the one that it may be called here", async () => {
  folder.write("other.csv", folder.text("iris.csv").replace("petal_width", "Petal Width"));
  const { code, stderr } = await folder.nnt(["predict", "run/model.bin", "other.csv"]);
  expect([code, stderr]).toEqual([
    4,
    expect.stringMatching(
      /column "petal_width" \(did you mean "Petal Width"\?\) of the training data is missing/,
    ),
  ]);
});

test("a bad cell has the same words in training, eval and predict", async () => {
  folder.write("bad.csv", lines(NAMES, ...many(150), badRow("x")));
  folder.write(
    "bad.json",
    csvConfig("bad.csv", "species", { data: { columns: { sepal_length: "numeric" } } }),
  );
  const said = 'nnt: bad.csv:152, column "sepal_length": expected a number, got "x" (correct it, ';
  for (const args of [
    ["train", "bad.json", "--out", "none"],
    ["eval", "run/model.bin", "bad.csv"],
    ["predict", "run/model.bin", "bad.csv"],
  ]) {
    const { code, stderr } = await folder.nnt(args);
    expect([code, stderr.slice(0, said.length)]).toEqual([3, said]);
  }
});

test("names from data and from the command line reach the terminal without control characters", async () => {
  const header = [`"a${ESC}"`, ...Array.from({ length: 100 }, (_, i) => `c${i}`)].join(",");
  folder.write("wide.csv", `${NAMES},${header}\n${iris[1]}${",1".repeat(101)}\n`);
  folder.write(
    "esc.csv",
    `x${ESC},y\n${lines(...many(40).map((_, i) => `${i % 7},${i % 2 ? "p" : `q${ESC}`}`))}`,
  );
  folder.write("esc.json", csvConfig("esc.csv", "y"));
  await trainOnce(folder, ["esc.json", "-q", "--out", "esc"]);
  const outcomes = [
    await folder.nnt(["predict", "run/model.bin", "wide.csv", "--keep", `no${ESC}`]),
    await folder.nnt(["predict", "run/model.bin", `none${ESC}.csv`]),
    await folder.nnt(["eval", "esc/model.bin", "esc.csv"]),
    await folder.nnt(["eval", "esc/model.bin", "iris.csv"]),
    await folder.nnt(["inspect", "esc/model.bin"]),
    await folder.nnt(["inspect", "esc.csv"]),
    await folder.nnt(["predict", "run/model.bin", "wide.csv", "--format", `x${ESC}`]),
    await folder.nnt(["config", "check", "esc.json", "--set", `a${ESC}=${ESC}`]),
  ];
  for (const { stdout, stderr } of outcomes) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  }
  expect(outcomes[0]!.stderr).toMatch(/"sepal_length", .* and 76 more\n$/);
});

test("a config on standard input is read no further than a config can be long", async () => {
  const { code, stderr } = await folder.bash("head -c 600M /dev/zero | nnt config check -");
  expect([code, stderr]).toEqual([2, "nnt: -: larger than 1 MiB, expected a config: is this a data file?\n"]);
  const latin1 = await folder.nnt(["config", "check", "-"], { stdin: Buffer.from('{"é": 1}', "latin1") });
  expect([latin1.code, latin1.stderr]).toEqual([2, expect.stringMatching(/^nnt: -: not UTF-8 text/)]);
});
