/**
 * @file How far reading has come: counted where bytes and rows pass, for whoever shows it. What it looks like, and whether
 * it is shown at all, is not known here.
 */
import { stat } from "node:fs/promises";
import type { Readable } from "node:stream";

/** Is told how far reading has come: once per chunk or batch, so that its methods have to be quick. They must not throw. */
export interface ReadProgress {
  /**
   * The files of a table, or images, are read from their start. `size`: their bytes together, as they are on the disk;
   * null where that is not known, as of a pipe.
   */
  begin(paths: readonly string[], size: number | null): void;
  /** So many more bytes were read, as they are on the disk: of gzip, compressed ones. */
  bytes(count: number): void;
  /** So many more rows were read. */
  rows(count: number): void;
  /** All is read. What is computed from a whole table now may hold up the event loop. */
  end(): void;
}

/** What reading uses of the world besides paths. */
export interface ReadIo {
  /** what "-" reads */
  readonly stdin?: Readable | undefined;
  readonly progress?: ReadProgress | undefined;
}

/** Bytes of all these files together; null where one is no file, or not there. */
export async function sizeOfFiles(paths: readonly string[]): Promise<number | null> {
  let size = 0;
  for (const path of paths) {
    const found = path === "-" ? null : await stat(path).catch(() => null);
    if (!found?.isFile()) return null;
    size += found.size;
  }
  return size;
}
