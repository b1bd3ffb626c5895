/**
 * @file The kinds of value a config key can have: each builds a zod schema whose every error message is the
 * phrase that follows "expected" in a problem line, and which carries that phrase and the key's help text for the
 * JSON Schema and the reference page. Knows no key of nnt; those are in schema.ts.
 */
import { z } from "zod";

/** What a key carries beside its type; read back from the JSON Schema by listing.ts. */
export interface FieldHelp {
  /** one line for the reference page and for editors */
  readonly help: string;
  /** names of the same thing in other tools, answered with "did you mean" */
  readonly aliases?: readonly string[];
  /** what happens without the key where there is no fixed default, e.g. "runs/<config name>" */
  readonly absent?: string;
}

/** Names of the keywords above in a schema's metadata; they are not part of JSON Schema. */
export const OWN_KEYWORDS = ["expected", "aliases", "absent"] as const;

/** Attaches help to any schema; `expected` is the phrase that its error messages use. */
export function described<S extends z.ZodType>(schema: S, expected: string, about: FieldHelp): S {
  return schema.meta({
    description: about.help,
    expected,
    ...(about.aliases && { aliases: about.aliases }),
    ...(about.absent && { absent: about.absent }),
  });
}

/** A whole number from `min` to `max`, both included; without `max`, up to 2^53 - 1. */
export function integer(min: number, max: number | null, about: FieldHelp) {
  const expected = max === null ? `an integer of at least ${min}` : `an integer from ${min} to ${max}`;
  // z.int() has its own upper limit, which the phrase would not explain
  const error = (issue: { readonly code?: string | undefined }): string =>
    issue.code === "too_big" && max === null ? `an integer of at most ${Number.MAX_SAFE_INTEGER}` : expected;
  const atLeast = z.int({ error }).min(min, expected);
  return described(max === null ? atLeast : atLeast.max(max, expected), expected, about);
}

/** A whole number from `min` to `max`, or one word. */
export function integerOr<const Word extends string>(min: number, max: number, word: Word, about: FieldHelp) {
  const expected = `an integer from ${min} to ${max}, or ${JSON.stringify(word)}`;
  const number = z.int(expected).min(min, expected).max(max, expected);
  return described(z.union([number, z.literal(word, expected)], expected), expected, about);
}

/** Kernels compute in float32: a value that it rounds to 0, 1 or infinity would not be the one that was written. */
function survivesFloat32(value: number): boolean {
  const rounded = Math.fround(value);
  return Number.isFinite(rounded) && (rounded === 0) === (value === 0) && (rounded === 1) === (value === 1);
}
const AS_FLOAT32 = "a number that float32 can tell from 0, 1 and infinity";

/** A finite number above 0, in float32. */
export function positive(about: FieldHelp) {
  const expected = "a number above 0";
  return described(z.number(expected).gt(0, expected).refine(survivesFloat32, AS_FLOAT32), expected, about);
}

/** A finite number of at least 0, in float32. */
export function notNegative(about: FieldHelp) {
  const expected = "a number of at least 0";
  return described(z.number(expected).gte(0, expected).refine(survivesFloat32, AS_FLOAT32), expected, about);
}

/** A number in [0, 1); `word` is what it is, e.g. "a fraction". `float32`: also when rounded to that. */
export function belowOne(word: string, about: FieldHelp, float32 = false) {
  const expected = `${word} from 0 to below 1`;
  const range = z.number(expected).gte(0, expected).lt(1, expected);
  return described(float32 ? range.refine(survivesFloat32, AS_FLOAT32) : range, expected, about);
}

/** true or false. */
export function flag(about: FieldHelp) {
  return described(z.boolean("true or false"), "true or false", about);
}

/** One of a few JSON values; the phrase lists `choices` unless `expected` says it better. */
export function choice<const T extends string | number | boolean>(
  choices: readonly T[],
  about: FieldHelp,
  expected = choices.map((value) => JSON.stringify(value)).join(" or "),
) {
  return described(z.literal(choices, expected), expected, about);
}

// zod's own checks of length read the `length` of any value, also of an object that has such a key, and fail on it

/** A string of at least one character. */
export function nonEmpty(expected: string) {
  return z
    .string(expected)
    .refine((text) => text !== "", expected)
    .meta({ minLength: 1 });
}

/** A list of at most `maxItems` items. */
export function listOf<Item extends z.ZodType>(
  item: Item,
  maxItems: number,
  about: FieldHelp,
  expected: string,
) {
  const list = z.array(item, expected).refine((items) => items.length <= maxItems, expected);
  return described(list.meta({ maxItems }), expected, about);
}

/** A path of a file or folder: never empty, never "-" (standard streams are named where they are allowed). */
export function path(expected: string, about: FieldHelp) {
  const usable = (text: string): boolean => text !== "-" && !text.includes("\0");
  return described(nonEmpty(expected).refine(usable, expected), expected, about);
}

/** A list of strings. */
export function texts(expected: string, about: FieldHelp) {
  return described(z.array(z.string("a string"), expected), expected, about);
}

/** An object with these keys and no others. */
export function section<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
  about: FieldHelp,
  expected = "an object",
) {
  return described(z.strictObject(shape, expected), expected, about);
}
