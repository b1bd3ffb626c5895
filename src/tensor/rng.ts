/**
 * @file Random numbers with explicit state: xoroshiro128+ from pure-rand, started from (seed, stream). Each use
 * (split, initial weights, shuffle of epoch 3) has its own stream, so that none moves another's numbers. Only
 * 32-bit integer operations and exact divisions by powers of two, so every machine and engine gives the same
 * bits. Not for dropout (that needs a counter-based generator) and not for secrets.
 */
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";

export interface Rng {
  /** Uniform in [0, 1): a multiple of 2^-24, so float32 holds it exactly. */
  float(): number;
  /** Uniform integer in [0, n), without bias; n is an integer in 1 … 2^32. */
  below(n: number): number;
  /** Fisher-Yates: every order of `values` is equally likely. */
  shuffleInPlace(values: Uint32Array): void;
  /** four signed 32-bit words; `restoreRng` continues from them */
  state(): readonly number[];
}

/**
 * A generator whose numbers depend on `seed` and `stream` alone.
 * `seed`: a safe integer. `stream`: the use, e.g. "split" or "shuffle:3"; 3 and "3" are different streams.
 */
export function createRng(seed: number, stream: string | number): Rng {
  if (!Number.isSafeInteger(seed)) throw new Error(`internal: seed ${seed} is not a safe integer`);
  let hash = mix(seed | 0, Math.floor(seed / 2 ** 32) | 0);
  const text = typeof stream === "number" ? `#${stream}` : `$${stream}`;
  for (let i = 0; i < text.length; i++) hash = mix(hash, text.charCodeAt(i));
  // A second chain over the same seed keeps 64 bits of it: two seeds collide only if both chains do.
  let other = mix(Math.floor(seed / 2 ** 32) | 0, (seed | 0) ^ 0x5bd1e995);
  for (let i = 0; i < text.length; i++) other = mix(other, text.charCodeAt(i) + 0x10000);
  // "| 1": the all-zero state is the only one that xoroshiro never leaves.
  return restoreRng([mix(hash, 1), mix(other, 2), mix(hash, other), mix(other, hash) | 1]);
}

/** Continues a generator from what `state()` gave. */
export function restoreRng(state: readonly number[]): Rng {
  const generator = xoroshiro128plusFromState(state);
  const below = (n: number): number => {
    if (n <= 1) return 0;
    // The highest bits, drawn again while too large: unbiased, and the low bits of xoroshiro128+ are its weak ones.
    const shift = Math.clz32(n - 1);
    let value = generator.next() >>> shift;
    while (value >= n) value = generator.next() >>> shift;
    return value;
  };
  return {
    float: () => (generator.next() >>> 8) / 2 ** 24,
    below,
    shuffleInPlace(values) {
      for (let i = values.length - 1; i > 0; i--) {
        const j = below(i + 1);
        const kept = values[i]!;
        values[i] = values[j]!;
        values[j] = kept;
      }
    },
    state: () => generator.getState(),
  };
}

/** Mixes `word` into `hash`: MurmurHash3's round and finaliser, on 32-bit integers. */
function mix(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  let h = hash ^ Math.imul(k, 0x1b873593);
  h = (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
