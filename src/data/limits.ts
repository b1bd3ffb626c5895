/**
 * @file Where training draws the line between numbers, classes and text. `nnt init` decides by the same limits, so that
 * it never writes a config that training refuses.
 */

/** Share of numbers in a column from which a word among them is taken for a mistake. */
export const MOSTLY = 0.9;
/** Share of numbers from which words among them need a reason, such as missing numbers. */
export const HALF = 0.5;
/** More different numbers than this beside words are amounts, not codes of a few classes. */
export const AMOUNTS = 10;
/** Up to here a column may consist of nothing but different words. */
export const FREE_LEVELS = 100;
/** More are no classes but numbers or words of a text. */
export const MAX_CLASSES = 1000;
/** From here on, classes that hardly repeat are suspect. */
export const MANY_CLASSES = 50;
