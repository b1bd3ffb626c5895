/**
 * @file Patterns of files in a config, such as "data/*.csv": each is replaced by the files that it matches, so that all
 * that comes after knows files alone. What matches is for the given function to say.
 */
import { DataError } from "../errors.ts";
import { show as quoted } from "../words.ts";
import type { Absolute } from "./resolve.ts";
import { type Located, type LocatedObject, type Place, scalar, setValue } from "./tree.ts";

/** The files that a pattern, an absolute path, matches, sorted; null for what is no pattern, as the file is there. */
export type FindFiles = (pattern: string) => Promise<readonly string[] | null>;

export interface PatternContext {
  readonly absolute: Absolute;
  /** how a place is shown */
  readonly show: (place: Place) => string;
  readonly find: FindFiles;
}

/**
 * Replaces each pattern in data.train, data.validation and data.test of `root`, in place, where they are tables.
 * @throws DataError NO_MATCH that says where a pattern was written that matches nothing
 */
export async function putMatchingFiles(root: Located, context: PatternContext): Promise<void> {
  const data = root.type === "object" ? root.entries.get("data")?.value : undefined;
  if (data?.type !== "object" || isImages(data)) return;
  for (const key of ["train", "validation", "test"]) {
    const written = data.entries.get(key)?.value;
    if (written === undefined || written.type === "object") continue;
    const items = written.type === "array" ? written.items : [written];
    const found = await Promise.all(items.map((item, i) => matching(item, ["data", key, i], context)));
    if (found.every((files) => files === null)) continue;
    const files = found.flatMap((matched, i) => matched ?? [items[i]!]);
    setValue(data, [key], { type: "array", place: written.place, items: files });
  }
}

/** Files of images are named one by one: a pattern stays as it is written, and is refused as such. */
function isImages({ entries }: LocatedObject): boolean {
  const [format, train] = [entries.get("format")?.value, entries.get("train")?.value];
  return train?.type === "object" || (format?.type === "scalar" && format.value === "idx");
}

async function matching(
  written: Located,
  keys: readonly (string | number)[],
  { absolute, show, find }: PatternContext,
): Promise<Located[] | null> {
  if (written.type !== "scalar" || typeof written.value !== "string" || !/[*?[{]/.test(written.value))
    return null;
  const files = await find(absolute(keys, written.value));
  if (files === null) return null;
  if (files.length > 0) return files.map((file) => scalar(file, written.place));
  throw new DataError(
    "NO_MATCH",
    `${show(written.place)}: ${keys.slice(0, 2).join(".")}: no file matches ${quoted(written.value)}`,
  );
}
