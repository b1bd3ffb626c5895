/**
 * Images from the user's side: a folder with MNIST's names in train, eval, predict and inspect; images through pipes; and
 * what is said when files are in the wrong places.
 */
import { gzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import { beforeAll, expect, test } from "vitest";
import { imageFolderConfig } from "../../src/data/imageFolder.ts";
import { csvConfig, type Folder, sharedFolder, trainOnce } from "../support/cli.ts";
import { idxBytes } from "../support/data.ts";

const folder = sharedFolder("iris.csv");
const T10K = ["m/t10k-images-idx3-ubyte", "--labels", "m/t10k-labels-idx1-ubyte"];

/** `rows` images of 2 × 2, bright left (class 0) and bright right (class 1) in turn. */
const pixels = (rows: number) =>
  Array.from({ length: rows }, (_, i) => (i % 2 ? [7, 190, 0, 210] : [200, 3, 220, 9]));
const images = (rows: number) => idxBytes(8, [rows, 2, 2], pixels(rows).flat());
const labels = (rows: number) =>
  idxBytes(
    8,
    [rows],
    pixels(rows).map((_, i) => i % 2),
  );

function writeSet(
  to: Folder,
  path: string,
  rows: number,
  change = (bytes: Uint8Array) => bytes,
  dot = "-",
  end = "",
) {
  to.write(`${path}-images${dot}idx3-ubyte${end}`, change(images(rows)));
  to.write(`${path}-labels${dot}idx1-ubyte${end}`, change(labels(rows)));
}

const TRAIN = { epochs: 40, batchSize: 4, optimizer: { learningRate: 0.1 } };
const config = (data: object, dir = "run") => JSON.stringify({ data, train: TRAIN, output: { dir } });

beforeAll(async () => {
  writeSet(folder, "m/train", 40);
  writeSet(folder, "m/t10k", 12);
  folder.write("m.json", config({ train: "m" }));
  await trainOnce(folder, ["m.json", "-q"]);
  folder.write("iris.json", csvConfig("iris.csv", "species").replace('"run"', '"iris"'));
  await trainOnce(folder, ["iris.json", "-q"]);
});

test("train: a folder is its training files, tested on its t10k files, with a note; the model is that of the files", async () => {
  const { code, stdout, stderr } = await folder.nnt(["train", "m.json", "--json", "--out", "noted"]);
  expect(code).toBe(0);
  expect(stderr).toMatch(
    /^note: data\.test is m\/t10k-images-idx3-ubyte with its labels, as the config has no data\.test/,
  );
  expect(stderr).toContain("40 rows to train, 12 rows to test");
  expect(stderr).toMatch(/\nnext {5}nnt eval noted\/model\.bin m\n$/);
  expect(JSON.parse(stdout).test.accuracy).toBe(1);
  const set = (name: string) => ({
    images: `m/${name}-images-idx3-ubyte`,
    labels: `m/${name}-labels-idx1-ubyte`,
  });
  folder.write("files.json", config({ train: set("train"), test: set("t10k") }, "files"));
  expect((await folder.nnt(["train", "files.json", "-q"])).code).toBe(0);
  expect(folder.bytes("files/model.bin").equals(folder.bytes("noted/model.bin"))).toBe(true);
});

test.each([
  ["gzipped", gzipSync, "-", ".gz"],
  ["with a dot", (bytes: Uint8Array) => bytes, ".", ""],
])("train: the same model from a folder of files %s", async (name, change, dot, end) => {
  writeSet(folder, `${name}/train`, 40, change, dot, end);
  writeSet(folder, `${name}/t10k`, 12, change, dot, end);
  const { code } = await folder.nnt([
    "train",
    "m.json",
    "-q",
    "--set",
    `data.train=${name}`,
    "--out",
    `${name} run`,
  ]);
  expect(code).toBe(0);
  expect(folder.bytes(`${name} run/model.bin`).equals(folder.bytes("run/model.bin"))).toBe(true);
});

test("train: the config that is made for a folder", async () => {
  folder.write("made.json", imageFolderConfig("m"));
  const { code, stderr } = await folder.nnt(["train", "made.json", "--dry-run"]);
  expect([code, stderr]).toEqual([0, expect.stringContaining("12 rows to test")]);
});

test("config show: the files of the folder; check: a note", async () => {
  const shown = await folder.nnt(["config", "show", "m.json"]);
  expect(JSON.parse(shown.stdout).data.test.labels).toBe(`${folder.path}/m/t10k-labels-idx1-ubyte`);
  const checked = await folder.nnt(["config", "check", "m.json"]);
  expect([checked.code, checked.stderr]).toEqual([0, expect.stringMatching(/^note: data\.test is m\/t10k/)]);
});

test("a folder of t10k files alone: eval, predict and inspect take it, train and init say what it lacks", async () => {
  writeSet(folder, "held/t10k", 12);
  for (const command of ["eval", "predict"]) {
    const { stdout } = await folder.nnt([command, "run/model.bin", "m", "-q"]);
    expect(await folder.nnt([command, "run/model.bin", "held", "-q"])).toEqual({
      code: 0,
      stdout,
      stderr: "",
    });
  }
  const inspected = await folder.nnt(["inspect", "held"]);
  expect(inspected.code).toBe(0);
  expect(inspected.stdout).toMatch(/^images {2}held\ntest {4}12 images .*\n\nclass +test\n/);
  expect(inspected.stdout).toMatch(/next {4}nnt eval MODEL held\n$/);
  folder.write("only-held.json", config({ train: "held" }));
  for (const args of [
    ["train", "only-held.json"],
    ["init", "held"],
  ]) {
    const { code, stderr } = await folder.nnt(args);
    expect([code, stderr]).toEqual([3, expect.stringMatching(/held: has .* to t(rain|est) on.*: add /)]);
  }
});

test("eval and predict: a folder is its t10k files", async () => {
  const note = "note: of the folder m the test images are taken: t10k-images-idx3-ubyte\n";
  for (const args of [
    ["eval", "run/model.bin", "m", "--json"],
    ["predict", "run/model.bin", "m", "--proba"],
  ]) {
    const files = args[0] === "eval" ? T10K : T10K.slice(0, 1);
    const named = await folder.nnt([...args.slice(0, 2), ...files, ...args.slice(3)]);
    expect(named).toMatchObject({ code: 0, stderr: "" });
    expect(await folder.nnt(args)).toEqual({ ...named, stderr: note });
    expect(await folder.nnt([...args, "-q"])).toEqual(named);
  }
});

test("predict: index and class, in the order of the file, over chunk ends; as CSV, TSV and JSON lines", async () => {
  folder.write("many", images(2500));
  const run = async (...flags: string[]) =>
    (await folder.nnt(["predict", "run/model.bin", "many", ...flags])).stdout;
  const expected = Array.from({ length: 2500 }, (_, i) => ({ index: String(i), prediction: String(i % 2) }));
  expect(parse(await run(), { columns: true })).toEqual(expected);
  const rows: Record<string, string>[] = parse(await run("--format", "tsv", "--proba"), {
    columns: true,
    delimiter: "\t",
  });
  expect(Object.keys(rows[0]!)).toEqual(["index", "prediction", "proba_0", "proba_1"]);
  expect(rows.map(({ index, prediction }) => ({ index, prediction }))).toEqual(expected);
  const lines = (await run("--format", "jsonl", "--proba")).trimEnd().split("\n");
  expect(lines).toHaveLength(2500);
  expect(lines[1200]).toMatch(/^\{"index":1200,"prediction":"0","proba":\{"0":/);
});

test.each(["cat", "gzip -c"])(
  "images from standard input and from a named pipe (%s): what the file gives",
  async (cat) => {
    for (const [command, more] of [
      ["predict", ""],
      ["eval", "--labels m/t10k-labels-idx1-ubyte"],
    ]) {
      const file = await folder.bash(`nnt ${command} run/model.bin m/t10k-images-idx3-ubyte ${more}`);
      expect(file).toMatchObject({ code: 0, stderr: "" });
      const bytes = `${cat} m/t10k-images-idx3-ubyte`;
      expect(await folder.bash(`${bytes} | nnt ${command} run/model.bin - ${more}`)).toEqual(file);
      expect(await folder.bash(`nnt ${command} run/model.bin <(${bytes}) ${more}`)).toEqual(file);
    }
  },
);

test("predict: images of a producer who has not finished are predicted; the error of a cut file comes after them", async () => {
  const cut = Buffer.from(images(3000)).subarray(0, 9000);
  const { code, stdout, stderr } = await folder.nnt(["predict", "run/model.bin", "-"], { stdin: cut });
  expect([code, stderr]).toEqual([
    3,
    expect.stringMatching(/^nnt: stdin: truncated: \(3000, 2, 2\) of u8 needs 12016 bytes/),
  ]);
  expect(stdout.trimEnd().split("\n")).toHaveLength(1 + (9000 - 16) / 4);
  folder.write("cut.out", "old");
  const file = await folder.nnt(["predict", "run/model.bin", "-", "-o", "cut.out"], { stdin: cut });
  expect([file.code, folder.text("cut.out")]).toEqual([3, "old"]);
});

test("predict: an output in the place of the folder's images is refused", async () => {
  const before = folder.bytes("m/t10k-images-idx3-ubyte");
  const { code, stderr } = await folder.nnt([
    "predict",
    "run/model.bin",
    "m",
    "-o",
    "m/t10k-images-idx3-ubyte",
  ]);
  expect([code, stderr]).toEqual([2, expect.stringContaining("also an input")]);
  expect(folder.bytes("m/t10k-images-idx3-ubyte").equals(before)).toBe(true);
});

test("inspect: a folder of images, for people and as JSON", async () => {
  const { code, stdout } = await folder.nnt(["inspect", "m"]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^train +40 images of 2 x 2: train-images-idx3-ubyte, train-labels-idx1-ubyte$/m);
  expect(stdout).toMatch(/^test +12 images of 2 x 2: t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte$/m);
  expect(stdout).toMatch(/^class +train +test\n0 +20 +6\n1 +20 +6$/m);
  const document = JSON.parse((await folder.nnt(["inspect", "m", "--json"])).stdout);
  expect(document).toMatchObject({
    kind: "images",
    shape: [2, 2],
    classes: ["0", "1"],
    test: { rows: 12, counts: [6, 6] },
  });
  writeSet(folder, "few/train", 40);
  const few = (await folder.nnt(["inspect", "few"])).stdout;
  expect(few).not.toContain("test");
  const next = /^next +(.*)$/m.exec(few)?.[1] ?? "";
  expect((await folder.bash(`${next} && nnt train few.json --dry-run -q`)).code).toBe(0);
  const none = await folder.nnt(["inspect", "."]);
  expect([none.code, none.stderr]).toEqual([3, expect.stringContaining("neither metrics.json nor images")]);
});

const IRIS = "iris/model.bin";
const RUN = "run/model.bin";
const MISTAKES: [name: string, args: string[], code: number, facts: (string | RegExp)[]][] = [
  [
    "eval without --labels",
    ["eval", RUN, T10K[0]!],
    2,
    ["give their labels with --labels m/t10k-labels-idx1-ubyte"],
  ],
  [
    "eval without --labels, with none beside",
    ["eval", RUN, "one"],
    2,
    ["give their labels with --labels FILE"],
  ],
  [
    "labels given as images",
    ["predict", RUN, T10K[2]!],
    3,
    ["(12): this looks like a label file, give the image file"],
  ],
  [
    "images given as labels",
    ["eval", RUN, T10K[0]!, "--labels", T10K[0]!],
    3,
    ["(12, 2, 2): this looks like an image file, give the label file"],
  ],
  [
    "images and labels swapped",
    ["eval", RUN, T10K[2]!, "--labels", T10K[0]!],
    3,
    ["images and labels are swapped, give each in the other's place"],
  ],
  [
    "images of one set, labels of the other",
    ["eval", RUN, T10K[0]!, "--labels", "m/train-labels-idx1-ubyte"],
    3,
    ["12 images", "40 labels", "give the two files of one set"],
  ],
  [
    "images of another shape",
    ["predict", RUN, "wide"],
    4,
    [
      "wide: an image is (2, 3), but training had (2, 2): give images of that shape, or train a model on these",
    ],
  ],
  [
    "a table given to a model of images",
    ["predict", RUN, "iris.csv"],
    4,
    ["iris.csv: is text, but this model was trained on images of 2 x 2: give an IDX file"],
  ],
  [
    "a table given to a model of images, to eval",
    ["eval", RUN, "iris.csv", "--labels", T10K[2]!],
    4,
    ["was trained on images"],
  ],
  [
    "a table given as labels",
    ["eval", RUN, T10K[0]!, "--labels", "iris.csv"],
    3,
    ["iris.csv: not an IDX file", "looks like text"],
  ],
  [
    "images given to a model of a table",
    ["predict", IRIS, T10K[0]!],
    4,
    ['is an IDX file, but this model was trained on a table: give one with its columns, "sepal_length"'],
  ],
  ["images given to a model of a table, to eval", ["eval", IRIS, T10K[0]!], 4, ["was trained on a table"]],
  ["images gzipped, to a model of a table", ["predict", IRIS, "one.gz"], 4, ["was trained on a table"]],
  [
    "a folder given to a model of a table",
    ["predict", IRIS, "m"],
    4,
    ["m/t10k-images-idx3-ubyte: is an IDX file, but"],
  ],
  [
    "labels of a folder given to a model of a table",
    ["eval", IRIS, "iris.csv", "--labels", T10K[2]!],
    2,
    ["--labels is for IDX images", '"species"'],
  ],
  [
    "a folder without t10k files",
    ["eval", RUN, "only"],
    3,
    ["only: has no test images", "such as only/train-images-idx3-ubyte"],
  ],
  [
    "a folder with some of the files",
    ["predict", RUN, "half"],
    3,
    ["half: has t10k-images-idx3-ubyte but no t10k-labels-idx1-ubyte: add"],
  ],
  ["any other folder", ["predict", RUN, "run"], 3, ["run: is a folder without images"]],
  [
    "train: images as a table",
    ["train", "wrong.json"],
    3,
    ["is an IDX file, expected a table", "data.train is { images, labels }"],
  ],
  [
    "train: a table as images",
    ["train", "table.json"],
    3,
    ["iris.csv: not an IDX file", "a table with its path as data.train"],
  ],
  [
    "train: images of one set, labels of the other",
    ["train", "mixed.json"],
    3,
    ["give the two files of one set"],
  ],
  [
    "train: a pattern of images",
    ["train", "patterns.json"],
    3,
    ["data.train.images: m/t*-images-idx3-ubyte: no such file (images are one file each, no pattern)"],
  ],
  [
    "train: a folder with some of the files",
    ["train", "m.json", "--set", "data.train=half"],
    3,
    ["data.train: half: has"],
  ],
];

test.each(MISTAKES)("%s: one line that says what to do", async (_, args, code, facts) => {
  folder.write("one", images(1));
  folder.write("one.gz", gzipSync(images(1)));
  folder.write("wide", idxBytes(8, [4, 2, 3], new Array(24).fill(1)));
  writeSet(folder, "only/train", 4);
  folder.write("half/t10k-images-idx3-ubyte", images(4));
  folder.write("wrong.json", csvConfig("m/train-images-idx3-ubyte", "y"));
  const labels = "m/train-labels-idx1-ubyte";
  folder.write("patterns.json", config({ train: { images: "m/t*-images-idx3-ubyte", labels } }));
  folder.write("table.json", config({ train: { images: "iris.csv", labels: "iris.csv" } }));
  folder.write("mixed.json", config({ train: { images: "m/train-images-idx3-ubyte", labels: T10K[2] } }));
  const outcome = await folder.nnt(args);
  expect(outcome.stdout).toBe("");
  for (const fact of facts)
    expect(outcome.stderr).toEqual(
      typeof fact === "string" ? expect.stringContaining(fact) : expect.stringMatching(fact),
    );
  expect(outcome.stderr).toMatch(/^nnt: [^\n]*\n$/);
  expect(outcome.code).toBe(code);
});

test("train: MNIST's sets the wrong way round are noted", async () => {
  const set = (name: string) => ({
    images: `m/${name}-images-idx3-ubyte`,
    labels: `m/${name}-labels-idx1-ubyte`,
  });
  folder.write("around.json", config({ train: set("t10k"), test: set("train") }));
  const { code, stderr } = await folder.nnt(["train", "around.json", "--dry-run"]);
  expect(code).toBe(0);
  expect(stderr).toMatch(
    /^note: data\.train is m\/t10k-images-idx3-ubyte and data\.test is m\/train-images-idx3-ubyte: by their names they are swapped$/m,
  );
});
