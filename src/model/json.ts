/**
 * @file JSON inside model files: written so that equal values are equal bytes, read without trust.
 * Not for configs, which allow comments and report lines and columns: see src/config/.
 */
import { show } from "../words.ts";

/** Deepest nesting that is read; a model's own JSON has six levels. Bounds what a hostile file can make us build. */
const MAX_DEPTH = 32;

/** Why a text is not taken as JSON. */
export interface JsonProblem {
  readonly problem: "syntax" | "duplicate" | "depth";
  /** the key that appears twice, quoted and cut; empty for the other problems */
  readonly key: string;
}

/**
 * JSON text with the keys of every object sorted by code unit and no spaces, so that key order in memory cannot
 * reach a file.
 *
 * @throws Error (a bug of the caller) for what JSON cannot hold: NaN, infinities, undefined, functions
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === "boolean" || typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new Error(`internal: ${value} cannot be written as JSON`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object") throw new Error(`internal: a ${typeof value} cannot be written as JSON`);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(",")}}`;
}

/**
 * Parses JSON that may be hostile. Keys such as "__proto__" come back as plain own properties.
 * `JSON.parse` keeps the last of two equal keys, so that two readers may see two different files: refused here.
 */
export function parseUntrustedJson(text: string): { readonly value: unknown } | JsonProblem {
  const scan = scanKeys(text);
  if (scan?.problem === "depth") return scan;
  try {
    const value: unknown = JSON.parse(text);
    return scan ?? { value };
  } catch {
    return { problem: "syntax", key: "" };
  }
}

/** True for JSON objects: not null, not an array. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Looks for duplicate keys and deep nesting only; wrong syntax is left to `JSON.parse`. */
function scanKeys(text: string): JsonProblem | null {
  const open: (Set<string> | null)[] = []; // keys seen in each enclosing object; null for an array
  let atKey = false;
  let duplicate: JsonProblem | null = null;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '"') {
      const end = stringEnd(text, i);
      const keys = open.at(-1);
      if (atKey && keys && !duplicate) {
        const key = unquote(text.slice(i, end));
        if (keys.has(key)) duplicate = { problem: "duplicate", key: show(key) };
        keys.add(key);
      }
      atKey = false;
      i = end - 1;
    } else if (c === "{" || c === "[") {
      open.push(c === "{" ? new Set() : null);
      atKey = c === "{";
      if (open.length > MAX_DEPTH) return { problem: "depth", key: "" };
    } else if (c === "}" || c === "]") {
      open.pop();
    } else if (c === ",") {
      atKey = open.at(-1) !== null;
    }
  }
  return duplicate;
}

/** Offset behind the closing quote of the string that opens at `begin`, or the end of the text. */
function stringEnd(text: string, begin: number): number {
  let i = begin + 1;
  while (i < text.length && text[i] !== '"') i += text[i] === "\\" ? 2 : 1;
  return Math.min(i + 1, text.length);
}

/** The string behind its quotes and escapes; as it is where the escapes are wrong, which JSON.parse reports. */
function unquote(quoted: string): string {
  if (!quoted.includes("\\")) return quoted.slice(1, -1);
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted;
  }
}
