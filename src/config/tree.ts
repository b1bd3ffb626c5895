/**
 * @file A config as a tree in which every key and value knows where it was written, and how keys and values are
 * shown in messages. Knows no key of nnt (schema.ts does) and parses no text (parse.ts does).
 */
import { printable, show } from "../words.ts";

/** Characters of a key, value or override in a message. */
export const MAX_SHOWN = 60;

/** Where something was written. */
export type Place =
  | { readonly kind: "file" /** of the text, in UTF-16 units */; readonly offset: number }
  | {
      readonly kind: "override";
      /** as typed: "--set train.epochs=abc" */
      readonly text: string;
      /** position among the overrides: later ones win */
      readonly index: number;
    };

export interface Entry {
  readonly keyPlace: Place;
  value: Located;
}

export type Located =
  | { readonly type: "object"; readonly place: Place; readonly entries: Map<string, Entry> }
  | { readonly type: "array"; readonly place: Place; readonly items: readonly Located[] }
  | {
      readonly type: "scalar";
      readonly place: Place;
      readonly value: string | number | boolean | null;
      /** as written, for messages: a number such as 1e400 has no other faithful form */
      readonly text: string;
    };

export type LocatedObject = Extract<Located, { type: "object" }>;
export type KeyPath = readonly (string | number)[];

/** A string that is taken as it is, with no look at whether it is JSON. */
export function scalar(value: string, place: Place): Located {
  return { type: "scalar", place, value, text: JSON.stringify(value) };
}

/** Puts `value` at `path`, making objects on the way; whatever else is on the way is replaced. */
export function setValue(root: LocatedObject, path: readonly string[], value: Located): void {
  let object = root;
  for (const key of path.slice(0, -1)) {
    const next = object.entries.get(key)?.value;
    const child: LocatedObject =
      next?.type === "object" ? next : { type: "object", place: value.place, entries: new Map() };
    if (child !== next) object.entries.set(key, { keyPlace: value.place, value: child });
    object = child;
  }
  const last = path.at(-1);
  if (last !== undefined) object.entries.set(last, { keyPlace: value.place, value });
}

/** The value at `path`, or undefined if nothing was written there. */
export function valueAt(root: Located, path: KeyPath): Located | undefined {
  let value: Located | undefined = root;
  for (const key of path) {
    if (value?.type === "object") value = value.entries.get(String(key))?.value;
    else if (value?.type === "array") value = value.items[Number(key)];
    else return undefined;
  }
  return value;
}

/** Where the value at `path` was written; for a missing one, where the nearest object around it was. */
export function placeOf(root: Located, path: KeyPath): Place {
  for (let length = path.length; length > 0; length--) {
    const value = valueAt(root, path.slice(0, length));
    if (value !== undefined) return value.place;
  }
  return root.place;
}

/** Plain JSON values. Objects have no prototype, so that a key such as "__proto__" is a key like any other. */
export function toPlain(value: Located): unknown {
  if (value.type === "array") return value.items.map(toPlain);
  if (value.type === "scalar") return value.value;
  const plain: Record<string, unknown> = Object.create(null);
  for (const [key, entry] of value.entries) plain[key] = toPlain(entry.value);
  return plain;
}

/** `train.optimizer.momentum`, `network.hidden[1]`, `data.columns["sepal length"]`. */
export function formatKey(path: KeyPath): string {
  let text = "";
  for (const key of path) {
    if (typeof key === "number") text += `[${key}]`;
    else if (/^[\w$-]+$/.test(key)) text += text === "" ? key : `.${key}`;
    else text += `[${show(key, MAX_SHOWN)}]`;
  }
  return text;
}

/** The value as JSON on one line, shortened to what fits a message. */
export function formatValue(value: Located): string {
  if (value.type !== "scalar") return show(toPlain(value), MAX_SHOWN);
  return typeof value.value === "string" ? show(value.value, MAX_SHOWN) : printable(value.text, MAX_SHOWN);
}
