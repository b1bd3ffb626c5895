/**
 * @file The compiled reader of cells (assembly/cells.ts): takes text and reads it, a batch of rows at a time. What it has read is
 * seen through CellMemory; what becomes of it is cellReader.ts.
 */
import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import { workerData } from "node:worker_threads";
import { SystemError } from "../errors.ts";
import { packageFile } from "../packageFile.ts";
import type { CellDialect } from "./cellDialect.ts";
import {
  CellMemory,
  type CellPlaces,
  type CellUse,
  COLUMN,
  COLUMN_WORDS,
  FIELDS,
  type Field,
  type Stop,
} from "./cellMemory.ts";

const USES = ["ignored", "words", "numbers"] as const satisfies readonly CellUse[];

/** Cells of a batch at most: its numbers stay in the second cache. */
const BATCH_CELLS = 1 << 17;
const MAX_IRREGULAR = 1 << 16;
/** Behind the text, zero. */
const PADDING = 16;
const MAXIMUM_PAGES = 65_535;
/** 10^-80 … 10^80: as LEAST and MOST in assembly/numbers.ts. */
const POWER_LIMIT = 80;

interface Exports {
  allocate(bytes: number): number;
  powerTable(): number;
  parse(reader: number): void;
  intern(reader: number, column: number, text: number, length: number): number;
}

/** Memory for text. */
interface Room {
  at: number;
  bytes: number;
}

let compiled: WebAssembly.Module | null = null;
let powers: BigUint64Array | null = null;

export class CellKernel extends CellMemory {
  readonly #exports: Exports;
  readonly #room: Room = { at: 0, bytes: 0 };
  readonly #insertRoom: Room = { at: 0, bytes: 0 };
  #scratchBytes = 0;

  /** `cells`: of a batch at most. */
  constructor(dialect: CellDialect, cells: number = BATCH_CELLS) {
    const { width, delimiter, newline, decimal, emptyIsMissing, suspects, maxRowBytes } = dialect;
    const memory = new WebAssembly.Memory({ initial: 1, maximum: MAXIMUM_PAGES, shared: true });
    const kernel = instantiate(memory);
    const maxRows = Math.max(1, Math.floor(cells / width));
    const places: CellPlaces = {
      fields: take(kernel, FIELDS.length * 4),
      columns: take(kernel, width * COLUMN_WORDS * 4),
      outs: take(kernel, width * maxRows * 8),
      width,
      maxRows,
    };
    super(memory, places);
    this.#exports = kernel;
    for (let c = 0; c < width; c++) {
      this.columns[c * COLUMN_WORDS + COLUMN.out] = places.outs + c * maxRows * 8;
    }
    const maxIrregular = Math.max(MAX_IRREGULAR, width);
    const suspectsAt = this.#take(suspects.length * 8);
    new Float64Array(memory.buffer, suspectsAt, suspects.length).set(suspects);
    this.#set("columns", places.columns);
    this.#set("width", width);
    this.#set("delimiter", delimiter);
    this.#set("newline", newline);
    this.#set("decimal", decimal);
    this.#set("emptyIsMissing", Number(emptyIsMissing));
    this.#set("suspects", suspectsAt);
    this.#set("suspectCount", suspects.length);
    this.#set("maxRows", maxRows);
    this.#set("maxIrregular", maxIrregular);
    this.#set("maxRowBytes", maxRowBytes);
    this.#set("lines", this.#take(maxRows * 4));
    this.#set("irregular", this.#take(maxIrregular * 16));
    this.line = 1;
  }

  override get line(): number {
    return super.line;
  }
  override set line(line: number) {
    this.#set("line", line);
  }

  /** What ends the rows to read, a byte. */
  setNewline(newline: number): void {
    this.#set("newline", newline);
  }

  /** Of the next row on. */
  setUse(column: number, use: CellUse): void {
    this.columns[column * COLUMN_WORDS + COLUMN.use] = USES.indexOf(use);
  }

  /** From the next row on, the text of this column's cells can be had. */
  keep(column: number): void {
    this.columns[column * COLUMN_WORDS + COLUMN.kept] ||= this.#take(this.maxRows * 8);
  }

  /** At most so many rows at a time. */
  limitRows(rows: number): void {
    this.#set("maxRows", Math.min(rows, this.maxRows));
  }

  /** Gives text behind what is not read yet; `isLast`: nothing follows. */
  append(text: Uint8Array, isLast: boolean): void {
    const rest = this.rest();
    const length = rest.length + text.length;
    this.#fit(this.#room, length);
    const bytes = this.#bytes(this.#room.at, length + PADDING);
    bytes.set(rest); // as a move: they may overlap
    bytes.set(text, rest.length);
    bytes.fill(0, length);
    this.#begin(this.#room.at, length, isLast);
  }

