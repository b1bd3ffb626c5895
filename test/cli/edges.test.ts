/** Cases that once went wrong in silence, or ended in a message that did not help. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { csvConfig, freshFolder, ROOT } from "../support/cli.ts";

const IRIS = readFileSync(join(ROOT, "data/iris.csv"), "utf8");
const HEADER = IRIS.slice(0, IRIS.indexOf("\n") + 1);
const FAR = "1e38,1e38,-1e38,1e38,setosa\n";

async function trained(...args: string[]) {
  const folder = freshFolder("iris.csv");
  folder.write("c.json", csvConfig("iris.csv", "species"));
  expect((await folder.nnt(["train", "c.json", "-q", ...args])).code).toBe(0);
  return folder;
}

test("a row whose probabilities overflow is an error, not a prediction", async () => {
  const folder = await trained();
  folder.write("far.csv", HEADER + FAR);
  const predicted = await folder.nnt(["predict", "run/model.bin", "far.csv", "-o", "out.csv"]);
  expect(predicted.code).toBe(4);
  expect(predicted.stderr).toContain("far.csv:2: the model's result is not a number");
  expect(folder.list()).not.toContain("out.csv");
  const measured = await folder.nnt([
    "eval",
    "run/model.bin",
    "far.csv",
    "--fail-under",
    "accuracy=0",
    "--json",
  ]);
  expect(measured.code).toBe(4);
  expect(measured.stdout).toBe("");
});

test("an update that throws the weights beyond float32 in the last step of an epoch is divergence", async () => {
  const folder = freshFolder("iris.csv");
  folder.write("c.json", csvConfig("iris.csv", "species", { train: { batchSize: 150, epochs: 1 } }));
  const { code, stderr } = await folder.nnt([
    "train",
    "c.json",
    "--set",
    "train.optimizer.learningRate=1e30",
  ]);
  expect(code).toBe(5);
  expect(stderr).toContain("diverged at step 1 (epoch 1, batch 1)");
  expect(folder.list()).not.toContain("run/model.bin");
});

test("a config that somebody wrote is not replaced by the resolved one", async () => {
  const folder = freshFolder("iris.csv");
  const text = `// mine\n${csvConfig("iris.csv", "species").replace('"run"', '"."')}`;
  folder.write("config.json", text);
  const { code, stderr } = await folder.nnt(["train", "config.json"]);
  expect(code).toBe(2);
  expect(stderr).toContain("config.json: is also an input");
  expect(folder.text("config.json")).toBe(text);
  expect(folder.list()).toEqual(["config.json", "iris.csv"]);
});

test("the config of a run trains again into the same folder", async () => {
  const folder = await trained();
  const model = folder.bytes("run/model.bin");
  expect((await folder.nnt(["train", "run/config.json", "-q"])).code).toBe(0);
  expect(folder.bytes("run/model.bin")).toEqual(model);
});

test("data under the name of a log in the making is not overwritten", async () => {
  const folder = freshFolder();
  folder.write("run/log.csv.partial", IRIS);
  folder.write("c.json", csvConfig("run/log.csv.partial", "species"));
  const { code } = await folder.nnt(["train", "c.json"]);
  expect(code).toBe(2);
  expect(folder.text("run/log.csv.partial")).toBe(IRIS);
});

test("config and data cannot both be standard input", async () => {
  const folder = freshFolder();
  const { code, stderr } = await folder.nnt(["train", "-"], { stdin: csvConfig("-", "species") });
  expect(code).toBe(2);
  expect(stderr).toContain('both "-"');
});

test("pipes of the shell: a config, and a table to inspect", async () => {
  const folder = freshFolder("iris.csv");
  folder.write("c.json", csvConfig("iris.csv", "species"));
  const config = await folder.bash("nnt train -q <(cat c.json)");
  expect(config.stderr).toBe("");
  expect(folder.list()).toContain("run/model.bin");
  const inspected = await folder.bash("nnt inspect <(cat iris.csv)");
  expect(inspected.stdout).toContain("150 rows, 5 columns");
});

test("a command's flag before the command: the message says where it belongs", async () => {
  const { code, stderr } = await freshFolder().nnt(["-q", "train", "c.json"]);
  expect(code).toBe(2);
  expect(stderr).toContain("-q belongs to train: put it after the command");
});

test("a column cannot be kept twice", async () => {
  const folder = await trained();
  const { code, stderr } = await folder.nnt([
    "predict",
    "run/model.bin",
    "iris.csv",
    "--keep",
    "species,species",
  ]);
  expect(code).toBe(2);
  expect(stderr).toContain('"species" is named twice');
});

test("a JSON file is not inspected as a table", async () => {
  const folder = await trained();
  const { code, stderr } = await folder.nnt(["inspect", "run/config.json"]);
  expect(code).toBe(3);
  expect(stderr).toContain("nnt config check run/config.json");
});

test("a test row that overflows: exit 3 and says so, but the model is written", async () => {
  const folder = freshFolder("iris.csv");
  folder.write("far.csv", HEADER + FAR);
  folder.write("c.json", csvConfig("iris.csv", "species", { data: { test: "far.csv" } }));
  const { code, stderr } = await folder.nnt(["train", "c.json"]);
  expect(code).toBe(3);
  expect(stderr).toContain("the loss on the test rows is not finite");
  expect(folder.json("run/metrics.json").test).toBeNull();
  expect((await folder.nnt(["eval", "run/model.bin", "iris.csv"])).code).toBe(0);
});

test.each([[0], [2]])(
  "a validation row that overflows is bad data, not divergence (epochs %i)",
  async (epochs) => {
    const folder = freshFolder("iris.csv");
    folder.write("far.csv", HEADER + FAR);
    folder.write(
      "c.json",
      csvConfig("iris.csv", "species", { data: { validation: "far.csv" }, train: { epochs } }),
    );
    const { code, stderr } = await folder.nnt(["train", "c.json"]);
    expect(code).toBe(3);
    expect(stderr).toContain("the loss on the validation rows is not finite");
  },
);

test.each(["learningRate=1e-46", "momentum=0.99999999", "weightDecay=1e-50", "learningRate=1e39"])(
  "%s is not what float32 would make of it",
  async (setting) => {
    const folder = freshFolder("iris.csv");
    folder.write("c.json", csvConfig("iris.csv", "species"));
    const { code, stderr } = await folder.nnt(["train", "c.json", "--set", `train.optimizer.${setting}`]);
    expect(code).toBe(2);
    expect(stderr).toContain("float32");
  },
);

test("a result that could not be written stops training before it starts", async () => {
  const folder = freshFolder("iris.csv");
  folder.write("c.json", csvConfig("iris.csv", "species"));
  folder.write("run/metrics.json/file", "in the way");
  const { code, stderr } = await folder.nnt(["train", "c.json"]);
  expect(code).toBe(6);
  expect(stderr).toContain("run/metrics.json");
  expect(stderr).not.toContain("epoch");
});

test("a network beyond the memory's address range is refused at once", async () => {
  const folder = freshFolder("iris.csv");
  folder.write("c.json", csvConfig("iris.csv", "species", { network: { hidden: [30000, 30000] } }));
  const begun = performance.now();
  const { code, stderr } = await folder.nnt(["train", "c.json"]);
  expect(code).toBe(6);
  expect(stderr).toContain("out of memory");
  expect(performance.now() - begun).toBeLessThan(3000); // drawing 900 million weights would take longer
});

test("a table given for a config: the message says what writes one for it", async () => {
  const { code, stderr } = await freshFolder("iris.csv").nnt(["train", "iris.csv"]);
  expect(code).toBe(2);
  expect(stderr).toBe("nnt: iris.csv: this is data, not a config (to have one written: nnt init iris.csv)\n");
});

test("data files that are not there: all of them, with key and place", async () => {
  const folder = freshFolder();
  const data = { validation: "b.csv", test: 0.1 };
  folder.write("c.json", csvConfig("a.csv", "y", { data }));
  const { code, stderr } = await folder.nnt(["train", "c.json", "--set", "data.test=d.csv,e.csv"]);
  expect(code).toBe(3);
  expect(stderr).toBe(
    [
      "nnt: c.json:1:18: data.train: a.csv: no such file (check the path)",
      "nnt: c.json:1:51: data.validation: b.csv: no such file (check the path)",
      'nnt: --set data.test=d.csv,e.csv: data.test: d.csv,e.csv: no such file (several files are a list, such as ["a.csv", "b.csv"], or a pattern, such as "*.csv")\n',
    ].join("\n"),
  );
});
