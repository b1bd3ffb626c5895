/**
 * `nnt train` on a table: what it prints and writes, that a run can be repeated bit for bit, and what is left when
 * training fails. Where rows come from is train-data.test.ts's.
 */
import { parse } from "csv-parse/sync";
import { expect, test } from "vitest";
import { csvConfig, type Folder, freshFolder, type Outcome } from "../support/cli.ts";

const RUN_FILES = ["config.json", "log.csv", "log.jsonl", "metrics.json", "model.bin"];
const LOG_HEADER =
  "epoch,step,train_loss,train_accuracy,val_loss,val_accuracy,learning_rate,seconds,rows_per_second";

/** A folder with iris.csv and a config for it: 3 epochs of 10 batches, into run/. */
function irisFolder(more: Parameters<typeof csvConfig>[2] = {}): Folder {
  const folder = freshFolder("iris.csv");
  folder.write("config.json", csvConfig("iris.csv", "species", more));
  return folder;
}

/** Trains with these flags; fails unless it ends with 0. */
async function trained(folder: Folder, ...flags: string[]): Promise<Outcome> {
  const outcome = await folder.nnt(["train", "config.json", ...flags]);
  expect(outcome.code).toBe(0);
  return outcome;
}

const linesOf = (text: string) => text.trimEnd().split("\n");
const eventsOf = (folder: Folder, name = "run/log.jsonl") =>
  linesOf(folder.text(name)).map((line) => JSON.parse(line));
const rowsOf = (folder: Folder, name = "run/log.csv"): Record<string, string>[] =>
  parse(folder.text(name), { columns: true });

test("without a terminal: plain lines on stderr, one an epoch, and an empty stdout", async () => {
  const { stdout, stderr } = await trained(irisFolder());
  expect(stdout).toBe("");
  expect(stderr).not.toContain("\u001b");
  expect(stderr).not.toContain("\r");
  const epochs = linesOf(stderr).filter((line) => line.startsWith("epoch"));
  expect(epochs).toHaveLength(3);
  for (const [i, line] of epochs.entries())
    expect(line).toMatch(
      new RegExp(`^epoch ${i + 1}/3 {2}loss \\d\\.\\d{4} {2}acc +\\d+\\.\\d\\d% .* rows/s `),
    );
  expect(stderr).toMatch(/^model +run\/model\.bin \(.*\): epoch 3/m);
});

test("--quiet prints nothing at all", async () => {
  const folder = irisFolder();
  expect(await trained(folder, "--quiet")).toEqual({ code: 0, stdout: "", stderr: "" });
  expect(folder.list()).toEqual(["config.json", "iris.csv", ...RUN_FILES.map((name) => `run/${name}`)]);
});

test("the run folder holds its five files, and the logs agree with each other and with metrics.json", async () => {
  const folder = irisFolder({ data: { validation: 0.2, test: 0.1 } });
  await trained(folder);
  expect(folder.list()).toEqual(["config.json", "iris.csv", ...RUN_FILES.map((name) => `run/${name}`)]);

  expect(linesOf(folder.text("run/log.csv"))[0]).toBe(LOG_HEADER);
  const rows = rowsOf(folder);
  expect(rows.map((row) => row.epoch)).toEqual(["1", "2", "3"]);
  const events = eventsOf(folder);
  expect(events.map(({ type }) => type)).toEqual(["start", "epoch", "epoch", "epoch", "end"]);
  for (const [i, row] of rows.entries()) {
    const { step, train, validation, learningRate } = events[i + 1];
    const logged = [step, train.loss, train.accuracy, validation.loss, validation.accuracy, learningRate];
    const keys = ["step", "train_loss", "train_accuracy", "val_loss", "val_accuracy", "learning_rate"];
    expect(keys.map((key) => Number(row[key]))).toEqual(logged);
    expect(Number(row.seconds)).toBeGreaterThan(0);
  }

  const metrics = folder.json("run/metrics.json");
  expect(metrics).toMatchObject({
    threads: 1,
    kernels: "wasm-simd",
    epochs: 3,
    parameters: 67,
  });
  expect(metrics.data).toMatchObject({ rows: 150, columns: 5, inputs: 4, classes: 3, unlabelled: 0 });
  expect(metrics.data.seconds).toBeGreaterThan(0);
  expect(metrics.seconds).toBeGreaterThan(metrics.data.seconds);
  const best = events[metrics.bestEpoch];
  expect(metrics.train).toEqual(best.train);
  expect(metrics.validation).toEqual(best.validation);
  expect(metrics.validation.loss).toBe(Math.min(...rows.map((row) => Number(row.val_loss))));
  expect(Object.keys(metrics.test)).toEqual(["loss", "accuracy"]);
});

