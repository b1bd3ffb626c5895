/**
 * @file The cache of training tables: a folder with a file for each table that was read, named by the content of the table and by
 * all that decides what comes of it; and a small file for each path, which says what its content was when the system
 * last said such and such of it, so that an unchanged table is not even read to be found. It never fails: what cannot be
 * used is as if it were not there, what cannot be written is not kept.
 *
 * Names: `<content>-<settings>.table` and `<paths>.source`, each part the start of a SHA-256. A file is used again by its time
 * of modification, which is set then; the one not used for longest goes first.
 */
import { createHash } from "node:crypto";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { mkdir, readdir, readFile, rm, stat, utimes } from "node:fs/promises";
import { endianness } from "node:os";
import { join } from "node:path";
import { isErrnoException } from "../../errors.ts";
import { stageFile } from "../../files.ts";
import type { TableSettings, TrainingTable } from "../trainingTable.ts";
import { contentHash, isSettled, nowNs, type Stamp, sameStamp, stampOf } from "./stamps.ts";
import { canCheck, leastBytes, readTableFile, TABLE_FILE_VERSION, tableBytes } from "./tableFile.ts";

/** A table of this size is read in 10 to 30 ms and found in 3: of a smaller one nobody notices. */
export const MIN_BYTES = 1_000_000;

export interface CacheOptions {
  /** absolute path; made when something is kept */
  readonly folder: string;
  /** of all its files together; 0: nothing is found or kept */
  readonly maxBytes: number;
  /** of the program that reads tables: another one may read them differently */
  readonly version: string;
  /** false: tables are found, but nothing in the folder is changed */
  readonly keeps: boolean;
}

/** What the cache has of a table, and a place for what it has not. */
export interface CachePlace {
  readonly table: TrainingTable | null;
  /** Begins to keep what was read, in the background, unless the file has changed meanwhile. `finished` waits for it. */
  keep(table: TrainingTable): void;
}

export interface CacheUsage {
  readonly tables: number;
  /** of all files of the cache */
  readonly bytes: number;
}

/** The files of one table, as the system says, at one time. */
interface Stamps {
  readonly stamps: readonly Stamp[];
  readonly atNs: bigint;
}

/** A `.source` file: what the content was when these were the stamps. */
interface Source {
  readonly paths: readonly string[];
  readonly stamps: readonly Stamp[];
  readonly hash: string;
}

const NOWHERE: CachePlace = { table: null, keep: () => {} };
/** Of this cache, also half-written by a program that was killed: nothing else in the folder is ever removed. */
const OWN_FILE = /^\.?[0-9a-f]{20}(-[0-9a-f]{20}\.table|\.source)(\.tmp-\d+(-\d+)?)?$/;

/** The cache in one folder. Nothing is read or written before it is asked to. */
export class TableCache {
  readonly folder: string;
  readonly maxBytes: number;
  readonly #version: string;
  readonly #keeps: boolean;
  readonly #work: Promise<void>[] = [];

  constructor({ folder, maxBytes, version, keeps }: CacheOptions) {
    this.folder = folder;
    this.maxBytes = maxBytes;
    this.#version = version;
    this.#keeps = keeps;
  }

