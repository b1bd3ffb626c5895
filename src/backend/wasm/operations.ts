/**
 * @file The operations of a step by SIMD kernels, on a network that lies in shared memory: what the caller and each
 * worker thread run. The arithmetic is in assembly/; this file only passes addresses. backend.ts has the legend.
 */
import { paddedColumns } from "../../tensor/sliced.ts";
import type { Batch, NetworkSpec, SgdUpdate } from "../backend.ts";
import type { Operations } from "../step.ts";
import type { DataLayout, WasmData, WasmOrder } from "./data.ts";
import type { Kernels } from "./kernels.ts";
import {
  BYTE_ENTRY_BYTES,
  columnListStride,
  ENTRY_BYTES,
  type LayerLayout,
  type NetworkLayout,
} from "./layout.ts";

/** All that another thread needs to work on a network: plain numbers. */
export interface WasmPlan {
  readonly spec: NetworkSpec;
  readonly layout: NetworkLayout;
}

function layoutOf(batch: Batch): DataLayout {
  return (batch.data as WasmData).layout;
}

/** Address of the batch's row numbers. */
function orderOf(batch: Batch): number {
  return (batch.order as WasmOrder).at + batch.first * 4;
}

export class WasmOperations implements Operations {
  readonly spec: NetworkSpec;
  protected readonly kernels: Kernels;
  protected readonly layout: NetworkLayout;
  protected readonly classes: number;
  /** this thread's scratch: a row of two slices, a row of classes */
  private readonly row: number;
  private readonly exps: number;

  constructor(kernels: Kernels, { spec, layout }: WasmPlan, thread: number) {
    this.spec = spec;
    this.kernels = kernels;
    this.layout = layout;
    this.classes = spec.sizes[spec.sizes.length - 1]!;
    this.row = layout.rows + thread * layout.rowBytes;
    this.exps = layout.exps + thread * layout.expsBytes;
  }

  protected layer(l: number): LayerLayout {
    return this.layout.layers[l]!;
  }

  /** Where the lists of X_l are. */
  private inputLists(l: number, batch: Batch): readonly [pointers: number, order: number, table: number] {
    const { pointers, table } = layoutOf(batch);
    return l === 0 && table !== 0 ? [pointers, orderOf(batch), table] : [this.layer(l).x.pointers, 0, 0];
  }

  /** The same by column. */
  private columnLists(
    l: number,
    batch: Batch,
  ): readonly [lengths: number, byColumn: number, stride: number, table: number] {
    const { lengths, byColumn } = this.layer(l).xByColumn;
    const [, , table] = this.inputLists(l, batch);
    const stride = columnListStride(batch.count, table === 0 ? ENTRY_BYTES : BYTE_ENTRY_BYTES);
    return [lengths, byColumn, stride, table];
  }

  gather(batch: Batch, begin: number, end: number): void {
    const data = layoutOf(batch);
    if (data.table !== 0) return; // the lists are there
    const { pointers, entries, capacity } = this.layer(0).x;
    const { inputs, dense, denseWidth, bytes, scale, codes, codeWidth } = data;
    const table = [inputs, dense, denseWidth, bytes, scale, codes, codeWidth] as const;
    this.kernels.gatherRows(pointers, entries, capacity, ...table, orderOf(batch), begin, end);
  }

  listInputs(l: number, begin: number, end: number): void {
    if (l === 0) return;
    const { pointers, entries, capacity } = this.layer(l).x;
    const { z, outputs } = this.layer(l - 1);
    const rows = this.spec.capacity;
    this.kernels.listPositive(pointers, entries, capacity, z, rows, outputs, begin, end);
  }

  linearForward(l: number, batch: Batch, begin: number, end: number, from: number, to: number): void {
    const { z, inputs, weightOffset, biasOffset } = this.layer(l);
    const lists = this.inputLists(l, batch);
    const [pointers, order, table] = lists;
    if (table !== 0) this.kernels.touchPacked(pointers, order, inputs, begin, end);
    const rows = this.spec.capacity;
    const { values } = this.layout;
    // whole slices of a matrix are a matrix: outputs [from, to) begin `from` rows of each further on
    const w = values + (weightOffset + from * inputs) * 4;
    const bias = values + (biasOffset + from) * 4;
    const y = z + from * rows * 4;
    this.kernels.multiplyLists(y, rows, ...lists, w, inputs, bias, to - from, begin, end, this.row);
  }

  crossEntropy(batch: Batch, begin: number, end: number): void {
    const { z, dz } = this.layer(this.layout.layers.length - 1);
    const { losses, hits } = this.layout;
    this.kernels.crossEntropy(
      dz,
      losses,
      hits,
      this.exps,
      z,
      this.spec.capacity,
      this.classes,
      layoutOf(batch).labels,
      orderOf(batch),
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
    const { zeros } = this.layout;
    this.kernels.listNonZero(pointers, entries, capacity, dz, rows, outputs, begin, end);
    const product = [pointers, 0, 0, transposed, outputs, zeros, inputs] as const;
    this.kernels.multiplyLists(below.dz, rows, ...product, begin, end, this.row);
    this.kernels.reluBackward(below.dz, below.z, rows, inputs, begin, end);
  }

  linearBackwardWeights(l: number, batch: Batch): void {
    const { dz, inputs, outputs, weightOffset, biasOffset } = this.layer(l);
    const { gradients, zeros } = this.layout;
    const rows = this.spec.capacity;
    this.listWeights(l, batch, 0, inputs);
    const dw = gradients + weightOffset * 4;
    const lists = this.columnLists(l, batch);
    this.kernels.weightGradient(dw, ...lists, dz, rows, inputs, outputs, zeros);
    this.kernels.biasGradient(gradients + biasOffset * 4, dz, rows, batch.count, outputs);
  }

  listWeights(l: number, batch: Batch, begin: number, end: number): void {
    const { inputs } = this.layer(l);
    const [lengths, byColumn, stride] = this.columnLists(l, batch);
    const lists = this.inputLists(l, batch);
    this.kernels.listsByColumn(lengths, byColumn, stride, ...lists, inputs, batch.count, begin, end);
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
    const { inputs, weightOffset, biasOffset, transposed } = this.layer(l);
    const { values, gradients, velocity, zeros } = this.layout;
    const rows = this.spec.capacity;
    const { learningRate, momentum, weightDecay, nesterov } = update;
    const sgd = [learningRate, momentum, weightDecay, nesterov ? 1 : 0] as const;
    const at = (weightOffset + from * inputs) * 4;
    const dz = this.layer(l).dz + from * rows * 4;
    const lists = this.columnLists(l, batch);
    const gradient = [...lists, dz, rows, inputs, to - from, begin, end] as const;
    this.kernels.updateWeights(values + at, velocity + at, this.row, zeros, ...gradient, ...sgd);
    if (begin === 0) {
      const bias = (biasOffset + from) * 4;
      this.kernels.biasGradient(gradients + bias, dz, rows, batch.count, to - from);
      this.kernels.sgd(values + bias, gradients + bias, velocity + bias, paddedColumns(to - from), ...sgd);
    }
    if (transposed !== 0) this.transpose(l, begin, end, from, to);
  }

  protected transpose(l: number, begin: number, end: number, from: number, to: number): void {
    const { inputs, outputs, weightOffset, transposed } = this.layer(l);
    const w = this.layout.values + (weightOffset + from * inputs) * 4;
    this.kernels.transposeWeights(transposed, outputs, from, w, inputs, to - from, begin, end);
  }
}