test("with validation the best epoch is kept: the model that training only up to it gives", async () => {
  const optimizer = { learningRate: 0.3, momentum: 0.9 }; // too fast, so that losses go up and down
  const folder = irisFolder({ data: { validation: 0.3 }, train: { epochs: 12, optimizer } });
  const { stderr } = await trained(folder);
  const losses = rowsOf(folder).map((row) => Number(row.val_loss));
  const { bestEpoch } = folder.json("run/metrics.json");
  expect(bestEpoch).toBe(losses.indexOf(Math.min(...losses)) + 1);
  expect(bestEpoch).toBeLessThan(12);
  expect(stderr).toContain(`epoch ${bestEpoch} of 12 (lowest validation loss)`);
  await trained(folder, "--epochs", String(bestEpoch), "--out", "until");
  expect(folder.tensors("until/model.bin").equals(folder.tensors("run/model.bin"))).toBe(true);
});

test("without validation: empty cells in log.csv, null in metrics.json, the last epoch kept", async () => {
  const folder = irisFolder();
  await trained(folder);
  for (const row of rowsOf(folder)) expect([row.val_loss, row.val_accuracy]).toEqual(["", ""]);
  const { validation, test, bestEpoch } = folder.json("run/metrics.json");
  expect({ validation, test, bestEpoch }).toEqual({ validation: null, test: null, bestEpoch: 3 });
});

test("the same config gives the same model bytes, in another folder too; another seed gives others", async () => {
  const folder = irisFolder({ data: { validation: 0.2 } });
  await trained(folder);
  await trained(folder, "--out", "again");
  await trained(folder, "--seed", "2", "--out", "seed2");
  const model = folder.bytes("run/model.bin");
  expect(folder.bytes("again/model.bin").equals(model)).toBe(true);
  expect(folder.bytes("seed2/model.bin").equals(model)).toBe(false);
  expect(folder.json("seed2/config.json").train.seed).toBe(2);

  const other = irisFolder({ data: { validation: 0.2 } });
  await trained(other);
  expect(other.bytes("run/model.bin").equals(model)).toBe(true);
});

test("the config.json of a run is a config that trains to the same model, from any folder", async () => {
  const folder = irisFolder({ data: { validation: 0.2, ignore: ["sepal_width"] }, train: { seed: 7 } });
  await trained(folder, "--set", "train.optimizer.momentum=0.9");
  const elsewhere = freshFolder();
  elsewhere.write("config.json", folder.text("run/config.json"));
  await trained(elsewhere, "--out", "run");
  expect(elsewhere.bytes("run/model.bin").equals(folder.bytes("run/model.bin"))).toBe(true);
  const { output: _there, ...again } = elsewhere.json("run/config.json");
  const { output: _here, ...config } = folder.json("run/config.json");
  expect(again).toEqual(config);
});

test("--json prints metrics.json on stdout and nothing else there", async () => {
  const folder = irisFolder();
  const { stdout, stderr } = await trained(folder, "--json");
  expect(stdout).toBe(folder.text("run/metrics.json"));
  expect(stderr).toContain("epoch 3/3");
});

