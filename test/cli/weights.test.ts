/**
 * Weights of classes and rows from the config to the model: what is said of them, which rows they count, and that weights
 * given in two ways give the same tensors. The arithmetic is test/backend/weights.test.ts's.
 */
import { expect, test } from "vitest";
import { type Folder, freshFolder } from "../support/cli.ts";

/** `rows` of x, a colour and y; every fourth is "yes". `more`: further columns of row i. */
function tableText(rows: number, header: string, more: (i: number, label: string) => string): string {
  const lines = Array.from({ length: rows }, (_, i) => {
    const label = i % 4 === 0 ? "yes" : "no";
    return `${(i * 37) % 19},${["red", "green", "blue"][(i * 7) % 3]},${label}${more(i, label)}`;
  });
  return `${[`x,colour,y${header}`, ...lines].join("\n")}\n`;
}

function config(data: object, train: object = {}): string {
  return JSON.stringify({
    data: { train: "t.csv", label: "y", ...data },
    network: { hidden: [5] },
    train: { epochs: 3, batchSize: 8, ...train },
    output: { dir: "run" },
  });
}

async function trained(folder: Folder, out: string, text: string): Promise<string> {
  folder.write("config.json", text);
  const { code, stderr } = await folder.nnt(["train", "config.json", "--out", out]);
  expect([code, code === 0 ? "" : stderr]).toEqual([0, ""]);
  return stderr;
}

test("balanced: said before training, kept in metrics.json and in the model, shown by inspect", async () => {
  const folder = freshFolder();
  folder.write(
    "t.csv",
    tableText(80, "", () => ""),
  );
  const said = await trained(folder, "run", config({}, { classWeights: "balanced" }));
  expect(said).toContain("weights  classes no × 0.667, yes × 2\n");
  expect(folder.json("run/metrics.json").weighting).toEqual({
    classes: { no: 80 / 120, yes: 2 },
    column: null,
  });
  const { stdout } = await folder.nnt(["inspect", "run/model.bin"]);
  expect(stdout).toContain("\nweights     classes no × 0.667, yes × 2\n");
  expect(await trained(folder, "plain", config({}))).not.toContain("weights  ");
  expect(folder.json("plain/metrics.json").weighting).toBeNull();
  expect(folder.tensors("plain/model.bin").equals(folder.tensors("run/model.bin"))).toBe(false);
  const dry = await folder.nnt([
    "train",
    "config.json",
    "--set",
    "train.classWeights.yes=4.5",
    "--dry-run",
    "--json",
  ]);
  expect(JSON.parse(dry.stdout).weighting).toEqual({ classes: { no: 1, yes: 4.5 }, column: null });
});

test("the same weights by class, by name and by column train the same tensors, and the column is no input", async () => {
  const folder = freshFolder();
  folder.write(
    "t.csv",
    tableText(80, ",w", (_, label) => (label === "yes" ? ",3" : ",1")),
  );
  const validation = { validation: 0.25 };
  const said = await trained(folder, "column", config({ weight: "w", ...validation }));
  expect(said).toContain('weights  rows by column "w"\n');
  await trained(folder, "class", config({ ignore: ["w"], ...validation }, { classWeights: { yes: 3 } }));
  await trained(
    folder,
    "thirds",
    config({ ignore: ["w"], ...validation }, { classWeights: { yes: 1, no: 1 } }),
  );
  expect(folder.tensors("column/model.bin").equals(folder.tensors("class/model.bin"))).toBe(true);
  expect(folder.tensors("thirds/model.bin").equals(folder.tensors("class/model.bin"))).toBe(false);
  const [column, byClass] = ["column", "class"].map((run) => folder.json(`${run}/metrics.json`));
  expect([column.train, column.validation]).toEqual([byClass.train, byClass.validation]);
  expect(column.weighting).toEqual({ classes: null, column: "w" });
  const rows = await folder.nnt(["predict", "column/model.bin", "-"], { stdin: "colour,x\nred,3\n" });
  expect(rows.code).toBe(0);
});

test("rows of weight 0 and whole batches of them are as if they were not there", async () => {
  const folder = freshFolder();
  // numbers would be standardised over all rows; colours are seen in the same order
  const rows = Array.from({ length: 48 }, (_, i) => ({
    colour: ["red", "green", "blue"][(i * 7) % 3],
    label: i % 5 < 2 ? "yes" : "no",
    i,
  }));
  const text = (weighs: (i: number) => boolean, all: boolean) =>
    [
      "colour,y,w",
      ...rows
        .filter(({ i }) => all || weighs(i))
        .map(({ colour, label, i }) => `${colour},${label},${weighs(i) ? 2 : 0}`),
      "",
    ].join("\n");
  const weighs = (i: number) => i < 8 || i >= 32; // batches of 8: two of them, and of the last one a half, weigh nothing
  const options = config(
    { weight: "w" },
    { shuffle: false, optimizer: { learningRate: 0.1, momentum: 0.9, weightDecay: 0.01 } },
  );
  folder.write("t.csv", text(weighs, true));
  await trained(folder, "zeros", options);
  folder.write("t.csv", text(weighs, false));
  await trained(folder, "left-out", options);
  expect(folder.tensors("zeros/model.bin").equals(folder.tensors("left-out/model.bin"))).toBe(true);
  const [zeros, leftOut] = ["zeros", "left-out"].map((run) => folder.json(`${run}/metrics.json`));
  expect(zeros.train.loss).toBe(leftOut.train.loss);
  const steps = (run: string) =>
    JSON.parse(folder.text(`${run}/log.jsonl`).trimEnd().split("\n").at(-1)!).step;
  expect([steps("zeros"), steps("left-out")]).toEqual([9, 9]);
});

