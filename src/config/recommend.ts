/**
 * @file Training settings that suit a table of a certain size without tuning, found on the tables of
 * test/bench/tables. Knows sizes alone, not the data.
 */

import type { TrainingConfig } from "./types.ts";

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
  readonly schedule: TrainingConfig["schedule"];
}

/** From here on there are enough rows for a second layer, and to spare some for validation. */
const MANY_ROWS = 2048;

/**
 * Settings for `nnt train` that do well on tables nobody tuned for. Found by experiments on 25 real tables of 150 to
 * 20,000 rows (test/bench/tables, on other folds than its results; its README has those of weight decay); margins are to the
 * better of scikit-learn's MLPClassifier and logistic regression on the same folds, in standard errors of its accuracy ("SE").
 * All but weight decay was found while that followed rows and classes alone, below 2,048 rows as well.
 * - Schedule: falling to 0, the learning rate can start several times higher. The best that was found for a constant one was
 *   0.7 SE behind on average of ten tables below 2,048 rows, 2.1 at worst, and 2.1 at worst on six of 3,500 to 5,600; these
 *   settings are 0.2 behind, 0.8 at worst, and 0.6 at worst; on folds that were looked at last, 0.4 behind on those ten, 1.6
 *   at worst (titanic). Cosine in place of linear changed nothing.
 * - Learning rate: over √inputs, because the gradient of a first layer grows with the length of its input. Half of it cost
 *   those six 0.7 SE on average.
 * - Weight decay: a prior weighs less the more rows there are, and the more a row says: with two classes labels are mostly
 *   noise, with many hardly. From 2,048 rows on 0.8 / (classes √rows): half and twice as much gained at most 0.3 points there
 *   and lost up to 0.4 and 0.9. Below, inputs count as well: 3.2 √inputs / (classes rows) gained 1.1 and 0.6 points on the tables
 *   that were behind by most, and lost at most 0.5 (iris) on the others of eleven. (In ridge regression the best penalty of the
 *   mean loss grows with inputs / rows; the root is by experiment.) One layer and two are different networks, so the two rules
 *   need not meet at 2,048.
 * - Width: 32 in place of 128 was 1.3 SE behind at worst of ten tables instead of 0.6; 256 gained nothing there, nor on
 *   letters (16,000 rows). More rows than were measured get it all the same.
 * - Two layers from 2,048 rows on: one of 256 cost 1.5 points on a table of 3,500 rows. Fewer rows: one layer, since two of 64
 *   were 0.4 SE worse on average.
 * - Epochs: small tables take many, 60 in place of 150 cost 0.2 SE on average. Tables above 12,500 rows take fewer than 80, at
 *   least 10, so that training stays at some million rows; of 12,000 and 16,000 rows half of that lost nothing.
 */
export function recommendTraining({ rows, inputs, classes }: TableSize): Recommendation {
  const isLarge = rows >= MANY_ROWS;
  const width = rows >= 32_768 ? 256 : 128;
  const rate = isLarge ? 0.2 : 0.1;
  const decay = isLarge ? 0.8 / Math.sqrt(rows) : (3.2 * Math.sqrt(inputs)) / rows;
  return {
    hidden: isLarge ? [width, width] : [width],
    epochs: isLarge ? Math.min(80, Math.max(10, Math.round(1_000_000 / rows))) : 150,
    batchSize: isLarge ? 64 : 32,
    learningRate: rounded(Math.min(rate / 5, rate / Math.sqrt(inputs))),
    momentum: 0.9,
    weightDecay: rounded(Math.min(0.1, decay / classes)),
    schedule: { name: "linear" },
  };
}

/**
 * The part of the rows to validate on, which chooses the epoch that is kept; 0 is none, and keeps the last one. Without it the last
 * epoch lost 0.7 points on birdstrikes (8,000 rows), which has an input for each of 225 aircraft, though four tables of 2,300 to
 * 5,100 gained up to 1.0 from having the rows to learn from. Below 2,048 rows so few would choose an epoch by luck.
 */
export function recommendValidation(rows: number): number {
  return rows >= MANY_ROWS ? 0.15 : 0;
}

/** To two significant digits: more would look like more knowledge. */
function rounded(value: number): number {
  return Number(value.toPrecision(2));
}
