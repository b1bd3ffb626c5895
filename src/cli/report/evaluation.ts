/**
 * @file What `nnt eval` prints for people. Computes no measure but the means over classes.
 */
import type { ChalkInstance } from "chalk";
import type { ClassMetrics, ConfusionMatrix } from "../../train/metrics.ts";
import { loss, percent, plural } from "./format.ts";
import { classTable, confusionMatrix } from "./tables.ts";

interface Evaluation {
  readonly rows: number;
  readonly scores: { readonly loss: number; readonly accuracy: number; readonly macroF1: number };
  readonly classes: readonly (ClassMetrics & { readonly name: string })[];
  readonly matrix: ConfusionMatrix;
}

/** Scores, the table of classes and the confusion matrix. `width`: columns of the terminal, if there is one. */
export function evaluationText(
  { rows, scores, classes, matrix }: Evaluation,
  style: ChalkInstance,
  width: number | undefined,
): string {
  const mean = (key: "precision" | "recall" | "f1"): number | null => {
    const defined = classes.flatMap((of) => of[key] ?? []);
    return defined.length === 0 ? null : defined.reduce((sum, value) => sum + value, 0) / defined.length;
  };
  const macro = { precision: mean("precision"), recall: mean("recall"), f1: scores.macroF1 };
  const names = classes.map(({ name }) => name);
  const summary = `${plural(rows, "row")}  loss ${loss(scores.loss)}  accuracy ${percent(scores.accuracy)}  macro F1 ${scores.macroF1.toFixed(4)}`;
  const confusion = confusionMatrix({ names, counts: matrix.counts }, style, width);
  return `${summary}\n\n${classTable(classes, macro)}\n${confusion}`;
}
