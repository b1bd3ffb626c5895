/** @file A typed array that grows by doubling: columns of tables whose length is not known yet. */

export type Numbers =
  | Int32Array<ArrayBufferLike>
  | Uint32Array<ArrayBufferLike>
  | Float32Array<ArrayBufferLike>
  | Float64Array<ArrayBufferLike>;

const FIRST = 256;
/** Below this a loop is faster than a call that copies: rows of a batch of a wide table. */
const FEW = 100;

export class Growing<T extends Numbers> {
  length = 0;
  readonly #make: (length: number) => T;
  #values: T;

  /** `make`: a zeroed array of this length. */
  constructor(make: (length: number) => T) {
    this.#make = make;
    this.#values = make(FIRST);
  }

  /** Appends the first `count` of `values`. */
  append(values: Numbers, count: number = values.length): void {
    this.reserve(count);
    copyTo(this.#values, this.length, values, count);
    this.length += count;
  }

  get(index: number): number {
    return this.#values[index]!;
  }

  /** Forgets what was appended, and its memory. */
  clear(): void {
    this.length = 0;
    this.#values = this.#make(0);
  }

  /** What was pushed, over the same memory. */
  view(): T {
    return this.#values.subarray(0, this.length) as T;
  }

  /** What was pushed, in an array of exactly that length. */
  finish(): T {
    const values = this.#make(this.length);
    values.set(this.#values.subarray(0, this.length));
    return values;
  }

  /** Makes room for `more` values beside those there are. */
  reserve(more: number): void {
    if (this.length + more <= this.#values.length) return;
    const grown = this.#make(Math.max(2 * this.#values.length, this.length + more));
    grown.set(this.#values.subarray(0, this.length));
    this.#values = grown;
  }
}

/** The first `count` of `values` to those of `all` from `at` on. */
export function copyTo(all: Numbers, at: number, values: Numbers, count: number): void {
  if (count >= FEW) all.set(count === values.length ? values : values.subarray(0, count), at);
  else for (let i = 0; i < count; i++) all[at + i] = values[i]!;
}
