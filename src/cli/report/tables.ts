/**
 * @file Tables of results as plain text: any table, the classes' measures, the confusion matrix. Computes no
 * measure; what is not defined comes in as null.
 */
import type { ChalkInstance } from "chalk";
import { grouped, plural, printable } from "../../words.ts";
import { plainStyle } from "./style.ts";
import { displayWidth, pad, truncate } from "./text.ts";

const MAX_NAME = 24; // columns of a class name, so that a table of long names fits 80
const MAX_HEADING = 10; // columns of a class name above a column of counts
const MAX_CLASSES = 20; // more make a matrix that nobody can read
const MAX_CONFUSIONS = 20;

/** A cell's text, and how to colour it once it has been padded. */
export interface Cell {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

export interface Column {
  readonly title: string;
  /** numbers right, names left */
  readonly align: "left" | "right";
}

/** Lines of a table with two spaces between columns, and no space at the ends of lines. */
export function table(columns: readonly Column[], rows: readonly (readonly (Cell | string)[])[]): string[] {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === "string" ? { text: cell } : cell)));
  const lines = [columns.map(({ title }): Cell => ({ text: title })), ...cells];
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => displayWidth(line[i]?.text ?? ""))));
  return lines.map((line) => {
    const padded = columns.map(({ align }, i) => {
      const { text, paint } = line[i] ?? { text: "" };
      const full = pad(text, widths[i] ?? 0, align);
      return paint === undefined ? full : paint(full);
    });
    return padded.join("  ").trimEnd();
  });
}

/** Measures of one class, or their means over classes, as fractions; null where not defined. */
export interface ClassMeasures {
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
}

/** One line per class, then the means over classes. `support` is the number of rows of the class. */
export function classTable(
  classes: readonly (ClassMeasures & { readonly name: string; readonly support: number })[],
  macro: ClassMeasures,
): string {
  const measures = (of: ClassMeasures) => [of.precision, of.recall, of.f1].map(fraction);
  const total = classes.reduce((sum, { support }) => sum + support, 0);
  const rows = [
    ...classes.map((of) => [shortName(of.name, MAX_NAME), ...measures(of), grouped(of.support)]),
    ["macro average", ...measures(macro), grouped(total)],
  ];
  const titles = ["precision", "recall", "F1", "support"];
  const columns: Column[] = [
    { title: "class", align: "left" },
    ...titles.map((title): Column => ({ title, align: "right" })),
  ];
  return lineUp(table(columns, rows));
}

/** How often each class was taken for each other, and how to show it. */
export interface Confusions {
  readonly names: readonly string[];
  /** (true class, predicted class) row-major, names.length² counts */
  readonly counts: ArrayLike<number>;
}

/**
 * The confusion matrix, rows are true classes; with more than 20 classes, or too wide for `maxWidth` columns, a
 * list of the 20 most frequent confusions.
 */
export function confusionMatrix(
  of: Confusions,
  style: ChalkInstance = plainStyle,
  maxWidth = Number.POSITIVE_INFINITY,
): string {
  if (of.names.length > MAX_CLASSES) return confusionList(of);
  const named = matrix(of, style, headings(of.names));
  if (named.width <= maxWidth) return named.text;
  const numbered = matrix(of, style, null);
  return numbered.width <= maxWidth ? numbered.text : confusionList(of);
}

/** Column headings, or null if cut names would be the same and numbers have to stand for them. */
function headings(names: readonly string[]): readonly string[] | null {
  const short = names.map((name) => shortName(name, MAX_HEADING));
  return new Set(short).size === names.length ? short : null;
}

function matrix(of: Confusions, style: ChalkInstance, titles: readonly string[] | null) {
  const size = of.names.length;
  const label = (name: string, i: number) => (titles ? "" : `${i + 1} `) + shortName(name, MAX_NAME);
  const rows = of.names.map((name, i) => [
    label(name, i),
    ...of.names.map((_, j) => countCell(of, i, j, style)),
  ]);
  const columns: Column[] = [{ title: "true \\ predicted", align: "left" }];
  for (let j = 0; j < size; j++) columns.push({ title: titles?.[j] ?? String(j + 1), align: "right" });
  const plain = table(
    columns,
    rows.map((row) => row.map((cell) => (typeof cell === "string" ? cell : cell.text))),
  );
  return { text: lineUp(table(columns, rows)), width: Math.max(...plain.map(displayWidth)) };
}

/** Right ones green, wrong ones as they are, and zeros dim so that the eye falls on the rest. */
function countCell(of: Confusions, i: number, j: number, style: ChalkInstance): Cell {
  const value = of.counts[i * of.names.length + j] ?? 0;
  const text = grouped(value);
  if (i === j) return { text, paint: style.green };
  return value === 0 ? { text, paint: style.dim } : { text };
}

function confusionList(of: Confusions): string {
  const size = of.names.length;
  const wrong: { from: number; to: number; rows: number }[] = [];
  for (let from = 0; from < size; from++)
    for (let to = 0; to < size; to++) {
      const rows = of.counts[from * size + to] ?? 0;
      if (from !== to && rows > 0) wrong.push({ from, to, rows });
    }
  if (wrong.length === 0) return "no confusions\n";
  wrong.sort((a, b) => b.rows - a.rows || a.from - b.from || a.to - b.to);
  const shown = wrong.slice(0, MAX_CONFUSIONS);
  const name = (index: number) => shortName(of.names[index] ?? "", MAX_NAME);
  const columns: Column[] = [
    { title: "true → predicted", align: "left" },
    { title: "count", align: "right" },
  ];
  const lines = table(
    columns,
    shown.map(({ from, to, rows }) => [`${name(from)} → ${name(to)}`, grouped(rows)]),
  );
  const more = wrong.length - shown.length;
  return lineUp(more === 0 ? lines : [...lines, `and ${plural(more, "less frequent confusion")}`]);
}

const shortName = (name: string, width: number) => truncate(printable(name), width);
const lineUp = (lines: readonly string[]) => `${lines.join("\n")}\n`;

/** Four decimals, as such tables have; "–" where not defined. */
function fraction(value: number | null): string {
  return value === null || Number.isNaN(value) ? "–" : value.toFixed(4);
}
