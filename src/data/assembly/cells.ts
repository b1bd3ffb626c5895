// The text of a table to numbers and to codes of words, a block of rows at a time: what cellReader.ts runs.
//
// Reads the common case of RFC 4180 and stops, as ODD, in front of any row that is something else: such a row is for
// csv-parse to judge. A cell is trimmed of ASCII space, also inside quotes. The 16 bytes behind `end` are zero.

import { numberAt, numberEnd } from "./numbers";
import { Column, codeOf, internColumn } from "./words";

export { allocate } from "./memory";
export { powerTable } from "./numbers";

/** What becomes of a column's cells. */
const IGNORED: u32 = 0; // nothing
const WORDS: u32 = 1; // u32: the code of the cell's spelling, codes in first-seen order
const NUMBERS: u32 = 2; // f64: the number; NaN for a missing cell, and for those listed as irregular

/** Why `parse` stopped; MORE where it did not. */
const DONE: u32 = 0; // all rows are read
const FULL: u32 = 1; // the output is full
const PARTIAL: u32 = 2; // the row at `at` goes on behind `end`
const ODD: u32 = 3; // the row at `at` is not of the common form
const NO_MEMORY: u32 = 4;
const LONG: u32 = 5; // the row at `at` is longer than maxRowBytes
const MORE: u32 = 6;

const QUOTE: u32 = 0x22;
const IRREGULAR_BYTES: u32 = 16;

@unmanaged
class Reader {
  columns: usize;
  width: u32;
  delimiter: u32;
  newline: u32;
  decimal: u32;
  /** 1 if an empty cell is a missing one */
  emptyIsMissing: u32;
  /** numbers (f64) that are spellings of a missing cell too: irregular, since only their text can tell */
  suspects: usize;
  suspectCount: u32;
  /** 1 if nothing follows `end` */
  isLast: u32;
  maxRows: u32;
  maxIrregular: u32;
  /** of a row, with what ends it */
  maxRowBytes: u32;
  /** where the line of each row goes (u32) */
  lines: usize;
  /** where irregular cells of NUMBERS go: row, column, address, length (u32 each) */
  irregular: usize;
  /** where quoted cells with doubled quotes are rewritten; as large as the text */
  scratch: usize;
  at: usize;
  end: usize;
  line: u32;
  rows: u32;
  irregularCount: u32;
  status: u32;
}

/** ASCII space: tab to carriage return, and blank. */
function isSpace(byte: u32): bool {
  return byte == 0x20 || byte - 0x09 < 5;
}

/**
 * Reads rows from reader.at on, until reader.status says why it stopped. Whatever that is, the words of the rows have their codes
 * then: no address of the text outlives the call.
 */
export function parse(pointer: usize): void {
  const reader = changetype<Reader>(pointer);
  reader.rows = 0;
  reader.irregularCount = 0;
  scratchAt = reader.scratch;
  do {
    reader.status = skipBlankLines(reader);
    if (reader.status != MORE) break;
    if (reader.rows == reader.maxRows || reader.irregularCount + reader.width > reader.maxIrregular) {
      reader.status = FULL;
      break;
    }
    const line = reader.line;
    const irregularCount = reader.irregularCount;
    const start = reader.at;
    reader.status = readRow(reader);
    if (reader.status == MORE && reader.at - start > reader.maxRowBytes) {
      reader.at = start;
      reader.status = LONG;
    }
    if (reader.status == MORE) {
      store<u32>(reader.lines + (reader.rows << 2), line);
      reader.rows++;
    } else {
      reader.line = line;
      reader.irregularCount = irregularCount;
    }
  } while (reader.status == MORE);
  if (!internWords(reader)) reader.status = NO_MEMORY;
}

