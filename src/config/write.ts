/**
 * @file Writes a config for a table as a person would: keys in the order of the schema, nothing that is a default,
 * and a comment beside every decision. What is decided, and the words of the comments, are the caller's.
 */
import { printable } from "../words.ts";
import { rateChange } from "./rateChange.ts";
import type { Recommendation } from "./recommend.ts";

/** A value and why it was chosen; the comment is one line, whatever characters it has. */
export interface Reasoned<T> {
  readonly value: T;
  readonly why: string;
}

/** A config of CSV data. What is null is left out. */
export interface CsvDraft {
  /** lines at the top */
  readonly about: readonly string[];
  /** of nnt.schema.json, as an editor finds it from the config */
  readonly schema: string | null;
  /** from the config's folder, or "-" */
  readonly train: string;
  readonly delimiter: string | null;
  readonly header: Reasoned<boolean> | null;
  /** a column's name, or its index where there is no header */
  readonly label: Reasoned<string | number>;
  readonly ignore: readonly Reasoned<string>[];
  readonly columns: readonly (Reasoned<string> & { readonly name: string })[];
  /** all spellings of a missing cell, and for those that are not usual, why */
  readonly missing: { readonly spellings: readonly string[]; readonly why: readonly string[] } | null;
  readonly decimal: string | null;
  /** why bad rows are left out; empty where none has to be */
  readonly badRows: readonly string[];
  readonly validation: number;
  /** a fraction, or a file from the config's folder */
  readonly test: number | string;
  readonly training: Recommendation;
}

/** JSON with comments and a final newline; a valid config. */
export function writeConfig(draft: CsvDraft): string {
  const { hidden, epochs, batchSize, learningRate, momentum, weightDecay, schedule } = draft.training;
  const optimizer = { name: "sgd", learningRate, momentum, weightDecay };
  const change = rateChange(schedule);
  const lines = [
    ...draft.about.map(comment),
    "{",
    ...(draft.schema === null ? [] : [`  "$schema": ${JSON.stringify(draft.schema)},`]),
    `  "data": {`,
    ...dataLines(draft).map((line) => `    ${line}`),
    "  },",
    `  "network": ${inline({ hidden })},`,
    `  "train": {`,
    `    "epochs": ${epochs},`,
    `    "batchSize": ${batchSize},`,
    `    "optimizer": ${inline(optimizer)},`,
    ...(change === ""
      ? []
      : [`    ${comment(`a learning rate${change} lets the last epochs settle what the first ones found`)}`]),
    `    "schedule": ${inline(schedule)},`,
    "  },",
    "}",
  ];
  return `${lines.join("\n")}\n`;
}

function dataLines(draft: CsvDraft): string[] {
  const { train, delimiter, decimal, header, label, ignore, columns, missing, badRows, validation, test } =
    draft;
  const part = (key: string, rows: number | string) =>
    rows === 0
      ? []
      : [
          `${JSON.stringify(key)}: ${typeof rows === "string" ? JSON.stringify(rows) : inline({ fraction: rows })},`,
        ];
  return [
    `"train": ${JSON.stringify(train)},`,
    ...(delimiter === null ? [] : [`"delimiter": ${JSON.stringify(delimiter)},`]),
    ...(header === null ? [] : [`"header": ${header.value}, ${comment(header.why)}`]),
    comment(label.why),
    `"label": ${JSON.stringify(label.value)},`,
    ...block(
      '"ignore": [',
      ignore.map(({ value, why }) => `${JSON.stringify(value)}, ${comment(why)}`),
      "],",
    ),
    ...block(
      '"columns": {',
      columns.map(
        ({ name, value, why }) => `${JSON.stringify(name)}: ${JSON.stringify(value)}, ${comment(why)}`,
      ),
      "},",
    ),
    ...(missing === null ? [] : [...missing.why.map(comment), `"missing": ${inline(missing.spellings)},`]),
    ...(decimal === null ? [] : [`"decimal": ${JSON.stringify(decimal)},`]),
    ...(badRows.length === 0 ? [] : [...badRows.map(comment), '"onBadRow": "skip",']),
    ...part("validation", validation),
    ...part("test", test),
  ];
}

/** Nothing at all without lines inside. */
function block(open: string, lines: readonly string[], close: string): string[] {
  return lines.length === 0 ? [] : [open, ...lines.map((line) => `  ${line}`), close];
}

function comment(text: string): string {
  return `// ${printable(text)}`;
}

/** JSON on one line, with the spaces that people write. */
function inline(value: object): string {
  if (Array.isArray(value)) return `[${value.map((each) => JSON.stringify(each)).join(", ")}]`;
  const entries = Object.entries(value).map(([key, each]: [string, unknown]) => {
    const text = typeof each === "object" && each !== null ? inline(each) : JSON.stringify(each);
    return `${JSON.stringify(key)}: ${text}`;
  });
  return `{ ${entries.join(", ")} }`;
}
