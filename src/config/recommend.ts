/**
 * @file Training settings that suit a table of a certain size without tuning, found on the tables of
 * test/bench/tables. Knows sizes alone, not the data.
 */

/** What is known of a table before it is trained on. */
export interface TableSize {
  /** with a label, to train and validate on */
  readonly rows: number;
  /** of the network: one for each number, level and missing indicator */
  readonly inputs: number;
  readonly classes: number;
}

export interface Recommendation {
  /** widths of the hidden layers */
  readonly hidden: readonly number[];
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
}

/** From here on a part of the rows can be spared for validation. */
const MANY_ROWS = 2048;

/**
 * Settings for `nnt train` that do well on tables nobody tuned for. Found by experiments on 25 real tables of 150 to
 * 20,000 rows; margins are to the better of scikit-learn's MLPClassifier and logistic regression on the same folds,
 * in standard errors of its accuracy ("SE").
 * - Width: the power of two nearest to √rows, from 32 to 256. Letters (16,000 rows) lost 5.7 SE and more with one layer of
 *   64 and won 4.8 with two of 128; tables below 2,000 rows gained nothing from more than 32 (attrition lost 1.5 SE).
 * - Two layers from 2048 rows on: one of the same width cost 1.8 SE on a table of 4,300 rows. Fewer rows: one layer, since
 *   the second gained nothing.
 * - Learning rate: over √inputs, because the gradient of a first layer grows with the length of its input. A fixed one
 *   was too small for tables of 18 columns and too large for those of 55 (worst margin -0.8 SE instead of -0.6). At most
 *   0.02: 0.033 cost a large table of 9 columns 1.3 SE.
 * - Weight decay: 4 / rows is a prior that stays the same while the mean loss averages over more rows; a small table
 *   cannot bear that much, so it grows only as 1/√rows below 1,600 rows.
 * - Epochs: without validation the last one is kept, so small tables learn slowly and long: 150 epochs at half the
 *   learning rate halved the sum of their squared losses against 80. With validation the best of 80 is kept; tables above
 *   25,000 rows take fewer, at least 10, so that training stays at some 2 million rows.
 * `classes` is not used: nothing that was found depends on it.
 */
export function recommendTraining({ rows, inputs }: TableSize): Recommendation {
  const isLarge = rows >= MANY_ROWS;
  const width = Math.min(256, Math.max(32, powerOfTwoNear(Math.sqrt(rows))));
  return {
    hidden: isLarge ? [width, width] : [width],
    epochs: isLarge ? Math.min(80, Math.max(10, Math.round(2_000_000 / rows))) : 150,
    batchSize: isLarge ? 64 : 32,
    learningRate: rounded(Math.min(0.02, (isLarge ? 0.1 : 0.02) / Math.sqrt(inputs))),
    momentum: 0.9,
    weightDecay: rounded(Math.min(0.1 / Math.sqrt(rows), 4 / rows)),
  };
}

/**
 * The part of the rows to validate on, which chooses the epoch that is kept; 0 is none, and keeps the last one. Below 2048
 * rows a validation part of 0.15 chose no better than the last epoch and took its rows from training: seven
 * tables lost 0.2 points on average and up to 1.2. Above, tables that are mostly noise need it: without one the worst margin
 * was -1.8 SE, with 0.1 it was -1.9 and with 0.15 it was -0.6.
 */
export function recommendValidation(rows: number): number {
  return rows >= MANY_ROWS ? 0.15 : 0;
}

/** The power of two whose ratio to `value` is nearest to 1. */
function powerOfTwoNear(value: number): number {
  let power = 1;
  while (power * Math.SQRT2 < value) power *= 2;
  return power;
}

/** To two significant digits: more would look like more knowledge. */
function rounded(value: number): number {
  return Number(value.toPrecision(2));
}
