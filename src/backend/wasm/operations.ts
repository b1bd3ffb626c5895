/**
 * @file The operations of a step by SIMD kernels, on a network that lies in shared memory: what the caller and each
 * worker thread run. The arithmetic is in assembly/; this file only passes addresses. backend.ts has the legend.
 */
import { paddedColumns } from "../../tensor/sliced.ts";
import type { Batch, NetworkSpec, SgdUpdate } from "../backend.ts";
import type { Operations } from "../step.ts";
import type { WasmData, WasmOrder } from "./data.ts";
import type { Kernels } from "./kernels.ts";
import type { LayerLayout, NetworkLayout } from "./layout.ts";

/** All that another thread needs to work on a network: plain numbers. */
export interface WasmPlan {
  readonly spec: NetworkSpec;
  readonly layout: NetworkLayout;
}

export class WasmOperations implements Operations {
  readonly spec: NetworkSpec;
  protected readonly kernels: Kernels;
  protected readonly layout: NetworkLayout;
  protected readonly classes: number;
  /** this thread's scratch: one row of a slice, one row of classes */
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

  gather(batch: Batch, begin: number, end: number): void {
    const { entries, ends, capacity } = this.layer(0).x;
    const data = (batch.data as WasmData).layout;
    const order = (batch.order as WasmOrder).at + batch.first * 4;
    if (data.packedStarts !== 0) {
      const { packed, packedStarts, inputs, scale } = data;
      const lists = [packed, packedStarts, inputs, scale] as const;
      this.kernels.gatherPacked(entries, ends, capacity, ...lists, order, begin, end);
    } else {
      const { inputs, dense, denseWidth, bytes, scale, codes, codeWidth } = data;
      const table = [inputs, dense, denseWidth, bytes, scale, codes, codeWidth] as const;
      this.kernels.gatherRows(entries, ends, capacity, ...table, order, begin, end);
    }
  }

  listInputs(l: number, begin: number, end: number): void {
    if (l === 0) return;
    const { entries, ends, capacity } = this.layer(l).x;
    const below = this.layer(l - 1);
    this.kernels.listPositive(
      entries,
      ends,
      capacity,
      below.z,
      this.spec.capacity,
      below.outputs,
      begin,
      end,
    );
  }

  linearForward(l: number, begin: number, end: number, from: number, to: number): void {
    const { x, z, inputs, weightOffset, biasOffset } = this.layer(l);
    const { entries, ends, capacity } = x;
    const rows = this.spec.capacity;
    const { values } = this.layout;
    // whole slices of a matrix are a matrix: outputs [from, to) begin `from` rows of each further on
    const w = values + (weightOffset + from * inputs) * 4;
    const bias = values + (biasOffset + from) * 4;
    const lists = [entries, ends, capacity] as const;
    this.kernels.multiplyLists(z + from * rows * 4, rows, ...lists, w, inputs, bias, to - from, begin, end);
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
      (batch.data as WasmData).layout.labels,
      (batch.order as WasmOrder).at + batch.first * 4,
      batch.count,
      begin,
      end,
    );
  }

  linearBackwardInput(l: number, begin: number, end: number): void {
    const { dz, dzLists, transposed, inputs, outputs } = this.layer(l);
    const { entries, ends, capacity } = dzLists;
    const below = this.layer(l - 1);
    const rows = this.spec.capacity;
    const { zeros } = this.layout;
    this.kernels.listNonZero(entries, ends, capacity, dz, rows, outputs, begin, end);
    const lists = [entries, ends, capacity] as const;
    this.kernels.multiplyLists(below.dz, rows, ...lists, transposed, outputs, zeros, inputs, begin, end);
    this.kernels.reluBackward(below.dz, below.z, rows, inputs, begin, end);
  }

  linearBackwardWeights(l: number, count: number): void {
    const { xByColumn, dz, inputs, outputs, weightOffset, biasOffset } = this.layer(l);
    const { starts, lengths, byColumn } = xByColumn;
    const { gradients } = this.layout;
    const rows = this.spec.capacity;
    this.listWeights(l, count, 0, inputs);
    const dw = gradients + weightOffset * 4;
    this.kernels.weightGradient(dw, starts, lengths, byColumn, dz, rows, inputs, outputs, 0, inputs);
    this.kernels.biasGradient(gradients + biasOffset * 4, dz, rows, count, outputs);
  }

  listWeights(l: number, count: number, begin: number, end: number): void {
    const { x, xByColumn, inputs } = this.layer(l);
    const { starts, lengths, byColumn } = xByColumn;
    const { entries, ends, capacity } = x;
    this.kernels.listsByColumn(starts, lengths, byColumn, entries, ends, capacity, inputs, count, begin, end);
  }

  linearUpdate(
    l: number,
    count: number,
    update: SgdUpdate,
    begin: number,
    end: number,
    from: number,
    to: number,
  ): void {
    const { xByColumn, inputs, weightOffset, biasOffset, transposed } = this.layer(l);
    const { starts, lengths, byColumn } = xByColumn;
    const { values, gradients, velocity } = this.layout;
    const rows = this.spec.capacity;
    const { learningRate, momentum, weightDecay, nesterov } = update;
    const sgd = [learningRate, momentum, weightDecay, nesterov ? 1 : 0] as const;
    const at = (weightOffset + from * inputs) * 4;
    const dz = this.layer(l).dz + from * rows * 4;
    const gradient = [starts, lengths, byColumn, dz, rows, inputs, to - from, begin, end] as const;
    this.kernels.updateWeights(values + at, velocity + at, this.row, ...gradient, ...sgd);
    if (begin === 0) {
      const bias = (biasOffset + from) * 4;
      this.kernels.biasGradient(gradients + bias, dz, rows, count, to - from);
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
