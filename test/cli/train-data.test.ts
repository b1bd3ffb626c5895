/**
 * Where `nnt train` takes rows, weights and its config from, and what it refuses to write to: standard input, gzip,
 * IDX, initFrom, notes about columns, outputs in the way. What training leaves behind is train.test.ts's.
 */
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { csvConfig, type Folder, freshFolder } from "../support/cli.ts";
import { idxBytes } from "../support/data.ts";

const IRIS = csvConfig("iris.csv", "species");

function irisFolder(): Folder {
  const folder = freshFolder("iris.csv");
  folder.write("config.json", IRIS);
  return folder;
}

test('a config from standard input ("-") is as good as a file: paths start in the working directory', async () => {
  const folder = irisFolder();
  expect((await folder.nnt(["train", "config.json", "-q"])).code).toBe(0);
  const piped = await folder.nnt(["train", "-", "-q", "--out", "piped"], { stdin: IRIS });
  expect(piped).toEqual({ code: 0, stdout: "", stderr: "" });
  expect(folder.bytes("piped/model.bin").equals(folder.bytes("run/model.bin"))).toBe(true);
  const broken = await folder.nnt(["train", "-"], { stdin: '{ "data": 1 }' });
  expect(broken.code).toBe(2);
  expect(broken.stderr).toContain(":1:11: data: got 1");
});

test('data from standard input ("-") give the model that the file gives', async () => {
  const folder = irisFolder();
  expect((await folder.nnt(["train", "config.json", "-q"])).code).toBe(0);
  folder.write("piped.json", csvConfig("-", "species"));
  const args = ["train", "piped.json", "-q", "--out", "piped"];
  expect((await folder.nnt(args, { stdin: folder.bytes("iris.csv") })).code).toBe(0);
  expect(folder.bytes("piped/model.bin").equals(folder.bytes("run/model.bin"))).toBe(true);
  const none = await folder.nnt(args);
  expect(none.code).toBe(3);
  expect(none.stderr).toMatch(/stdin.*empty/);
});

test("gzip is seen by content, whatever the name", async () => {
  const folder = irisFolder();
  expect((await folder.nnt(["train", "config.json", "-q"])).code).toBe(0);
  const plain = folder.bytes("run/model.bin");
  folder.write("iris.csv", gzipSync(folder.bytes("iris.csv")));
  expect((await folder.nnt(["train", "config.json", "-q"])).code).toBe(0);
  expect(folder.bytes("run/model.bin").equals(plain)).toBe(true);
});

test("epochs 0 writes the initial model, and initFrom starts from it", async () => {
  const folder = irisFolder();
  expect((await folder.nnt(["train", "config.json", "--epochs", "0", "--out", "start"])).code).toBe(0);
  expect(folder.text("start/log.csv").trimEnd().split("\n")).toHaveLength(1);
  expect(folder.json("start/metrics.json")).toMatchObject({ epochs: 0, bestEpoch: 0, train: null });
  const from = ["--set", "train.initFrom=start/model.bin"];
  expect((await folder.nnt(["train", "config.json", "-q"])).code).toBe(0);
  expect((await folder.nnt(["train", "config.json", "-q", "--out", "from", ...from])).code).toBe(0);
  expect(folder.tensors("from/model.bin").equals(folder.tensors("run/model.bin"))).toBe(true);
  expect(folder.tensors("start/model.bin").equals(folder.tensors("run/model.bin"))).toBe(false);
});

test("initFrom with epochs 0 gives back the tensors, bit for bit, whatever the seed", async () => {
  const folder = irisFolder();
  expect((await folder.nnt(["train", "config.json", "-q"])).code).toBe(0);
  const flags = ["--epochs", "0", "--seed", "9", "--out", "copy", "--set", "train.initFrom=run/model.bin"];
  expect((await folder.nnt(["train", "config.json", "-q", ...flags])).code).toBe(0);
  expect(folder.tensors("copy/model.bin").equals(folder.tensors("run/model.bin"))).toBe(true);
});

test("initFrom its own model.bin trains on from it", async () => {
  const folder = irisFolder();
  const losses: number[] = [];
  for (const flags of [[], ["--set", "train.initFrom=run/model.bin"]]) {
    expect((await folder.nnt(["train", "config.json", "-q", ...flags])).code).toBe(0);
    losses.push(folder.json("run/metrics.json").train.loss);
  }
  expect(losses[1]).toBeLessThan(losses[0]!);
});

