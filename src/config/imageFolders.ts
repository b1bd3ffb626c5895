/**
 * @file Folders of images in a config: each is replaced by the files in it that it stands for, so that all that comes
 * after knows files alone. What such a folder holds is for the given function to say.
 */
import { stat } from "node:fs/promises";
import { DataError } from "../errors.ts";
import { shownPath } from "../paths.ts";
import type { Problem } from "./check.ts";
import type { Absolute } from "./resolve.ts";
import { formatValue, type Located, type LocatedObject, type Place, scalar, setValue } from "./tree.ts";
import type { IdxFiles, ImageFolder } from "./types.ts";

/** The images of a folder, by its absolute path; null for what is no folder. Throws DataError for any other folder. */
export type FindImageFolder = (path: string) => Promise<ImageFolder | null>;

export interface FolderContext {
  readonly absolute: Absolute;
  /** how a place is shown */
  readonly show: (place: Place) => string;
  readonly find: FindImageFolder;
}

export interface FolderResult {
  /** one line each: what was decided beyond what is written */
  readonly notes: readonly string[];
  readonly problems: readonly Problem[];
}

/**
 * Replaces each folder of `root`, in place: data.train by the files to train on, data.validation and data.test by those
 * to test on. The latter also become data.test if nothing is written there, which is a note.
 * @throws DataError that says where a folder was written whose files are not all there
 */
export async function putImageFolders(root: Located, context: FolderContext): Promise<FolderResult> {
  const data = root.type === "object" ? root.entries.get("data")?.value : undefined;
  const notes: string[] = [];
  if (data?.type !== "object" || isText(data.entries.get("format")?.value, "csv"))
    return { notes, problems: [] };
  const train = await folderAt(data, "train", context);
  if (train !== null) {
    putFiles(data, "train", trainFiles(train, context), train.place);
    const { test } = train.folder;
    if (test !== null && !data.entries.has("test")) {
      putFiles(data, "test", test, train.place);
      notes.push(
        `data.test is ${shownPath(test.images)} with its labels, as the config has no data.test (0: none)`,
      );
    }
  }
  // what a table is validated and tested on are tables
  if (data.entries.get("train")?.value.type !== "object")
    return { notes, problems: await trainProblems(data, context) };
  for (const key of ["validation", "test"] as const) {
    const found = await folderAt(data, key, context);
    if (found !== null) putFiles(data, key, testFiles(found, key, context), found.place);
  }
  return { notes, problems: [] };
}

/**
 * Sets data.format of `root` to "idx" where data.train names files of images, as text, and there is no label: what is wrong with
 * it is then how the images are named, not that a table's label is missing.
 */
export function putFormatOfImages(root: Located): void {
  const data = root.type === "object" ? root.entries.get("data")?.value : undefined;
  if (data?.type !== "object" || data.entries.has("format") || data.entries.has("label")) return;
  const train = data.entries.get("train")?.value;
  const named = train?.type === "array" ? train.items : [train];
  if (train !== undefined && named.some((item) => isText(item) && IDX_NAME.test(item.value)))
    setValue(data, ["format"], scalar("idx", train.place));
}

/** "t10k-images-idx3-ubyte", "digits.idx", also compressed, or as a pattern */
const IDX_NAME = /(\bidx\d-ubyte|\.idx\d?)(\.gz)?\*?$/i;

type Key = "train" | "validation" | "test";

interface Found {
  readonly folder: ImageFolder;
  readonly path: string;
  readonly place: Place;
}

/** The folder that is written at a key; null for anything else. */
async function folderAt(
  data: LocatedObject,
  key: Key,
  { absolute, show, find }: FolderContext,
): Promise<Found | null> {
  const written = data.entries.get(key)?.value;
  if (!isText(written) || !isPath(written.value)) return null;
  const path = absolute(["data", key], written.value);
  try {
    const folder = await find(path);
    return folder && { folder, path, place: written.place };
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw new DataError(error.kind, `${show(written.place)}: data.${key}: ${error.message}`);
  }
}

function trainFiles({ folder, path, place }: Found, { show }: FolderContext): IdxFiles {
  if (folder.train !== null) return folder.train;
  throw new DataError(
    "IMAGE_FOLDER_NO_TRAIN",
    `${show(place)}: data.train: ${shownPath(path)}: has only images to test on: add its train files`,
  );
}

function testFiles({ folder, path, place }: Found, key: Key, { show }: FolderContext): IdxFiles {
  if (folder.test !== null) return folder.test;
  throw new DataError(
    "IMAGE_FOLDER_NO_TEST",
    `${show(place)}: data.${key}: ${shownPath(path)}: has only images to train on: add its t10k files, or give a fraction`,
  );
}

function putFiles(data: LocatedObject, key: Key, { images, labels }: IdxFiles, place: Place): void {
  setValue(data, [key, "images"], scalar(images, place));
  setValue(data, [key, "labels"], scalar(labels, place));
}

/** Without a label only a folder makes sense: if nothing is there at all, the path is what is wrong. */
async function trainProblems(data: LocatedObject, { absolute }: FolderContext): Promise<Problem[]> {
  const train = data.entries.get("train")?.value;
  if (!isText(train) || !isPath(train.value) || data.entries.has("label")) return [];
  if (/[*?[{]/.test(train.value)) return []; // a pattern of images, which no format takes
  const isThere = await stat(absolute(["data", "train"], train.value)).catch(() => null);
  if (isThere !== null) return [];
  const message = `data.train: got ${formatValue(train)}, expected a file or folder that is there (check the path)`;
  return [{ place: train.place, message, isMissing: false }];
}

type Text = Extract<Located, { type: "scalar" }> & { readonly value: string };

function isText(value: Located | undefined, text?: string): value is Text {
  return value?.type === "scalar" && typeof value.value === "string" && value.value === (text ?? value.value);
}

/** What may be looked for: no dash, and no text that the check refuses. */
function isPath(text: string): boolean {
  return text !== "" && text !== "-" && !text.includes("\0");
}
