/**
 * @file The order of a step's operations: which rows of a batch, and then which rows of the weights, go through which
 * operation. The whole of a step by one thread, or a part of it by each of several: the parts write to different
 * places, so that the division changes no bit.
 */
import type { Batch, SgdUpdate } from "./backend.ts";

/** The operations of a network; backend.ts says what each does. */
export interface Operations {
  readonly spec: { readonly sizes: readonly number[] };
  gather(batch: Batch, begin: number, end: number): void;
  linearForward(layer: number, begin: number, end: number): void;
  crossEntropy(batch: Batch, begin: number, end: number): void;
  linearBackwardInput(layer: number, begin: number, end: number): void;
  linearUpdate(layer: number, count: number, update: SgdUpdate, begin: number, end: number): void;
}

/** Part `part` of `parts` of 0 … length: where it begins, in multiples of 4 (kernels take four rows at a time). */
function partOf(length: number, part: number, parts: number): number {
  return part === parts ? length : Math.min(length, Math.ceil((length * part) / parts / 4) * 4);
}

/** Batch rows to logits. */
export function forwardRows(ops: Operations, batch: Batch, part = 0, parts = 1): void {
  const [begin, end] = [partOf(batch.count, part, parts), partOf(batch.count, part + 1, parts)];
  if (begin === end) return;
  ops.gather(batch, begin, end);
  for (let l = 0; l < ops.spec.sizes.length - 1; l++) ops.linearForward(l, begin, end);
}

/** Batch rows to logits, losses and hits. */
export function scoreRows(ops: Operations, batch: Batch, part = 0, parts = 1): void {
  forwardRows(ops, batch, part, parts);
  const [begin, end] = [partOf(batch.count, part, parts), partOf(batch.count, part + 1, parts)];
  if (begin < end) ops.crossEntropy(batch, begin, end);
}

/** Phase 1: batch rows through all layers forward, to the loss, and back to every dZ. */
export function forwardBackwardRows(ops: Operations, batch: Batch, part = 0, parts = 1): void {
  scoreRows(ops, batch, part, parts);
  const [begin, end] = [partOf(batch.count, part, parts), partOf(batch.count, part + 1, parts)];
  if (begin === end) return;
  for (let l = ops.spec.sizes.length - 2; l > 0; l--) ops.linearBackwardInput(l, begin, end);
}

/** Phase 2: gradient and update of a part of each layer's weights. */
export function updateRows(ops: Operations, batch: Batch, update: SgdUpdate, part = 0, parts = 1): void {
  const { sizes } = ops.spec;
  for (let l = 0; l < sizes.length - 1; l++) {
    const [begin, end] = [partOf(sizes[l]!, part, parts), partOf(sizes[l]!, part + 1, parts)];
    if (begin < end) ops.linearUpdate(l, batch.count, update, begin, end);
  }
}
