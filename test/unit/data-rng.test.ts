/** @file Random streams: reproducible, independent, without bias. */
import { describe, expect, test } from "vitest";
import { createRng, restoreRng } from "../../src/tensor/rng.ts";

describe("rng", () => {
  test("golden numbers: a change of these changes every trained model", () => {
    const rng = createRng(1, "split");
    expect(Array.from({ length: 5 }, () => rng.below(1000))).toEqual(GOLDEN.below);
    expect([rng.float(), rng.float()]).toEqual(GOLDEN.floats);
    const order = Uint32Array.from({ length: 10 }, (_, i) => i);
    createRng(7, "shuffle:3").shuffleInPlace(order);
    expect(Array.from(order)).toEqual(GOLDEN.order);
  });

  test("streams and seeds differ, a number is not its text, and the same pair repeats", () => {
    const first = (seed: number, stream: string | number): string => {
      const rng = createRng(seed, stream);
      return Array.from({ length: 4 }, () => rng.below(2 ** 32)).join();
    };
    const pairs: [number, string | number][] = [
      [1, "split"],
      [1, "init"],
      [1, "shuffle"],
      [2, "split"],
      [0, "split"],
      [-1, "split"],
      [1, 0],
      [1, "0"],
      [1 + 2 ** 32, "split"],
      [2 ** 52, "split"],
      [1, ""],
    ];
    expect(new Set(pairs.map(([seed, stream]) => first(seed, stream))).size).toBe(pairs.length);
    expect(first(5, "init")).toBe(first(5, "init"));
  });

  test("10,000 neighbouring seeds and epochs give 10,000 different starts", () => {
    const starts = new Set<string>();
    for (let i = 0; i < 5000; i++) {
      starts.add(createRng(i, "shuffle").state().join());
      starts.add(createRng(1, `shuffle:${i}`).state().join());
    }
    expect(starts.size).toBe(10_000);
  });

  test("state continues where it was taken", () => {
    const rng = createRng(3, "init");
    rng.float();
    const copy = restoreRng(rng.state());
    expect([copy.float(), copy.below(10)]).toEqual([rng.float(), rng.below(10)]);
  });

  test("floats are multiples of 2^-24 in [0, 1), float32-exact, with mean 0.5 within 0.005 (5 sigma of 100,000)", () => {
    const rng = createRng(11, "init");
    let sum = 0;
    for (let i = 0; i < 100_000; i++) {
      const value = rng.float();
      if (!(value >= 0 && value < 1) || Math.fround(value) !== value || (value * 2 ** 24) % 1 !== 0) {
        throw new Error(`${value}`);
      }
      sum += value;
    }
    expect(Math.abs(sum / 100_000 - 0.5)).toBeLessThan(0.005);
  });

  test.each([1, 2, 3, 7, 8, 10])(
    "below(%i): chi-squared of 60,000 draws below 40 (p < 1e-4 for 9 degrees)",
    (n) => {
      const rng = createRng(5, n);
      const counts = new Array<number>(n).fill(0);
      for (let i = 0; i < 60_000; i++) counts[rng.below(n)]!++;
      const expected = 60_000 / n;
      expect(counts.reduce((sum, c) => sum + (c - expected) ** 2 / expected, 0)).toBeLessThan(40);
    },
  );

  test("shuffle: every order of 3 is about equally likely, and 60,000 indices take little time", () => {
    const rng = createRng(9, "shuffle");
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = Uint32Array.of(0, 1, 2);
      rng.shuffleInPlace(order);
      counts.set(order.join(), (counts.get(order.join()) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const times of counts.values()) expect(Math.abs(times - 1000)).toBeLessThan(150);
    const order = Uint32Array.from({ length: 60_000 }, (_, i) => i);
    const times = Array.from({ length: 9 }, () => {
      const start = performance.now();
      rng.shuffleInPlace(order);
      return performance.now() - start;
    });
    expect(Math.min(...times)).toBeLessThan(20); // 5 ms is the aim; the rest is for a loaded machine
    expect(new Set(order).size).toBe(60_000);
  });
});

const GOLDEN = {
  below: [861, 930, 427, 386, 3],
  floats: [0.6627734303474426, 0.8973353505134583],
  order: [0, 5, 1, 8, 9, 4, 3, 6, 2, 7],
};
