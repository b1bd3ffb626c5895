/**
 * @file Passes over a column of numbers, compiled (assembly/passes.ts), and the memory that they work in: what they give is valid
 * until the next call. What it says of the column is numericFacts.ts and quantiles.ts.
 */
import { readFileSync } from "node:fs";
import { SystemError } from "../errors.ts";
import { packageFile } from "../packageFile.ts";

interface Exports {
  allocate(bytes: number): number;
  foundAt(): number;
  summarise(values: number, rows: number, count: number, present: number): void;
  squares(values: number, count: number, mean: number): void;
  collect(values: number, count: number, least: number, most: number, near: number): void;
}

/** Of the numbers that are not NaN, in the order of their rows. */
export interface Summary {
  readonly present: Float64Array;
  readonly mean: number;
  /** of the whole population; NaN as the mean where no number is present */
  readonly deviation: number;
  readonly least: number;
  readonly most: number;
}

/** Numbers between two bounds, and how many are below them. */
export interface Near {
  readonly values: Float64Array;
  readonly below: number;
}

const MAXIMUM_PAGES = 65_535;

class Passes {
  readonly #memory = new WebAssembly.Memory({ initial: 1, maximum: MAXIMUM_PAGES, shared: true });
  readonly #exports: Exports;
  readonly #found: Float64Array;
  /** numbers that fit */
  #room = 0;
  #values = 0;
  #rows = 0;
  #present = 0;
  #near = 0;

  constructor() {
    const code = readFileSync(packageFile("dist/kernels/passes.wasm"));
    const instance = new WebAssembly.Instance(new WebAssembly.Module(code), {
      env: { memory: this.#memory },
    });
    this.#exports = instance.exports as unknown as Exports;
    this.#found = new Float64Array(this.#memory.buffer, this.#exports.foundAt(), 4);
  }

  summarise(values: Float64Array, rows: Uint32Array): Summary {
    this.#fit(Math.max(values.length, rows.length));
    const { buffer } = this.#memory;
    new Float64Array(buffer, this.#values, values.length).set(values);
    new Uint32Array(buffer, this.#rows, rows.length).set(rows);
    this.#exports.summarise(this.#values, this.#rows, rows.length, this.#present);
    const [count, sum, least, most] = this.#found as unknown as [number, number, number, number];
    const mean = sum / count;
    this.#exports.squares(this.#present, count, mean);
    const deviation = Math.sqrt(this.#found[0]! / count);
    return { present: new Float64Array(buffer, this.#present, count), mean, deviation, least, most };
  }

  collect(values: Float64Array, least: number, most: number): Near {
    let at = values.byteOffset;
    if (values.buffer !== this.#memory.buffer) {
      this.#fit(values.length);
      at = this.#values;
      new Float64Array(this.#memory.buffer, at, values.length).set(values);
    }
    this.#exports.collect(at, values.length, least, most, this.#near);
    const [count, below] = this.#found as unknown as [number, number];
    return { values: new Float64Array(this.#memory.buffer, this.#near, count), below };
  }

  /** Room for a column of so many numbers; what was there before is gone. */
  #fit(numbers: number): void {
    if (numbers <= this.#room) return;
    this.#values = this.#take(numbers * 8);
    this.#present = this.#take(numbers * 8);
    this.#near = this.#take((numbers + 1) * 8);
    this.#rows = this.#take(numbers * 4);
    this.#room = numbers;
  }

  #take(bytes: number): number {
    const at = this.#exports.allocate(bytes) >>> 0;
    if (at > 0) return at;
    throw new SystemError("OUT_OF_MEMORY", "out of memory: a column of the table has too many rows");
  }
}

let passes: Passes | null = null;

/** `values` at `rows`; sums are taken in the order of rows, in double precision. */
export function summarise(values: Float64Array, rows: Uint32Array): Summary {
  passes ??= new Passes();
  return passes.summarise(values, rows);
}

/** Those of `values`, which are no NaN, from `least` to `most`, in their order. */
export function numbersBetween(values: Float64Array, least: number, most: number): Near {
  passes ??= new Passes();
  return passes.collect(values, least, most);
}
