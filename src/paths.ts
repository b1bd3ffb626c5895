/**
 * @file How a path is shown to people. Not how it is opened: paths inside nnt are absolute.
 */
import { isAbsolute, relative } from "node:path";

/** "stdin" for "-"; a path below `cwd` without it, e.g. "data/iris.csv"; any other path as it is. */
export function shownPath(path: string, cwd = process.cwd()): string {
  if (path === "-") return "stdin";
  if (!isAbsolute(path)) return path;
  const below = relative(cwd, path);
  if (below === "") return ".";
  return below.startsWith("..") || isAbsolute(below) ? path : below;
}
