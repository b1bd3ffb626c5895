/**
 * @file Checks that bytes are text nnt can read, UTF-8 without NUL, chunk by chunk, and drops a byte order mark.
 * The bytes go on as bytes: nothing is decoded here.
 */
import { Buffer, isUtf8 } from "node:buffer";
import { DataError } from "../errors.ts";
import { fileKind } from "../signatures.ts";

/**
 * `chunks` as they are, without a UTF-8 byte order mark. Each is valid until the next one is asked for. Throws `DataError`
 * TEXT_UTF16, TEXT_IDX, TEXT_ZIP, TEXT_NUL or TEXT_ENCODING with the position of the first bad byte, counted from 0 in the
 * decompressed file.
 */
export async function* checkedText(
  chunks: AsyncIterable<Uint8Array>,
  file: string,
): AsyncGenerator<Buffer, void> {
  let position = 0;
  let carry: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    let bytes =
      carry.length === 0
        ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
        : Buffer.concat([carry, chunk]);
    if (position === 0) {
      checkKind(bytes, file);
      if (bytes.length < 3) {
        carry = Buffer.from(bytes);
        continue;
      }
      if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
        bytes = bytes.subarray(3);
        position = 3;
      }
    }
    const whole = bytes.subarray(0, bytes.length - unfinishedBytes(bytes));
    carry = Buffer.from(bytes.subarray(whole.length));
    check(whole, position, file);
    position += whole.length;
    if (whole.length > 0) yield whole;
  }
  if (carry.length === 0) return;
  check(carry, position, file);
  yield carry;
}

/** What is no UTF-8 text at its first look has a better name than its first bad byte. */
function checkKind(head: Uint8Array, file: string): void {
  if (fileKind(head) === "idx") {
    throw new DataError(
      "TEXT_IDX",
      `${file}: is an IDX file, expected a table (for images, data.train is { images, labels } or a folder of them)`,
    );
  }
  if (fileKind(head) === "zip") {
    throw new DataError(
      "TEXT_ZIP",
      `${file}: is a zip archive or an Excel workbook, expected text (unpack it, or save the sheet as CSV)`,
    );
  }
  const mark = ((head[0] ?? 0) << 8) | (head[1] ?? 0);
  if (mark !== 0xfffe && mark !== 0xfeff) return;
  throw new DataError(
    "TEXT_UTF16",
    `${file}: is UTF-16, expected UTF-8 (convert it: iconv -f UTF-16 -t UTF-8)`,
  );
}

/** `position`: of bytes[0] in the file. */
function check(bytes: Buffer, position: number, file: string): void {
  const nul = bytes.indexOf(0);
  if (nul >= 0) {
    throw new DataError(
      "TEXT_NUL",
      `${file}: byte ${position + nul} is NUL, expected text (a binary file, or UTF-16: then convert it to UTF-8)`,
    );
  }
  if (isUtf8(bytes)) return;
  const bad = firstInvalid(bytes);
  const hex = bytes[bad]!.toString(16).padStart(2, "0");
  throw new DataError(
    "TEXT_ENCODING",
    `${file}: byte ${position + bad} (0x${hex}) is not UTF-8 (convert it, e.g. iconv -f WINDOWS-1252 -t UTF-8)`,
  );
}

/** How many bytes at the end begin a character that goes on in the next chunk: 0 … 3. */
function unfinishedBytes(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return characterBytes(byte) > back ? back : 0;
  }
  return 0;
}

/** Length of the character that starts with `byte`; 1 for a byte that starts none. */
function characterBytes(byte: number): number {
  if (byte >= 0xf0 && byte < 0xf8) return 4;
  if (byte >= 0xe0 && byte < 0xf0) return 3;
  return byte >= 0xc0 && byte < 0xe0 ? 2 : 1;
}

/** Index of the first byte that is not part of a UTF-8 character; `bytes` has one. */
function firstInvalid(bytes: Buffer): number {
  let at = 0;
  while (at < bytes.length) {
    const length = characterBytes(bytes[at]!);
    if (at + length > bytes.length || !isUtf8(bytes.subarray(at, at + length))) return at;
    at += length;
  }
  return at;
}
