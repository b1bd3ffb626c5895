/**
 * `nnt eval`: the report, that its numbers agree with each other and with those of `nnt predict`, the gates, and data
 * that does not fit the model.
 */
import { gzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import { beforeAll, expect, test } from "vitest";
import { csvConfig, sharedFolder, trainOnce } from "../support/cli.ts";
import { idxBytes } from "../support/data.ts";
import { documentedFields, fieldsOf } from "../support/jsonPage.ts";

const folder = sharedFolder("penguins.csv", "iris.csv");
const CLASSES = ["Adelie", "Chinstrap", "Gentoo"];
const BRIGHT_LEFT = [200, 3, 220, 9];
const BRIGHT_RIGHT = [7, 190, 0, 210];

beforeAll(async () => {
  const train = { epochs: 20 }; // not to the end: a model without mistakes would hide a transposed matrix
  folder.write("penguins.json", csvConfig("penguins.csv", "species", { train, data: { validation: 0.2 } }));
  await trainOnce(folder, ["penguins.json"]);
  folder.write(
    "images",
    idxBytes(8, [4, 2, 2], [BRIGHT_LEFT, BRIGHT_RIGHT, BRIGHT_LEFT, BRIGHT_RIGHT].flat()),
  );
  folder.write("labels", idxBytes(8, [4], [0, 1, 0, 1]));
  const images = { train: { images: "images", labels: "labels" } };
  const imageTrain = { epochs: 60, batchSize: 2, optimizer: { learningRate: 0.1 } };
  folder.write(
    "images.json",
    JSON.stringify({ data: images, train: imageTrain, output: { dir: "images-run" } }),
  );
  await trainOnce(folder, ["images.json"]);
});

const evaluate = (...args: string[]) => folder.nnt(["eval", "run/model.bin", ...args]);
const withoutColumn = (index: number) =>
  folder
    .text("penguins.csv")
    .split("\n")
    .map((line) => line.split(",").toSpliced(index, 1).join(","))
    .join("\n");

interface Report {
  rows: number;
  loss: number;
  accuracy: number;
  macroF1: number;
  classes: { name: string; precision: number; recall: number; f1: number; support: number }[];
  confusion: number[][];
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]) => sum(values) / values.length;

test("for people: accuracy, one line a class, and the confusion matrix, all on stdout", async () => {
  const { code, stdout, stderr } = await evaluate("penguins.csv");
  expect(code).toBe(0);
  expect(stderr).toBe("");
  expect(stdout).not.toContain("\u001b");
  expect(stdout).toMatch(/^344 rows {2}loss 0\.\d{4} {2}accuracy \d\d\.\d\d% {2}macro F1 0\.\d{4}$/m);
  expect(stdout).toMatch(/^class +precision +recall +F1 +support$/m);
  const supports = CLASSES.map(
    (name) => new RegExp(`^${name}( +[01]\\.\\d{4}){3} +(\\d+)$`, "m").exec(stdout)?.[2],
  );
  expect(supports).toEqual(["152", "68", "124"]);
  const matrix = stdout.slice(stdout.indexOf("true \\ predicted"));
  const counts = CLASSES.map((name) => new RegExp(`^${name}((?: +\\d+){3})$`, "m").exec(matrix)?.[1] ?? "");
  const rows = counts.map((text) => sum(text.trim().split(/ +/).map(Number)));
  expect(rows).toEqual([152, 68, 124]);
});

test("--json: the numbers agree with each other and with those recomputed from nnt predict --proba", async () => {
  const { code, stdout, stderr } = await evaluate("penguins.csv", "--json");
  expect([code, stderr]).toEqual([0, ""]);
  const report: Report = JSON.parse(stdout);
  const { rows, accuracy, classes, confusion } = report;
  expect(rows).toBe(344);
  expect(classes.map(({ name }) => name)).toEqual(CLASSES);
  expect(sum(confusion.map(sum))).toBe(rows);
  expect(accuracy).toBe(sum(confusion.map((row, c) => row[c]!)) / rows);
  expect(classes.map(({ support }) => support)).toEqual(confusion.map(sum));
  for (const [c, { precision, recall, f1 }] of classes.entries()) {
    const predicted = sum(confusion.map((row) => row[c]!));
    expect(precision).toBeCloseTo(confusion[c]![c]! / predicted, 12);
    expect(recall).toBeCloseTo(confusion[c]![c]! / sum(confusion[c]!), 12);
    expect(f1).toBeCloseTo((2 * precision * recall) / (precision + recall), 12);
  }
  expect(report.macroF1).toBeCloseTo(mean(classes.map(({ f1 }) => f1)), 12);

  const predict = ["predict", "run/model.bin", "penguins.csv", "--proba", "--keep", "species"];
  const predicted: Record<string, string>[] = parse((await folder.nnt(predict)).stdout, { columns: true });
  const recounted = CLASSES.map((truth) =>
    CLASSES.map((name) => predicted.filter((row) => row.species === truth && row.prediction === name).length),
  );
  expect(confusion).toEqual(recounted);
  expect(confusion).not.toEqual(recounted.map((_, c) => recounted.map((row) => row[c]))); // else it proves little
  // −log of a probability of float32 is good to 1e-6 or so of the loss computed in one piece
  const loss = mean(predicted.map((row) => -Math.log(Number(row[`proba_${row.species}`]))));
  expect(Math.abs(report.loss - loss)).toBeLessThan(1e-5);
});

