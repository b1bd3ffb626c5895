/**
 * @file How values, names, numbers and shapes are put into messages: on one line, of bounded length, and without
 * characters that would move or repaint a terminal. Only text: decides nothing.
 */

const MAX_SHOWN = 40; // characters of a value in a message: a line of a terminal, with room for the facts
const MAX_LISTED = 30; // names of a list

/** Control characters, line and paragraph separators, and what turns the direction of writing. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** `text` on one line, cut after `max` characters, with "\u001b" for each character that a terminal would obey. */
export function printable(text: string, max = Number.POSITIVE_INFINITY): string {
  return cut(text, max).replace(
    UNPRINTABLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A value as JSON on one line, cut after `max` characters; a text is cut inside its quotes. */
export function show(value: unknown, max = MAX_SHOWN): string {
  if (typeof value === "string") return printable(JSON.stringify(cut(value, max)));
  return printable(JSON.stringify(value) ?? String(value), max);
}

function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const splitsPair = /[\ud800-\udbff]/.test(text[max - 1] ?? "");
  return `${text.slice(0, splitsPair ? max - 1 : max)}…`;
}

/** `"a", "b", "c" and 7 more`; at most `limit` names. */
export function showList(names: readonly string[], limit = MAX_LISTED): string {
  return listed(
    names.map((name) => show(name)),
    limit,
  );
}

/** Texts that are ready to be printed, as a list of at most `limit`. */
export function listed(texts: readonly string[], limit = MAX_LISTED): string {
  const shown = texts.slice(0, limit).join(", ");
  return texts.length > limit ? `${shown} and ${grouped(texts.length - limit)} more` : shown;
}

/** 1234567 → "1,234,567" */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** "1 row", "54,000 rows"; `many` where the plural is not `one` + "s". */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${grouped(value)} ${value === 1 ? one : many}`;
}

/** A word as a shell reads it back. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** "(60000, 28, 28)" */
export function shapeText(shape: readonly number[]): string {
  return `(${shape.join(", ")})`;
}
