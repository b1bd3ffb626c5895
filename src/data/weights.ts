/**
 * @file How much each row counts in the loss that training lowers: its weight from a column of the table, times the weight
 * of its class. Says what the weights are and refuses those that cannot be meant; the mean they make is the backend's.
 */
import { DataError, UsageError } from "../errors.ts";
import { didYouMean } from "../nearest.ts";
import { show, showList } from "../words.ts";
import type { PlaceOfOption, Table } from "./columns.ts";
import type { Subset, Weighting } from "./dataset.ts";
import type { SplitRows } from "./split.ts";
import { place } from "./words.ts";

/**
 * "balanced": rows / (classes * rows of the class), over the training rows, as scikit-learn's class_weight; or a number above
 * 0 for some classes by name, 1 for the others. May have a prototype: ask for own properties alone.
 */
export type ClassWeights = "none" | "balanced" | Readonly<Record<string, number>>;

export interface Weights {
  /** (rows) of all rows of the data set; null: all weigh the same */
  readonly weights: Float32Array | null;
  /** null where `weights` is */
  readonly weighting: Weighting | null;
}

/** A labelled data set and its split. */
interface LabelledRows {
  /** (rows) class index */
  readonly labels: Uint32Array;
  readonly classes: readonly string[];
  readonly rows: SplitRows;
}

/**
 * The weights of all rows of a data set that training rows are taken from. `table`: where rows may have weights of their
 * own. Throws `UsageError` CLASS_UNKNOWN for names that are no classes; `DataError` WEIGHT_MISSING, WEIGHT_NEGATIVE,
 * WEIGHT_RANGE for cells, WEIGHTS_ZERO.
 */
export function weighRows(
  set: LabelledRows,
  classWeights: ClassWeights,
  table: Table | null,
  problemsAt: PlaceOfOption | undefined,
): Weights {
  const classes = weightsOfClasses(set, classWeights, problemsAt);
  const column = table?.weights?.name ?? null;
  if (classes === null && column === null) return { weights: null, weighting: null };
  const ofRows = table && rowWeights(table);
  const weights = Float32Array.from(set.labels, (label, row) => {
    const own = ofRows === null ? 1 : ofRows[row]!;
    const ofClass = classes === null ? 1 : classes[label]!;
    if (table !== null && !survivesFloat32(own * ofClass)) {
      const got = `${own} times ${ofClass}, the weight of its class`;
      throw badWeight(table, row, "WEIGHT_RANGE", `${got}: ${OUT_OF_RANGE}`);
    }
    return own * ofClass;
  });
  for (const name of ["train", "validation"] as const) {
    if (!set.rows[name]?.every((row) => weights[row] === 0)) continue;
    const what = name === "train" ? "training" : name;
    const at = `${table?.file}, column ${show(column)}`;
    throw new DataError("WEIGHTS_ZERO", `${at}: every ${what} row weighs 0 (${NAMED})`);
  }
  return { weights, weighting: { classes, column } };
}

/** A set of its own, whose rows weigh what their classes do: it has no column of weights. */
export function weighByClass(set: Subset | null, weighting: Weighting | null): Subset | null {
  const classes = weighting?.classes ?? null;
  if (set === null || classes === null) return set;
  return { ...set, weights: Float32Array.from(set.data.labels, (label) => classes[label]!) };
}

/** (classes); null where all weigh the same. */
function weightsOfClasses(
  { labels, classes, rows }: LabelledRows,
  classWeights: ClassWeights,
  problemsAt: PlaceOfOption | undefined,
): number[] | null {
  if (classWeights === "none") return null;
  if (classWeights === "balanced") return balanced(labels, rows.train, classes.length);
  checkClassNames(Object.keys(classWeights), classes, problemsAt);
  const weights = classes.map((name) => (Object.hasOwn(classWeights, name) ? classWeights[name]! : 1));
  return weights.every((weight) => weight === 1) ? null : weights;
}

/** A class without training rows weighs 1, and is none of the classes that the formula counts. */
function balanced(labels: Uint32Array, rows: Uint32Array, classCount: number): number[] {
  const counts = new Array<number>(classCount).fill(0);
  for (const row of rows) counts[labels[row]!]!++;
  const present = counts.filter((count) => count > 0).length;
  return counts.map((count) => (count === 0 ? 1 : rows.length / (present * count)));
}

function checkClassNames(
  names: readonly string[],
  classes: readonly string[],
  problemsAt: PlaceOfOption | undefined,
): void {
  const problems = names
    .filter((name) => !classes.includes(name))
    .map((name) => {
      const at = problemsAt === undefined ? "" : `${problemsAt(["train", "classWeights", name])}: `;
      return `${at}train.classWeights: there is no class ${show(name)}${didYouMean(name, classes)}`;
    });
  if (problems.length === 0) return;
  problems.push(`the classes of the training data are ${showList(classes)}`);
  throw new UsageError("CLASS_UNKNOWN", problems.join("\n"));
}

/** (rows) the checked weights of the table's weight column; null if it has none. */
function rowWeights(table: Table): Float64Array | null {
  const { weights } = table;
  if (weights === null) return null;
  if (weights.type !== "numeric") throw new Error("internal: a weight column that is not numeric");
  for (const [row, weight] of weights.values.entries()) {
    if (Number.isNaN(weight))
      throw badWeight(table, row, "WEIGHT_MISSING", `the weight is missing, ${EXPECTED}`);
    if (weight < 0) throw badWeight(table, row, "WEIGHT_NEGATIVE", `got ${weight}, ${EXPECTED}`);
    if (!survivesFloat32(weight)) throw badWeight(table, row, "WEIGHT_RANGE", `${weight}: ${OUT_OF_RANGE}`);
  }
  return weights.values;
}

const EXPECTED = "expected a number of at least 0; 0 leaves the row out of the loss";
const OUT_OF_RANGE = "expected a weight that float32 can tell from 0 and infinity";
const NAMED = "data.weight names this column";

/** Kernels take weights in float32: one that it rounds to 0 or infinity would not be the one that was written. */
function survivesFloat32(weight: number): boolean {
  const rounded = Math.fround(weight);
  return Number.isFinite(rounded) && (rounded === 0) === (weight === 0);
}

function badWeight({ places, weights }: Table, row: number, kind: string, what: string): DataError {
  return new DataError(kind, `${place(places.place(row), weights?.name ?? "")}: ${what} (${NAMED})`);
}
