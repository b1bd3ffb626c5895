/**
 * @file What the training rows say about a column of numbers: mean, deviation, median, and whether its tails are heavy. Which
 * columns become inputs is fit.ts.
 */
import type { Scaling } from "./options.ts";
import { summarise } from "./passes.ts";
import { medianInPlace, quartilesInPlace } from "./quantiles.ts";

/**
 * Deviations from the mean beyond which a training value makes its column one with heavy tails. On 19 real tables
 * (test/bench/tables) this was more accurate on average than scaling no column robustly (0.3 points) or all of them (0.15), and
 * on the eight where 10 and 20 were tried, with other settings, than those.
 */
export const HEAVY_TAIL = 5;
/**
 * And spreads from the median, which among millions of normal values none is. Without this condition three of the ten tables where
 * it leaves columns standardised lost 0.3 to 0.5 points, and none gained more than 0.1.
 */
const FAR = 6;
const NORMAL_QUARTILES = 1.349; // of a normal distribution, this many deviations apart

/** Of the rows given; all but the counts are NaN or infinite where none is present. */
export interface NumericFacts {
  readonly present: number;
  readonly missing: number;
  readonly least: number;
  readonly most: number;
  readonly mean: number;
  /** of the whole population: over n, not n - 1 */
  readonly deviation: number;
  readonly median: number;
  /** by which the column is scaled, around its median; null: by its deviation, around its mean */
  readonly spread: number | null;
}

/** `values` at `rows`, in whose order sums are taken, in double precision. Columns of one number have no spread. */
export function numericFacts(values: Float64Array, rows: Uint32Array, scaling: Scaling): NumericFacts {
  const { present, mean, deviation, least, most } = summarise(values, rows);
  const counts = { present: present.length, missing: rows.length - present.length };
  const isVaried = present.length > 0 && least !== most;
  const facts = {
    ...counts,
    least,
    most,
    mean,
    deviation,
    median: isVaried ? medianInPlace(present) : least,
  };
  if (!isVaried || !isUsable(facts)) return { ...facts, spread: null };
  return { ...facts, spread: spreadOf(present, facts, scaling) };
}

/** Whether numbers can be scaled with these: false where they are too large, or too close to each other. */
export function isUsable({ deviation, mean, median }: Omit<NumericFacts, "spread">): boolean {
  return deviation > 0 && Number.isFinite(deviation) && Number.isFinite(mean) && Number.isFinite(median);
}

/** null where the column is not to be scaled by it. Reorders `present`. */
function spreadOf(
  present: Float64Array,
  { mean, deviation, median, least, most }: Omit<NumericFacts, "spread">,
  scaling: Scaling,
): number | null {
  const tail = Math.max(mean - least, most - mean) / deviation;
  if (scaling === "standard" || (scaling === "auto" && tail <= HEAVY_TAIL)) return null;
  const spread = spreadInPlace(present, median);
  const isFar = Math.max(median - least, most - median) > FAR * spread;
  return scaling === "robust" || isFar ? spread : null;
}

/**
 * What a deviation is in `values`, some of which differ from their median, for all but their extremes: the distance of
 * the quartiles, scaled to be the standard deviation of normal values. Where more than half of the values are one
 * number, the distance from it that half of the others keep. Reorders `values`.
 */
function spreadInPlace(values: Float64Array, median: number): number {
  const { lower, upper } = quartilesInPlace(values);
  const spread = (upper - lower) / NORMAL_QUARTILES;
  if (spread > 0) return spread;
  return medianInPlace(values.map((value) => Math.abs(value - median)).filter((distance) => distance > 0));
}
