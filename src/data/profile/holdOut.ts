/**
 * @file How much of a table is held out for validation and test, by how many rows it has: enough to measure on, and
 * as many as possible left to learn from.
 */

export interface HoldOut {
  /** fractions of the rows with a label; 0 holds out none */
  readonly validation: number;
  readonly test: number;
  /** rows left to train and validate on */
  readonly ownRows: number;
}

/**
 * From this many rows on, these fractions. Few rows of validation choose an epoch by luck and are missed in training: better
 * none. 2560 and 0.12 of all rows are 2048 and 0.15 of those that are not for testing, as recommendValidation has them.
 */
const SIZES = [
  { rows: 200_000, validation: 0.05, test: 0.1 },
  { rows: 2560, validation: 0.12, test: 0.2 },
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
  return spare >= taken ? { validation, test, ownRows: rows - held[1]! } : { ...NONE, ownRows: rows };
}
