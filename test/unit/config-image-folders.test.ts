/** @file Folders of images in a config: which files they become, what is said, and what is wrong with others. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type LoadedConfig, loadConfig } from "../../src/config/load.ts";
import { showConfig } from "../../src/config/show.ts";
import { findImageFolder } from "../../src/data/imageFolder.ts";
import { inFolder, refusal, write } from "../support/data.ts";

const names = (prefix: string) => [`${prefix}-images-idx3-ubyte`, `${prefix}-labels-idx1-ubyte`];

/** Loads a config in a folder with `mnist` (all files), `few` (training files), `t10k` (test files), `half` (one) and `none`. */
function load(text: string, sets: string[] = []): Promise<LoadedConfig> {
  return inFolder((folder) => loadIn(folder, text, sets));
}

async function loadIn(folder: string, text: string, sets: string[] = []): Promise<LoadedConfig> {
  for (const [sub, files] of [
    ["mnist", [...names("train"), ...names("t10k")]],
    ["few", names("train")],
    ["t10k", names("t10k")],
    ["half", names("train").slice(1)],
    ["none", ["a.csv"]],
  ] as const) {
    mkdirSync(join(folder, "conf", sub), { recursive: true });
    for (const name of files) write(join(folder, "conf", sub), name, "x");
  }
  write(join(folder, "conf"), "c.json", text);
  return loadConfig({ path: "conf/c.json", cwd: folder, sets, findImageFolder });
}

/** The set's images and labels; `folder` as it is in the config. */
const pair = (folder: string, prefix: string) => {
  const [images, labels] = names(prefix).map((name) =>
    expect.stringMatching(new RegExp(`/conf/${folder}/${name}$`)),
  );
  return { images, labels };
};

describe("data.train as a folder", () => {
  test("is its training files, and its t10k files are the test set, which is said", async () => {
    const { config, notes } = await load('{"data": {"train": "mnist"}}');
    expect(config.data).toEqual({
      format: "idx",
      train: pair("mnist", "train"),
      validation: { kind: "none" },
      test: { kind: "file", ...pair("mnist", "t10k") },
    });
    expect(notes).toEqual([
      expect.stringMatching(/^data\.test is .*mnist\/t10k-images-idx3-ubyte with its labels/),
    ]);
  });

  test.each([
    ["0", { kind: "none" }],
    ["null", { kind: "none" }],
    ["0.25", { kind: "fraction", fraction: 0.25, stratify: true }],
    ['"mnist"', { kind: "file", ...pair("mnist", "t10k") }],
    [
      '{"images": "i", "labels": "l"}',
      {
        kind: "file",
        images: expect.stringMatching(/\/conf\/i$/),
        labels: expect.stringMatching(/\/conf\/l$/),
      },
    ],
  ])("data.test: %s stays what is written, without a word", async (written, test) => {
    const { config, notes } = await load(`{"data": {"train": "mnist", "test": ${written}}}`);
    expect([config.data.test, notes]).toEqual([test, []]);
  });

  test("without t10k files: no test set, no note", async () => {
    const { config, notes } = await load('{"data": {"train": "few"}}');
    expect([config.data.test, notes]).toEqual([{ kind: "none" }, []]);
  });

  test("what is shown of it is read back as the same config", () =>
    inFolder(async (folder) => {
      const { config } = await loadIn(folder, '{"data": {"train": "mnist"}}');
      write(join(folder, "conf"), "shown.json", showConfig(config));
      const again = await loadConfig({
        path: "shown.json",
        cwd: join(folder, "conf"),
        findImageFolder,
        outDir: config.output.dir,
      });
      expect([again.config, again.notes]).toEqual([config, []]);
    }));

  test("--set data.train starts at the working directory", async () => {
    const { config } = await load('{"data": {"train": "a.csv"}}', ["data.train=conf/mnist"]);
    expect(config.data.train).toEqual(pair("mnist", "train"));
    const error = await refusal(() => load('{"data": {"train": "a.csv"}}', ["data.train=mnist"]));
    expect(error.message).toContain(
      '--set data.train=mnist: data.train: got "mnist", expected a file or folder that is there',
    );
  });

  test("a place in the config is still found", async () => {
    const { problemsAt } = await load('{"data": {"train": "mnist"}}');
    expect(problemsAt(["data", "train", "images"])).toBe("conf/c.json:1:20");
    expect(problemsAt(["data", "test", "labels"])).toBe("conf/c.json:1:20");
  });
});