  /** Looks for the table in these files, read with these settings. To be called before they are read. */
  async find(paths: readonly string[], settings: TableSettings): Promise<CachePlace> {
    if (this.maxBytes === 0 || !canCheck || paths.includes("-")) return NOWHERE;
    const now = await stampsOf(paths);
    if (now === null || now.stamps.reduce((sum, { size }) => sum + size, 0) < MIN_BYTES) return NOWHERE;
    const request = sha256(JSON.stringify([TABLE_FILE_VERSION, this.#version, endianness(), settings]));
    const source = await this.#source(paths);
    const found = source && (await this.#lookUp(paths, source, now, request));
    if (found?.table) return { table: found.table, keep: () => {} };
    const keep = (table: TrainingTable) => {
      if (this.#keeps) this.#begin(this.#keep({ paths, now, hash: found?.hash ?? null, request }, table));
    };
    return { table: null, keep };
  }

  /** Resolves when all that was begun is done. */
  async finished(): Promise<void> {
    await Promise.all(this.#work);
  }

  async usage(): Promise<CacheUsage> {
    return usageOf(await this.#files());
  }

  /** Removes all files of the cache; gives what they were. Throws the system's error where one cannot be removed. */
  async clear(): Promise<CacheUsage> {
    const files = await this.#files();
    for (const { name } of files) await rm(join(this.folder, name), { force: true });
    return usageOf(files);
  }

  /**
   * The table, if there is one of this content; and the hash of the content, if it is known now. A file is read to know it
   * only where that may help: it has the size that it had, and a table of what it was is there.
   */
  async #lookUp(
    paths: readonly string[],
    source: Source,
    now: Stamps,
    request: string,
  ): Promise<{ table: TrainingTable | null; hash: string | null }> {
    const { stamps, hash } = source;
    if (!stamps.every(({ size }, i) => size === now.stamps[i]!.size)) return { table: null, hash: null };
    const isSame = sameStamps(stamps, now.stamps);
    const path = this.#tablePath(hash, request);
    if (!(await stat(path).catch(() => null))) return { table: null, hash: isSame ? hash : null };
    const content = isSame ? hash : await steadyHash(paths, now);
    if (content !== hash) return { table: null, hash: content };
    const table = readTable(path, keyOf(hash, request));
    if (table !== null && this.#keeps) this.#begin(this.#used(path, { paths, now, hash }, isSame));
    return { table, hash };
  }

  /** Writes down that a table was used, and what its file looks like now unless it `isSame` as before. */
  async #used(
    path: string,
    { paths, now, hash }: { paths: readonly string[]; now: Stamps; hash: string },
    isSame: boolean,
  ): Promise<void> {
    const time = new Date();
    await utimes(path, time, time);
    if (isSame) await utimes(this.#sourcePath(paths), time, time);
    else await this.#keepSource(paths, now, hash);
  }

  async #keep(
    place: { paths: readonly string[]; now: Stamps; hash: string | null; request: string },
    table: TrainingTable,
  ): Promise<void> {
    const { paths, now, request } = place;
    // What was read is what is hashed only if nothing was written from before the one to after the other.
    if (!areSettled(now)) return;
    if (leastBytes(table) > this.maxBytes) return; // before its files are hashed for nothing
    const hash = place.hash ?? (await contentHash(paths));
    const after = await stampsOf(paths);
    if (after === null || !sameStamps(after.stamps, now.stamps)) return;
    const parts = tableBytes(keyOf(hash, request), table);
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    if (length > this.maxBytes) return;
    await mkdir(this.folder, { recursive: true, mode: 0o700 }); // tables may be nobody else's to read
    await this.#write(this.#tablePath(hash, request), asStream(parts));
    await this.#keepSource(paths, now, hash);
    await this.#shrink();
  }

  async #keepSource(paths: readonly string[], now: Stamps, hash: string): Promise<void> {
    if (!areSettled(now)) return;
    const source: Source = { paths, stamps: now.stamps, hash };
    await this.#write(this.#sourcePath(paths), JSON.stringify(source));
  }

  async #write(path: string, content: string | AsyncIterable<Uint8Array>): Promise<void> {
    // Not synced: a file that a power cut leaves damaged is found to be so.
    await (await stageFile(path, content, { sync: false })).commit();
  }

  /** Removes the files not used for longest, until the rest is no more than the limit. */
  async #shrink(): Promise<void> {
    const files = (await this.#files()).sort((a, b) => a.used - b.used);
    let { bytes } = usageOf(files);
    for (const file of files) {
      if (bytes <= this.maxBytes) return;
      await rm(join(this.folder, file.name), { force: true });
      bytes -= file.bytes;
    }
  }

  /** What was written down about these paths. */
  async #source(paths: readonly string[]): Promise<Source | null> {
    try {
      const source: Source = JSON.parse(await readFile(this.#sourcePath(paths), "utf8"));
      const isOurs = source.paths.join("\0") === paths.join("\0") && source.stamps.length === paths.length;
      return isOurs ? source : null;
    } catch {
      return null;
    }
  }

  async #files(): Promise<{ name: string; bytes: number; used: number }[]> {
    const names = await readdir(this.folder).catch((error: unknown) => {
      if (isErrnoException(error) && ["ENOENT", "ENOTDIR"].includes(error.code!)) return []; // no folder yet
      throw error;
    });
    const files = await Promise.all(
      names
        .filter((name) => OWN_FILE.test(name))
        .map(async (name) => {
          const stats = await stat(join(this.folder, name)).catch(() => null);
          return stats?.isFile() ? [{ name, bytes: stats.size, used: stats.mtimeMs }] : [];
        }),
    );
    return files.flat();
  }

  #tablePath(hash: string, request: string): string {
    return join(this.folder, `${start(hash)}-${start(request)}.table`);
  }

  #sourcePath(paths: readonly string[]): string {
    return join(this.folder, `${start(sha256(paths.join("\0")))}.source`);
  }

  /** A full disk, a folder that cannot be written: the next run reads the table again, no more. */
  #begin(work: Promise<void>): void {
    this.#work.push(work.catch(() => {}));
  }
}

function readTable(path: string, key: string): TrainingTable | null {
  try {
    const fd = openSync(path, "r");
    try {
      return readTableFile(key, fstatSync(fd).size, (bytes, at, length) =>
        readSync(fd, bytes, at, length, at),
      );
    } finally {
      closeSync(fd);
    }
  } catch {
    return null;
  }
}

/** The stamps of all files; null where one cannot be cached. */
async function stampsOf(paths: readonly string[]): Promise<Stamps | null> {
  const atNs = nowNs();
  const stamps: Stamp[] = [];
  for (const path of paths) {
    const stamp = await stampOf(path).catch(() => null);
    if (stamp === null) return null;
    stamps.push(stamp);
  }
  return { stamps, atNs };
}

function sameStamps(a: readonly Stamp[], b: readonly Stamp[]): boolean {
  return a.length === b.length && a.every((stamp, i) => sameStamp(stamp, b[i]!));
}

function areSettled({ stamps, atNs }: Stamps): boolean {
  return stamps.every((stamp) => isSettled(stamp, atNs));
}

/** The hash of the content, if it was the same all the while. */
async function steadyHash(paths: readonly string[], now: Stamps): Promise<string | null> {
  const hash = await contentHash(paths).catch(() => null);
  const after = await stampsOf(paths);
  return after !== null && sameStamps(after.stamps, now.stamps) ? hash : null;
}

async function* asStream(parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}

const keyOf = (hash: string, request: string): string => `${hash}-${request}`;

/** As much of a hash as a name needs: files hold all of it. */
const start = (hash: string): string => hash.slice(0, 20);

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function usageOf(files: readonly { readonly name: string; readonly bytes: number }[]): CacheUsage {
  const tables = files.filter(({ name }) => name.endsWith(".table")).length;
  return { tables, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
}
