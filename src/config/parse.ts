/**
 * @file From the text of a config, or of one value on the command line, to a tree of located values (tree.ts), with
 * what is wrong with the text itself. Knows JSON; knows no key of nnt (schema.ts does).
 */
import { type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import { printable } from "../words.ts";
import { lineStarts, positionOf } from "./positions.ts";
import { type Entry, formatKey, type KeyPath, type Located, MAX_SHOWN, type Place, scalar } from "./tree.ts";

/** Deeper nesting is no config, and would exhaust the stack of whoever walks it. */
const MAX_DEPTH = 64;

/** Something wrong with the text itself. */
export interface TextProblem {
  readonly kind: "syntax" | "duplicate";
  readonly place: Place;
  /** the whole sentence without its place */
  readonly message: string;
}

export interface ParsedText {
  /** null when no value could be read at all */
  readonly root: Located | null;
  readonly problems: readonly TextProblem[];
}

/** How a parser's complaint continues after "expected". */
const SYNTAX_EXPECTED: Readonly<Record<string, string>> = {
  InvalidSymbol: 'a string in double quotes, a number, true, false, null, "{" or "["',
  InvalidNumberFormat: "a complete number",
  UnexpectedEndOfNumber: "a complete number",
  PropertyNameExpected: "a key in double quotes",
  ValueExpected: "a value",
  ColonExpected: '":" after the key',
  CommaExpected: '","',
  CloseBraceExpected: '"}"',
  CloseBracketExpected: '"]"',
  EndOfFileExpected: "nothing after the config",
  UnexpectedEndOfComment: '"*/" at the end of the comment',
  UnexpectedEndOfString: "a closing double quote on the same line",
  InvalidUnicode: "four hexadecimal digits after \\u",
  InvalidEscapeCharacter: 'an escape such as "\\n" or "\\\\"',
  InvalidCharacter: "no control characters in a string",
};

interface Scope {
  readonly text: string;
  readonly placeOf: (offset: number) => Place;
  readonly problems: TextProblem[];
}

/**
 * Reads JSON, with comments and trailing commas.
 * @param placeOf where an offset of `text` was written; all offsets of an override are one place
 */
export function parseText(text: string, placeOf: (offset: number) => Place): ParsedText {
  const errors: ParseError[] = [];
  const tree = parseNode(text, errors, { allowTrailingComma: true });
  if (tree === "too deep") return { root: null, problems: [tooDeep(placeOf(0))] };
  const scope: Scope = { text, placeOf, problems: syntaxProblems(text, errors, placeOf) };
  return { root: tree === undefined ? null : located(tree, scope, []), problems: scope.problems };
}

/** The value of an override of key `path`: JSON if it is valid JSON without comments, else a plain string. */
export function parseOverrideValue(text: string, path: KeyPath, place: Place): ParsedText {
  const errors: ParseError[] = [];
  const tree = parseNode(text, errors, { disallowComments: true });
  if (tree === "too deep") return { root: null, problems: [tooDeep(place)] };
  if (tree === undefined || errors.length > 0) return { root: scalar(text, place), problems: [] };
  const scope: Scope = { text, placeOf: () => place, problems: [] };
  return { root: located(tree, scope, path), problems: scope.problems };
}

/**
 * The same for a key that can only be a list, which may also be written without brackets and quotes, as a shell likes it:
 * `64,32`, or one item alone. `items` "text": they are strings whatever they look like, as in `NA,-999`. Where an item
 * begins with a quote, all have to be JSON: `"a,b",-999`.
 */
export function parseOverrideList(
  text: string,
  items: "text" | "json",
  path: KeyPath,
  place: Place,
): ParsedText {
  const whole = parseOverrideValue(text, path, place);
  if (whole.root?.type !== "scalar" || text.trim() === "" || /^\s*[[{]/.test(text)) return whole;
  const { value } = whole.root;
  const isQuoted = typeof value === "string" && value !== text;
  if (isQuoted) return { root: { type: "array", place, items: [whole.root] }, problems: [] };
  if (items === "json" && value === null) return whole;
  const parts = text.split(",").map((part) => part.trim());
  if (parts.some((part) => part.startsWith('"'))) return quotedList(text, items, path, place);
  const values = parts.map((part) =>
    items === "text"
      ? scalar(part, place)
      : (parseOverrideValue(part, path, place).root ?? scalar(part, place)),
  );
  return { root: { type: "array", place, items: values }, problems: [] };
}

function quotedList(text: string, items: "text" | "json", path: KeyPath, place: Place): ParsedText {
  const { root } = parseOverrideValue(`[${text}]`, path, place);
  if (root?.type !== "array") {
    const got = printable(text, MAX_SHOWN);
    const message = `${formatKey(path)}: got ${got}, expected JSON where an item begins with a quote, such as "a","b"`;
    return { root: null, problems: [{ kind: "syntax", place, message }] };
  }
  const asText = (item: Located) =>
    item.type === "scalar" && typeof item.value !== "string" ? scalar(item.text, place) : item;
  return { root: items === "text" ? { ...root, items: root.items.map(asText) } : root, problems: [] };
}

type ParseOptions = NonNullable<Parameters<typeof parseTree>[2]>;

function parseNode(text: string, errors: ParseError[], options: ParseOptions): Node | undefined | "too deep" {
  try {
    return parseTree(text, errors, options);
  } catch (error) {
    // the parser calls itself for each level of nesting
    if (error instanceof RangeError) return "too deep";
    throw error;
  }
}

function tooDeep(place: Place): TextProblem {
  return { kind: "syntax", place, message: `expected at most ${MAX_DEPTH} levels of nesting` };
}

function syntaxProblems(
  text: string,
  errors: readonly ParseError[],
  placeOf: Scope["placeOf"],
): TextProblem[] {
  const problems: TextProblem[] = [];
  const starts = lineStarts(text);
  let lastLine = -1;
  let lastCode = "";
  for (const { error, offset, length } of errors) {
    const code = printParseErrorCode(error);
    const { line } = positionOf(starts, offset);
    // one mistake often makes the parser complain again: on the same line, or about what follows a lost value
    const isEcho = line === lastLine || lastCode === "InvalidSymbol" || lastCode === "UnexpectedEndOfString";
    lastLine = line;
    lastCode = code;
    if (isEcho) continue;
    const token = text.slice(offset, offset + Math.max(length, 1));
    // the parser stops after the first character of a word such as -Infinity
    const found =
      code === "InvalidSymbol"
        ? (/^[^\s,:{}[\]"]+/.exec(text.slice(offset, offset + 100))?.[0] ?? token)
        : token;
    const got = found.trim() === "" ? "the end of the file" : found;
    const expected = SYNTAX_EXPECTED[code] ?? "valid JSON";
    problems.push({
      kind: "syntax",
      place: placeOf(offset),
      message: `got ${printable(got, MAX_SHOWN)}, expected ${expected}`,
    });
  }
  return problems;
}

function located(node: Node, scope: Scope, path: KeyPath): Located {
  const place = scope.placeOf(node.offset);
  if (path.length > MAX_DEPTH) {
    scope.problems.push(tooDeep(place));
    return scalar("…", place);
  }
  if (node.type === "array") {
    return {
      type: "array",
      place,
      items: (node.children ?? []).map((child, index) => located(child, scope, [...path, index])),
    };
  }
  if (node.type !== "object") {
    const value: unknown = node.value;
    const text = scope.text.slice(node.offset, node.offset + node.length);
    // -0 would be written back as 0: a config that is read again must be the same config
    if (typeof value === "number") return { type: "scalar", place, value: value === 0 ? 0 : value, text };
    if (typeof value === "string") return scalar(value, place);
    return { type: "scalar", place, value: typeof value === "boolean" ? value : null, text };
  }
  return { type: "object", place, entries: locatedEntries(node, scope, path) };
}

function locatedEntries(node: Node, scope: Scope, path: KeyPath): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  for (const { children: [keyNode, valueNode] = [] } of node.children ?? []) {
    // the parser keeps a key without a value; its syntax error is already noted
    if (keyNode === undefined || valueNode === undefined) continue;
    const key = String(keyNode.value);
    const keyPlace = scope.placeOf(keyNode.offset);
    if (entries.has(key)) {
      const message = `${formatKey([...path, key])}: duplicate key, expected each key once`;
      scope.problems.push({ kind: "duplicate", place: keyPlace, message });
    } else {
      entries.set(key, { keyPlace, value: located(valueNode, scope, [...path, key]) });
    }
  }
  return entries;
}
