/**
 * @file Memory for the numbers of a table's columns: shared, so that threads can work on them, and taken in large pieces, since
 * a buffer for each of thousands of columns is work for the garbage collector.
 */

const PIECE_BYTES = 32 << 20;
/** Larger arrays are pieces of their own. */
const SMALL_BYTES = 1 << 20;

export class NumberStore {
  #piece = new SharedArrayBuffer(0);
  #used = 0;

  /** `length` zeros. */
  take(length: number): Float64Array {
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
