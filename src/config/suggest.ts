/**
 * @file The "did you mean" of an unknown key: the same name written another way or known from another tool, a near
 * miss, or a key of another section.
 */
import { nearest, plainName } from "../nearest.ts";
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
    sameName(key, here) ?? sameName(key, elsewhere) ?? nearField(key, here) ?? nearField(key, elsewhere);
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

function sameName(key: string, fields: readonly Field[]): Field | undefined {
  const wanted = plainName(key);
  return (
    fields.find((field) => plainName(field.path.at(-1) ?? "") === wanted) ??
    fields.find((field) => field.aliases.some((alias) => plainName(alias) === wanted))
  );
}

/** The field whose own name is nearest. */
function nearField(key: string, fields: readonly Field[]): Field | undefined {
  const names = fields.map((field) => field.path.at(-1) ?? "");
  const name = nearest(key, names);
  return name === undefined ? undefined : fields[names.indexOf(name)];
}
