/**
 * @file The wasm backend: BackendNetwork by SIMD kernels over one arena. X is kept as lists of its non-zero values
 * (pixels, one-hot inputs and ReLU outputs are mostly zero), matrices are sliced (src/tensor/sliced.ts).
 * The arithmetic is in assembly/; this file only passes addresses. backend.ts has the legend.
 */
import type { Dataset } from "../../data/dataset.ts";
import {
  packTransposed,
  paddedColumns,
  slicedLength,
  unpackRows,
  unpackTransposed,
} from "../../tensor/sliced.ts";
import type { Backend, BackendNetwork, Batch, LayerParameters, NetworkSpec, SgdUpdate } from "../backend.ts";
import { Arena } from "./arena.ts";
import { WasmData, WasmOrder } from "./data.ts";
import { type Kernels, loadKernels } from "./kernels.ts";
import { type LayerLayout, layOutNetwork, type NetworkLayout } from "./layout.ts";

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

  linearForward(l: number, begin: number, end: number): void {
    const { x, z, inputs, outputs, weightOffset, biasOffset } = this.layer(l);
    const { entries, ends, capacity } = x;
    const rows = this.spec.capacity;
    const { values } = this.layout;
    if (l > 0) {
      this.kernels.listPositive(entries, ends, capacity, this.layer(l - 1).z, rows, inputs, begin, end);
    }
    const lists = [entries, ends, capacity] as const;
    const [w, bias] = [values + weightOffset * 4, values + biasOffset * 4];
    this.kernels.multiplyLists(z, rows, ...lists, w, inputs, bias, outputs, begin, end);
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

  linearBackwardWeights(l: number, count: number, begin: number, end: number): void {
    const { xByColumn, dz, inputs, outputs, weightOffset, biasOffset } = this.layer(l);
    const { starts, lengths, byColumn } = xByColumn;
    const { gradients } = this.layout;
    const rows = this.spec.capacity;
    this.listByColumn(l, count, begin, end);
    const dw = gradients + weightOffset * 4;
    this.kernels.weightGradient(dw, starts, lengths, byColumn, dz, rows, inputs, outputs, begin, end);
    if (begin === 0) this.kernels.biasGradient(gradients + biasOffset * 4, dz, rows, count, outputs);
  }

  linearUpdate(l: number, count: number, update: SgdUpdate, begin: number, end: number): void {
    const { xByColumn, dz, inputs, outputs, weightOffset, biasOffset, transposed } = this.layer(l);
    const { starts, lengths, byColumn } = xByColumn;
    const { values, gradients, velocity, row } = this.layout;
    const rows = this.spec.capacity;
    const { learningRate, momentum, weightDecay, nesterov } = update;
    const sgd = [learningRate, momentum, weightDecay, nesterov ? 1 : 0] as const;
    const [w, v] = [values + weightOffset * 4, velocity + weightOffset * 4];
    this.listByColumn(l, count, begin, end);
    const gradient = [starts, lengths, byColumn, dz, rows, inputs, outputs, begin, end] as const;
    this.kernels.updateWeights(w, v, row, ...gradient, ...sgd);
    if (begin === 0) {
      const at = biasOffset * 4;
      this.kernels.biasGradient(gradients + at, dz, rows, count, outputs);
      this.kernels.sgd(values + at, gradients + at, velocity + at, paddedColumns(outputs), ...sgd);
    }
    if (transposed !== 0) this.transpose(l, begin, end);
  }

  private listByColumn(l: number, count: number, begin: number, end: number): void {
    const { x, xByColumn, inputs } = this.layer(l);
    const { starts, lengths, byColumn } = xByColumn;
    const { entries, ends, capacity } = x;
    this.kernels.listsByColumn(starts, lengths, byColumn, entries, ends, capacity, inputs, count, begin, end);
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
    const count = biasOffset - weightOffset + paddedColumns(outputs);
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
    createData: (dataset: Dataset) => new WasmData(arena, kernels, dataset),
    createOrder: (rows: Uint32Array) => new WasmOrder(arena, rows),
    createNetwork: (spec: NetworkSpec) => new WasmNetwork(arena, kernels, spec),
  };
}