test("a validation file is scored as eval scores it: loss within 1e-6 (sums over other batches)", async () => {
  const more = { data: { validation: "penguins.csv" } };
  folder.write("self.json", csvConfig("penguins.csv", "species", more).replace('"run"', '"self"'));
  expect((await folder.nnt(["train", "self.json", "-q"])).code).toBe(0);
  const { validation } = folder.json("self/metrics.json");
  const { stdout } = await folder.nnt(["eval", "self/model.bin", "penguins.csv", "--json"]);
  const report: Report = JSON.parse(stdout);
  expect(report.accuracy).toBe(validation.accuracy);
  expect(Math.abs(report.loss - validation.loss)).toBeLessThan(1e-6);
});

test("--fail-under: 0 when all gates are met", async () => {
  const { code, stdout, stderr } = await evaluate("penguins.csv", "--fail-under", "accuracy=0.5");
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toContain("accuracy");
});

test.each([["accuracy=1"], ["macroF1=1"]])(
  "--fail-under %s: exit 7, the report still on stdout",
  async (gate) => {
    const { stdout: report } = await evaluate("penguins.csv", "--json");
    const flags = ["--fail-under", "accuracy=0.5", "--fail-under", gate];
    const { code, stdout, stderr } = await evaluate("penguins.csv", "--json", ...flags);
    expect(code).toBe(7);
    expect(stdout).toBe(report);
    const metric = gate.slice(0, -2) as "accuracy" | "macroF1";
    expect(stderr).toBe(
      `nnt: ${metric} is ${JSON.parse(report)[metric]}, expected at least 1 (--fail-under)\n`,
    );
  },
);

test.each(["accuracy", "accuracy=2", "accuracy=97%", "f1=0.5"])("--fail-under %s: exit 2", async (gate) => {
  const { code, stdout, stderr } = await evaluate("penguins.csv", "--fail-under", gate);
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toContain("--fail-under");
  expect(stderr).toContain(gate);
});

test("--json: the fields of docs/json.md and no others, also of train", async () => {
  const { stdout } = await evaluate("penguins.csv", "--json");
  expect(fieldsOf(JSON.parse(stdout))).toEqual(documentedFields("nnt eval --json"));
  const more = ["data.test=0.2", "train.classWeights=balanced"].flatMap((value) => ["--set", value]);
  const trained = await folder.nnt(["train", "penguins.json", "--json", "--out", "weighted", "-q", ...more]);
  const fields = fieldsOf(JSON.parse(trained.stdout), { "weighting.classes": "CLASS" });
  expect(fields).toEqual(documentedFields("nnt train --json"));
  expect(trained.stdout).toBe(folder.text("weighted/metrics.json"));
  const dry = await folder.nnt(["train", "penguins.json", "--json", "-q", "--dry-run", ...more]);
  expect(fieldsOf(JSON.parse(dry.stdout), { "weighting.classes": "CLASS" })).toEqual(
    documentedFields("nnt train --dry-run --json"),
  );
});

test("--json: what docs/json.md says is null", async () => {
  folder.write("weighted.csv", "x,w,y\n1,1,a\n2,2,b\n3,1,a\n4,3,b\n");
  folder.write("weighted.json", csvConfig("weighted.csv", "y", { data: { weight: "w" } }));
  const document = async (...more: string[]) =>
    JSON.parse(
      (await folder.nnt(["train", "weighted.json", "--json", "-q", "--out", "nulls", ...more])).stdout,
    );
  const byRow = await document("--epochs", "0");
  expect(byRow).toMatchObject({ train: null, validation: null, test: null });
  expect(byRow.weighting).toEqual({ classes: null, column: "w" });
  const byClass = await document("--set", "data.weight=null", "--set", "train.classWeights=balanced");
  expect(byClass.weighting).toEqual({ classes: { a: 1, b: 1 }, column: null });
  expect((await document("--set", "data.weight=null")).weighting).toBe(null);
});

test('a table from standard input ("-"), gzip or not, gives the same report', async () => {
  const { stdout } = await evaluate("penguins.csv");
  for (const stdin of [folder.bytes("penguins.csv"), gzipSync(folder.bytes("penguins.csv"))]) {
    const piped = await folder.nnt(["eval", "run/model.bin", "-"], { stdin });
    expect(piped).toEqual({ code: 0, stdout, stderr: "" });
  }
});

test("a table without the label column: exit 4, and the column is named", async () => {
  folder.write("unlabelled.csv", withoutColumn(0));
  const { code, stdout, stderr } = await evaluate("unlabelled.csv");
  expect([code, stdout]).toEqual([4, ""]);
  expect(stderr).toMatch(/unlabelled\.csv.*"species".*missing/);
});

