/**
 * @file The columns of a table that are known to be numbers, all together: a batch of rows is taken by one loop over thousands
 * of columns, and their memory is shared, so that threads can work on it. Which columns these are is columnBuilder.ts.
 */
import type { CellBatch } from "./cellReader.ts";
import { copyTo } from "./growing.ts";

const FIRST_ROWS = 256;
/** Columns are taken from pieces of memory, since a buffer for each of thousands is work for the garbage collector. */
const PIECE_BYTES = 32 << 20;
/** Larger arrays are pieces of their own. */
const SMALL_BYTES = 1 << 20;

export class NumberColumns {
  /** that each column has */
  #rows = 0;
  /** that each has room for */
  #room = FIRST_ROWS;
  /** of each column: its index in a row, and its numbers */
  readonly #indices: number[] = [];
  readonly #values: Float64Array[] = [];
  #piece = new SharedArrayBuffer(0);
  #used = 0;

  /** Adds the column at `index` of a row; gives its place here. Its numbers of the rows so far are zeros, to be set. */
  add(index: number): number {
    this.#values.push(this.memory(this.#room));
    return this.#indices.push(index) - 1;
  }

  /** Room for so many rows, those so far included. Throws RangeError where there is no memory; nothing is lost then. */
  reserve(rows: number): void {
    if (rows <= this.#room) return;
    for (const [place, values] of this.#values.entries()) {
      const grown = this.memory(rows);
      grown.set(values.subarray(0, this.#rows));
      this.#values[place] = grown;
    }
    this.#room = rows;
  }

  /** Appends a batch to all columns; NaN where a cell is missing or irregular. */
  take(batch: CellBatch): void {
    const first = this.#rows;
    const { rows } = batch;
    if (first + rows > this.#room) this.reserve(Math.max(2 * this.#room, first + rows));
    for (let place = 0; place < this.#indices.length; place++) {
      copyTo(this.#values[place]!, first, batch.numbers(this.#indices[place]!), rows);
    }
    this.#rows += rows;
  }

  /** Changes the number of a row that was taken. */
  set(place: number, row: number, value: number): void {
    this.#values[place]![row] = value;
  }

  /** All numbers of a column so far, over the same memory. */
  values(place: number): Float64Array {
    return this.#values[place]!.subarray(0, this.#rows);
  }

  /** `length` zeros for numbers of a column. */
  memory(length: number): Float64Array {
    const bytes = 8 * length;
    if (bytes > SMALL_BYTES) return new Float64Array(new SharedArrayBuffer(bytes));
    if (this.#used + bytes > this.#piece.byteLength) {
      this.#piece = new SharedArrayBuffer(PIECE_BYTES);
      this.#used = 0;
    }
    const numbers = new Float64Array(this.#piece, this.#used, length);
    this.#used += bytes;
    return numbers;
  }
}
