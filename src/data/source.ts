/**
 * @file From a path, or "-" for a given stdin, to bytes: whole or as a stream, gzip undone. Gzip is recognised by
 * its first two bytes, never by the name. Knows nothing of what the bytes mean.
 */
import { Buffer } from "node:buffer";
import { type FileHandle, open } from "node:fs/promises";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { DataError, isErrnoException, SystemError } from "../errors.ts";
import { shownPath } from "../paths.ts";

const CHUNK_BYTES = 1 << 18; // fewer, larger reads than Node's 64 KiB: the parser's cost per chunk is small but not 0

/** The whole of a file, gzip undone. Throws as `openStream`. */
export async function readBytes(path: string, stdin?: Readable): Promise<Uint8Array> {
  if (path === "-") return Buffer.concat(await collect(await openStream(path, stdin)));
  const handle = await openFile(path);
  try {
    const { size } = await handle.stat();
    const head = await readExactly(handle, path, Math.min(size, 2));
    if (size > 2 && !isGzip(head)) return await readExactly(handle, path, size);
  } finally {
    await handle.close();
  }
  return Buffer.concat(await collect(await openStream(path, stdin)));
}

/**
 * A file as a stream of bytes, gzip undone; "-" is `stdin`. Destroying the stream closes the file.
 * Throws, at once or while the stream is read: `DataError` for a missing, empty or damaged file or a folder,
 * `SystemError` where the system refuses (permission, I/O).
 */
export async function openStream(path: string, stdin?: Readable): Promise<Readable> {
  let source: Readable;
  if (path === "-") {
    if (stdin === undefined) throw new DataError("NO_STDIN", "-: there is no standard input here");
    source = stdin;
  } else {
    const handle = await openFile(path);
    source = handle.createReadStream({ highWaterMark: CHUNK_BYTES });
  }
  const name = shownPath(path);
  const iterator = translated(source, name);
  let head: Buffer;
  try {
    head = await readHead(iterator);
    if (head.length === 0) throw new DataError("EMPTY_FILE", `${name}: the file is empty`);
  } catch (error) {
    source.destroy();
    throw error;
  }
  const whole = prepend(head, iterator);
  return Readable.from(isGzip(head) ? gunzipped(whole, name) : whole, { objectMode: false });
}

function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

/** The chunks of `source`, with its errors as ours. */
async function* translated(source: Readable, name: string): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of source) yield typeof chunk === "string" ? Buffer.from(chunk) : chunk;
  } catch (error) {
    throw asUserError(error, name);
  }
}

/** At least the first two bytes, if there are two. */
async function readHead(chunks: AsyncGenerator<Buffer>): Promise<Buffer> {
  let head: Buffer = Buffer.alloc(0);
  while (head.length < 2) {
    const next = await chunks.next();
    if (next.done) break;
    head = Buffer.concat([head, next.value]);
  }
  return head;
}

async function* prepend(head: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield head;
    yield* rest;
  } finally {
    await rest.return(undefined); // ended at the head, `rest` would keep the file open
  }
}

async function* gunzipped(chunks: AsyncGenerator<Buffer>, name: string): AsyncGenerator<Buffer> {
  const source = Readable.from(chunks, { objectMode: false });
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  // The callback is only there because pipeline wants one: the same error also ends the loop below.
  pipeline(source, gunzip, () => {});
  let size = 0;
  try {
    for await (const chunk of gunzip) {
      size += chunk.length;
      yield chunk;
    }
  } catch (error) {
    throw asUserError(error, name);
  }
  if (size === 0) throw new DataError("EMPTY_FILE", `${name}: the file is empty once decompressed`);
}

async function openFile(path: string): Promise<FileHandle> {
  let handle: FileHandle;
  try {
    handle = await open(path, "r");
  } catch (error) {
    throw asUserError(error, shownPath(path));
  }
  const stat = await handle.stat();
  if (!stat.isDirectory()) return handle;
  await handle.close();
  throw new DataError("DATA_IS_FOLDER", `${shownPath(path)}: is a folder, expected a file`);
}

/** The first `size` bytes of a file, or as many as it has if it shrinks meanwhile. */
async function readExactly(handle: FileHandle, path: string, size: number): Promise<Buffer> {
  try {
    const bytes = Buffer.allocUnsafeSlow(size);
    let filled = 0;
    while (filled < size) {
      const { bytesRead } = await handle.read(bytes, filled, Math.min(size - filled, 1 << 30), filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return bytes.subarray(0, filled);
  } catch (error) {
    throw asUserError(error, shownPath(path));
  }
}

async function collect(stream: Readable): Promise<Buffer[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
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
    const where = name.startsWith("/") ? "" : `, looked in ${process.cwd()}`;
    return new DataError("DATA_NOT_FOUND", `${name}: no such file (check the path${where})`);
  }
  if (code === "EISDIR") return new DataError("DATA_IS_FOLDER", `${name}: is a folder, expected a file`);
  return new SystemError("READ_FAILED", `${name}: cannot be read: ${error.message}`);
}
