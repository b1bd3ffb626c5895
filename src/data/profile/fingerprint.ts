/**
 * @file A 64-bit fingerprint of a sequence of numbers and texts: two sequences with the same one are the same, but
 * for one chance in 10^19. Not for keeping: it may change from version to version.
 */

const WORDS = new Int32Array(2);
const NUMBER = new Float64Array(WORDS.buffer);

/** Of one cell, 64 bits. */
export interface Print {
  readonly low: number;
  readonly high: number;
}

/** Of a missing cell: no number's, for it would not be finite. */
export const MISSING_PRINT: Print = { low: -1, high: -1 };

const FIRST: Print = { low: 0x811c9dc5 | 0, high: 0x9e3779b9 | 0 };

export class Fingerprint {
  #low = FIRST.low;
  #high = FIRST.high;

  add({ low, high }: Print): void {
    this.#mix(low);
    this.#mix(high);
  }

  addNumber(value: number): void {
    NUMBER[0] = value + 0; // -0 is 0
    this.#mix(WORDS[0]!);
    this.#mix(WORDS[1]!);
  }

  /** A whole number of 32 bits. */
  addInteger(value: number): void {
    this.#mix(value);
  }

  #mix(word: number): void {
    this.#low = mixLow(this.#low, word);
    this.#high = mixHigh(this.#high, word);
  }

  /** What was added so far, as text to compare. */
  text(): string {
    return `${(this.#low >>> 0).toString(16)}-${(this.#high >>> 0).toString(16)}`;
  }
}

function mixLow(low: number, word: number): number {
  const mixed = Math.imul(low ^ word, 0x01000193);
  return mixed ^ (mixed >>> 15);
}

function mixHigh(high: number, word: number): number {
  const mixed = Math.imul((high + word) | 0, 0x85ebca6b);
  return mixed ^ (mixed >>> 13);
}

/** As `addNumber` would add it. */
export function numberPrint(value: number): Print {
  NUMBER[0] = value + 0;
  return { low: WORDS[0]!, high: WORDS[1]! };
}

export function textPrint(text: string): Print {
  let { low, high } = FIRST;
  for (let i = 0; i < text.length; i += 2) {
    const word = text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16); // behind the end: 0
    low = mixLow(low, word);
    high = mixHigh(high, word);
  }
  const end = -1 - text.length;
  return { low: mixLow(low, end), high: mixHigh(high, end) };
}
