/**
 * @file The files of a pattern such as "data/*.csv". Does not read them.
 */
import { stat } from "node:fs/promises";
import { dirname, relative } from "node:path";
import { DataError } from "../errors.ts";
import { show } from "../words.ts";

/**
 * The files that `pattern`, an absolute path, matches, sorted by code unit, so that their order is the same everywhere;
 * null where a file has just this name, or it has no sign of a pattern. Hidden files match only where the pattern names the dot.
 */
export async function findFiles(pattern: string): Promise<readonly string[] | null> {
  if (!MAGIC.test(pattern) || (await stat(pattern).catch(() => null)) !== null) return null;
  // Folders that are there are no pattern, whatever characters they have.
  let folder = dirname(pattern);
  while ((await stat(folder).catch(() => null)) === null) folder = dirname(folder);
  const rest = relative(folder, pattern).replaceAll("\\", "/");
  if (!MAGIC.test(rest)) return null;
  const { glob } = await import("tinyglobby");
  return (await glob(rest, { cwd: folder, absolute: true, expandDirectories: false })).sort();
}

const MAGIC = /[*?[{]/;

/**
 * The files that DATA of a command line stands for: `path`, absolute or "-", or those that match it. `shown`: as it was
 * written. Throws DataError NO_MATCH for a pattern that matches nothing.
 */
export async function namedFiles(path: string, shown: string): Promise<readonly string[]> {
  const files = path === "-" ? null : await findFiles(path);
  if (files?.length === 0) throw new DataError("NO_MATCH", `no file matches ${show(shown)}`);
  return files ?? [path];
}
