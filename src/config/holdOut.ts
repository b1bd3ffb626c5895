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

/** Fewer rows give no test that says anything. */
const FEW_ROWS = 20;
/** From so many rows on, less is enough to measure on. */
const LARGE_ROWS = 200_000;

/**
 * `classRows`: rows of each class, at least one each. The last row of a class always stays in training. `hasTest`: rows to
 * test on are in a file of their own.
 */
export function chooseHoldOut(classRows: readonly number[], hasTest = false): HoldOut {
  const rows = classRows.reduce((sum, count) => sum + count, 0);
  const spare = rows - classRows.length;
  const test = testPart(rows, hasTest);
  const testRows = Math.round(rows * test);
  const ownRows = rows - testRows;
  const validation = validationPart(rows, ownRows, test);
  // Where classes are about as many as rows, there is nothing to spare.
  const hasSpare = spare >= testRows + Math.round(rows * validation);
  return hasSpare ? { validation, test, ownRows } : { validation: 0, test: 0, ownRows: rows };
}

function testPart(rows: number, hasTest: boolean): number {
  if (hasTest || rows < FEW_ROWS) return 0;
  return rows < LARGE_ROWS ? 0.2 : 0.1;
}

/** What is recommended is a part of the rows that are not for testing; a config has parts of all rows. */
function validationPart(rows: number, ownRows: number, test: number): number {
  if (rows >= LARGE_ROWS) return 0.05;
  return Number((recommendValidation(ownRows) * (1 - test)).toFixed(3));
}
