/**
 * @file The files of a pattern such as "data/*.csv". Does not read them.
 */
import { stat } from "node:fs/promises";
import { DataError } from "../errors.ts";
import { show } from "../words.ts";

/**
 * The files that `pattern`, an absolute path, matches, sorted by code unit, so that their order is the same everywhere;
 * null where a file has just this name, or it has no sign of a pattern. Hidden files match only where the pattern names the dot.
 */
export async function findFiles(pattern: string): Promise<readonly string[] | null> {
  if (!/[*?[{]/.test(pattern) || (await stat(pattern).catch(() => null)) !== null) return null;
  const { glob } = await import("tinyglobby");
  const files = await glob(pattern.replaceAll("\\", "/"), { absolute: true, expandDirectories: false });
  return files.sort();
}

/**
 * The files that DATA of a command line stands for: `path`, absolute or "-", or those that match it. `shown`: as it was
 * written. Throws DataError NO_MATCH for a pattern that matches nothing.
 */
export async function namedFiles(path: string, shown: string): Promise<readonly string[]> {
  const files = path === "-" ? null : await findFiles(path);
  if (files?.length === 0) throw new DataError("NO_MATCH", `no file matches ${show(shown)}`);
  return files ?? [path];
}