  /** The text that is not read yet, over the memory. */
  rest(): Buffer {
    return Buffer.from(this.memory.buffer, this.get("at"), this.restBytes);
  }

  /** The first bytes of the rest count as read. */
  skip(bytes: number): void {
    this.#set("at", this.get("at") + bytes);
  }

  /** Gives other text to be read, all of it, in front of the rest. Returns what goes back to the rest. */
  insert(text: Uint8Array): () => void {
    const [at, restBytes, isLast] = [this.get("at"), this.restBytes, this.get("isLast")];
    const maxRowBytes = this.get("maxRowBytes");
    this.#fit(this.#insertRoom, text.length);
    const bytes = this.#bytes(this.#insertRoom.at, text.length + PADDING);
    bytes.set(text);
    bytes.fill(0, text.length);
    this.#begin(this.#insertRoom.at, text.length, true);
    this.#set("maxRowBytes", text.length); // whether it is too long was decided where it was read
    return () => {
      this.#begin(at, restBytes, isLast === 1);
      this.#set("maxRowBytes", maxRowBytes);
    };
  }

  #begin(at: number, bytes: number, isLast: boolean): void {
    this.#set("at", at);
    this.#set("end", at + bytes);
    this.#set("isLast", Number(isLast));
  }

  /** Room for so many bytes of text; what it held is left where it is. */
  #fit(room: Room, bytes: number): void {
    if (bytes + PADDING <= room.bytes) return;
    room.bytes = 2 * bytes + PADDING;
    room.at = this.#take(room.bytes);
    if (room.bytes <= this.#scratchBytes) return;
    this.#scratchBytes = room.bytes;
    this.#set("scratch", this.#take(room.bytes));
  }

  /** Reads rows. What they hold is valid until the next call. Throws SystemError OUT_OF_MEMORY. */
  parse(): Stop {
    this.#exports.parse(this.places.fields);
    const { stop } = this;
    if (stop === null) throw outOfMemory();
    return stop;
  }

  /** The code of a spelling that another reader met, in a "words" column; a new one if this one has not. */
  intern(column: number, text: Uint8Array): number {
    this.#fit(this.#insertRoom, text.length);
    this.#bytes(this.#insertRoom.at, text.length).set(text);
    const code = this.#exports.intern(this.places.fields, column, this.#insertRoom.at, text.length);
    if (code < 0) throw outOfMemory();
    return code;
  }

  #bytes(at: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, at, length);
  }

  #take(bytes: number): number {
    return take(this.#exports, bytes);
  }

  #set(field: Field, value: number): void {
    this.fields[FIELDS.indexOf(field)] = value;
  }
}

/** The kernel's code, compiled once for all threads: they get it when they are started. */
export function compiledKernel(): WebAssembly.Module {
  compiled ??= workerData instanceof WebAssembly.Module ? workerData : null;
  compiled ??= new WebAssembly.Module(readFileSync(packageFile("dist/kernels/cells.wasm")));
  return compiled;
}

/** The kernel over a memory of its own. */
function instantiate(memory: WebAssembly.Memory): Exports {
  const instance = new WebAssembly.Instance(compiledKernel(), { env: { memory } });
  const kernel = instance.exports as unknown as Exports;
  powers ??= powersOfTen();
  new BigUint64Array(memory.buffer, kernel.powerTable(), powers.length).set(powers);
  return kernel;
}

function take(kernel: Exports, bytes: number): number {
  const at = kernel.allocate(bytes) >>> 0;
  if (at === 0) throw outOfMemory();
  return at;
}

function outOfMemory(): SystemError {
  return new SystemError(
    "OUT_OF_MEMORY",
    "out of memory: the words of the table take more than 4 GB (ignore columns of free text: data.ignore)",
  );
}

/** Of 10^-80 … 10^80 the upper 128 bits, high word first: 5^q, or 1 / 5^-q (Lemire 2021, section 5). */
function powersOfTen(): BigUint64Array {
  const LIMIT = 1n << 128n;
  const words = new BigUint64Array(2 * (2 * POWER_LIMIT + 1));
  for (let q = -POWER_LIMIT; q <= POWER_LIMIT; q++) {
    const power = 5n ** BigInt(Math.abs(q));
    const bits = BigInt(power.toString(2).length);
    const scale = q >= -27 ? bits + 127n : 2n * bits + 128n;
    let c = q >= 0 ? power << 128n : (1n << scale) / power + 1n;
    while (c >= LIMIT) c >>= 1n;
    const at = 2 * (q + POWER_LIMIT);
    words[at] = c >> 64n;
    words[at + 1] = c & 0xffffffffffffffffn;
  }
  return words;
}
