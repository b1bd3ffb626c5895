/**
 * @file From a path, or "-" for a given stdin, to bytes: whole or as they come, gzip undone. Gzip is recognised by
 * its first bytes, never by the name. Knows nothing else of what the bytes mean.
 */
import { Buffer } from "node:buffer";
import { close, createReadStream, fstat, open, read, type Stats } from "node:fs";
import { Socket } from "node:net";
import { pipeline, type Readable } from "node:stream";
import { promisify } from "node:util";
import { createGunzip } from "node:zlib";
import { DataError, isErrnoException, SystemError } from "../errors.ts";
import { shownPath } from "../paths.ts";
import { fileKind } from "../signatures.ts";
import { FileChunks } from "./fileChunks.ts";

const GUNZIP_BYTES = 1 << 19; // fewer, larger chunks than Node's 16 KiB
const HEAD_BYTES = 2; // what tells gzip

/**
 * Bytes as they come, to be read once; a chunk is valid until the next one is asked for. Of a pipe nothing is read ahead of
 * the reader, so that leaving its loop never waits for a producer who may not write for hours; the end of the loop closes the
 * file or stdin, however it comes about.
 */
export interface ByteSource extends AsyncIterable<Buffer> {
  /** bytes of a file, as it is on the disk; null where that is not known */
  readonly size: number | null;
  /** Closes stdin at once, a file once nothing is being read of it; also where no loop has begun. One that goes on fails. */
  close(): void;
}

/** Takes the number of bytes of a chunk that was read, as it is on the disk: of gzip, compressed ones. */
export type OnBytes = (count: number) => void;

/** The whole of a file, gzip undone. Throws as `openSource`. */
export async function readBytes(path: string, stdin?: Readable): Promise<Uint8Array> {
  if (path === "-") return collect(await openSource(path, stdin));
  const file = await openFile(path);
  const bytes = file.stats.isFile() && file.stats.size > HEAD_BYTES ? await readWhole(file, path) : null;
  if (bytes === null) return collect(sourceOf(chunksOf(file), shownPath(path), null));
  await promisify(close)(file.fd);
  return bytes;
}

/**
 * Opens a file, gzip undone; "-" is `stdin`. Throws, at once or while it is read: `DataError` for a missing, empty or
 * damaged file or a folder, `SystemError` where the system refuses (permission, I/O).
 */
export async function openSource(path: string, stdin?: Readable, onBytes?: OnBytes): Promise<ByteSource> {
  if (path !== "-") {
    const file = await openFile(path);
    const size = file.stats.isFile() ? file.stats.size : null;
    return sourceOf(chunksOf(file), shownPath(path), size, onBytes);
  }
  if (stdin === undefined) throw new DataError("NO_STDIN", "-: there is no standard input here");
  return sourceOf(stdin, shownPath(path), null, onBytes);
}

/** What gives bytes as they are on the disk; errors are those of the system. */
type RawSource = Readable | FileChunks;

function sourceOf(source: RawSource, name: string, size: number | null, onBytes?: OnBytes): ByteSource {
  return {
    size,
    [Symbol.asyncIterator]: () => bytesOf(source, name, onBytes),
    close: () => closeRaw(source),
  };
}

function closeRaw(source: RawSource): void {
  if (source instanceof FileChunks) void source.close();
  else source.destroy();
}

/** The bytes of `source`, gzip undone, with its errors as ours. */
async function* bytesOf(source: RawSource, name: string, onBytes?: OnBytes): AsyncGenerator<Buffer> {
  try {
    const raw = rawBytes(source, onBytes);
    const head = await readHead(raw);
    if (head.length === 0) throw new DataError("EMPTY_FILE", `${name}: the file is empty`);
    if (isGzip(head)) {
      yield* gunzipped(prepend(head, raw), name);
    } else {
      yield* prepend(head, raw);
    }
  } catch (error) {
    throw asUserError(error, name);
  } finally {
    closeRaw(source);
  }
}

/** The chunks of `source` as they come, counted. */
async function* rawBytes(source: AsyncIterable<unknown>, onBytes?: OnBytes): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    const bytes = asBuffer(chunk);
    onBytes?.(bytes.length);
    yield bytes;
  }
}

