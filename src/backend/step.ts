/**
 * @file The order of a step's operations, as phases: in each phase every thread does its part, which writes where no
 * other does and reads nothing that another writes in that phase; after each comes a barrier. So the division changes
 * no bit. One thread runs the same phases one after the other.
 *
 * Batch rows are divided where each goes its own way: listing inputs, the loss, dX. The outputs of a wide layer are
 * divided in forward and update, so that a thread works on the same columns of W in every step: weights that go from
 * one processor's cache to the other's and back cost more than the arithmetic on them. A layer too narrow for that is
 * divided by batch rows in forward, and by inputs in the update.
 */
import type { BackendNetwork, Batch, SgdUpdate } from "./backend.ts";

/** The operations of a network; backend.ts says what each does. */
export type Operations = Pick<
  BackendNetwork,
  "spec" | "gather" | "listInputs" | "linearForward" | "crossEntropy" | "linearBackwardInput" | "linearUpdate"
>;

/** Does part `part` of `parts` of a phase. `update` is given in steps. */
export type Phase = (batch: Batch, update: SgdUpdate | null, part: number, parts: number) => void;

/** step: forward, loss, backward and update; score: forward and loss; forward: to the logits. */
export type Pass = "step" | "score" | "forward";
export type Passes = Readonly<Record<Pass, readonly Phase[]>>;

/** Columns of a slice of the widest kind: outputs are divided between such slices. */
const SLICE = 32;
/** Rows and inputs are divided in multiples of this: weights are transposed four inputs at a time. */
const ROWS = 4;

/** Where part `part` of `parts` of 0 … length begins, in multiples of `unit`. */
function partOf(length: number, part: number, parts: number, unit: number): number {
  return part === parts ? length : Math.min(length, Math.ceil((length * part) / parts / unit) * unit);
}

/** Batch rows are divided. The operations of one row follow each other without a barrier. */
type RowOperation = (batch: Batch, begin: number, end: number) => void;
function byRows(operations: readonly RowOperation[]): Phase {
  return (batch, _update, part, parts) => {
    const begin = partOf(batch.count, part, parts, ROWS);
    const end = partOf(batch.count, part + 1, parts, ROWS);
    if (begin < end) for (const operation of operations) operation(batch, begin, end);
  };
}

/** A range of a layer's inputs or outputs. */
type RangeOperation = (batch: Batch, update: SgdUpdate | null, begin: number, end: number) => void;
function byRange(length: number, unit: number, operation: RangeOperation): Phase {
  return (batch, update, part, parts) => {
    const begin = partOf(length, part, parts, unit);
    const end = partOf(length, part + 1, parts, unit);
    if (begin < end) operation(batch, update, begin, end);
  };
}

/** Phases that need no barrier between them. */
function together(phases: readonly Phase[]): Phase {
  return (batch, update, part, parts) => {
    for (const phase of phases) phase(batch, update, part, parts);
  };
}

/**
 * The phases of each pass of a network, for so many threads. `isListed`: for data whose rows are lists already, so that
 * there is nothing to gather.
 */
export function createPasses(ops: Operations, threads: number, isListed: boolean): Passes {
  const { sizes } = ops.spec;
  const layers = sizes.slice(1).map((outputs, l) => ({ l, inputs: sizes[l]!, outputs }));
  const isWide = ({ outputs }: { outputs: number }) => threads > 1 && outputs >= SLICE * threads;

  const phasesOf = (pass: Pass): Phase[] => {
    const phases: Phase[] = [];
    let rows: RowOperation[] = [];
    const endRows = () => {
      if (rows.length > 0) phases.push(byRows(rows));
      rows = [];
    };
    if (!isListed) rows.push((batch, begin, end) => ops.gather(batch, begin, end));
    for (const layer of layers) {
      const { l, outputs } = layer;
      if (l > 0) rows.push((_batch, begin, end) => ops.listInputs(l, begin, end));
      if (isWide(layer)) {
        endRows();
        phases.push(
          byRange(outputs, SLICE, (batch, _update, from, to) =>
            ops.linearForward(l, batch, 0, batch.count, from, to),
          ),
        );
      } else {
        rows.push((batch, begin, end) => ops.linearForward(l, batch, begin, end, 0, outputs));
      }
    }
    if (pass !== "forward") rows.push((batch, begin, end) => ops.crossEntropy(batch, begin, end));
    if (pass === "step") {
      for (const { l } of layers.slice(1).reverse()) {
        rows.push((_batch, begin, end) => ops.linearBackwardInput(l, begin, end));
      }
    }
    endRows();
    if (pass === "step") phases.push(together(layers.map(update)));
    return phases;
  };

  const update = (layer: (typeof layers)[number]): Phase => {
    const { l, inputs, outputs } = layer;
    return isWide(layer)
      ? byRange(outputs, SLICE, (batch, sgd, from, to) =>
          ops.linearUpdate(l, batch, sgd!, 0, inputs, from, to),
        )
      : byRange(inputs, ROWS, (batch, sgd, begin, end) =>
          ops.linearUpdate(l, batch, sgd!, begin, end, 0, outputs),
        );
  };

  return { forward: phasesOf("forward"), score: phasesOf("score"), step: phasesOf("step") };
}