/** Words wait for their codes until all rows are read: column by column, what is known of a column stays in the cache. */
function internWords(reader: Reader): bool {
  let column = changetype<Column>(reader.columns);
  for (let c: u32 = 0; c < reader.width; c++) {
    if (column.use == WORDS && !internColumn(column, reader.rows, reader.decimal)) return false;
    column = changetype<Column>(changetype<usize>(column) + offsetof<Column>());
  }
  return true;
}

/** The code of a spelling of a WORDS column that was met elsewhere; -1 if there is no memory. */
export function intern(pointer: usize, column: u32, text: usize, length: usize): i32 {
  const reader = changetype<Reader>(pointer);
  const at = reader.columns + column * offsetof<Column>();
  return codeOf(changetype<Column>(at), text, length, reader.decimal);
}

/** MORE if a row begins at reader.at then. */
function skipBlankLines(reader: Reader): u32 {
  const end = reader.end;
  const delimiter = reader.delimiter;
  const newline = reader.newline;
  let p = reader.at;
  while (p < end) {
    const byte = <u32>load<u8>(p);
    if (byte == delimiter || !isSpace(byte)) return MORE;
    p++;
    if (byte != newline) continue;
    reader.at = p;
    reader.line++;
  }
  if (reader.isLast) reader.at = end;
  return reader.at == end ? DONE : PARTIAL;
}

/** Reads the row at reader.at, and goes behind it. MORE, or why it could not. */
function readRow(reader: Reader): u32 {
  const end = reader.end;
  const delimiter = reader.delimiter;
  const newline = reader.newline;
  const last = reader.width - 1;
  let column = changetype<Column>(reader.columns);
  let p = reader.at;
  for (let c: u32 = 0; c <= last; c++) {
    let byte = <u32>load<u8>(p);
    while (byte <= 0x20 && isSpace(byte) && byte != delimiter && byte != newline) byte = <u32>load<u8>(++p);
    if (last == 0 && byte >= 0x80) return ODD; // the line may be nothing but space beyond ASCII
    if (byte == QUOTE) p = readQuoted(reader, column, c, p + 1);
    else {
      const behind = column.use == NUMBERS ? readNumber(reader, column, p) : 0;
      p = behind != 0 ? behind : readBare(reader, column, c, p);
    }
    if (p == 0) return failure;
    if (p >= end) {
      if (!reader.isLast) return PARTIAL;
      if (c < last) return ODD;
      break;
    }
    byte = <u32>load<u8>(p++);
    if (c < last) {
      if (byte != delimiter) return ODD;
    } else if (byte == newline) reader.line++;
    else return ODD;
    column = changetype<Column>(changetype<usize>(column) + offsetof<Column>());
  }
  reader.at = p;
  return MORE;
}

/** Why a cell could not be read. */
let failure: u32 = 0;
function fail(why: u32): usize {
  failure = why;
  return 0;
}

/** Reads the number at `p` if that is all of the cell. The address of what ends the cell, or 0 if it is not. */
function readNumber(reader: Reader, column: Column, p: usize): usize {
  const value = numberAt(p, reader.decimal);
  let behind = numberEnd;
  if (behind == 0) return 0;
  let byte = <u32>load<u8>(behind);
  while (byte <= 0x20 && isSpace(byte) && byte != reader.delimiter && byte != reader.newline) {
    byte = <u32>load<u8>(++behind);
  }
  if (byte != reader.delimiter && byte != reader.newline && behind < reader.end) return 0;
  if (isSuspect(reader, value)) return 0;
  if (column.kept != 0) keepText(reader, column, p, numberEnd);
  store<f64>(column.out + (reader.rows << 3), value);
  return behind;
}

function isSuspect(reader: Reader, value: f64): bool {
  for (let i: u32 = 0; i < reader.suspectCount; i++) {
    if (load<f64>(reader.suspects + (i << 3)) == value) return true;
  }
  return false;
}

