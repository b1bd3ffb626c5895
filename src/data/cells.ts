/**
 * @file What one cell means: missing, a number or a word, and the input it becomes. Training and prediction both go
 * through these functions, so that a cell gives the same bits in both. Knows nothing of files or rows.
 * Cells given here are already trimmed.
 */
import { NO_INPUT } from "./dataset.ts";
import type { CategoricalColumn, NumericColumn } from "./preprocessing.ts";

/** What stands before the decimals of a number. */
export type Decimal = "." | ",";

/** Decimal digits with an optional mark and exponent: no grouping, no hexadecimal, no "Infinity". */
const NUMBER = {
  ".": /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/,
  ",": /^[+-]?(?:\d+,?\d*|,\d+)(?:[eE][+-]?\d+)?$/,
} as const;
const DECIMAL_COMMA = /^[+-]?\d*,\d+$/;

/** Whether a cell means "no value". */
export function isMissing(cell: string, missing: ReadonlySet<string>): boolean {
  return missing.has(cell);
}

/** True for what nnt reads as a number: digits with an optional sign, decimal mark and exponent, also 1e999. */
export function isNumberText(cell: string, decimal: Decimal): boolean {
  return NUMBER[decimal].test(cell);
}

/** True for "1,5": a number where the decimal mark is a comma, text where it is a point. */
export function hasDecimalComma(cell: string): boolean {
  return DECIMAL_COMMA.test(cell);
}

const THOUSANDS = {
  ".": /^[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?$/,
  ",": /^[+-]?[1-9]\d{0,2}(?:\.\d{3})+(?:,\d*)?$/,
} as const;
const UNIT = /^[+-]?\s?[$€£¥]\s?[+-]?[\d.,]+$|^[+-]?[\d.,]+\s?[%$€£¥]$/;
const HEX = /^[+-]?0[xX][\da-fA-F]+$/;
const DATE = /^\d{4}([-/.])\d{1,2}\1\d{1,2}(?:[T ].*)?$|^\d{1,2}([-/.])\d{1,2}\2\d{2}(?:\d{2})?(?: .*)?$/;

/** True for "1,234" where the decimal mark is a point: a number with separators of thousands, text to nnt. */
export function hasThousands(cell: string, decimal: Decimal): boolean {
  return THOUSANDS[decimal].test(cell);
}

/** A number as people write it and nnt does not read it: 1,5 or 1.5 against the decimal mark; 1,234; $5 or 5 %; 0x1f. */
export type Misspelling = "comma" | "point" | "thousands" | "unit" | "hex";

/** How a cell that is no number misspells one; null where it is something else. */
export function misspelling(cell: string, decimal: Decimal): Misspelling | null {
  if (hasThousands(cell, ".") || hasThousands(cell, ",")) return "thousands";
  if (decimal === "." && hasDecimalComma(cell)) return "comma";
  if (decimal === "," && isNumberText(cell, ".")) return "point";
  if (UNIT.test(cell)) return "unit";
  return HEX.test(cell) ? "hex" : null;
}

/** True for "2020-01-31", "31.1.2020", "1/31/20", with or without a time behind it. */
export function isDate(cell: string): boolean {
  return DATE.test(cell);
}

/** The number a cell spells; NaN if it spells none, an infinity if it is too large for a double (1e999). */
export function parseNumber(cell: string, decimal: Decimal): number {
  if (!NUMBER[decimal].test(cell)) return Number.NaN;
  return Number(decimal === "." ? cell : cell.replace(",", "."));
}

/**
 * Dense input of a numeric cell, in float32; NaN stands for a missing cell and becomes the median.
 * The result is not finite where the value is too far from the mean for float32: the caller refuses it. A column that
 * is scaled robustly takes any value.
 */
export function numericInput(value: number, { mean, deviation, median, spread }: NumericColumn): number {
  return spread === undefined
    ? standardised(value, mean, deviation, median)
    : squashed(value, median, spread);
}

function standardised(value: number, mean: number, deviation: number, median: number): number {
  return Math.fround(((Number.isNaN(value) ? median : value) - mean) / deviation);
}

/**
 * z / √(1 + (z/3)²): z itself near 0, never beyond ±3, so that no value drowns the others. Written so that nothing
 * overflows. Source: Holzmüller et al. 2024, "Better by Default", smooth clipping.
 */
function squashed(value: number, median: number, spread: number): number {
  const z = Number.isNaN(value) ? 0 : (value - median) / spread;
  return Math.fround(Math.sign(z) / Math.sqrt(1 / (z * z) + 1 / 9));
}

/**
 * `numericInput` of the rows `begin` to `end` of `values`, written to their places in `dense` (rows, denseWidth). False
 * where one of them is not finite.
 */
export function writeNumericInputs(
  values: Float64Array,
  { begin, end }: { readonly begin: number; readonly end: number },
  { input, mean, deviation, median, spread }: NumericColumn,
  dense: Float32Array,
  denseWidth: number,
): boolean {
  let check = 0; // NaN from the first input on that is not finite
  let at = begin * denseWidth + input;
  if (spread === undefined) {
    for (let row = begin; row < end; row++, at += denseWidth) {
      const own = standardised(values[row]!, mean, deviation, median);
      dense[at] = own;
      check += own - own;
    }
  } else {
    for (let row = begin; row < end; row++, at += denseWidth)
      dense[at] = squashed(values[row]!, median, spread);
  }
  return check === 0;
}

/** One-hot input of a numeric column's indicator: set where the cell is missing. */
export function indicatorInput(value: number, missingInput: number): number {
  return Number.isNaN(value) ? missingInput : NO_INPUT;
}

/** The one-hot input of each level; null is the level of missing cells. A level not in it sets no input. */
export function levelInputs(column: CategoricalColumn): Map<string | null, number> {
  return new Map(column.levels.map((level, i) => [level, column.firstInput + i]));
}

/** One-hot input of a categorical cell (null: missing), or NO_INPUT for a level that training never saw. */
export function categoricalInput(level: string | null, inputs: ReadonlyMap<string | null, number>): number {
  return inputs.get(level) ?? NO_INPUT;
}
