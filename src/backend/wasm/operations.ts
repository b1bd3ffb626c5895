/**
 * @file The operations of a step by SIMD kernels, on a network that lies in shared memory: what the caller and each
 * worker thread run. The arithmetic is in assembly/; this file only passes addresses. backend.ts has the legend.
 */
import { paddedColumns } from "../../tensor/sliced.ts";
import type { Batch, NetworkSpec, SgdUpdate } from "../backend.ts";
import type { Operations } from "../step.ts";
import type { DataLayout, WasmData, WasmOrder, WasmWeights } from "./data.ts";
import type { Kernels } from "./kernels.ts";
import {
  BYTE_ENTRY_BYTES,
  columnListStride,
  ENTRY_BYTES,
  isSummedByRow,
  type LayerLayout,
  type NetworkLayout,
} from "./layout.ts";

/** All that another thread needs to work on a network: plain numbers. */
export interface WasmPlan {
  readonly spec: NetworkSpec;
  /** that the layout has scratch memory for */
  readonly threads: number;
  readonly layout: NetworkLayout;
}

function layoutOf(batch: Batch): DataLayout {
  return (batch.data as WasmData).layout;
}

/** Address of the batch's row numbers. */
export function rowNumbersOf(batch: Batch): number {
  return (batch.order as WasmOrder).at + batch.first * 4;
}

/** Address of the weights of the data set's rows, or 0. */
export function weightsAt(batch: Batch): number {
  return batch.weights === null ? 0 : (batch.weights as WasmWeights).at;
}

/** The operations as one thread does them: `thread` says whose scratch memory it uses, the caller's being 0. */
export class WasmOperations implements Operations {
  readonly spec: NetworkSpec;
  protected readonly kernels: Kernels;
  protected readonly layout: NetworkLayout;
  protected readonly classes: number;
  /** this thread's scratch: a row of two slices, a row of classes */
  private readonly row: number;
  protected readonly logitRow: number;
  /** and the lists of a layer's inputs by column (assembly/columns.ts) */
  private readonly lengths: number;
  private readonly byColumn: number;

  constructor(kernels: Kernels, { spec, layout }: WasmPlan, thread: number) {
    this.spec = spec;
    this.kernels = kernels;
    this.layout = layout;
    this.classes = spec.sizes[spec.sizes.length - 1]!;
    this.row = layout.rows + thread * layout.rowBytes;
    this.logitRow = layout.logitRows + thread * layout.logitRowBytes;
    this.lengths = layout.columnLists + thread * layout.columnListsBytes;
    this.byColumn = this.lengths + layout.lengthsBytes;
  }

  protected layer(l: number): LayerLayout {
    return this.layout.layers[l]!;
  }

  // Arguments are written out, never spread: spreading costs an array and a slow call, in a step of a few dozen µs.

  // Where the lists of X_l are, as the kernels take them: their pointers or those of the data set's rows; the row numbers
  // of the batch in the data set, or 0; the values of bytes, or 0 (assembly/sliced.ts, assembly/accumulate.ts).
  private pointersOf(l: number, batch: Batch): number {
    const { starts, table } = layoutOf(batch);
    return l === 0 && table !== 0 ? starts : this.layer(l).x.pointers;
  }
  private orderOf(l: number, batch: Batch): number {
    return l === 0 && layoutOf(batch).table !== 0 ? rowNumbersOf(batch) : 0;
  }
  private tableOf(l: number, batch: Batch): number {
    return l === 0 ? layoutOf(batch).table : 0;
  }

  gather(batch: Batch, begin: number, end: number): void {
    const { inputs, dense, denseWidth, bytes, scale, codes, codeWidth, table } = layoutOf(batch);
    if (table !== 0) return; // the lists are there
    const { pointers, entries, capacity } = this.layer(0).x;
    this.kernels.gatherRows(
      pointers,
      entries,
      capacity,
      inputs,
      dense,
      denseWidth,
      bytes,
      scale,
      codes,
      codeWidth,
      rowNumbersOf(batch),
      begin,
      end,
    );
  }

  listInputs(l: number, begin: number, end: number): void {
    if (l === 0) return;
    const { pointers, entries, capacity } = this.layer(l).x;
    const { z, outputs } = this.layer(l - 1);
    const { shuffles } = this.layout;
    const rows = this.spec.capacity;
    this.kernels.listPositive(pointers, entries, capacity, z, rows, outputs, begin, end, shuffles);
  }

  linearForward(l: number, batch: Batch, begin: number, end: number, from: number, to: number): void {
    const { z, inputs, weightOffset, biasOffset } = this.layer(l);
    const pointers = this.pointersOf(l, batch);
    const order = this.orderOf(l, batch);
    const table = this.tableOf(l, batch);
    if (table !== 0) this.kernels.touchPacked(pointers, order, inputs, begin, end);
    const rows = this.spec.capacity;
    const { values } = this.layout;
    this.kernels.multiplyLists(
      // whole slices of a matrix are a matrix: outputs [from, to) begin `from` rows of each further on
      z + from * rows * 4,
      rows,
      pointers,
      order,
      table,
      values + (weightOffset + from * inputs) * 4,
      inputs,
      values + (biasOffset + from) * 4,
      to - from,
      begin,
      end,
      this.row,
    );
  }

