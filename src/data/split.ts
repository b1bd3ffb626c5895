/**
 * @file Divides the rows of a data set into training, validation and test rows, by a seed. Decides on indices alone;
 * copies no data.
 */
import { DataError } from "../errors.ts";
import { createRng, type Rng } from "../tensor/rng.ts";
import { plural, show } from "../words.ts";
import { indices } from "./dataset.ts";

export interface SplitPart {
  /** of all rows; above 0 and below 1 */
  readonly fraction: number;
  /** every class keeps its share, and at least one row for training */
  readonly stratify: boolean;
}

export interface SplitParts {
  readonly validation: SplitPart | null;
  readonly test: SplitPart | null;
}

/** Row indices, each ascending; together all rows, each once. */
export interface SplitRows {
  readonly train: Uint32Array;
  readonly validation: Uint32Array | null;
  readonly test: Uint32Array | null;
  readonly notes: readonly string[];
}

/**
 * The test rows are drawn first, then the validation rows from the rest, so that a change of the validation part
 * leaves the test rows alone. A part has round(rows × fraction) rows; a stratified one has in each class its share,
 * rounded up or down, but always leaves a row of the class to training.
 * Throws `DataError` SPLIT_EMPTY where training or a part that was asked for would have no row.
 */
export function split(
  labels: Uint32Array,
  classes: readonly string[],
  parts: SplitParts,
  seed: number,
): SplitRows {
  const rng = createRng(seed, "split");
  const notes: string[] = [];
  let rest = indices(labels.length);
  const draw = (name: string, part: SplitPart | null): Uint32Array | null => {
    if (part === null) return null;
    const drawn = part.stratify
      ? drawByClass(rest, labels, classes.length, part.fraction, rng)
      : drawAny(rest, Math.round(labels.length * part.fraction), rng);
    if (drawn.length === 0) throw emptyPart(name, part, labels.length);
    const isDrawn = new Uint8Array(labels.length);
    for (const row of drawn) isDrawn[row] = 1;
    rest = rest.filter((row) => isDrawn[row] === 0);
    return drawn.sort();
  };
  const test = draw("test", parts.test);
  const validation = draw("validation", parts.validation);
  if (rest.length === 0) {
    throw new DataError(
      "SPLIT_EMPTY",
      `no row is left for training: of ${plural(labels.length, "row")}, validation takes ${validation?.length ?? 0} ` +
        `and test takes ${test?.length ?? 0} (lower data.validation or data.test)`,
    );
  }
  if (test !== null || validation !== null) notes.push(...classNotes(labels, rest, classes));
  return { train: rest, validation, test, notes };
}

function emptyPart(name: string, { fraction, stratify }: SplitPart, rows: number): DataError {
  if (stratify && Math.round(rows * fraction) > 0) {
    return new DataError(
      "SPLIT_EMPTY",
      `data.${name}: of ${plural(rows, "row")} none can be taken, because the last row of each class stays in training ` +
        "(set stratify to false, or the fraction to 0)",
    );
  }
  return new DataError(
    "SPLIT_EMPTY",
    `data.${name}: a fraction of ${fraction} of ${plural(rows, "row")} is no row (raise it, or set it to 0)`,
  );
}

function drawAny(rows: Uint32Array, wanted: number, rng: Rng): Uint32Array {
  const shuffled = rows.slice();
  rng.shuffleInPlace(shuffled);
  return shuffled.slice(0, Math.min(wanted, shuffled.length));
}

function drawByClass(
  rows: Uint32Array,
  labels: Uint32Array,
  classCount: number,
  fraction: number,
  rng: Rng,
): Uint32Array {
  const sizes = new Uint32Array(classCount);
  for (const label of labels) sizes[label]!++;
  const members: number[][] = Array.from({ length: classCount }, () => []);
  for (const row of rows) members[labels[row]!]!.push(row);
  const quotas = shareOut(sizes, members, fraction, labels.length);
  const drawn: number[] = [];
  for (const [c, list] of members.entries()) {
    const shuffled = Uint32Array.from(list);
    rng.shuffleInPlace(shuffled);
    for (const row of shuffled.subarray(0, quotas[c]!)) drawn.push(row);
  }
  return Uint32Array.from(drawn);
}

/** Rows of each class to draw: its share rounded down, then one more for the largest remainders. */
function shareOut(
  sizes: Uint32Array,
  members: readonly number[][],
  fraction: number,
  total: number,
): Uint32Array {
  const shares = Array.from(sizes, (size) => size * fraction);
  const limits = members.map((list) => Math.max(0, list.length - 1));
  const quotas = Uint32Array.from(shares, (share, c) => Math.min(Math.floor(share), limits[c]!));
  let open = Math.round(total * fraction) - shares.reduce((sum, share) => sum + Math.floor(share), 0);
  const byRemainder = Array.from(shares.keys()).sort((a, b) => {
    return (shares[b]! % 1) - (shares[a]! % 1) || a - b;
  });
  for (const c of byRemainder) {
    if (open <= 0) break;
    if (shares[c]! % 1 === 0 || quotas[c]! >= limits[c]!) continue;
    quotas[c]!++;
    open--;
  }
  return quotas;
}

/** Says which classes the split could not serve. */
function classNotes(labels: Uint32Array, train: Uint32Array, classes: readonly string[]): string[] {
  const all = new Uint32Array(classes.length);
  const left = new Uint32Array(classes.length);
  for (const label of labels) all[label]!++;
  for (const row of train) left[labels[row]!]!++;
  const notes: string[] = [];
  for (const [c, name] of classes.entries()) {
    if (all[c] === 1 && left[c] === 1)
      notes.push(`class ${show(name)} has a single row; it stays in training`);
    if (all[c]! > 0 && left[c] === 0) {
      notes.push(`class ${show(name)} has no row in training: all ${all[c]} went to validation or test`);
    }
  }
  return notes;
}
