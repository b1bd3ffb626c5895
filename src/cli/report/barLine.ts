/**
 * @file The line of a bar as text: what is done, a bar where it is known how much that is, facts, time to go, in as many columns
 * as there are. How it gets on a terminal is bar.ts's.
 */
import type { ChalkInstance } from "chalk";
import { eta } from "./format.ts";
import { plainStyle } from "./style.ts";
import { displayWidth, truncate } from "./text.ts";

const MIN_BAR = 8; // columns; fewer show no movement
const MAX_BAR = 40;

/** The bar's look. */
export interface BarLook {
  readonly style: ChalkInstance;
  readonly full: string;
  readonly empty: string;
}

/** Blocks, as nearly every font has them. */
export const UNICODE_BAR: BarLook = { style: plainStyle, full: "█", empty: "░" };
/** For the Linux console, whose font has no blocks. */
export const ASCII_BAR: BarLook = { style: plainStyle, full: "=", empty: "-" };

/** What a bar's line says. */
export interface BarParts {
  readonly head: string;
  /** what is done, 0 … 1; null where the whole is not known: no bar then */
  readonly fraction: number | null;
  /** most important first */
  readonly facts: readonly string[];
  /** seconds to the end, told where the fraction is; null when not known yet */
  readonly toGo: number | null;
}

/** All of it on one line without a bar, for a log. */
export function plainLine(parts: BarParts): string {
  return [parts.head, ...tailOf(parts, parts.facts.length)].join("  ");
}

/**
 * All of it in at most `width` columns: first the bar gets shorter, then the last facts and the bar itself go, and last comes
 * cutting.
 */
export function fittedLine(parts: BarParts, width: number, look: BarLook = UNICODE_BAR): string {
  const { head, fraction, facts } = parts;
  for (let shown = facts.length; shown >= 0; shown--) {
    const tail = tailOf(parts, shown).join("  ");
    const room = width - displayWidth(head) - tail.length - 2;
    if (fraction === null && room >= 0) return tail === "" ? head : `${head}  ${tail}`;
    if (fraction !== null && room >= MIN_BAR)
      return `${head} ${drawBar(fraction, Math.min(room, MAX_BAR), look)} ${tail}`;
  }
  const tail = tailOf(parts, 0).join("  ");
  return truncate(tail === "" ? head : `${head} ${tail}`, width);
}

function tailOf({ fraction, facts, toGo }: BarParts, shown: number): string[] {
  if (fraction === null) return facts.slice(0, shown);
  const percentage = `${Math.floor(fraction * 100)}%`.padStart(4);
  return [percentage, ...facts.slice(0, shown), `ETA ${toGo === null ? "–" : eta(toGo)}`];
}

function drawBar(fraction: number, size: number, look: BarLook): string {
  const full = Math.floor(fraction * size);
  return look.style.cyan(look.full.repeat(full)) + look.style.dim(look.empty.repeat(size - full));
}
