/**
 * @file A 64-bit fingerprint of a sequence of numbers and texts: two sequences with the same one are the same, but
 * for one chance in 10^19. Not for keeping: it may change from version to version.
 */

const WORDS = new Uint32Array(2);
const NUMBER = new Float64Array(WORDS.buffer);

export class Fingerprint {
  #a = 0x811c9dc5;
  #b = 0x9e3779b9;

  addNumber(value: number): void {
    NUMBER[0] = value + 0; // -0 is 0
    this.#mix(WORDS[0]!);
    this.#mix(WORDS[1]!);
  }

  addText(text: string): void {
    for (let i = 0; i < text.length; i++) this.#mix(text.charCodeAt(i));
    this.#mix(-1 - text.length); // where it ends
  }

  #mix(word: number): void {
    this.#a = Math.imul(this.#a ^ word, 0x01000193);
    this.#a ^= this.#a >>> 15;
    this.#b = Math.imul(this.#b + word, 0x85ebca6b);
    this.#b ^= this.#b >>> 13;
  }

  /** What was added so far, as text to compare. */
  text(): string {
    return `${(this.#a >>> 0).toString(16)}-${(this.#b >>> 0).toString(16)}`;
  }
}
