/**
 * @file Folders of images: those with MNIST's four file names, as MNIST and the sets that take its place (Fashion-MNIST,
 * KMNIST) come. From a folder to the paths in it; no image is read.
 */
import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { DataError, isErrnoException } from "../errors.ts";
import { fileError } from "../files.ts";
import { shownPath } from "../paths.ts";
import type { IdxFiles, ImageFolder } from "./options.ts";

/** What the names of a set's files begin with. */
const PREFIX = { train: "train", test: "t10k" } as const;
type ImageSet = keyof typeof PREFIX;
const SETS: readonly ImageSet[] = ["train", "test"];

type Role = keyof IdxFiles;
const ROLES: readonly Role[] = ["images", "labels"];

/**
 * The files of a folder that has MNIST's names: "train-images-idx3-ubyte" and so on, also with ".gz" or with a dot,
 * "train-images.idx3-ubyte". Of two spellings of one file the one that needs no decompression is taken.
 * @returns null if `path` is no folder
 * @throws DataError IMAGE_FOLDER_EMPTY for a folder without any of the names, IMAGE_FOLDER_INCOMPLETE for one with half a set
 */
export async function findImageFolder(path: string): Promise<ImageFolder | null> {
  const files = await filesOf(path);
  if (files === null) return null;
  const find = (set: ImageSet) => {
    const images = spellings(set, "images").find((name) => files.has(name));
    const labels = spellings(set, "labels").find((name) => files.has(name));
    return { set, images, labels };
  };
  const [train, test] = [find("train"), find("test")];
  const [toTrain, toTest] = [pathsOf(path, train), pathsOf(path, test)];
  if (toTrain !== null && (toTest !== null || isAbsent(test))) return { train: toTrain, test: toTest };
  if (toTest !== null && isAbsent(train)) return { train: null, test: toTest };
  throw incomplete(path, [train, test]);
}

/**
 * The files of a folder to train on.
 * @throws DataError IMAGE_FOLDER_NO_TRAIN for a folder without them
 */
export function trainFiles({ train }: ImageFolder, path: string): IdxFiles {
  if (train !== null) return train;
  throw new DataError(
    "IMAGE_FOLDER_NO_TRAIN",
    `${shownPath(path)}: has no images to train on (${nameOf("train", "images")}), only test images: add them`,
  );
}

/**
 * The t10k files of a folder: those to measure on.
 * @throws DataError IMAGE_FOLDER_NO_TEST for a folder without them
 */
export function testFiles({ train, test }: ImageFolder, path: string): IdxFiles {
  if (test !== null) return test;
  throw new DataError(
    "IMAGE_FOLDER_NO_TEST",
    `${shownPath(path)}: has no test images (${nameOf("test", "images")}), only images to train on: ` +
      `add them, or name a file, such as ${shownPath(train.images)}`,
  );
}

/** Which of MNIST's sets a file belongs to by its name; null for any other name. */
export function setByName(path: string): ImageSet | null {
  const name = basename(path);
  return SETS.find((set) => ROLES.some((role) => spellings(set, role).includes(name))) ?? null;
}

/** The label file that lies beside an image file, by their names; null if there is none. */
export async function labelsBeside(images: string): Promise<string | null> {
  const path = images.replace(/images([-.])idx\d-ubyte((?:\.gz)?)$/, "labels$1idx1-ubyte$2");
  if (path === images) return null;
  return (await stat(path).catch(() => null)) === null ? null : path;
}

/**
 * A config that trains well on a folder of images of MNIST's kind, as text with comments.
 * @param train the folder as the config is to name it: relative to the config's own folder, or absolute
 */
export function imageFolderConfig(train: string): string {
  return `// Images in IDX files. "nnt config show" prints every key with its value.
{
  "data": {
    "train": ${JSON.stringify(train)}, // its ${PREFIX.test} files, if it has them, are the test set
    "validation": 0.05,
  },
  "network": { "hidden": [128] },
  "train": {
    "epochs": 10,
    "batchSize": 64,
    "optimizer": { "name": "sgd", "learningRate": 0.05, "momentum": 0.9, "nesterov": true, "weightDecay": 1e-4 },
  },
}
`;
}

/** Names of the files in a folder; null if `path` is none. */
async function filesOf(path: string): Promise<Set<string> | null> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    // some unpackers make a folder of a file's name, with the file in it
    return new Set(entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name));
  } catch (error) {
    if (isErrnoException(error) && (error.code === "ENOTDIR" || error.code === "ENOENT")) return null;
    throw fileError(error, "read", path);
  }
}

interface Found {
  readonly set: ImageSet;
  readonly images: string | undefined;
  readonly labels: string | undefined;
}

function isAbsent({ images, labels }: Found): boolean {
  return images === undefined && labels === undefined;
}

function pathsOf(folder: string, { images, labels }: Found): IdxFiles | null {
  if (images === undefined || labels === undefined) return null;
  return { images: join(folder, images), labels: join(folder, labels) };
}

function nameOf(set: ImageSet, role: Role): string {
  return `${PREFIX[set]}-${role}-idx${role === "images" ? 3 : 1}-ubyte`;
}

/** Best first. */
function spellings(set: ImageSet, role: Role): string[] {
  const names = [nameOf(set, role), nameOf(set, role).replace("-idx", ".idx")];
  return [...names, ...names.map((name) => `${name}.gz`)];
}

function incomplete(path: string, found: readonly Found[]): DataError {
  const folder = shownPath(path);
  const present = found.flatMap((of) => ROLES.flatMap((role) => of[role] ?? []));
  if (present.length === 0) {
    const names = SETS.flatMap((set) => ROLES.map((role) => nameOf(set, role)));
    return new DataError(
      "IMAGE_FOLDER_EMPTY",
      `${folder}: is a folder without images, expected a file, or a folder with ${names.join(", ")} (also as .gz); for the tables of a folder, a pattern: '${folder}/*.csv'`,
    );
  }
  // one set alone will do, but half of one is a mistake
  const missing = found
    .filter((of) => !isAbsent(of))
    .flatMap((of) => ROLES.filter((role) => of[role] === undefined).map((role) => nameOf(of.set, role)));
  return new DataError(
    "IMAGE_FOLDER_INCOMPLETE",
    `${folder}: has ${present.join(", ")} but no ${missing.join(" and no ")}: ` +
      "add what is missing, plain or as .gz, or name the files you have",
  );
}
