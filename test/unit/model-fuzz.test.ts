import { describe, expect, test } from "vitest";
import { ModelError } from "../../src/errors.ts";
import { decodeModel, encodeModel } from "../../src/model/file.ts";
import { imageModel, tableModel } from "../support/model.ts";

const ROUNDS = 4000; // about a second

/** xorshift32: the same damage on every run. */
function generator(state: number): (below: number) => number {
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const DAMAGE: Record<string, (bytes: Uint8Array, below: (n: number) => number) => Uint8Array> = {
  flip(bytes, below) {
    for (let n = 1 + below(4); n > 0; n--) bytes[below(bytes.length)]! ^= 1 << below(8);
    return bytes;
  },
  replace(bytes, below) {
    // what JSON is made of reaches further into the reader than noise does
    const characters = '0123456789-.e[]{},:"\\ntf\0\xff';
    for (let n = 1 + below(3); n > 0; n--) {
      bytes[below(bytes.length)] = characters.charCodeAt(below(characters.length));
    }
    return bytes;
  },
  truncate: (bytes, below) => bytes.slice(0, below(bytes.length)),
  extend: (bytes, below) =>
    Uint8Array.from([...bytes, ...new Array<number>(1 + below(100)).fill(below(256))]),
  cut(bytes, below) {
    const at = below(bytes.length);
    return Uint8Array.from([...bytes.slice(0, at), ...bytes.slice(at + 1 + below(20))]);
  },
};

describe.each(Object.keys(DAMAGE))("%s", (name) => {
  test(`${ROUNDS} damaged files give a ModelError or a model with finite weights`, () => {
    const originals = [encodeModel(tableModel()), encodeModel(imageModel())];
    const below = generator(0x9e3779b9);
    let refused = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const bytes = DAMAGE[name]!(Uint8Array.from(originals[round % 2]!), below);
      try {
        const { layers } = decodeModel(bytes, "m.bin");
        for (const { weight, bias } of layers) expect([...weight, ...bias].every(Number.isFinite)).toBe(true);
      } catch (error) {
        if (!(error instanceof ModelError)) throw error;
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(ROUNDS / 4);
  });
});
