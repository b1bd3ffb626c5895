/** @file The spellings that mean "no value" in a table unless the config says otherwise. */

/** Compared with cells after trimming; all columns alike. */
export const DEFAULT_MISSING: readonly string[] = ["", "?", "NA", "N/A", "null", "NULL", "NaN"];
