/**
 * @file Small checks of parsed JSON, composed into the shape of a model's metadata. Each says what it found and
 * what it expected; none throws, converts or fills in defaults, so what passes is exactly what the file says.
 */
import { show } from "../words.ts";
import { isObject } from "./json.ts";

/** One way to be wrong: the stable name and "key: got …, expected …". */
export interface Problem {
  readonly kind: string;
  readonly text: string;
}

/** Null when `value` passes; `at` is its place, such as "training.seed", empty at the top. */
export type Check = (value: unknown, at: string) => Problem | null;

/** A check by a predicate, with the words that complete "expected …". */
function when(test: (value: unknown) => boolean, expected: string, kind = "MODEL_METADATA"): Check {
  return (value, at) => (test(value) ? null : mismatch(value, at, expected, kind));
}

function mismatch(value: unknown, at: string, expected: string, kind = "MODEL_METADATA"): Problem {
  const got = value === undefined ? "nothing" : show(value);
  return { kind, text: `${at === "" ? "top level" : at}: got ${got}, expected ${expected}` };
}

/** Values of one kind, named by what they are. */
export const text = when((v) => typeof v === "string", "a string");
export const boolean = when((v) => typeof v === "boolean", "true or false");
export const integer = when((v) => Number.isSafeInteger(v), "an integer");
export const count = when((v) => isInteger(v, 0), "an integer of 0 or more");
export const positiveInteger = when((v) => isInteger(v, 1), "an integer of 1 or more");
/** What separates the cells of a table, as the config may say. */
export const delimiter = when(
  (v) => v === "auto" || (typeof v === "string" && /^[^"\r\n]$/u.test(v)),
  '"auto" or one character',
);
// JSON has no NaN and no infinity, but 1e999 reads as one.
export const finite = when((v) => Number.isFinite(v), "a finite number", "MODEL_NOT_A_NUMBER");
export const positive = when((v) => isNumber(v) && v > 0, "a finite number above 0", "MODEL_NOT_POSITIVE");
export const fraction = when((v) => isNumber(v) && v >= 0 && v <= 1, "a number from 0 to 1");
/** A value of a settings map: a string, a finite number or a truth value. */
export const setting = when(
  (v) => typeof v === "string" || typeof v === "boolean" || isNumber(v),
  "a string, a finite number, true or false",
);

/** Exactly this value. */
export function oneOf(value: string | number): Check {
  return when((v) => v === value, show(value));
}

/** A value that may be null. */
export function nullOr(check: Check): Check {
  return (value, at) => (value === null ? null : check(value, at));
}

/** A key that may be absent. */
export function optional(check: Check): Check {
  return (value, at) => (value === undefined ? null : check(value, at));
}

/** An array of at least `atLeast` items that all pass. */
export function listOf(check: Check, atLeast = 0): Check {
  return (value, at) => {
    if (!Array.isArray(value)) return mismatch(value, at, "a list");
    if (value.length < atLeast) return mismatch(value, at, `a list of ${atLeast} or more`);
    return first(value.entries(), ([i, item]) => check(item, `${at}[${i}]`));
  };
}

/** An object with any keys, whose values all pass. */
export function mapOf(check: Check): Check {
  return (value, at) => {
    if (!isObject(value)) return mismatch(value, at, "an object");
    return first(Object.entries(value), ([key, item]) => check(item, `${at}.${show(key)}`));
  };
}

/** An object with the keys of T, all that are not optional and no others; the compiler holds `fields` to T. */
export function object<T>(fields: { readonly [Key in keyof T]-?: Check }): Check {
  const checks = Object.entries<Check>(fields);
  return (value, at) => {
    if (!isObject(value)) return mismatch(value, at, "an object");
    const within = at === "" ? "" : `${at}.`;
    const unknown = Object.keys(value).find((key) => !Object.hasOwn(fields, key));
    if (unknown !== undefined) {
      return { kind: "MODEL_UNKNOWN_KEY", text: `${within}${show(unknown)}: this key is not known` };
    }
    return first(checks, ([key, check]) => check(own(value, key), `${within}${key}`));
  };
}

/** One of several shapes of object, told apart by the string under `key`. */
export function variant(key: string, shapes: Readonly<Record<string, Check>>): Check {
  return (value, at) => {
    if (!isObject(value)) return mismatch(value, at, "an object");
    const name = own(value, key);
    const check = typeof name === "string" && Object.hasOwn(shapes, name) ? shapes[name] : undefined;
    const names = Object.keys(shapes)
      .map((each) => show(each))
      .join(" or ");
    return check ? check(value, at) : mismatch(name, `${at}.${key}`, names);
  };
}

/** Not what an object inherits: a file without the key "constructor" has none. */
function own(value: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

function first<T>(items: Iterable<T>, check: (item: T) => Problem | null): Problem | null {
  for (const item of items) {
    const problem = check(item);
    if (problem) return problem;
  }
  return null;
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function isInteger(value: unknown, atLeast: number): boolean {
  return isNumber(value) && Number.isSafeInteger(value) && value >= atLeast;
}
