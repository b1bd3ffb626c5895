/**
 * @file Rules between keys, which no single key's type can express. They run even where another key of the same
 * object is wrong, so that all problems are reported at once; hence every value is looked at before it is used,
 * and a value that is wrong in itself is left to its own message. Single keys are checked in schema.ts.
 */
import type { z } from "zod";

/** zod runs a rule on values with problems only when told to. */
export const ALWAYS = { when: (): boolean => true };

type Context = z.core.$RefinementCtx;
type Values = Readonly<Record<string, unknown>>;

function isValues(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function refuse(context: Context, path: (string | number)[], expected: string): void {
  context.addIssue({ code: "custom", path, message: expected });
}

/** Nesterov's look-ahead is a multiple of the momentum: without momentum the key would do nothing. */
export function nesterovNeedsMomentum(optimizer: unknown, context: Context): void {
  if (isValues(optimizer) && optimizer.nesterov === true && optimizer.momentum === 0) {
    refuse(context, ["nesterov"], "false, or a momentum above 0");
  }
}

/** The fraction that a split takes from the training rows, with the key it is written at; null if it takes none. */
function fractionOf(split: unknown, key: string): { path: string[]; fraction: number } | null {
  const nested = isValues(split);
  const fraction = nested ? split.fraction : split;
  if (typeof fraction !== "number" || !(fraction >= 0 && fraction < 1)) return null;
  return { path: nested ? [key, "fraction"] : [key], fraction };
}

/** Validation and test fractions come from the same rows and must leave some for training. */
export function splitsLeaveRows(data: unknown, context: Context): void {
  if (!isValues(data)) return;
  const validation = fractionOf(data.validation, "validation");
  const test = fractionOf(data.test, "test");
  if (validation === null || test === null || validation.fraction + test.fraction < 1) return;
  const expected = `less than 1 together with data.validation (${validation.fraction}), so that rows are left for training`;
  refuse(context, test.path, expected);
}

/** A column has one role: what is said of the label's type, or of the type of an ignored column, would do nothing. */
export function columnsHaveOneRole(data: unknown, context: Context): void {
  if (!isValues(data)) return;
  const ignore: readonly unknown[] = Array.isArray(data.ignore) ? data.ignore : [];
  const columns = isValues(data.columns) ? data.columns : {};
  const weight = typeof data.weight === "string" ? data.weight : undefined;
  if (weight !== undefined && weight === data.label) {
    refuse(context, ["weight"], "a column that is not the label");
  }
  for (const [index, name] of ignore.entries()) {
    if (name === data.label) refuse(context, ["ignore", index], "a column that is not the label");
    else if (name === weight) refuse(context, ["ignore", index], "a column that is not data.weight");
  }
  for (const [name, type] of Object.entries(columns)) {
    if (name === data.label) {
      refuse(context, ["columns", name], "no type for the label column (labels are always classes)");
    } else if (name === weight) {
      refuse(context, ["columns", name], "no type for the weight column (weights are always numbers)");
    } else if (type !== "ignore" && ignore.includes(name)) {
      refuse(context, ["columns", name], '"ignore", as data.ignore lists this column');
    }
  }
}