test("a label that training never saw: exit 4 with its line", async () => {
  folder.write("emperor.csv", folder.text("penguins.csv").replace("\nAdelie,", "\nEmperor,"));
  const { code, stdout, stderr } = await evaluate("emperor.csv");
  expect([code, stdout]).toEqual([4, ""]);
  expect(stderr).toMatch(/emperor\.csv:2, column "species": "Emperor"/);
});

test("rows without a label are left out and counted; --quiet says nothing", async () => {
  const text = folder.text("penguins.csv");
  folder.write("holes.csv", `${text}NA,Biscoe,46,15,220,5000,male\n ,Biscoe,46,15,220,5000,male\n`);
  const whole = JSON.parse((await evaluate("penguins.csv", "--json")).stdout);
  const { code, stdout, stderr } = await evaluate("holes.csv", "--json");
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({ ...whole, unlabelled: 2 });
  expect(stderr).toBe("note: holes.csv: 2 rows without a label left out\n");
  // what --quiet keeps from stderr is still in the document
  expect(await evaluate("holes.csv", "--json", "--quiet")).toEqual({ code: 0, stdout, stderr: "" });
});

test("missing numbers where training missed none: counted, and said by column, by train, eval and predict", async () => {
  const hole = folder.text("iris.csv").replace(/^5\.1,3\.5,/m, "5.1,?,");
  folder.write("hole.csv", hole);
  const config = { train: { epochs: 1 }, data: { test: "hole.csv" } };
  folder.write("whole.json", csvConfig("iris.csv", "species", config));
  const note =
    'note: column "sepal_width": 1 missing cell of hole.csv is taken as the training median: no training row misses this column\n';
  const trained = await folder.nnt(["train", "whole.json", "--out", "whole"]);
  expect(trained.stderr).toContain(note);
  expect(folder.json("whole/metrics.json").data).toMatchObject({ unseen: 0, newlyMissing: 1 });
  const { stdout, stderr } = await folder.nnt(["eval", "whole/model.bin", "hole.csv", "--json"]);
  expect(stderr).toBe(note);
  expect(JSON.parse(stdout)).toMatchObject({ rows: 150, unseen: 0, newlyMissing: 1 });
  expect((await folder.nnt(["predict", "whole/model.bin", "hole.csv"])).stderr).toBe(note);
});

test("a bad row before a label that training never saw is told first; left out, the label is", async () => {
  const text = folder.text("penguins.csv").replace("\nAdelie,Torgersen,39.1", "\nAdelie,Torgersen,x");
  folder.write("two.csv", text.replace("\nGentoo,", "\nEmperor,"));
  const failed = await evaluate("two.csv");
  expect([failed.code, failed.stdout]).toEqual([3, ""]);
  expect(failed.stderr).toMatch(/two\.csv:2, column "[a-z_]+": expected a number, got "x"/);
  const skipped = await evaluate("two.csv", "--on-bad-row", "skip");
  expect([skipped.code, skipped.stdout]).toEqual([4, ""]);
  expect(skipped.stderr).toContain('"Emperor"');
});

test("no row with a label: exit 3", async () => {
  folder.write("none.csv", folder.text("penguins.csv").replace(/^(Adelie|Chinstrap|Gentoo)/gm, ""));
  const { code, stdout, stderr } = await evaluate("none.csv");
  expect([code, stdout]).toEqual([3, ""]);
  expect(stderr).toContain("none.csv: no row has a label");
});

test("IDX: eval needs --labels, and measures with them", async () => {
  const without = await folder.nnt(["eval", "images-run/model.bin", "images"]);
  expect([without.code, without.stdout]).toEqual([2, ""]);
  expect(without.stderr).toContain("--labels");
  const { code, stdout } = await folder.nnt([
    "eval",
    "images-run/model.bin",
    "images",
    "--labels",
    "labels",
    "--json",
  ]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    rows: 4,
    accuracy: 1,
    confusion: [
      [2, 0],
      [0, 2],
    ],
  });
});

test("IDX: images of another size are refused with 4, labels of another length with 3", async () => {
  folder.write("wide", idxBytes(8, [4, 2, 3], new Array(24).fill(1)));
  const wide = await folder.nnt(["eval", "images-run/model.bin", "wide", "--labels", "labels"]);
  expect(wide.code).toBe(4);
  expect(wide.stderr).toContain("wide");
  folder.write("three", idxBytes(8, [3], [0, 1, 0]));
  const three = await folder.nnt(["eval", "images-run/model.bin", "images", "--labels", "three"]);
  expect(three.code).toBe(3);
  expect(three.stderr).toContain("three");
});

test("--labels with the model of a table: exit 2, naming the label column", async () => {
  const { code, stdout, stderr } = await evaluate("penguins.csv", "--labels", "labels");
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toMatch(/--labels.*"species"/);
});
