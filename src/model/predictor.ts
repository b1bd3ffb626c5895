/**
 * @file A trained model in use: probabilities, and losses where there are labels, for chunks of rows in constant
 * memory. Reading rows is data's part, adding scores up is the caller's.
 */
import type { Backend, BackendData, Batch, LayerParameters } from "../backend/backend.ts";
import { checkDataset } from "../backend/checks.ts";
import type { Dataset } from "../data/dataset.ts";
import { Network } from "./network.ts";

export class Predictor {
  readonly classes: number;
  private readonly backend: Backend;
  private readonly network: Network;
  private readonly chunkRows: number;
  /** the first chunk's memory, used again for all others */
  private data: BackendData | null = null;
  private batch: Batch | null = null;

  /** `chunkRows`: the most rows of a chunk. */
  constructor(
    backend: Backend,
    { sizes, layers }: { readonly sizes: readonly number[]; readonly layers: readonly LayerParameters[] },
    chunkRows: number,
  ) {
    this.backend = backend;
    this.chunkRows = chunkRows;
    this.classes = sizes[sizes.length - 1]!;
    this.network = new Network(backend, { sizes, capacity: chunkRows, training: false, momentum: false });
    this.network.setParameters(layers);
  }

  /** (rows, classes) row-major probabilities; a view that the next call overwrites. The first chunk is the largest. */
  probabilities(chunk: Dataset): ArrayLike<number> {
    this.network.forward(this.load(chunk));
    return this.network.probabilities(chunk.rows);
  }

  /** The same for rows with labels, and the sum of their losses, in nats. */
  score(chunk: Dataset): { readonly lossSum: number; readonly probabilities: ArrayLike<number> } {
    this.network.score(this.load(chunk));
    return {
      lossSum: this.network.lossSum(chunk.rows),
      probabilities: this.network.probabilities(chunk.rows),
    };
  }

  private load(chunk: Dataset): Batch {
    checkDataset(chunk, this.network.sizes);
    if (this.data === null || this.batch === null) {
      this.data = this.backend.createData(chunk);
      const order = this.backend.createOrder(Uint32Array.from({ length: this.chunkRows }, (_, i) => i));
      this.batch = { data: this.data, order, first: 0, count: 0 };
    } else {
      this.data.replace(chunk);
    }
    this.batch.count = chunk.rows;
    return this.batch;
  }
}

/**
 * The class with the highest probability in row `row`, the first one if several are equal; -1 if the row's
 * probabilities are not finite, because its values or the weights are so large that float32 overflows.
 */
export function mostProbable(probabilities: ArrayLike<number>, row: number, classes: number): number {
  let best = 0;
  for (let c = 0; c < classes; c++) {
    const probability = probabilities[row * classes + c]!;
    if (Number.isNaN(probability)) return -1;
    if (probability > probabilities[row * classes + best]!) best = c;
  }
  return best;
}
