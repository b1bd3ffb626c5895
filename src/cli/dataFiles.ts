/**
 * @file The data files that a config names, with the keys that name them: to look for them before anything is read,
 * and so that no output takes their place.
 */
import { stat } from "node:fs/promises";
import type { LoadedConfig } from "../config/load.ts";
import type { TrainConfig } from "../config/types.ts";
import { DataError, isErrnoException } from "../errors.ts";
import { shownPath } from "../paths.ts";

export interface DataFile {
  /** e.g. ["data", "train", "images"] */
  readonly key: readonly string[];
  /** absolute, or "-" */
  readonly path: string;
}

/** All files of a config, standard input as "-". */
export function dataFiles({ data }: TrainConfig): DataFile[] {
  return (["train", "validation", "test"] as const).flatMap((set) => {
    const part = data[set];
    const files = Array.isArray(part) ? part : "files" in part ? part.files : null;
    if (files !== null) return files.map((path: string) => ({ key: ["data", set], path }));
    if (!("images" in part)) return [];
    return (["images", "labels"] as const).map((which) => ({ key: ["data", set, which], path: part[which] }));
  });
}

/** Bytes of all data files together; standard input counts as nothing. */
export async function dataBytes(config: TrainConfig): Promise<number> {
  let bytes = 0;
  for (const { path } of dataFiles(config)) if (path !== "-") bytes += (await stat(path)).size;
  return bytes;
}

/** Throws one DataError that names every file that is not there, the key and the place of the key. */
export async function checkDataFiles({ config, problemsAt }: LoadedConfig): Promise<void> {
  const problems: string[] = [];
  for (const { key, path } of dataFiles(config)) {
    if (path === "-" || !(await isMissing(path))) continue;
    const hint = missingHint(path, key.length > 2);
    problems.push(`${problemsAt(key)}: ${key.join(".")}: ${shownPath(path)}: no such file (${hint})`);
  }
  if (problems.length > 0) throw new DataError("DATA_NOT_FOUND", problems.join("\n"));
}

/** What to do about a path that leads nowhere. */
function missingHint(path: string, isImages: boolean): string {
  if (isImages && /[*?[{]/.test(path)) return "images are one file each, no pattern";
  if (isImages || !path.includes(",")) return "check the path";
  return 'several files are a list, such as ["a.csv", "b.csv"], or a pattern, such as "*.csv"';
}

async function isMissing(path: string): Promise<boolean> {
  try {
    await stat(path);
    return false;
  } catch (error) {
    return isErrnoException(error) && (error.code === "ENOENT" || error.code === "ENOTDIR");
  }
}