test("initFrom its own model.bin: a run that diverges leaves it; from its model.bin.partial, another folder is asked for", async () => {
  const folder = irisFolder();
  expect((await folder.nnt(["train", "config.json", "-q"])).code).toBe(0);
  const before = folder.bytes("run/model.bin");
  // one step an epoch, so that the first ones end before the weights are beyond float32
  const steep = ["train.batchSize=150", "train.epochs=20", "train.optimizer.learningRate=1e6"];
  const sets = [...steep, "train.initFrom=run/model.bin"].flatMap((value) => ["--set", value]);
  expect((await folder.nnt(["train", "config.json", "-q", ...sets])).code).toBe(5);
  expect(folder.bytes("run/model.bin").equals(before)).toBe(true);
  const partial = folder.bytes("run/model.bin.partial");
  const from = ["train", "config.json", "-q", "--set", "train.initFrom=run/model.bin.partial"];
  expect(await folder.nnt(from)).toEqual({
    code: 2,
    stdout: "",
    stderr: "nnt: run/model.bin.partial: is also an input; choose another run folder with --out\n",
  });
  expect((await folder.nnt([...from, "--out", "on"])).code).toBe(0);
  expect(folder.bytes("run/model.bin.partial").equals(partial)).toBe(true);
});

test("initFrom with other shapes: exit 4, and every tensor that does not fit is named", async () => {
  const folder = irisFolder();
  expect((await folder.nnt(["train", "config.json", "-q"])).code).toBe(0);
  const before = folder.list();
  const flags = ["--set", "network.hidden=[9,8]", "--set", "train.initFrom=run/model.bin", "--out", "no"];
  const { code, stdout, stderr } = await folder.nnt(["train", "config.json", ...flags]);
  expect(code).toBe(4);
  expect(stdout).toBe("");
  for (const fact of [
    "run/model.bin",
    "0.weight: got (8, 4), expected (9, 4)",
    "0.bias",
    "2.weight",
    "4.weight",
    "4.bias",
  ])
    expect(stderr).toContain(fact);
  expect(folder.list()).toEqual(before);
});

test.each([
  ["is missing", null, /nowhere\.bin.*no such/],
  ["is a table", "a,b\n1,2\n", /nowhere\.bin.*text/],
])("initFrom a file that %s: exit 4, nothing written", async (_name, content, fact) => {
  const folder = irisFolder();
  if (content !== null) folder.write("nowhere.bin", content);
  const before = folder.list();
  const { code, stderr } = await folder.nnt(["train", "config.json", "--set", "train.initFrom=nowhere.bin"]);
  expect(code).toBe(4);
  expect(stderr).toMatch(fact);
  expect(folder.list()).toEqual(before);
});

test("says which columns are dropped as constant, and trains as if they were not there", async () => {
  const folder = irisFolder();
  expect((await folder.nnt(["train", "config.json", "-q"])).code).toBe(0);
  const lines = folder.text("iris.csv").trimEnd().split("\n");
  const more = lines.map((line, i) => (i === 0 ? `lab,unit,${line}` : `B7,1,${line}`));
  folder.write("iris.csv", `${more.join("\n")}\n`);
  const { code, stderr } = await folder.nnt(["train", "config.json", "--out", "more"]);
  expect(code).toBe(0);
  expect(stderr).toMatch(/^note: .*"lab".*B7/m);
  expect(stderr).toMatch(/^note: .*"unit".*1/m);
  expect(folder.tensors("more/model.bin").equals(folder.tensors("run/model.bin"))).toBe(true);
});

test("a row without a label is left out and counted, and does not change the model", async () => {
  const folder = irisFolder();
  expect((await folder.nnt(["train", "config.json", "-q"])).code).toBe(0);
  folder.write("iris.csv", `${folder.text("iris.csv")}5,3,1,0.2,\n5,3,1,0.2,?\n`);
  const { code, stderr } = await folder.nnt(["train", "config.json", "--out", "more"]);
  expect(code).toBe(0);
  expect(stderr).toMatch(/^note: iris\.csv: 2 rows without a label/m);
  expect(folder.json("more/metrics.json").data).toMatchObject({ rows: 150, unlabelled: 2 });
  expect(folder.tensors("more/model.bin").equals(folder.tensors("run/model.bin"))).toBe(true);
});

