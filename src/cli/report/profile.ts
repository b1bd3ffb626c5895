/**
 * @file A table and what is done with it, column by column, as `nnt init` and `nnt inspect` show it to people.
 */
import type { ChalkInstance } from "chalk";
import { rateChange } from "../../config/rateChange.ts";
import type { Recommendation } from "../../config/recommend.ts";
import type { ColumnPlan, TablePlan } from "../../data/profile/decide.ts";
import { grouped, listed, plural, printable, show } from "../../words.ts";
import { type Cell, type Column, table } from "./tables.ts";
import { displayWidth, nameText, truncate } from "./text.ts";

const NAME_WIDTH = 32;
const VALUE_WIDTH = 24;
const MIN_WIDTH = 8; // of a column that has to be cut: enough for "ignored"
const MAX_CLASSES = 8; // listed; the rest is counted

const DELIMITERS: Readonly<Record<string, string>> = {
  ",": "comma",
  ";": "semicolon",
  "\t": "tab",
  "|": "bar",
};

/** How a plan is printed. */
export interface Look {
  readonly style: ChalkInstance;
  /** columns of the terminal; undefined for a file or pipe, where nothing is cut to fit */
  readonly width: number | undefined;
  /** columns of the table that are listed at most */
  readonly limit: number;
  /** what a narrow terminal shows in full: the values of the columns, or what is done with them */
  readonly first: "values" | "use";
  /** how to have another label than the likeliest; null where that cannot be */
  readonly otherLabel: string | null;
}

/** "344 rows, 7 columns, comma-separated, with header" */
export function formText({ rows, delimiter, decimal, hasHeader, columns }: TablePlan): string {
  const form = `${DELIMITERS[delimiter] ?? show(delimiter)}-separated, ${hasHeader ? "with" : "no"} header`;
  const comma = decimal === "," ? ", decimal commas" : "";
  return `${plural(rows, "row")}, ${plural(columns.length, "column")}, ${form}${comma}`;
}

/** `3 classes: "Adelie" 152, "Gentoo" 124, "Chinstrap" 68` */
export function classesText({ classes }: NonNullable<TablePlan["label"]>): string {
  const counts = classes.map(({ value, rows }) => `${show(value, VALUE_WIDTH)} ${grouped(rows)}`);
  return `${plural(classes.length, "class", "classes")}: ${listed(counts, MAX_CLASSES)}`;
}

/** `"unknown" is taken as missing: column "age" is numbers otherwise` */
export function missingText({ spelling, column }: TablePlan["missing"][number]): string {
  return `${show(spelling)} is taken as missing: column ${show(column)} is numbers otherwise`;
}

/** Everything about a table that is known before a config is made of it. */
export function planText(file: string, plan: TablePlan, look: Look): string {
  const { label } = plan;
  const other = look.otherLabel === null ? "" : `; ${look.otherLabel}`;
  const why = label?.reason ? ` (chosen ${label.reason}${other})` : "";
  const remarks = [
    ...plan.missing.map((found) => `missing  ${missingText(found)}`),
    ...plan.badRows.map((why) => `bad rows ${why}`),
    ...plan.hints.map((hint) => `note     ${hint}`),
  ];
  const lines = [
    `table    ${file}: ${formText(plan)}`,
    ...(label ? [`label    ${show(label.name)}${why}, ${classesText(label)}`] : []),
    "",
    ...columnLines(plan, look),
    ...(remarks.length > 0 ? ["", ...remarks] : []),
  ];
  return `${lines.join("\n")}\n`;
}

interface Training {
  readonly validation: number;
  readonly test: number | string;
  readonly training: Recommendation;
}

/** What is held out, and how the rest is learnt from. */
export function trainingText({ validation, test, training }: Training): string {
  const parts = [...heldOut(validation, "validate"), ...heldOut(test, "test")];
  const { hidden, epochs, batchSize, learningRate, schedule } = training;
  const layers =
    hidden.length === 0
      ? "no hidden layer"
      : `hidden ${hidden.length === 1 ? "layer" : "layers"} of ${hidden.join(" and ")}`;
  const rate = `learning rate ${learningRate}${rateChange(schedule)}`;
  const lines = [
    `split    ${parts.length > 0 ? parts.join(", ") : "none: every row is needed to learn from"}`,
    `network  ${layers}; ${rate}, batches of ${batchSize}, ${plural(epochs, "epoch")}`,
  ];
  return `${lines.join("\n")}\n`;
}

