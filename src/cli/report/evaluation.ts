/**
 * @file What `nnt eval` prints for people. Computes no measure.
 */

import type { ChalkInstance } from "chalk";
import { type ClassMetrics, type ConfusionMatrix, macroAverage } from "../../train/metrics.ts";
import { plural } from "../../words.ts";
import { loss, percent } from "./format.ts";
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
  const names = classes.map(({ name }) => name);
  const summary = `${plural(rows, "row")}  loss ${loss(scores.loss)}  accuracy ${percent(scores.accuracy)}  macro F1 ${scores.macroF1.toFixed(4)}`;
  const confusion = confusionMatrix({ names, counts: matrix.counts }, style, width);
  return `${summary}\n\n${classTable(classes, macroAverage(matrix))}\n${confusion}`;
}
