/**
 * @file How much of a table is held out for validation and test, by how many rows it has: enough to measure on, and
 * as many as possible left to learn from.
 */

export interface HoldOut {
  /** fractions of the rows with a label; 0 holds out none */
  readonly validation: number;
  readonly test: number;
  /** rows left to train on */
  readonly trainRows: number;
}

/** From this many rows on, these fractions. Few rows of validation choose an epoch by luck: better none. */
const SIZES = [
  { rows: 200_000, validation: 0.05, test: 0.1 },
  { rows: 100, validation: 0.1, test: 0.2 },
  { rows: 20, validation: 0, test: 0.2 },
] as const;
const NONE = { validation: 0, test: 0 };

/** `classRows`: rows of each class, at least one each. The last row of a class always stays in training. */
export function chooseHoldOut(classRows: readonly number[]): HoldOut {
  const rows = classRows.reduce((sum, count) => sum + count, 0);
  const spare = rows - classRows.length;
  const { validation, test } = SIZES.find((size) => rows >= size.rows) ?? NONE;
  const held = [validation, test].map((fraction) => Math.round(rows * fraction));
  const taken = held[0]! + held[1]!;
  // Where classes are about as many as rows, there is nothing to spare.
  return spare >= taken ? { validation, test, trainRows: rows - taken } : { ...NONE, trainRows: rows };
}
