/**
 * @file What a confusion matrix says: accuracy, and precision, recall and F1 of each class. Pure functions; counting
 * is eval's, printing is cli/report's.
 */

/** counts[t * classes + p]: rows of true class t that were predicted as p. */
export interface ConfusionMatrix {
  readonly classes: number;
  readonly counts: Uint32Array;
}

export interface ClassMetrics {
  /** of the rows predicted as this class, the fraction that are; null when none was predicted */
  readonly precision: number | null;
  /** of the rows of this class, the fraction found; null when there are none */
  readonly recall: number | null;
  /** 2 TP / (2 TP + FP + FN); null when the class occurs neither as label nor as prediction */
  readonly f1: number | null;
  /** rows of this class */
  readonly support: number;
}

/** All counts 0. */
export function createConfusionMatrix(classes: number): ConfusionMatrix {
  return { classes, counts: new Uint32Array(classes * classes) };
}

/** Fraction of rows on the diagonal; NaN without rows. */
export function accuracy({ classes, counts }: ConfusionMatrix): number {
  let hits = 0;
  for (let c = 0; c < classes; c++) hits += counts[c * classes + c]!;
  return hits / counts.reduce((sum, count) => sum + count, 0);
}

/** One entry per class. Source: the definitions of sklearn.metrics.precision_recall_fscore_support. */
export function classMetrics({ classes, counts }: ConfusionMatrix): ClassMetrics[] {
  return Array.from({ length: classes }, (_, c) => {
    let support = 0;
    let predicted = 0;
    for (let other = 0; other < classes; other++) {
      support += counts[c * classes + other]!;
      predicted += counts[other * classes + c]!;
    }
    const hits = counts[c * classes + c]!;
    const ratio = (part: number, whole: number) => (whole === 0 ? null : part / whole);
    return {
      precision: ratio(hits, predicted),
      recall: ratio(hits, support),
      f1: ratio(2 * hits, support + predicted),
      support,
    };
  });
}

/**
 * Means of the classes' precision, recall and F1, each class counting the same, over the classes that occur as label
 * or as prediction; a measure that is 0/0 counts as 0. NaN without rows.
 * Source: sklearn.metrics.precision_recall_fscore_support(average="macro", zero_division=0).
 */
export function macroAverage(matrix: ConfusionMatrix): { precision: number; recall: number; f1: number } {
  const present = classMetrics(matrix).filter(({ f1 }) => f1 !== null);
  const mean = (key: "precision" | "recall" | "f1") =>
    present.reduce((sum, metrics) => sum + (metrics[key] ?? 0), 0) / present.length;
  return { precision: mean("precision"), recall: mean("recall"), f1: mean("f1") };
}