/** Reads the cell without quotes at `p`. The address of what ends it, or 0 and `failure`. */
function readBare(reader: Reader, column: Column, c: u32, p: usize): usize {
  const end = reader.end;
  const delimiters = i8x16.splat(<i8>reader.delimiter);
  const newlines = i8x16.splat(<i8>reader.newline);
  let stop = p;
  for (; stop < end; stop += 16) {
    const bytes = v128.load(stop);
    const found = v128.or(i8x16.eq(bytes, delimiters), i8x16.eq(bytes, newlines));
    const mask = i8x16.bitmask(v128.or(found, i8x16.eq(bytes, i8x16.splat(<i8>QUOTE))));
    if (mask == 0) continue;
    stop += ctz(mask);
    break;
  }
  if (stop >= end) {
    if (!reader.isLast) return fail(PARTIAL);
    stop = end;
  } else if (<u32>load<u8>(stop) == QUOTE) return fail(ODD);
  let last = stop;
  while (last > p && isSpace(load<u8>(last - 1))) last--;
  storeCell(reader, column, c, p, last);
  return stop;
}

/** Where the next quoted cell with doubled quotes is rewritten. */
let scratchAt: usize = 0;

/** Reads the rest of a quoted cell, from behind its first quote. The address of what ends it, or 0 and `failure`. */
function readQuoted(reader: Reader, column: Column, c: u32, text: usize): usize {
  const end = reader.end;
  let p = text;
  let hasQuotes = false;
  for (; ; p++) {
    if (p >= end) return fail(reader.isLast ? ODD : PARTIAL);
    const byte = <u32>load<u8>(p);
    if (byte == reader.newline) reader.line++;
    if (byte != QUOTE) continue;
    if (p + 1 >= end && !reader.isLast) return fail(PARTIAL); // is it doubled?
    if (<u32>load<u8>(p + 1) != QUOTE) break;
    hasQuotes = true;
    p++;
  }
  let stop = p++;
  for (; p < end; p++) {
    const byte = <u32>load<u8>(p);
    if (byte == reader.delimiter || byte == reader.newline) break;
    if (!isSpace(byte)) return fail(ODD);
  }
  if (hasQuotes) {
    const copy = scratchAt;
    for (let from = text; from < stop; from++) {
      const byte = load<u8>(from);
      store<u8>(scratchAt++, byte);
      if (<u32>byte == QUOTE) from++;
    }
    text = copy;
    stop = scratchAt;
    store<u8>(scratchAt++, 0); // ends a number
  }
  storeCell(reader, column, c, text, stop);
  return p;
}

function keepText(reader: Reader, column: Column, text: usize, stop: usize): void {
  const at = column.kept + (reader.rows << 3);
  store<u32>(at, <u32>text);
  store<u32>(at, <u32>(stop - text), 4);
}

/** Gives the cell [text, stop) to its column. */
function storeCell(reader: Reader, column: Column, c: u32, text: usize, stop: usize): void {
  if (column.kept != 0) keepText(reader, column, text, stop);
  if (column.use == IGNORED) return;
  while (text < stop && isSpace(load<u8>(text))) text++;
  while (text < stop && isSpace(load<u8>(stop - 1))) stop--;
  const length = stop - text;
  if (column.use == WORDS) {
    const at = column.out + (reader.rows << 3);
    store<u32>(at, <u32>text);
    store<u32>(at, <u32>length, 4);
    return;
  }
  let value = NaN;
  if (length > 0 || !reader.emptyIsMissing) {
    value = length > 0 ? numberAt(text, reader.decimal) : NaN;
    if (length == 0 || numberEnd != stop || isSuspect(reader, value)) {
      const at = reader.irregular + reader.irregularCount++ * IRREGULAR_BYTES;
      store<u32>(at, reader.rows);
      store<u32>(at, c, 4);
      store<u32>(at, <u32>text, 8);
      store<u32>(at, <u32>length, 12);
      value = NaN;
    }
  }
  store<f64>(column.out + (reader.rows << 3), value);
}