test("a test file is scored as nnt eval scores it: loss within 1e-6 (sums over other batches)", async () => {
  const folder = irisFolder();
  const [head, ...rows] = folder.text("iris.csv").trimEnd().split("\n");
  const part = (odd: number) =>
    `${[head, ...rows.filter((_, i) => (i % 3 === 0) === (odd === 1))].join("\n")}\n`;
  folder.write("iris.csv", part(0));
  folder.write("test.csv", part(1));
  expect((await folder.nnt(["train", "config.json", "-q", "--set", "data.test=test.csv"])).code).toBe(0);
  const { stdout } = await folder.nnt(["eval", "run/model.bin", "test.csv", "--json"]);
  const scored = JSON.parse(stdout);
  const { test } = folder.json("run/metrics.json");
  expect(scored.rows).toBe(50);
  expect(test.accuracy).toBe(scored.accuracy);
  expect(Math.abs(test.loss - scored.loss)).toBeLessThan(1e-6);
});

test.each(["run", "run/deeper"])(
  "a file in the way of the folder (%s): exit 6 before training",
  async (dir) => {
    const folder = irisFolder();
    folder.write("run", "mine");
    const before = folder.list();
    const { code, stdout, stderr } = await folder.nnt(["train", "config.json", "--out", dir]);
    expect(code).toBe(6);
    expect(stdout).toBe("");
    expect(stderr).toContain("run");
    expect(stderr).not.toContain("epoch 1/");
    expect(folder.list()).toEqual(before);
    expect(folder.text("run")).toBe("mine");
  },
);

test("a folder in the way of model.bin: exit 6 before training, and no log is left", async () => {
  const folder = irisFolder();
  folder.write("run/model.bin/mine", "");
  const before = folder.list();
  const { code, stderr } = await folder.nnt(["train", "config.json"]);
  expect(code).toBe(6);
  expect(stderr).toContain("run/model.bin: cannot write: it is a folder");
  expect(stderr).not.toContain("epoch 1/");
  expect(folder.list()).toEqual(before);
});

test.each([
  ["data.train", ["--set", "data.train=run/log.csv"]],
  ["data.validation", ["--set", "data.validation=run/log.csv"]],
  ["data.test, by another name", ["--set", "data.test=./run/../run/log.csv"]],
])("an output that is also %s is refused with 2, and stays as it was", async (_key, flags) => {
  const folder = irisFolder();
  folder.write("run/log.csv", folder.text("iris.csv"));
  const before = folder.list();
  const { code, stderr } = await folder.nnt(["train", "config.json", ...flags]);
  expect(code).toBe(2);
  expect(stderr).toMatch(/run\/log\.csv.*also an input/);
  expect(folder.list()).toEqual(before);
  expect(folder.text("run/log.csv")).toBe(folder.text("iris.csv"));
});

/** 40 images of 2 × 2: class 0 is bright on the left, class 1 on the right. */
const PIXELS = Array.from({ length: 40 }, (_, i) =>
  i % 2 === 0 ? [200 + i, 3, 220, i] : [i, 190 + i, 0, 210],
).flat();
const IMAGES = idxBytes(8, [40, 2, 2], PIXELS);
const LABELS = idxBytes(
  8,
  [40],
  Array.from({ length: 40 }, (_, i) => i % 2),
);

test("IDX images: trains to the same model from plain and from gzip files, and learns", async () => {
  const folder = freshFolder();
  for (const [name, pack] of [
    ["plain", (b: Uint8Array) => b],
    ["packed", gzipSync],
  ] as const) {
    folder.write(`${name}-images`, pack(IMAGES));
    folder.write(`${name}-labels`, pack(LABELS));
    const data = { train: { images: `${name}-images`, labels: `${name}-labels` }, validation: 0.25 };
    const train = { epochs: 30, batchSize: 4, optimizer: { learningRate: 0.1 } };
    folder.write(
      "config.json",
      JSON.stringify({ data, network: { hidden: [6] }, train, output: { dir: name } }),
    );
    expect((await folder.nnt(["train", "config.json", "-q"])).code).toBe(0);
  }
  const metrics = folder.json("plain/metrics.json");
  expect(metrics.data).toMatchObject({ rows: 40, columns: 4, inputs: 4, classes: 2 });
  expect(metrics.sizes).toEqual([4, 6, 2]);
  expect(metrics.validation.accuracy).toBe(1);
  expect(folder.bytes("packed/model.bin").equals(folder.bytes("plain/model.bin"))).toBe(true);
});

