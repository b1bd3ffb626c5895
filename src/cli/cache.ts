/**
 * @file Where the cache of tables is and how large it may be, by the environment and the customs of the system. What is in
 * it is data/cache's.
 */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { TableCache } from "../data/cache/tableCache.ts";
import { UsageError } from "../errors.ts";
import { show } from "../words.ts";
import type { Io } from "./io.ts";
import { version } from "./version.ts";

const DEFAULT_MAX_BYTES = 2e9;
const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/**
 * The user's cache of tables. `keeps` false: it is only read. Opens and makes nothing yet.
 * Throws `UsageError` CACHE_SIZE where NNT_CACHE_SIZE is no size.
 */
export function openCache(io: Io, keeps: boolean): TableCache {
  const maxBytes = cacheSize(io.env);
  return new TableCache({ folder: cacheFolder(io.env, io.cwd), maxBytes, version: programVersion(), keeps });
}

/** NNT_CACHE_DIR, else a folder in XDG_CACHE_HOME, else where the system has caches. An empty variable is none. */
export function cacheFolder(env: Io["env"], cwd: string, platform: string = process.platform): string {
  if (env.NNT_CACHE_DIR) return resolve(cwd, env.NNT_CACHE_DIR);
  // its specification: a relative path is to be ignored
  if (env.XDG_CACHE_HOME && isAbsolute(env.XDG_CACHE_HOME)) return join(env.XDG_CACHE_HOME, "nnt");
  if (platform === "win32" && env.LOCALAPPDATA) return join(env.LOCALAPPDATA, "nnt", "cache");
  const home = env.HOME || homedir();
  return platform === "darwin" ? join(home, "Library/Caches/nnt") : join(home, ".cache/nnt");
}

/** Bytes from NNT_CACHE_SIZE, such as "500MB"; 0 turns the cache off. */
export function cacheSize(env: Io["env"]): number {
  const text = env.NNT_CACHE_SIZE?.trim() ?? "";
  if (text === "") return DEFAULT_MAX_BYTES;
  const [, number, unit] = /^(\d+(?:\.\d+)?) ?([a-z]*)$/i.exec(text) ?? [];
  const factor = unit === undefined ? undefined : UNITS[unit.toLowerCase()];
  if (factor !== undefined) return Math.floor(Number(number) * factor);
  throw new UsageError(
    "CACHE_SIZE",
    `NNT_CACHE_SIZE: expected a size such as 500MB, or 0 for no cache, got ${show(text)}`,
  );
}

/** The version, and of a build also what was built: a version number is older than the last change of a checkout. */
function programVersion(): string {
  try {
    return `${version()} ${readFileSync(new URL("fingerprint", import.meta.url), "utf8")}`;
  } catch {
    return version(); // not built: run from its sources, as by tests
  }
}
