/**
 * @file The known name that a misspelt one was meant to be. Which names are known is the caller's.
 */
import { distance } from "fastest-levenshtein";
import { show } from "./words.ts";

/**
 * The name that is fewest edits away, without regard to case, spaces, "_" and "-": a third of its length at most, or
 * two letters swapped; more is another word. The first of several that are equally near.
 */
export function nearest(name: string, names: readonly string[]): string | undefined {
  const wanted = plainName(name);
  let best: string | undefined;
  let bestEdits = Number.POSITIVE_INFINITY;
  for (const candidate of names) {
    const plain = plainName(candidate);
    const edits = distance(wanted, plain);
    const isNear = edits <= Math.floor(plain.length / 3) || (edits === 2 && sorted(plain) === sorted(wanted));
    if (isNear && edits < bestEdits) {
      best = candidate;
      bestEdits = edits;
    }
  }
  return best;
}

/** ` (did you mean "x"?)` when a known name is near, else nothing. */
export function didYouMean(name: string, names: readonly string[]): string {
  const best = nearest(name, names);
  return best === undefined ? "" : ` (did you mean ${show(best)}?)`;
}

/** batch_size, batch-size and BatchSize are batchsize. */
export function plainName(name: string): string {
  return name.replace(/[_\-\s]/g, "").toLowerCase();
}

function sorted(name: string): string {
  return [...name].sort().join("");
}