  crossEntropy(batch: Batch, begin: number, end: number): void {
    const { z, dz } = this.layer(this.layout.layers.length - 1);
    const { losses, hits } = this.layout;
    this.kernels.crossEntropy(
      dz,
      losses,
      hits,
      this.logitRow,
      z,
      this.spec.capacity,
      this.classes,
      layoutOf(batch).labels,
      rowNumbersOf(batch),
      weightsAt(batch),
      batch.count,
      begin,
      end,
    );
  }

  linearBackwardInput(l: number, begin: number, end: number): void {
    const { dz, dzLists, transposed, inputs, outputs } = this.layer(l);
    const { pointers, entries, capacity } = dzLists;
    const below = this.layer(l - 1);
    const rows = this.spec.capacity;
    const { zeros, shuffles } = this.layout;
    const { kernels, row } = this;
    kernels.listNonZero(pointers, entries, capacity, dz, rows, outputs, begin, end, shuffles);
    kernels.multiplyLists(
      below.dz,
      rows,
      pointers,
      0,
      0,
      transposed,
      outputs,
      zeros,
      inputs,
      begin,
      end,
      row,
    );
    kernels.reluBackward(below.dz, below.z, rows, inputs, begin, end);
  }

  linearBackwardWeights(l: number, batch: Batch): void {
    const { dz, inputs, outputs, weightOffset, biasOffset } = this.layer(l);
    const { gradients, zeros } = this.layout;
    const rows = this.spec.capacity;
    const stride = this.listColumns(l, batch, 0, inputs);
    this.kernels.weightGradient(
      gradients + weightOffset * 4,
      this.lengths,
      this.byColumn,
      stride,
      this.tableOf(l, batch),
      dz,
      rows,
      inputs,
      outputs,
      zeros,
    );
    this.kernels.biasGradient(gradients + biasOffset * 4, dz, rows, batch.count, outputs);
  }

  /**
   * Lists X_l by column, for inputs [begin, end), into this thread's memory: that each thread makes them for itself is
   * faster than to have half of them come from another processor's cache. Gives their stride.
   */
  private listColumns(l: number, batch: Batch, begin: number, end: number): number {
    const table = this.tableOf(l, batch);
    const stride = columnListStride(batch.count, table === 0 ? ENTRY_BYTES : BYTE_ENTRY_BYTES);
    this.kernels.listsByColumn(
      this.lengths,
      this.byColumn,
      stride,
      this.pointersOf(l, batch),
      this.orderOf(l, batch),
      table,
      this.layer(l).inputs,
      batch.count,
      begin,
      end,
    );
    return stride;
  }

  linearUpdate(
    l: number,
    batch: Batch,
    update: SgdUpdate,
    begin: number,
    end: number,
    from: number,
    to: number,
  ): void {
    const { inputs, outputs } = this.layer(l);
    if (isSummedByRow(inputs, outputs, batch.count)) this.updateByRow(l, batch, update, begin, end);
    else this.updateByColumn(l, batch, update, begin, end, from, to);
    if (begin === 0) this.updateBias(l, batch.count, update, from, to);
  }

  private updateByRow(l: number, batch: Batch, update: SgdUpdate, begin: number, end: number): void {
    const { inputs, outputs, dz, weightOffset, transposed } = this.layer(l);
    const { values, velocity } = this.layout;
    this.kernels.updateNarrow(
      values + weightOffset * 4,
      velocity + weightOffset * 4,
      this.byColumn,
      this.pointersOf(l, batch),
      this.orderOf(l, batch),
      this.tableOf(l, batch),
      dz,
      this.spec.capacity,
      batch.count,
      inputs,
      outputs,
      begin,
      end,
      update.learningRate,
      update.momentum,
      update.weightDecay,
      update.nesterov ? 1 : 0,
    );
    if (transposed !== 0) this.transpose(l, begin, end, 0, outputs);
  }

  private updateByColumn(
    l: number,
    batch: Batch,
    update: SgdUpdate,
    begin: number,
    end: number,
    from: number,
    to: number,
  ): void {
    const { inputs, outputs, dz, weightOffset, transposed } = this.layer(l);
    const { values, velocity, zeros } = this.layout;
    const rows = this.spec.capacity;
    const at = (weightOffset + from * inputs) * 4;
    const stride = this.listColumns(l, batch, begin, end);
    this.kernels.updateWeights(
      values + at,
      velocity + at,
      transposed,
      outputs,
      from,
      this.row,
      zeros,
      this.lengths,
      this.byColumn,
      stride,
      this.tableOf(l, batch),
      dz + from * rows * 4,
      rows,
      inputs,
      to - from,
      begin,
      end,
      update.learningRate,
      update.momentum,
      update.weightDecay,
      update.nesterov ? 1 : 0,
    );
  }

  private updateBias(l: number, count: number, update: SgdUpdate, from: number, to: number): void {
    const { dz, biasOffset } = this.layer(l);
    const { values, gradients, velocity } = this.layout;
    const rows = this.spec.capacity;
    const bias = (biasOffset + from) * 4;
    this.kernels.biasGradient(gradients + bias, dz + from * rows * 4, rows, count, to - from);
    this.kernels.sgd(
      values + bias,
      gradients + bias,
      velocity + bias,
      paddedColumns(to - from),
      update.learningRate,
      update.momentum,
      update.weightDecay,
      update.nesterov ? 1 : 0,
    );
  }

  protected transpose(l: number, begin: number, end: number, from: number, to: number): void {
    const { inputs, outputs, weightOffset, transposed } = this.layer(l);
    const w = this.layout.values + (weightOffset + from * inputs) * 4;
    this.kernels.transposeWeights(transposed, outputs, from, w, inputs, to - from, begin, end);
  }
}
