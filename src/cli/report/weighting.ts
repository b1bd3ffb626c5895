/**
 * @file What training rows weigh by, in words: said by train and by inspect.
 */
import type { Weighting } from "../../data/dataset.ts";
import { listed, printable, show } from "../../words.ts";
import { truncate } from "./text.ts";

const MAX_LISTED = 12;

/** `classes no × 0.567, yes × 4.25; rows by column "w"`. `names`: of the classes, which may be numbers. */
export function weightingText({ classes, column }: Weighting, names: readonly string[]): string {
  const weights = names.map((name, c) => `${truncate(printable(name), 24)} × ${short(classes?.[c] ?? 1)}`);
  const parts = classes === null ? [] : [`classes ${listed(weights, MAX_LISTED)}`];
  if (column !== null) parts.push(`rows by column ${show(column)}`);
  return parts.join("; ");
}

/** Three significant digits. */
function short(weight: number): string {
  return String(Number(weight.toPrecision(3)));
}