test("the validation loss is weighted too, accuracies and the test score are not", async () => {
  const folder = freshFolder();
  const table = tableText(80, "", () => "");
  folder.write("t.csv", table);
  folder.write("v.csv", table);
  const classWeights = { yes: 1000 };
  await trained(folder, "run", config({ validation: "v.csv", test: "v.csv" }, { classWeights }));
  const { validation, test: unweighted } = folder.json("run/metrics.json");
  const { stdout } = await folder.nnt(["eval", "run/model.bin", "v.csv", "--json"]);
  expect(unweighted.loss).toBe(JSON.parse(stdout).loss);
  expect(validation.accuracy).toBe(unweighted.accuracy);
  // all but the loss on "yes"
  const predicted = await folder.nnt(["predict", "run/model.bin", "v.csv", "--proba", "--format", "jsonl"]);
  const labels = table
    .trimEnd()
    .split("\n")
    .slice(1)
    .map((line) => line.split(",")[2]!);
  const probabilities = predicted.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).proba);
  const weights = labels.map((label) => (label === "yes" ? 1000 : 1));
  const losses = labels.map((label, i) => -Math.log(probabilities[i][label]));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = losses.reduce((sum, loss, i) => sum + loss * weights[i]!, 0) / total;
  expect(Math.abs(validation.loss - mean)).toBeLessThan(1e-5);
  expect(Math.abs(validation.loss - unweighted.loss)).toBeGreaterThan(0.1);
});

test("a validation file of its own has no row weights, and that is said", async () => {
  const folder = freshFolder();
  folder.write(
    "t.csv",
    tableText(80, ",w", (i) => `,${i % 3}`),
  );
  folder.write(
    "v.csv",
    tableText(20, "", () => ""),
  );
  const said = await trained(folder, "run", config({ weight: "w", validation: "v.csv" }));
  expect(said).toContain('note: column "w" weighs the rows of t.csv; those of v.csv have no such weight\n');
});

test("any number of threads trains the same weighted model", async () => {
  const folder = freshFolder();
  folder.write(
    "t.csv",
    tableText(900, ",w", (i) => `,${(i * 13) % 7}`),
  );
  const text = config(
    { weight: "w", validation: 0.2 },
    { classWeights: "balanced", batchSize: 256, epochs: 2 },
  );
  folder.write("config.json", text);
  for (const threads of ["1", "2", "3"]) {
    const args = ["train", "config.json", "-q", "--set", "network.hidden=[256,128]"];
    expect((await folder.nnt([...args, "--threads", threads, "--out", threads])).code).toBe(0);
    expect(folder.bytes(`${threads}/model.bin`).equals(folder.bytes("1/model.bin"))).toBe(true);
  }
});

const REFUSED: [string, object, object, number, string][] = [
  [
    "a class that is not there",
    {},
    { classWeights: { yess: 2 } },
    2,
    'config.json:4:34: train.classWeights: there is no class "yess" (did you mean "yes"?)\n',
  ],
  [
    "a weight of 0 for a class",
    {},
    { classWeights: { yes: 0 } },
    2,
    "config.json:4:33: train.classWeights.yes: got 0, expected a number above 0\n",
  ],
  [
    "a word that is neither",
    {},
    { classWeights: "ballanced" },
    2,
    'config.json:4:26: train.classWeights: got "ballanced", expected "none", "balanced", or an object',
  ],
  [
    "another tool's name",
    {},
    { class_weight: "balanced" },
    2,
    'train.class_weight: unknown key, did you mean "classWeights"?',
  ],
  [
    "a column that is not there",
    { weight: "weigth" },
    {},
    2,
    'config.json:2:47: data.weight: t.csv has no column "weigth" (did you mean "weight"?)\n',
  ],
  [
    "a column that is the label",
    { weight: "y" },
    {},
    2,
    'data.weight: got "y", expected a column that is not the label',
  ],
  [
    "a column that is ignored",
    { weight: "weight", ignore: ["weight"] },
    {},
    2,
    'data.ignore[0]: got "weight", expected a column that is not data.weight',
  ],
  [
    "a type for the column",
    { weight: "weight", columns: { weight: "categorical" } },
    {},
    2,
    "expected no type for the weight column (weights are always numbers)",
  ],
  [
    "a missing weight",
    { weight: "weight" },
    {},
    3,
    't.csv:7, column "weight": the weight is missing, expected a number of at least 0',
  ],
];
test.each(REFUSED)("refuses %s", async (_, data, train, exit, message) => {
  const folder = freshFolder();
  folder.write(
    "t.csv",
    tableText(20, ",weight", (i) => (i === 5 ? "," : ",1")),
  );
  const sections = { data: { train: "t.csv", label: "y", ...data }, network: { hidden: [2] }, train };
  const lines = Object.entries(sections).map(([key, value]) => `"${key}": ${JSON.stringify(value)}`);
  folder.write("config.json", `{\n${lines.join(",\n")}\n}`);
  const { code, stdout, stderr } = await folder.nnt(["train", "config.json"]);
  expect([code, stdout]).toEqual([exit, ""]);
  expect(stderr).toContain(message);
});