/** "20 % of the rows to test", or "test.csv to test"; nothing where no row is held out. */
function heldOut(rows: number | string, purpose: string): string[] {
  if (rows === 0) return [];
  const which = typeof rows === "string" ? printable(rows) : `${Math.round(100 * rows)} % of the rows`;
  return [`${which} to ${purpose}`];
}

const TITLES: readonly Column[] = [
  { title: "column", align: "left" },
  { title: "type", align: "left" },
  { title: "missing", align: "right" },
  { title: "distinct", align: "right" },
  { title: "values", align: "left" },
  { title: "use", align: "left" },
];

function columnLines({ columns }: TablePlan, { style, width, limit, first }: Look): string[] {
  const shown = mostTelling(columns, limit);
  const rows = shown.map((column): Cell[] => [
    { text: truncate(printable(column.name), NAME_WIDTH) },
    { text: column.type },
    column.missing === 0 ? { text: "0", paint: style.dim } : { text: grouped(column.missing) },
    { text: column.distinct === null ? "many" : grouped(column.distinct) },
    { text: valuesText(column) },
    { text: useText(column), ...paintOf(column, style) },
  ]);
  const lines = table(TITLES, width === undefined ? rows : fitTo(width, rows, first));
  const more = columns.length - shown.length;
  return more === 0 ? lines : [...lines, `… and ${plural(more, "more column")}`];
}

/** At most `limit` columns, in the table's order: plain inputs are the first to be left out. */
function mostTelling(columns: readonly ColumnPlan[], limit: number): readonly ColumnPlan[] {
  if (columns.length <= limit) return columns;
  const isPlain = ({ use, reason }: ColumnPlan) => use === "input" && reason === null;
  const byInterest = [...columns.filter((each) => !isPlain(each)), ...columns.filter(isPlain)];
  const kept = new Set(byInterest.slice(0, limit));
  return columns.filter((column) => kept.has(column));
}

function valuesText({ range, frequent }: ColumnPlan): string {
  if (range) return `${short(range.minimum)} to ${short(range.maximum)}, mean ${short(range.mean)}`;
  const counted = frequent[0] !== undefined && frequent[0].rows > 1;
  const shown = frequent.map(({ value, rows }) => {
    const text = nameText(value, VALUE_WIDTH);
    return counted ? `${text} (${grouped(rows)})` : text;
  });
  return shown.join(", ");
}

/** Six significant digits: enough to recognise a value. */
function short(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function useText({ use, reason, inputs, type, missing }: ColumnPlan): string {
  if (use === "label") return "label";
  if (use === "ignore") return `ignored: ${reason}`;
  const forms = type === "numeric" ? (missing > 0 ? "number, is it missing" : "") : "one a value";
  const text = forms === "" ? plural(inputs, "input") : `${plural(inputs, "input")}: ${forms}`;
  return reason === null ? text : `${text} (${reason})`;
}

function paintOf({ use }: ColumnPlan, style: ChalkInstance): Pick<Cell, "paint"> {
  if (use === "label") return { paint: style.green };
  return use === "ignore" ? { paint: style.yellow } : {};
}

/** Positions in TITLES. */
const [NAME, VALUES, USE] = [0, 4, 5];

/** The same cells, cut so that a line of them takes at most `width` columns, if that can be. */
function fitTo(width: number, rows: readonly Cell[][], first: Look["first"]): Cell[][] {
  const widths = TITLES.map(({ title }, i) =>
    Math.max(title.length, ...rows.map((row) => displayWidth(row[i]!.text))),
  );
  let excess = widths.reduce((sum, each) => sum + each + 2, -2) - width;
  for (const i of first === "use" ? [VALUES, USE, NAME] : [USE, VALUES, NAME]) {
    const cut = Math.min(Math.max(excess, 0), Math.max(0, widths[i]! - MIN_WIDTH));
    widths[i]! -= cut;
    excess -= cut;
  }
  return rows.map((row) => row.map((cell, i) => ({ ...cell, text: truncate(cell.text, widths[i]!) })));
}