/** At least the first two bytes, if there are two. */
async function readHead(raw: AsyncIterator<Buffer>): Promise<Buffer> {
  let head: Buffer = Buffer.alloc(0);
  while (head.length < HEAD_BYTES) {
    const next = await raw.next();
    if (next.done) break;
    head = Buffer.concat([head, next.value]);
  }
  return head;
}

async function* prepend(head: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield head;
  yield* rest;
}

async function* gunzipped(chunks: AsyncIterable<Buffer>, name: string): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: GUNZIP_BYTES });
  // The callback is only there because pipeline wants one: the same error also ends the loop below.
  pipeline(copies(chunks), gunzip, () => {});
  let size = 0;
  for await (const chunk of gunzip) {
    size += chunk.length;
    yield chunk;
  }
  if (size === 0) throw new DataError("EMPTY_FILE", `${name}: the file is empty once decompressed`);
}

/** Chunks that stay valid. */
async function* copies(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) yield Buffer.from(chunk);
}

/** A stream gives text where somebody has set its encoding. */
function asBuffer(chunk: unknown): Buffer {
  return typeof chunk === "string" ? Buffer.from(chunk) : (chunk as Buffer);
}

function isGzip(head: Uint8Array): boolean {
  return fileKind(head.subarray(0, HEAD_BYTES)) === "gzip";
}

interface OpenFile {
  readonly fd: number;
  readonly stats: Stats;
}

async function openFile(path: string): Promise<OpenFile> {
  try {
    const fd = await promisify(open)(path, "r");
    const stats = await promisify(fstat)(fd);
    if (!stats.isDirectory()) return { fd, stats };
    await promisify(close)(fd);
  } catch (error) {
    throw asUserError(error, shownPath(path));
  }
  throw new DataError("DATA_IS_FOLDER", `${shownPath(path)}: is a folder, expected a file`);
}

/** A pipe is opened once: what was read from it never comes again. */
function chunksOf({ fd, stats }: OpenFile): RawSource {
  if (stats.isFile()) return new FileChunks(fd);
  // A read of a pipe that waits cannot be taken back from a file stream, and would keep the program from ending.
  return stats.isFIFO() ? new Socket({ fd, readable: true, writable: false }) : createReadStream("", { fd });
}

/** A regular file, or as much as it has if it shrinks meanwhile; null for gzip, of which nothing is read then. */
async function readWhole({ fd, stats }: OpenFile, path: string): Promise<Buffer | null> {
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    await promisify(read)(fd, head, 0, HEAD_BYTES, 0);
    if (isGzip(head)) return null;
    const bytes = Buffer.allocUnsafeSlow(stats.size);
    let filled = 0;
    while (filled < bytes.length) {
      const length = Math.min(bytes.length - filled, 1 << 30);
      const { bytesRead } = await promisify(read)(fd, bytes, filled, length, filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return bytes.subarray(0, filled);
  } catch (error) {
    await promisify(close)(fd);
    throw asUserError(error, shownPath(path));
  }
}

async function collect(source: ByteSource): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of source) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** Errors of the file system and of zlib as ours; anything else, ours and bugs alike, as it is. */
function asUserError(error: unknown, name: string): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "Z_BUF_ERROR") {
    return new DataError(
      "GZIP_TRUNCATED",
      `${name}: the gzip data ends too early (copy or download it again)`,
    );
  }
  if (code.startsWith("Z_")) {
    const text = error instanceof Error ? error.message : code;
    return new DataError(
      "GZIP_CORRUPT",
      `${name}: the gzip data is damaged: ${text} (copy or download it again)`,
    );
  }
  if (code === "ERR_OUT_OF_RANGE" || code === "ERR_FS_FILE_TOO_LARGE" || code === "ERR_INVALID_ARG_VALUE") {
    return new SystemError("FILE_TOO_LARGE", `${name}: too large to read into memory at once`);
  }
  if (!isErrnoException(error)) return error;
  if (code === "ENOENT" || code === "ENOTDIR") {
    return new DataError("DATA_NOT_FOUND", `${name}: no such file (check the path)`);
  }
  if (code === "EISDIR") return new DataError("DATA_IS_FOLDER", `${name}: is a folder, expected a file`);
  return new SystemError("READ_FAILED", `${name}: cannot be read: ${error.message}`);
}
