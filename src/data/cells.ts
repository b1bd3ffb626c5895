/**
 * @file What one cell means: missing, a number or a word, and the input it becomes. Training and prediction both go
 * through these functions, so that a cell gives the same bits in both. Knows nothing of files or rows.
 * Cells given here are already trimmed.
 */
import { NO_INPUT } from "./dataset.ts";
import type { CategoricalColumn, NumericColumn } from "./preprocessing.ts";

/** Decimal digits with an optional point and exponent: no grouping, no hexadecimal, no "Infinity". */
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const DECIMAL_COMMA = /^[+-]?\d*,\d+$/;

export function isMissing(cell: string, missing: ReadonlySet<string>): boolean {
  return missing.has(cell);
}

export function isNumberText(cell: string): boolean {
  return NUMBER.test(cell);
}

/** True for "1,5": a number to many programs, text to nnt. */
export function hasDecimalComma(cell: string): boolean {
  return DECIMAL_COMMA.test(cell);
}

/** The number a cell spells; NaN if it spells none, an infinity if it is too large for a double (1e999). */
export function parseNumber(cell: string): number {
  return NUMBER.test(cell) ? Number(cell) : Number.NaN;
}

/**
 * Dense input of a numeric cell, in float32; NaN stands for a missing cell and becomes the median.
 * The result is not finite where the value is too far from the mean for float32: the caller refuses it.
 */
export function numericInput(value: number, column: NumericColumn): number {
  const present = Number.isNaN(value) ? column.median : value;
  return Math.fround((present - column.mean) / column.deviation);
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
