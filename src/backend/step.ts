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
  | "spec"
  | "gather"
  | "listInputs"
  | "linearForward"
  | "crossEntropy"
  | "linearBackwardInput"
  | "listWeights"
  | "linearUpdate"
>;

/** Does part `part` of `parts` of a phase. `update` is given in steps. */
export type Phase = (batch: Batch, update: SgdUpdate | null, part: number, parts: number) => void;

/** step: forward, loss, backward and update; score: forward and loss; forward: to the logits. */
export type Pass = "step" | "score" | "forward";
export type Passes = Readonly<Record<Pass, readonly Phase[]>>;

/** Columns of a slice of the widest kind: outputs are divided between such slices. */
const SLICE = 32;
/** Rows that kernels take at a time. */
const ROWS = 4;

/** Where part `part` of `parts` of 0 … length begins, in multiples of `unit`. */
function partOf(length: number, part: number, parts: number, unit: number): number {
  return part === parts ? length : Math.min(length, Math.ceil((length * part) / parts / unit) * unit);
}

type RowOperation = (batch: Batch, begin: number, end: number) => void;

/** One phase of operations on batch rows. */
function rowPhase(operations: readonly RowOperation[]): Phase {
  return (batch, _update, part, parts) => {
    const begin = partOf(batch.count, part, parts, ROWS);
    const end = partOf(batch.count, part + 1, parts, ROWS);
    if (begin < end) for (const operation of operations) operation(batch, begin, end);
  };
}

/** The phases of each pass of a network, for so many threads. */
export function createPasses(ops: Operations, threads: number): Passes {
  const { sizes } = ops.spec;
  const layers = sizes.length - 1;
  const isWide = (l: number) => threads > 1 && sizes[l + 1]! >= SLICE * threads;
  const phases: Phase[] = [];
  let rows: RowOperation[] = [(batch, begin, end) => ops.gather(batch, begin, end)];
  const endRows = () => {
    if (rows.length > 0) phases.push(rowPhase(rows));
    rows = [];
  };
  for (let l = 0; l < layers; l++) {
    const outputs = sizes[l + 1]!;
    if (l > 0) rows.push((_batch, begin, end) => ops.listInputs(l, begin, end));
    if (!isWide(l)) {
      rows.push((_batch, begin, end) => ops.linearForward(l, begin, end, 0, outputs));
      continue;
    }
    endRows();
    phases.push((batch, _update, part, parts) => {
      const [from, to] = [partOf(outputs, part, parts, SLICE), partOf(outputs, part + 1, parts, SLICE)];
      if (from < to) ops.linearForward(l, 0, batch.count, from, to);
    });
  }
  const loss: RowOperation = (batch, begin, end) => ops.crossEntropy(batch, begin, end);
  const backward = sizes.slice(1, layers).map(
    (_, i): RowOperation =>
      (_batch, begin, end) =>
        ops.linearBackwardInput(layers - 1 - i, begin, end),
  );
  const withRows = (...more: RowOperation[]): Phase[] => {
    const last = [...rows, ...more];
    return last.length === 0 ? phases : [...phases, rowPhase(last)];
  };
  return {
    forward: withRows(),
    score: withRows(loss),
    step: [...withRows(loss, ...backward), ...updatePhases(ops, isWide)],
  };
}

/** Gradient and update of all layers: lists by input, and narrow layers whole; then wide layers. */
function updatePhases(ops: Operations, isWide: (layer: number) => boolean): Phase[] {
  const { sizes } = ops.spec;
  const byInputs: Phase = (batch, update, part, parts) => {
    for (let l = 0; l < sizes.length - 1; l++) {
      const [begin, end] = [partOf(sizes[l]!, part, parts, ROWS), partOf(sizes[l]!, part + 1, parts, ROWS)];
      if (begin === end) continue;
      ops.listWeights(l, batch.count, begin, end);
      if (!isWide(l)) ops.linearUpdate(l, batch.count, update!, begin, end, 0, sizes[l + 1]!);
    }
  };
  const byOutputs: Phase = (batch, update, part, parts) => {
    for (let l = 0; l < sizes.length - 1; l++) {
      if (!isWide(l)) continue;
      const outputs = sizes[l + 1]!;
      const [from, to] = [partOf(outputs, part, parts, SLICE), partOf(outputs, part + 1, parts, SLICE)];
      if (from < to) ops.linearUpdate(l, batch.count, update!, 0, sizes[l]!, from, to);
    }
  };
  const anyWide = sizes.slice(1).some((_, l) => isWide(l));
  return anyWide ? [byInputs, byOutputs] : [byInputs];
}
