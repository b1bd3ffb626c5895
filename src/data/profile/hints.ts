/**
 * @file What a person should look at in a table before training: rare classes, one class that is nearly all,
 * numbers that may mean "no value". Only sentences: nothing is done about it.
 */
import { listed, plural, show } from "../../words.ts";
import { type Decimal, parseNumber } from "../cells.ts";
import { unnamedNotes } from "../words.ts";
import type { ColumnProfile } from "./column.ts";
import { firstRowIsHeader } from "./header.ts";
import type { TableProfile } from "./table.ts";
import type { ColumnType } from "./types.ts";
import { meansNoValue } from "./words.ts";

export interface Classes {
  /** most frequent first */
  readonly classes: readonly { readonly value: string; readonly rows: number }[];
  /** rows without a label */
  readonly unlabelled: number;
}

const FEW_ROWS = 10; // of a class: too few to tell how well it is learnt
const MOST_ROWS = 0.8; // share of one class from which accuracy alone says little
const MAX_HINTS = 10; // of one kind
const REPEATED = 3; // a number that means "no value" comes again

/** The classes of a label column whose values are all kept. */
export function classesOf({ numberValues, wordValues, missing }: ColumnProfile): Classes {
  const classes = [...(numberValues ?? []), ...(wordValues ?? [])].map(([value, { rows }]) => ({
    value,
    rows,
  }));
  return { classes: classes.sort((a, b) => b.rows - a.rows), unlabelled: missing };
}

/** `learnt`: the columns that are learnt from; what is ignored needs no second look. */
export function tableHints(
  table: TableProfile,
  label: ColumnProfile | null,
  classes: Classes | null,
  learnt: readonly { readonly column: ColumnProfile; readonly type: ColumnType }[],
): string[] {
  const inputs = learnt.map(({ column }) => column);
  const numeric = learnt.flatMap(({ column, type }) => (type === "numeric" ? [column] : []));
  return [
    ...headerHint(table),
    ...unnamedNotes(
      table.file,
      table.columns.map(({ name }) => name),
      table.unnamed,
    ),
    ...secondHeaderHint(table),
    ...(classes === null ? [] : classHints(classes)),
    ...(label?.numbers ? noClassHints(label) : []),
    ...(label === null ? [] : spellingHint(label)),
    ...inputs.flatMap((column) => noValueHint(column, table.decimal)).slice(0, MAX_HINTS),
    ...inputs.flatMap(spellingHint).slice(0, MAX_HINTS),
    ...numeric.flatMap(codeHint).slice(0, MAX_HINTS),
    ...(table.delimiter === ";" ? numeric.flatMap(thousandsHint).slice(0, MAX_HINTS) : []),
  ];
}

function headerHint(table: TableProfile): string[] {
  if (!firstRowIsHeader(table)) return [];
  return ["the first row was taken as data, but looks like a header: set data.header to true if it is one"];
}

/** Files with a header each, joined to one: their headers are rows. */
function secondHeaderHint({ columns }: TableProfile): string[] {
  const own = columns.filter(({ name, wordValues }) => wordValues?.has(name));
  if (own.length < 2 || own.length <= columns.length / 2) return [];
  const [first, second] = own.map(({ name }) => show(name));
  return [
    `the header comes again among the rows, where column ${first} has the cell ${first} and ${second} has ${second}: remove these rows`,
  ];
}

function classHints({ classes, unlabelled }: Classes): string[] {
  const hints: string[] = [];
  const rows = classes.reduce((sum, each) => sum + each.rows, 0);
  const rare = classes.filter((each) => each.rows < FEW_ROWS);
  const most = classes[0]!;
  if (unlabelled > 0) hints.push(`${plural(unlabelled, "row")} without a label: training leaves them out`);
  if (rare.length > 0) {
    const names = rare.map((each) => `${show(each.value)} (${plural(each.rows, "row")})`);
    hints.push(`too few rows to learn well, or to tell how well: ${listed(names, MAX_HINTS)}`);
  }
  if (most.rows >= MOST_ROWS * rows) {
    const share = Math.floor((100 * most.rows) / rows);
    hints.push(
      `${share} % of the rows are ${show(most.value)}: always saying so would be right as often; look at macro F1, or set train.classWeights to "balanced"`,
    );
  }
  return hints;
}

/** A word that means "no value" among the numbers of the label is a class to nnt. */
function noClassHints({ wordValues }: ColumnProfile): string[] {
  const found = [...(wordValues ?? [])].filter(([word]) => meansNoValue(word));
  return found.map(
    ([word, { rows }]) =>
      `${show(word)} is a class of ${plural(rows, "row")}; if it means "no label", add it to data.missing`,
  );
}

/** A number far from all others that comes again and again: -999 among amounts, 999 among small numbers. */
function noValueHint(column: ColumnProfile, decimal: Decimal): string[] {
  const { name, numbers, words, range, numberValues } = column;
  if (numberValues === null || range === null || words > 0 || numberValues.size < 5) return [];
  const sorted = [...numberValues].map(([text, { rows }]) => ({
    text,
    rows,
    value: parseNumber(text, decimal),
  }));
  sorted.sort((a, b) => a.value - b.value);
  const [least, next] = [sorted[0]!, sorted[1]!];
  const [before, most] = [sorted.at(-2)!, sorted.at(-1)!];
  const isFar = /^-9+$/.test(least.text) && least.value < 2 * next.value - most.value; // farther from them than they lie apart
  const isLow = least.value <= -9 && (next.value >= 0 || isFar) && least.rows >= REPEATED;
  const isHigh = /^99+(?:\.9*0*)?$/.test(most.text) && before.value < most.value / 2 && most.rows >= REPEATED;
  const odd = isLow ? least : isHigh ? most : null;
  if (odd === null || odd.rows > numbers / 2) return [];
  const rest = isLow ? `no other is below ${next.text}` : `no other is above ${before.text}`;
  return [
    `column ${show(name)}: ${plural(odd.rows, "cell")} ${odd.rows === 1 ? "is" : "are"} ${odd.text}, and ${rest}; ` +
      `if it means "no value", add ${show(odd.text)} to data.missing`,
  ];
}

/** Two levels that differ in case or inner spaces alone. */
function spellingHint({ name, wordValues, words, numbers }: ColumnProfile): string[] {
  if (wordValues === null || words < numbers) return [];
  const seen = new Map<string, string>();
  for (const word of wordValues.keys()) {
    const plain = word.toLowerCase().replace(/\s+/g, " ");
    const other = seen.get(plain);
    if (other !== undefined) {
      return [`column ${show(name)}: ${show(other)} and ${show(word)} are two values to nnt`];
    }
    seen.set(plain, word);
  }
  return [];
}

/** Numbers that are written as codes are: an amount has no leading zeros. */
function codeHint({ name, form }: ColumnProfile): string[] {
  if (form.code === null) return [];
  return [
    `column ${show(name)}: numbers such as ${show(form.code)} lose their leading 0, and most have ` +
      `${form.code.length} digits, as codes do; if they are codes, make the column "categorical" in data.columns`,
  ];
}

/** Where cells are separated by semicolons, decimals have a comma more often than a point. */
function thousandsHint({ name, form }: ColumnProfile): string[] {
  if (form.thousands === null) return [];
  return [
    `column ${show(name)}: all points have three digits behind them, as in ${show(form.thousands)}, and are read as decimal ` +
      "points; if they separate thousands, write the numbers without them",
  ];
}