test("a column with heavy tails: said, stored, shown by inspect, and no later value is too large for it", async () => {
  const folder = freshFolder();
  const rows = Array.from({ length: 60 }, (_, i) => `${i % 10},${i === 7 ? 1e12 : (i * 7) % 10},${i % 2}`);
  folder.write("t.csv", `even,wild,y\n${rows.join("\n")}\n`);
  folder.write("config.json", csvConfig("t.csv", "y"));
  const trained = await folder.nnt([
    "train",
    "config.json",
    "--set",
    "data.validation=0",
    "--set",
    "data.test=0",
  ]);
  expect(trained.code).toBe(0);
  expect(trained.stderr).toContain(
    'note: column "wild" has heavy tails (values more than 5 deviations from the mean)',
  );
  const shown = await folder.nnt(["inspect", "run/model.bin"]);
  expect(shown.stdout).toMatch(/even +numeric +0 +mean 4\.5, deviation /);
  expect(shown.stdout).toMatch(/wild +numeric +1 +robust: median 4\.5, spread /);
  folder.write("later.csv", "wild,even\n1e300,4\n-1e300,4\n");
  const predicted = await folder.nnt(["predict", "run/model.bin", "later.csv"]);
  expect([predicted.code, predicted.stderr]).toEqual([0, ""]);
  const standard = await folder.nnt([
    "train",
    "config.json",
    "--set",
    "data.scaling=standard",
    "--out",
    "standard",
  ]);
  expect(standard.stderr).not.toContain("heavy tails");
});

describe("said before training", () => {
  /** 300 rows of amounts, every fifth of which is this word. */
  const mixed = (word: string) =>
    `a,b,y\n${Array.from({ length: 300 }, (_, i) => `${i % 5 === 0 ? word : (i % 60) / 4},${i % 7},${i % 2 === 0 ? "p" : "q"}\n`).join("")}`;

  test("a column of amounts that a word makes words of; not where words are meant, or the word is missing", async () => {
    const folder = freshFolder();
    folder.write("t.csv", mixed("unknown"));
    folder.write("c.json", csvConfig("t.csv", "y"));
    const note =
      'note: column "a" is taken as words: 80 % of its cells are numbers, but not "unknown" (if they mean';
    expect((await folder.nnt(["train", "c.json"])).stderr).toContain(note);
    const meant = await folder.nnt(["train", "c.json", "--set", "data.columns.a=categorical"]);
    expect(meant).toMatchObject({ code: 0, stderr: expect.not.stringContaining("is taken as words") });
    const missing = await folder.nnt(["train", "c.json", "--set", "data.missing=,unknown"]);
    expect(missing).toMatchObject({ code: 0, stderr: expect.not.stringContaining("is taken as words") });
  });

  test("rows that are trained on and tested on", async () => {
    const folder = freshFolder("iris.csv", "wine.csv");
    folder.write("c.json", csvConfig("iris.csv", "species", { data: { test: "iris.csv" } }));
    const { code, stderr } = await folder.nnt(["train", "c.json"]);
    expect(code).toBe(0);
    expect(stderr).toContain(
      "note: data.test and data.train both have iris.csv: rows that are trained on say little",
    );
  });

  test("of many columns that training missed no number of, the first ten", async () => {
    const folder = freshFolder();
    const names = Array.from({ length: 30 }, (_, i) => `c${i}`);
    const rows = (cell: (i: number) => string) =>
      `${names.join(",")},y\n${Array.from({ length: 40 }, (_, i) => `${names.map(() => cell(i)).join(",")},${i % 2}\n`).join("")}`;
    folder.write(
      "t.csv",
      rows((i) => String(i * 1.5)),
    );
    folder.write(
      "holes.csv",
      rows((i) => (i === 3 ? "" : "2")),
    );
    folder.write("c.json", csvConfig("t.csv", "y"));
    expect((await folder.nnt(["train", "c.json", "-q"])).code).toBe(0);
    const { stderr } = await folder.nnt(["eval", "run/model.bin", "holes.csv"]);
    expect(stderr.match(/no training row misses this column/g)?.length).toBe(10);
    expect(stderr).toContain("note: 20 more columns: 20 missing cells of the same kind\n");
  });
});

test("missing numbers of rows held out by a fraction are counted", async () => {
  const folder = freshFolder();
  const cell = (i: number) => (i === 40 ? "" : String(i));
  folder.write("t.csv", `a,y\n${Array.from({ length: 400 }, (_, i) => `${cell(i)},${i % 2}\n`).join("")}`);
  folder.write("c.json", csvConfig("t.csv", "y", { data: { test: 0.98 } }));
  expect((await folder.nnt(["train", "c.json", "-q"])).code).toBe(0);
  const { newlyMissing } = folder.json("run/metrics.json").data;
  expect(newlyMissing).toBe(1);
});
