/**
 * @file Training settings that suit a table of a certain size without tuning. Knows sizes alone, not the data.
 */

export interface TableSize {
  /** rows with a label, before the split */
  readonly rows: number;
  /** inputs of the network, one-hot ones included */
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

export function recommendTraining(_size: TableSize): Recommendation {
  return { hidden: [64], epochs: 60, batchSize: 32, learningRate: 0.02, momentum: 0.9, weightDecay: 0.001 };
}

export function recommendValidation(_rows: number): number {
  return 0.15;
}
