/**
 * @file How numbers look to people: counts, losses, fractions, times and sizes. Not for files or --json, which
 * need every digit.
 */

import { grouped as count } from "../../words.ts";

/** Rows per second to three significant digits: 81234.5 → "81,200" */
export function rate(perSecond: number): string {
  if (!Number.isFinite(perSecond)) return "–";
  return count(perSecond < 100 ? Math.round(perSecond) : Number(perSecond.toPrecision(3)));
}

/** Four decimals, or an exponent where they would say little: "0.2113", "3.10e-5", "1.20e+6" */
export function loss(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  const size = Math.abs(value);
  return size !== 0 && (size < 0.001 || size >= 1e5) ? value.toExponential(2) : value.toFixed(4);
}

/** 0.9372 → "93.72%". 100% and 0% are kept for exactly 1 and 0: one wrong row in a million is not perfect. */
export function percent(fraction: number, decimals = 2): string {
  if (!Number.isFinite(fraction)) return "–";
  const step = 10 ** -decimals;
  let value = fraction * 100;
  if (fraction < 1 && fraction > 0) value = Math.min(Math.max(value, step), 100 - step);
  return `${value.toFixed(decimals)}%`;
}

/** Seconds as "0.52 ms", "0.74 s", "12.3 s", "3 min 05 s" or "2 h 03 min". */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return "–";
  if (seconds < 0.0995) return `${Number((seconds * 1000).toPrecision(2))} ms`;
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 3599.5)
    return `${Math.floor(Math.round(seconds) / 60)} min ${two(Math.round(seconds) % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${count(Math.floor(minutes / 60))} h ${two(minutes % 60)} min`;
}

/** Seconds still to go, in whole units: "0s", "12s", "3m05s", "2h03m". */
export function eta(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m${two(whole % 60)}s`;
  const minutes = Math.ceil(seconds / 60);
  return `${count(Math.floor(minutes / 60))}h${two(minutes % 60)}m`;
}

const two = (value: number) => String(value).padStart(2, "0");

const BYTE_UNITS = ["kB", "MB", "GB", "TB", "PB"];

/** Sizes in powers of 1000: "812 B", "407 kB", "54.9 MB" */
export function bytes(value: number): string {
  if (value < 1000) return `${value} B`;
  let scaled = value / 1000;
  let unit = 0;
  while (scaled >= 999.5 && unit < BYTE_UNITS.length - 1) {
    scaled /= 1000;
    unit++;
  }
  return `${scaled < 99.95 ? scaled.toFixed(1) : scaled.toFixed(0)} ${BYTE_UNITS[unit]}`;
}
