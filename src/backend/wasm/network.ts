/**
 * @file The wasm backend: BackendNetwork by SIMD kernels over one arena. X is kept as lists of its non-zero values
 * (pixels, one-hot inputs and ReLU outputs are mostly zero), matrices are sliced (src/tensor/sliced.ts).
 * The arithmetic is in assembly/; this file only passes addresses. backend.ts has the legend.
 */
import type { Dataset } from "../../data/dataset.ts";
import {
  forEachSlice,
  packTransposed,
  slicedLength,
  unpackRows,
  unpackTransposed,
} from "../../tensor/sliced.ts";
import type {
  Backend,
  BackendData,
  BackendNetwork,
  Batch,
  LayerParameters,
  NetworkSpec,
  RowOrder,
  SgdUpdate,
} from "../backend.ts";
import { Arena } from "./arena.ts";
import { type Kernels, loadKernels } from "./kernels.ts";
import { type LayerLayout, layOutNetwork, type NetworkLayout } from "./layout.ts";

class WasmData implements BackendData {
  dataset: Dataset;
  readonly dense: number;
  readonly codes: number;
  readonly labels: number;
  private readonly arena: Arena;
  private readonly capacity: number;

  constructor(arena: Arena, dataset: Dataset) {
    this.arena = arena;
    this.dataset = dataset;
    this.capacity = dataset.rows;
    this.dense = arena.take(dataset.dense.byteLength);
    this.codes = arena.take(dataset.codes.byteLength);
    this.labels = arena.take(dataset.labels.byteLength);
    this.replace(dataset);
  }

  replace(dataset: Dataset): void {
    const { rows, dense, codes, labels } = dataset;
    if (rows > this.capacity) throw new Error(`internal: ${rows} rows in place of ${this.capacity}`);
    this.dataset = dataset;
    const bytes = new Uint8Array(dense.buffer, dense.byteOffset, dense.byteLength);
    this.arena.u8(this.dense, bytes.length).set(bytes);
    this.arena.u32(this.codes, codes.length).set(codes);
    this.arena.u32(this.labels, labels.length).set(labels);
  }
}

class WasmOrder implements RowOrder {
  readonly at: number;
  readonly rows: Uint32Array;

  constructor(arena: Arena, rows: Uint32Array) {
    this.at = arena.take(rows.byteLength);
    this.rows = arena.u32(this.at, rows.length);
    this.rows.set(rows);
  }
}

export class WasmNetwork implements BackendNetwork {
  readonly spec: NetworkSpec;
  private readonly arena: Arena;
  private readonly kernels: Kernels;
  private readonly layout: NetworkLayout;
  private readonly values: Float32Array;
  private readonly classes: number;

  constructor(arena: Arena, kernels: Kernels, spec: NetworkSpec) {
    this.spec = spec;
    this.arena = arena;
    this.kernels = kernels;
    this.layout = layOutNetwork(arena, spec);
    this.values = arena.f32(this.layout.values, this.layout.parameterCount);
    this.classes = spec.sizes[spec.sizes.length - 1]!;
  }

  private layer(l: number): LayerLayout {
    return this.layout.layers[l]!;
  }

  gather(batch: Batch, begin: number, end: number): void {
    const { columns, values, counts, capacity } = this.layer(0).x;
    const { dataset, dense, codes } = batch.data as WasmData;
    this.kernels.gatherRows(
      columns,
      values,
      counts,
      capacity,
      dense,
      dataset.denseWidth,
      dataset.dense instanceof Uint8Array ? 1 : 0,
      dataset.scale,
      codes,
      dataset.codeWidth,
      (batch.order as WasmOrder).at + batch.first * 4,
      begin,
      end,
    );
  }

  linearForward(l: number, begin: number, end: number): void {
    const { x, z, inputs, outputs, weightOffset, biasOffset } = this.layer(l);
    const { capacity } = this.spec;
    if (l > 0) {
      const below = this.layer(l - 1);
      this.kernels.listPositive(
        x.columns,
        x.values,
        x.counts,
        x.capacity,
        below.z,
        capacity,
        inputs,
        begin,
        end,
      );
    }
    const w = this.layout.values + weightOffset * 4;
    const bias = this.layout.values + biasOffset * 4;
    this.multiply(z, x, w, inputs, bias, outputs, begin, end);
  }

  crossEntropy(batch: Batch, begin: number, end: number): void {
    const { z, dz } = this.layer(this.layout.layers.length - 1);
    const { losses, hits, exps } = this.layout;
    this.kernels.crossEntropy(
      dz,
      losses,
      hits,
      exps,
      z,
      this.spec.capacity,
      this.classes,
      (batch.data as WasmData).labels,
      (batch.order as WasmOrder).at + batch.first * 4,
      batch.count,
      begin,
      end,
    );
  }

  linearBackwardInput(l: number, begin: number, end: number): void {
    const { dz, dzLists, transposed, inputs, outputs } = this.layer(l);
    const below = this.layer(l - 1);
    const { capacity } = this.spec;
    const { columns, values, counts } = dzLists;
    this.kernels.listNonZero(columns, values, counts, dzLists.capacity, dz, capacity, outputs, begin, end);
    this.multiply(below.dz, dzLists, transposed, outputs, this.layout.zeros, inputs, begin, end);
    this.kernels.reluBackward(below.dz, below.z, capacity, inputs, begin, end);
  }

