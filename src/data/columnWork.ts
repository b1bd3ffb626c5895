/**
 * @file Work on the numeric columns of a table, in parts that any thread can take: what comes of a part is the same whoever
 * takes it. Arrays are shared where threads take part (threads.ts).
 */
import { writeNumericInputs } from "./cells.ts";
import { type NumericFacts, numericFacts } from "./numericFacts.ts";
import type { Scaling } from "./options.ts";
import type { NumericColumn } from "./preprocessing.ts";

interface Shared {
  /** the next part to be taken; and, not 0, that an input is not finite */
  readonly next: Int32Array;
}

/** Facts of columns; a part is a column. */
export interface FactsWork extends Shared {
  readonly type: "facts";
  readonly columns: readonly Float64Array[];
  readonly rows: Uint32Array;
  readonly scaling: Scaling;
  /** (columns, FACTS.length) */
  readonly facts: Float64Array;
}

/** Inputs of columns; a part is some rows. */
export interface InputsWork extends Shared {
  readonly type: "inputs";
  readonly columns: readonly { readonly values: Float64Array; readonly column: NumericColumn }[];
  readonly rows: number;
  readonly denseWidth: number;
  /** (rows, denseWidth) */
  readonly dense: Float32Array;
}

export type ColumnWork = FactsWork | InputsWork;

/** As they lie in `facts`; a spread of NaN is none. */
const FACTS = ["present", "missing", "least", "most", "mean", "deviation", "median", "spread"] as const;
/** Rows of a wide table whose inputs stay in the cache while they are written column by column. */
const ROWS_AT_ONCE = 64;
/** Inputs of a part, at least, so that taking parts is rare. */
const PART_INPUTS = 1 << 15;

/** No part is taken yet. */
export function firstPart(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(8));
}

/** Room for the facts of so many columns. */
export function roomForFacts(columns: number): Float64Array {
  return new Float64Array(new SharedArrayBuffer(8 * FACTS.length * columns));
}

/** The facts of all columns of finished work. */
export function readFacts({ facts, columns }: FactsWork): NumericFacts[] {
  return columns.map((_, c) => {
    const at = c * FACTS.length;
    const [present, missing, least, most, mean, deviation, median, spread] = facts.subarray(at);
    const moments = { least: least!, most: most!, mean: mean!, deviation: deviation!, median: median! };
    return {
      present: present!,
      missing: missing!,
      ...moments,
      spread: Number.isNaN(spread) ? null : spread!,
    };
  });
}

/** Takes parts until there are none left; other threads may still be at theirs then. */
export function takeParts(work: ColumnWork): void {
  const parts = work.type === "facts" ? work.columns.length : Math.ceil(work.rows / partRows(work));
  for (let part = nextPart(work); part < parts; part = nextPart(work)) {
    if (work.type === "facts") learn(work, part);
    else writeInputs(work, part);
  }
}

function nextPart({ next }: ColumnWork): number {
  return Atomics.add(next, 0, 1);
}

function learn({ columns, rows, scaling, facts }: FactsWork, part: number): void {
  const learnt = numericFacts(columns[part]!, rows, scaling);
  for (const [i, name] of FACTS.entries()) facts[part * FACTS.length + i] = learnt[name] ?? Number.NaN;
}

function partRows({ denseWidth }: InputsWork): number {
  return ROWS_AT_ONCE * Math.ceil(PART_INPUTS / (ROWS_AT_ONCE * denseWidth));
}

function writeInputs(work: InputsWork, part: number): void {
  const { columns, denseWidth, dense } = work;
  const first = part * partRows(work);
  const end = Math.min(first + partRows(work), work.rows);
  for (let begin = first; begin < end; begin += ROWS_AT_ONCE) {
    const rows = { begin, end: Math.min(begin + ROWS_AT_ONCE, end) };
    for (const { values, column } of columns) {
      if (!writeNumericInputs(values, rows, column, dense, denseWidth)) Atomics.store(work.next, 1, 1);
    }
  }
}
