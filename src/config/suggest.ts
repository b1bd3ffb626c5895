/**
 * @file The "did you mean" of an unknown key: the same name written another way or known from another tool, a near
 * miss, or a key of another section.
 */
import { distance } from "fastest-levenshtein";
import type { Field } from "./listing.ts";

/** Keys are listed instead of a suggestion up to this number. */
const MAX_LISTED = 12;

/**
 * How the problem line of an unknown key goes on after its name, e.g. `unknown key, did you mean "epochs"?`.
 * @param section path of the object that has the key
 * @param fields all keys that the config may have
 */
export function unknownKey(section: readonly string[], key: string, fields: readonly Field[]): string {
  const here = fields.filter((field) => isIn(field, section));
  const elsewhere = fields.filter((field) => !isIn(field, section));
  const found =
    sameName(key, here) ?? sameName(key, elsewhere) ?? nearest(key, here) ?? nearest(key, elsewhere);
  if (found !== undefined) {
    const name = isIn(found, section) ? found.path.at(-1) : found.path.join(".");
    return `unknown key, did you mean "${name}"?`;
  }
  const names = here.map((field) => `"${field.path.at(-1)}"`);
  if (names.length === 0 || names.length > MAX_LISTED) return "unknown key";
  return `unknown key, expected ${names.length === 1 ? "only" : "one of"} ${names.join(", ")}`;
}

function isIn(field: Field, section: readonly string[]): boolean {
  return field.path.length === section.length + 1 && section.every((key, index) => field.path[index] === key);
}

/** batch_size, batch-size and BatchSize are batchSize. */
function plain(name: string): string {
  return name.replace(/[_\-\s]/g, "").toLowerCase();
}

function sameName(key: string, fields: readonly Field[]): Field | undefined {
  const wanted = plain(key);
  return (
    fields.find((field) => plain(field.path.at(-1) ?? "") === wanted) ??
    fields.find((field) => field.aliases.some((alias) => plain(alias) === wanted))
  );
}

/** The key that is fewest edits away: a third of its length at most, or two letters swapped; more is another word. */
function nearest(key: string, fields: readonly Field[]): Field | undefined {
  const wanted = plain(key);
  let best: Field | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const field of fields) {
    const name = plain(field.path.at(-1) ?? "");
    const edits = distance(wanted, name);
    const isNear = edits <= Math.floor(name.length / 3) || (edits === 2 && sorted(name) === sorted(wanted));
    if (isNear && edits < bestDistance) {
      best = field;
      bestDistance = edits;
    }
  }
  return best;
}

function sorted(name: string): string {
  return [...name].sort().join("");
}