  /** y = bias + (the matrix of the lists) w, rows [begin, end). */
  private multiply(
    y: number,
    lists: LayerLayout["x"],
    w: number,
    inputs: number,
    bias: number,
    outputs: number,
    begin: number,
    end: number,
  ): void {
    const { columns, values, counts, capacity } = lists;
    const rows = this.spec.capacity;
    this.kernels.multiplyLists(
      y,
      rows,
      columns,
      values,
      counts,
      capacity,
      w,
      inputs,
      bias,
      outputs,
      begin,
      end,
    );
  }

  linearBackwardWeights(l: number, count: number, begin: number, end: number): void {
    const { x, xByColumn, dz, inputs, outputs, weightOffset, biasOffset } = this.layer(l);
    const { starts, lengths, batchRows, batchValues } = xByColumn;
    const { gradients } = this.layout;
    const { capacity } = this.spec;
    this.kernels.listsByColumn(
      starts,
      lengths,
      batchRows,
      batchValues,
      x.columns,
      x.values,
      x.counts,
      x.capacity,
      count,
      begin,
      end,
    );
    this.kernels.weightGradient(
      gradients + weightOffset * 4,
      starts,
      lengths,
      batchRows,
      batchValues,
      dz,
      capacity,
      inputs,
      outputs,
      begin,
      end,
    );
    if (begin === 0) this.kernels.biasGradient(gradients + biasOffset * 4, dz, capacity, count, outputs);
  }

  sgd(l: number, update: SgdUpdate, begin: number, end: number): void {
    const { inputs, outputs, weightOffset, biasOffset, transposed } = this.layer(l);
    forEachSlice(outputs, (column, width) => {
      this.updateRange(weightOffset + column * inputs + begin * width, (end - begin) * width, update);
    });
    if (begin === 0) this.updateRange(biasOffset, Math.ceil(outputs / 8) * 8, update);
    if (transposed !== 0) this.transpose(l, begin, end);
  }

  private updateRange(offset: number, count: number, update: SgdUpdate): void {
    const { values, gradients, velocity } = this.layout;
    const { learningRate, momentum, weightDecay, nesterov } = update;
    const at = offset * 4;
    this.kernels.sgd(
      values + at,
      gradients + at,
      velocity + at,
      count,
      learningRate,
      momentum,
      weightDecay,
      nesterov ? 1 : 0,
    );
  }

  private transpose(l: number, begin: number, end: number): void {
    const { inputs, outputs, weightOffset, transposed } = this.layer(l);
    const w = this.layout.values + weightOffset * 4;
    this.kernels.transposeWeights(transposed, w, inputs, outputs, begin, end);
  }

  lossSum(count: number): number {
    return this.kernels.sumLosses(this.layout.losses, count);
  }

  hitSum(count: number): number {
    return this.kernels.sumHits(this.layout.hits, count);
  }

  probabilities(count: number): Float32Array {
    const { probabilities } = this.layout;
    const { z } = this.layer(this.layout.layers.length - 1);
    this.kernels.softmax(probabilities, z, this.spec.capacity, this.classes, 0, count);
    return this.arena.f32(probabilities, count * this.classes);
  }

  logits(count: number): Float32Array {
    const { z } = this.layer(this.layout.layers.length - 1);
    const { capacity } = this.spec;
    return unpackRows(this.arena.f32(z, slicedLength(capacity, this.classes)), capacity, this.classes, count);
  }

  setParameters(l: number, { weight, bias }: LayerParameters): void {
    const { inputs, outputs, weightOffset, biasOffset, transposed } = this.layer(l);
    packTransposed(this.values.subarray(weightOffset, biasOffset), weight, inputs, outputs);
    this.values.set(bias, biasOffset);
    const { velocity } = this.layout;
    const count = biasOffset - weightOffset + Math.ceil(outputs / 8) * 8;
    if (velocity !== 0) this.arena.f32(velocity + weightOffset * 4, count).fill(0);
    if (transposed !== 0) this.transpose(l, 0, inputs);
  }

  parameters(l: number): LayerParameters {
    return this.unpack(l, this.values);
  }

  gradients(l: number): LayerParameters {
    return this.unpack(l, this.arena.f32(this.layout.gradients, this.layout.parameterCount));
  }

  private unpack(l: number, buffer: Float32Array): LayerParameters {
    const { inputs, outputs, weightOffset, biasOffset } = this.layer(l);
    return {
      weight: unpackTransposed(buffer.subarray(weightOffset, biasOffset), inputs, outputs),
      bias: buffer.slice(biasOffset, biasOffset + outputs),
    };
  }

  finite(): boolean {
    return this.values.every(Number.isFinite);
  }
}

/** The backend that runs: single-threaded SIMD kernels. Takes a few milliseconds to load. */
export function createWasmBackend(): Backend {
  const arena = new Arena();
  const kernels = loadKernels(arena.memory);
  return {
    name: "wasm-simd",
    createData: (dataset: Dataset) => new WasmData(arena, dataset),
    createOrder: (rows: Uint32Array) => new WasmOrder(arena, rows),
    createNetwork: (spec: NetworkSpec) => new WasmNetwork(arena, kernels, spec),
  };
}
