/**
 * @file A trained model in use: probabilities, and losses where there are labels, for chunks of rows in constant
 * memory. Reading rows is data's part, adding scores up is the caller's.
 */
import type { Backend, BackendData, Batch, LayerParameters } from "../backend/backend.ts";
import { checkDataset } from "../backend/checks.ts";
import type { Dataset } from "../data/dataset.ts";
import { Network } from "./network.ts";

/** Views that the next call overwrites. */
export interface Predictions {
  /** (rows) the most probable class, or NO_CLASS where the probabilities are not finite */
  readonly classes: Uint32Array;
  /** (rows, classes) row-major */
  readonly probabilities: ArrayLike<number>;
}

/** One model over one backend; it takes chunk after chunk. Throws SystemError where memory does not suffice. */
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

  /** What the model says of rows. */
  predict(chunk: Dataset): Predictions {
    this.network.forward(this.load(chunk));
    return this.predictions(chunk.rows);
  }

  /** The same for rows with labels, and (rows) their losses, in nats. */
  score(chunk: Dataset): Predictions & { readonly losses: Float64Array } {
    this.network.score(this.load(chunk));
    return { losses: this.network.losses(chunk.rows), ...this.predictions(chunk.rows) };
  }

  private predictions(rows: number): Predictions {
    return { classes: this.network.predictions(rows), probabilities: this.network.probabilities(rows) };
  }

  private load(chunk: Dataset): Batch {
    checkDataset(chunk, this.network.sizes);
    if (this.data === null || this.batch === null) {
      this.data = this.backend.createData(withRoom(chunk, this.chunkRows), true);
      const order = this.backend.createOrder(Uint32Array.from({ length: this.chunkRows }, (_, i) => i));
      this.batch = { data: this.data, order, weights: null, first: 0, count: 0 };
    }
    this.data.replace(chunk);
    this.batch.count = chunk.rows;
    return this.batch;
  }
}

/** Rows of the form of `chunk`'s, as many as a chunk can have. */
function withRoom(chunk: Dataset, rows: number): Dataset {
  const { dense, denseWidth, codeWidth } = chunk;
  const length = rows * denseWidth;
  return {
    ...chunk,
    rows,
    dense: dense instanceof Uint8Array ? new Uint8Array(length) : new Float32Array(length),
    codes: new Uint32Array(rows * codeWidth),
    labels: new Uint32Array(rows), // also where the first rows have none: later ones may
  };
}
