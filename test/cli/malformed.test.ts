/**
 * Malformed configs, images and models by name: each ends with its exit code, one message that holds the facts, nothing
 * on stdout, no stack trace and no file that was not there before. Tables are tables.test.ts's.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { csvConfig, type Folder, freshFolder, type Outcome, ROOT } from "../support/cli.ts";

const MODEL_V1 = readFileSync(join(ROOT, "test/golden/model-v1.bin"));

async function expectRefused(
  folder: Folder,
  run: Promise<Outcome>,
  code: number,
  facts: readonly (string | RegExp)[],
): Promise<void> {
  const before = folder.list();
  const outcome = await run;
  for (const fact of facts) {
    if (typeof fact === "string") expect(outcome.stderr).toContain(fact);
    else expect(outcome.stderr).toMatch(fact);
  }
  for (const line of outcome.stderr.trimEnd().split("\n")) expect(line).toMatch(/^(nnt|note): /);
  expect(outcome.code).toBe(code);
  expect(outcome.stdout).toBe("");
  expect(folder.list()).toEqual(before);
}

const CONFIGS: [name: string, text: string, facts: (string | RegExp)[]][] = [
  ["empty file", "", ["config.json:1:1", "empty"]],
  ["not JSON", "train: iris.csv", ["config.json:1:1"]],
  ["unclosed object", '{ "data": { "train": "iris.csv", "label": "species" }', ["config.json:1:"]],
  ["a list at the top", "[]", ["config.json:1:1", "expected"]],
  ["no data", "{}", ["data: missing"]],
  [
    "unknown key",
    csvConfig("iris.csv", "species").replace("epochs", "epoch"),
    [/1:\d+: train\.epoch: unknown key.*"epochs"/],
  ],
  [
    "duplicate key",
    '{ "data": { "train": "iris.csv", "label": "species", "label": "x" } }',
    ["config.json:1:54: data.label: duplicate key"],
  ],
  [
    "wrong type",
    csvConfig("iris.csv", "species", { train: { epochs: "5" } }),
    ['train.epochs: got "5"', "integer"],
  ],
  ["out of range", csvConfig("iris.csv", "species", { train: { batchSize: 0 } }), ["train.batchSize: got 0"]],
  [
    "three problems at once",
    csvConfig("iris.csv", "species", { network: { hidden: [0] }, train: { seed: -1, lr: 0.1 } }),
    ["network.hidden", "train.seed: got -1", "train.optimizer.learningRate"],
  ],
  [
    "a column that is not there",
    csvConfig("iris.csv", "Species"),
    [/config\.json:1:\d+: data\.label: iris\.csv has no column "Species"/, '"species"'],
  ],
];

test.each(CONFIGS)("config: %s", async (_name, text, facts) => {
  const folder = freshFolder("iris.csv");
  folder.write("config.json", text);
  await expectRefused(folder, folder.nnt(["train", "config.json"]), 2, facts);
});

test("config: no such file", async () => {
  const folder = freshFolder();
  await expectRefused(folder, folder.nnt(["train", "nowhere.json"]), 2, ["nowhere.json", "no such file"]);
});

/** An IDX file: type code, lengths of the axes, data. */
function idx(type: number, shape: number[], data: number[] | Uint8Array): Buffer {
  const lengths = Buffer.alloc(shape.length * 4);
  for (const [axis, length] of shape.entries()) lengths.writeUInt32BE(length, axis * 4);
  return Buffer.concat([Buffer.from([0, 0, type, shape.length]), lengths, Buffer.from(data)]);
}

const IMAGES = idx(8, [3, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
const LABELS = idx(8, [3], [0, 1, 0]);
const IDX: [name: string, images: Uint8Array, labels: Uint8Array, facts: (string | RegExp)[]][] = [
  ["not IDX", Buffer.from("1,2,3\n4,5,6\n"), LABELS, ["images", "IDX"]],
  ["an unknown type", idx(7, [3, 2, 2], new Uint8Array(12)), LABELS, ["images", "type"]],
  ["cut off", IMAGES.subarray(0, 20), LABELS, ["images", "28 bytes", "20"]],
  ["bytes after the end", Buffer.concat([IMAGES, Buffer.from([0])]), LABELS, ["images", "28 bytes", "29"]],
  ["sizes beyond any memory", idx(8, [0xffffffff, 0xffffffff, 0xffffffff], []), LABELS, ["images"]],
  ["more labels than images", IMAGES, idx(8, [4], [0, 1, 0, 1]), ["labels", "4", "3"]],
  ["images and labels exchanged", LABELS, IMAGES, ["images", "label"]],
];

test.each(IDX)("IDX: %s", async (_name, images, labels, facts) => {
  const folder = freshFolder();
  folder.write("images", images);
  folder.write("labels", labels);
  const config = { data: { train: { images: "images", labels: "labels" } }, output: { dir: "run" } };
  folder.write("config.json", JSON.stringify(config));
  await expectRefused(folder, folder.nnt(["train", "config.json"]), 3, facts);
});

const changed = (change: (bytes: Buffer) => void): Buffer => {
  const bytes = Buffer.from(MODEL_V1);
  change(bytes);
  return bytes;
};
const MODELS: [name: string, bytes: Uint8Array, facts: (string | RegExp)[]][] = [
  ["empty file", new Uint8Array(0), ["m.bin"]],
  ["text", Buffer.from("a,b,y\n1,2,p\n"), ["m.bin", "model"]],
  ["cut off", MODEL_V1.subarray(0, MODEL_V1.length - 3), ["m.bin", "byte"]],
  ["bytes after the end", Buffer.concat([MODEL_V1, Buffer.from("xyz")]), ["m.bin", "byte"]],
  ["a header longer than the file", changed((b) => b.writeBigUInt64LE(1n << 40n)), ["m.bin", "header"]],
  [
    "a weight that is not a number",
    changed((b) => b.writeUInt32LE(0x7fc00000, b.length - 4)),
    ["m.bin", "NaN"],
  ],
  ["a PyTorch file", gzipSync("x"), ["m.bin", "gzip"]],
];

test.each(MODELS)("model: %s", async (_name, bytes, facts) => {
  const folder = freshFolder("iris.csv");
  folder.write("m.bin", bytes);
  await expectRefused(folder, folder.nnt(["predict", "m.bin", "iris.csv", "-o", "out.csv"]), 4, facts);
});

test("model: the folder that it is in", async () => {
  const folder = freshFolder("iris.csv");
  folder.write("run/model.bin", "x");
  await expectRefused(folder, folder.nnt(["eval", "run", "iris.csv"]), 4, ["; did you mean run/model.bin?"]);
});

test("model: no such file", async () => {
  const folder = freshFolder("iris.csv");
  await expectRefused(folder, folder.nnt(["eval", "nowhere.bin", "iris.csv"]), 4, ["nowhere.bin"]);
});