test("validation and test as folders are their t10k files, also beside named training files", async () => {
  const { config } = await load(
    '{"data": {"train": {"images": "i", "labels": "l"}, "validation": "mnist", "test": "t10k"}}',
  );
  const t10k = (folder: string) => ({ kind: "file", ...pair(folder, "t10k") });
  expect([config.data.validation, config.data.test]).toEqual([t10k("mnist"), t10k("t10k")]);
});

test.each([
  [
    "a folder with some of the files",
    "half",
    "",
    "IMAGE_FOLDER_INCOMPLETE",
    /^conf\/c\.json:1:20: data\.train: .*half: has train-labels-idx1-ubyte but no train-images-idx3-ubyte: add/,
  ],
  [
    "any other folder",
    "none",
    "",
    "IMAGE_FOLDER_EMPTY",
    /^conf\/c\.json:1:20: data\.train: .*none: is a folder without images/,
  ],
  ["any other folder, with a label", "none", ', "label": "y"', "IMAGE_FOLDER_EMPTY", /data\.train/],
  [
    "a folder with t10k files alone",
    "t10k",
    "",
    "IMAGE_FOLDER_NO_TRAIN",
    /^conf\/c\.json:1:20: data\.train: .*t10k: has only images to test on: add its train files$/,
  ],
  [
    "a test folder without t10k files",
    "mnist",
    ', "test": "few"',
    "IMAGE_FOLDER_NO_TEST",
    /^conf\/c\.json:1:37: data\.test: .*few: has only images to train on: add/,
  ],
  [
    "nothing there",
    "nowhere",
    "",
    "CONFIG_INVALID",
    /conf\/c\.json:1:20: data\.train: got "nowhere", expected a file or folder that is there/,
  ],
  [
    "a label for images",
    "mnist",
    ', "label": "y"',
    "CONFIG_INVALID",
    /data\.label: unknown key for IDX data/,
  ],
  [
    "a table called IDX",
    "none/a.csv",
    ', "format": "idx"',
    "CONFIG_INVALID",
    /got "none\/a\.csv", expected an object { images, labels }, or a folder with MNIST's files/,
  ],
])("refuses: %s", async (_, train, more, kind, message) => {
  const error = await refusal(() => load(`{"data": {"train": "${train}"${more}}}`));
  expect(error.kind).toBe(kind);
  expect(error.message).toMatch(message);
});

test.each([
  ['"m/t10k-images-idx3-ubyte.gz"', "is there or not"],
  ['"m/*-images-idx3-ubyte"', "a pattern"],
  ['["digits.idx", "more.idx"]', "a list"],
])(
  "data.train: %s (%s) without a label is images: how to name them is said, no label asked for",
  async (train) => {
    const text = `{"data": {"train": ${train}}}`;
    const error = await inFolder((folder) =>
      refusal(async () => {
        write(folder, "c.json", text);
        await loadConfig({
          path: "c.json",
          cwd: folder,
          findImageFolder,
          findFiles: async () => ["/a", "/b"],
        });
      }),
    );
    expect(error.kind).toBe("CONFIG_INVALID");
    const got = train.replace('", "', '","');
    expect(error.message).toContain(
      `data.train: got ${got}, expected an object { images, labels }, or a folder with MNIST's files`,
    );
    expect(error.message).not.toContain("label:");
  },
);

test("a table stays a table: its path, its folder where the format is said, its test file", async () => {
  expect(
    (await load('{"data": {"train": "none/a.csv", "label": "y", "test": "b.csv"}}')).config.data,
  ).toMatchObject({
    format: "csv",
    train: [expect.stringMatching(/none\/a\.csv$/)],
    test: { kind: "file" },
  });
  const { config } = await load('{"data": {"train": "mnist", "format": "csv", "label": "y"}}');
  expect(config.data.format).toBe("csv");
  const stdin = await load('{"data": {"train": "-", "label": "y"}}');
  expect(stdin.config.data.train).toEqual(["-"]);
});
