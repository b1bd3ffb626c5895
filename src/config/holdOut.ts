/**
 * @file How much of a table is held out for validation and test, by how many rows it has: enough to measure on, and
 * as many as possible left to learn from.
 */
import { recommendValidation } from "./recommend.ts";

export interface HoldOut {
  /** fractions of the rows with a label; 0 holds out none */
  readonly validation: number;
  readonly test: number;
  /** rows left to train and validate on */
  readonly ownRows: number;
}

const TEST = 0.2;
/** Fewer rows give no test that says anything. */
const FEW_ROWS = 20;
/** From so many rows on, these fractions are enough to measure on. */
const LARGE = { rows: 200_000, validation: 0.05, test: 0.1 } as const;
const NONE = { validation: 0, test: 0 } as const;

/** `classRows`: rows of each class, at least one each. The last row of a class always stays in training. */
export function chooseHoldOut(classRows: readonly number[]): HoldOut {
  const rows = classRows.reduce((sum, count) => sum + count, 0);
  const spare = rows - classRows.length;
  const { validation, test } = fractions(rows);
  const held = [validation, test].map((fraction) => Math.round(rows * fraction));
  const taken = held[0]! + held[1]!;
  // Where classes are about as many as rows, there is nothing to spare.
  return spare >= taken ? { validation, test, ownRows: rows - held[1]! } : { ...NONE, ownRows: rows };
}

/** What is recommended is a part of the rows that are not for testing; a config has parts of all rows. */
function fractions(rows: number): { readonly validation: number; readonly test: number } {
  if (rows >= LARGE.rows) return LARGE;
  if (rows < FEW_ROWS) return NONE;
  const validation = recommendValidation(rows * (1 - TEST)) * (1 - TEST);
  return { validation: Number(validation.toFixed(3)), test: TEST };
}
