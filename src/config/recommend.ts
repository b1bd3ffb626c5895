/**
 * @file A network and a way to train it that suit a table of a given size without tuning. All numbers are here;
 * what a table is like is src/data/profile's.
 */

export interface TableSize {
  /** to train on */
  readonly rows: number;
  /** of the network, after one-hot encoding */
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

/** By rows to train on, fewest first. Few rows: a small network, held back by weight decay, and many passes. */
const SIZES = [
  { rows: 500, batchSize: 16, width: 16, learningRate: 0.05, weightDecay: 0.01 },
  { rows: 5_000, batchSize: 16, width: 32, learningRate: 0.05, weightDecay: 0.001 },
  { rows: 50_000, batchSize: 32, width: 64, learningRate: 0.02, weightDecay: 1e-4 },
  { rows: Number.POSITIVE_INFINITY, batchSize: 64, width: 128, learningRate: 0.02, weightDecay: 1e-5 },
] as const;
const STEPS = 6_000;
const MIN_EPOCHS = 5;
const MAX_EPOCHS = 100;
const WIDE_INPUTS = 50; // from here on twice as wide, and again from four times as many
const MAX_WIDTH = 256;

/** How to train on a table of this size. `rows` of at least 1. */
export function recommendTraining({ rows, inputs, classes }: TableSize): Recommendation {
  const { batchSize, width, learningRate, weightDecay } = SIZES.find((size) => rows <= size.rows)!;
  const factor = inputs >= 4 * WIDE_INPUTS ? 4 : inputs >= WIDE_INPUTS ? 2 : 1;
  const hidden = Math.min(MAX_WIDTH, Math.max(width * factor, 2 * classes));
  const steps = Math.ceil(rows / batchSize);
  const epochs = Math.min(MAX_EPOCHS, Math.max(MIN_EPOCHS, Math.round(STEPS / steps)));
  return { hidden: [hidden], epochs, batchSize, learningRate, momentum: 0.9, weightDecay };
}