test("--set, --epochs and --out replace values; paths start where they are written", async () => {
  const folder = freshFolder();
  folder.write("sub/iris.csv", freshFolder("iris.csv").text("iris.csv"));
  folder.write("sub/config.json", csvConfig("iris.csv", "species"));
  const train = (...flags: string[]) => folder.nnt(["train", "sub/config.json", "-q", ...flags]);
  expect((await train()).code).toBe(0);
  expect((await train("--set", "output.dir=set", "--set", "network.hidden=[5,4]")).code).toBe(0);
  expect((await train("--out", "out", "--epochs", "2", "--set", "data.label=species")).code).toBe(0);
  const models = folder.list().filter((name) => name.endsWith("model.bin"));
  expect(models).toEqual(["out/model.bin", "set/model.bin", "sub/run/model.bin"]);
  expect(folder.json("set/metrics.json").sizes).toEqual([4, 5, 4, 3]);
  expect(rowsOf(folder, "out/log.csv")).toHaveLength(2);
});

test("without output.dir, the run goes to runs/<name of the config> in the working directory", async () => {
  const folder = freshFolder("iris.csv");
  folder.write(
    "sub/flowers.json",
    '{ "data": { "train": "../iris.csv", "label": "species" }, "train": { "epochs": 1 } }',
  );
  expect((await folder.nnt(["train", "sub/flowers.json", "-q"])).code).toBe(0);
  expect(folder.list()).toContain("runs/flowers/model.bin");
});

test("a run on other data in the folder of a config's name is replaced with a note, one on the same data without", async () => {
  const folder = freshFolder("iris.csv");
  for (const name of ["a", "b"]) {
    folder.write(`${name}/iris.csv`, folder.text("iris.csv"));
    folder.write(
      `${name}/same.json`,
      JSON.stringify({ ...JSON.parse(csvConfig("iris.csv", "species")), output: {} }),
    );
  }
  const train = (config: string) => folder.nnt(["train", config]);
  expect((await train("a/same.json")).stderr).not.toContain("note:");
  expect((await train("a/same.json")).stderr).not.toContain("note:");
  const dry = await folder.nnt(["train", "b/same.json", "--dry-run"]);
  expect(dry.stderr).not.toContain("note:");
  expect((await train("b/same.json")).stderr).toMatch(
    /^note: runs\/same holds a run on a\/iris\.csv, which this one will replace \(--out DIR for another folder\)\n/,
  );
});

test("such runs share a file, or do not; nobody knows what came from standard input; paths are printable", async () => {
  const folder = freshFolder("iris.csv");
  const iris = folder.text("iris.csv");
  const other = "\u001b[31m/iris.csv";
  for (const name of ["a.csv", "b.csv", "c.csv", other]) folder.write(name, iris);
  folder.write("config.json", csvConfig("iris.csv", "species"));
  const notes = async (train: string, out = "run") => {
    const args = ["train", "config.json", "--out", out, "--set", `data.train=${train}`];
    const { code, stderr } = await folder.nnt(args, { stdin: iris });
    expect(code).toBe(0);
    return stderr.split("\n").filter((line) => line.startsWith("note:"));
  };
  const replaced = (dir: string, files: string) => [
    `note: ${dir} holds a run on ${files}, which this one will replace (--out DIR for another folder)`,
  ];
  expect(await notes('["a.csv", "b.csv"]')).toEqual([]);
  expect(await notes('["b.csv", "c.csv"]')).toEqual([]);
  expect(await notes("a.csv")).toEqual(replaced("run", "b.csv and 1 more file"));
  expect(await notes("-")).toEqual(replaced("run", "a.csv"));
  expect(await notes("-")).toEqual(replaced("run", "stdin"));
  expect(await notes(other, "\u001b[2J")).toEqual([]);
  expect(await notes("a.csv", "\u001b[2J")).toEqual(replaced("\\u001b[2J", "\\u001b[31m/iris.csv"));
});

