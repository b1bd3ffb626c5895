/**
 * @file The files of a pattern such as "data/*.csv". Does not read them.
 */
import { stat } from "node:fs/promises";

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
