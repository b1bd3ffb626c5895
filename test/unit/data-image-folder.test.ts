/** @file Folders with MNIST's names: every spelling, what is missing, and the config for one. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseConfig } from "../../src/config/load.ts";
import {
  findImageFolder,
  imageFolderConfig,
  labelsBeside,
  setByName,
  testFiles,
  trainFiles,
} from "../../src/data/imageFolder.ts";
import { inFolder, MNIST, refusal, write } from "../support/data.ts";

const NAMES = [
  "train-images-idx3-ubyte",
  "train-labels-idx1-ubyte",
  "t10k-images-idx3-ubyte",
  "t10k-labels-idx1-ubyte",
];

/** The folder that has these files; paths are given without the folder's own. */
function found(names: readonly string[], folders: readonly string[] = []) {
  return inFolder(async (folder) => {
    for (const name of names) write(folder, name, "x");
    for (const name of folders) mkdirSync(join(folder, name));
    return JSON.parse(JSON.stringify(await findImageFolder(folder)).replaceAll(`${folder}/`, ""));
  });
}

const files = (images: string, labels: string) => ({ images, labels });

describe("findImageFolder", () => {
  test.each([
    ["as they are", NAMES],
    [".gz", NAMES.map((name) => `${name}.gz`)],
    ["with a dot", NAMES.map((name) => name.replace("-idx", ".idx"))],
    ["with a dot and .gz", NAMES.map((name) => `${name.replace("-idx", ".idx")}.gz`)],
    ["mixed", [NAMES[0]!, `${NAMES[1]}.gz`, NAMES[2]!.replace("-idx", ".idx"), NAMES[3]!]],
  ])("the four names, %s", async (_, [a, b, c, d]) => {
    const folder = await found([a!, b!, c!, d!, "README", ".hidden"]);
    expect(folder).toEqual({ train: files(a!, b!), test: files(c!, d!) });
  });

  test("of two spellings the plain one; a folder of that name is none of them", async () => {
    const dotted = NAMES.map((name) => name.replace("-idx", ".idx"));
    const both = await found([...NAMES, ...NAMES.map((name) => `${name}.gz`), ...dotted]);
    expect(both).toEqual({ train: files(NAMES[0]!, NAMES[1]!), test: files(NAMES[2]!, NAMES[3]!) });
    const unpacked = await found(dotted, NAMES);
    expect(unpacked).toEqual({ train: files(dotted[0]!, dotted[1]!), test: files(dotted[2]!, dotted[3]!) });
  });

  test("without t10k files there is no test set", async () => {
    expect(await found(NAMES.slice(0, 2))).toEqual({ train: files(NAMES[0]!, NAMES[1]!), test: null });
  });

  test("with t10k files alone there is nothing to train on", async () => {
    expect(await found(NAMES.slice(2))).toEqual({ train: null, test: files(NAMES[2]!, NAMES[3]!) });
  });

  test("null for a file and for nothing", async () => {
    expect([await findImageFolder(`${MNIST}/${NAMES[0]}`), await findImageFolder("nowhere")]).toEqual([
      null,
      null,
    ]);
  });

  test.each([
    ["train labels", [NAMES[0]!], [NAMES[1]!]],
    ["train images", [NAMES[1]!, NAMES[2]!, NAMES[3]!], [NAMES[0]!]],
    ["test labels", NAMES.slice(0, 3), [NAMES[3]!]],
    ["test images", [NAMES[0]!, NAMES[1]!, NAMES[3]!], [NAMES[2]!]],
    ["one of each", [NAMES[0]!, NAMES[3]!], [NAMES[1]!, NAMES[2]!]],
  ])("refuses a folder without the %s: says what it has and what not", async (_, present, missing) => {
    const error = await refusal(() => found(present));
    expect([error.kind, error.exitCode]).toEqual(["IMAGE_FOLDER_INCOMPLETE", 3]);
    expect(error.message).toContain(`: has ${present.join(", ")} but no ${missing.join(" and no ")}: add `);
  });

  test("refuses any other folder", async () => {
    const error = await refusal(() => found(["a.csv"]));
    expect([error.kind, error.exitCode]).toEqual(["IMAGE_FOLDER_EMPTY", 3]);
    for (const name of NAMES) expect(error.message).toContain(name);
  });
});

test("testFiles: the t10k files, or what to do without them", async () => {
  const [train, t10k] = [files("m/train-images-idx3-ubyte", "m/l"), files("m/i", "m/k")];
  expect(testFiles({ train, test: t10k }, "m")).toBe(t10k);
  const error = await refusal(() => testFiles({ train, test: null }, "m"));
  expect(error.kind).toBe("IMAGE_FOLDER_NO_TEST");
  expect(error.message).toMatch(
    /^m: has no test images \(t10k-images-idx3-ubyte\).*name a file, such as m\/train-images/,
  );
});

test("trainFiles: the files to train on, or what to do without them", async () => {
  const [train, t10k] = [files("m/i", "m/k"), files("m/t10k-images-idx3-ubyte", "m/l")];
  expect(trainFiles({ train, test: null }, "m")).toBe(train);
  const error = await refusal(() => trainFiles({ train: null, test: t10k }, "m"));
  expect([error.kind, error.exitCode]).toEqual(["IMAGE_FOLDER_NO_TRAIN", 3]);
  expect(error.message).toMatch(
    /^m: has no images to train on \(train-images-idx3-ubyte\), only test images/,
  );
});

test("setByName", () => {
  const names = ["a/train-images.idx3-ubyte.gz", "t10k-labels-idx1-ubyte", "my-train-images-idx3-ubyte", "x"];
  expect(names.map(setByName)).toEqual(["train", "test", null, null]);
});

test("labelsBeside: only what is there", () =>
  inFolder(async (folder) => {
    write(folder, "t10k-labels.idx1-ubyte.gz", "x");
    write(folder, "labels", "x");
    const beside = (name: string) => labelsBeside(join(folder, name));
    expect(await beside("t10k-images.idx3-ubyte.gz")).toBe(join(folder, "t10k-labels.idx1-ubyte.gz"));
    expect([await beside("t10k-images-idx3-ubyte"), await beside("images")]).toEqual([null, null]);
  }));

test("imageFolderConfig: a config, whatever the folder is called", () => {
  const name = 'my "mnist" \\ ü';
  const text = imageFolderConfig(name);
  expect(text).toContain(JSON.stringify(name));
  // no path is taken for a folder by parseConfig: its files stand in for it
  const sets = ['data.train={"images":"i","labels":"l"}'];
  const { config } = parseConfig(text, { path: "c.json", cwd: "/", sets });
  expect(config).toMatchObject({ network: { hidden: [128] }, data: { validation: { fraction: 0.05 } } });
});