test("shuffle: false keeps file order, which is another model; the seed then still sets the weights", async () => {
  const folder = irisFolder();
  await trained(folder);
  await trained(folder, "--out", "ordered", "--set", "train.shuffle=false");
  await trained(folder, "--out", "seed2", "--set", "train.shuffle=false", "--seed", "2");
  const [shuffled, ordered, seed2] = ["run", "ordered", "seed2"].map((dir) =>
    folder.json(`${dir}/metrics.json`),
  );
  expect(new Set([shuffled.train.loss, ordered.train.loss, seed2.train.loss]).size).toBe(3);
});

test("--dry-run checks everything, says what would be trained and writes nothing", async () => {
  const folder = irisFolder();
  const before = folder.list();
  const { stdout, stderr } = await trained(folder, "--dry-run");
  expect(stdout).toBe("");
  expect(stderr).toMatch(/^network +4-8-3, 67 parameters/m);
  expect(stderr).toContain("dry run");
  const json = await trained(folder, "--dry-run", "--json", "-q");
  expect(json.stderr).toBe("");
  expect(JSON.parse(json.stdout)).toMatchObject({ dryRun: true, sizes: [4, 8, 3], data: { rows: 150 } });
  expect(folder.list()).toEqual(before);
  folder.write("iris.csv", "a,b\n");
  expect((await folder.nnt(["train", "config.json", "--dry-run"])).code).toBe(3);
});

test("diverged in the first epoch: exit 5, says where and what to try, and the run before stays", async () => {
  const folder = irisFolder();
  await trained(folder);
  const before = RUN_FILES.map((name) => folder.text(`run/${name}`));
  const flags = ["--set", "train.optimizer.learningRate=1e6"];
  const { code, stdout, stderr } = await folder.nnt(["train", "config.json", "--json", ...flags]);
  expect(code).toBe(5);
  expect(stdout).toBe("");
  expect(stderr).toMatch(/^nnt: training diverged at step (\d+) \(epoch 1, batch \1\)/m);
  expect(stderr).toContain("train.optimizer.learningRate=100000");
  expect(stderr).not.toMatch(/\bat .*\.js:/); // a stack
  expect(RUN_FILES.map((name) => folder.text(`run/${name}`))).toEqual(before);
  const step = Number(/at step (\d+)/.exec(stderr)?.[1]);
  expect(eventsOf(folder, "run/log.jsonl.partial").at(-1)).toMatchObject({
    type: "diverged",
    epoch: 1,
    step,
    batch: step,
  });
  // the next run that goes well leaves no trace of it
  await trained(folder);
  expect(folder.list()).toEqual(["config.json", "iris.csv", ...RUN_FILES.map((name) => `run/${name}`)]);
});

test("diverged in a later epoch: exit 5; the weights from before are kept, beside the run that stays", async () => {
  const folder = irisFolder();
  await trained(folder);
  const before = RUN_FILES.map((name) => folder.text(`run/${name}`));
  // one step an epoch, so that the first ones end before the weights are beyond float32
  const flags = ["train.batchSize=150", "train.epochs=20", "train.optimizer.learningRate=1e6"];
  const sets = flags.flatMap((flag) => ["--set", flag]);
  const { code, stdout, stderr } = await folder.nnt(["train", "config.json", "--json", ...sets]);
  expect(code).toBe(5);
  expect(stdout).toBe("");
  const { epoch, step, batch } = eventsOf(folder, "run/log.jsonl.partial").at(-1);
  expect(epoch).toBeGreaterThan(1);
  expect([step, batch]).toEqual([epoch, 1]);
  expect(stderr).toContain(`training diverged at step ${step} (epoch ${epoch}, batch ${batch})`);
  expect(stderr).toContain(`run/model.bin.partial (the weights after epoch ${epoch - 1})`);
  expect((await folder.nnt(["inspect", "run/model.bin.partial"])).code).toBe(0);
  expect(RUN_FILES.map((name) => folder.text(`run/${name}`))).toEqual(before);
});
