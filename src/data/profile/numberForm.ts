/**
 * @file How a column's numbers are written, where that tells that they may not be amounts as they are read: codes with
 * leading zeros, points that separate thousands. Judges spellings; what is said of it is hints.ts's.
 */
import { MOSTLY } from "../limits.ts";

export interface NumberForm {
  /** "01067" where most numbers have as many digits and some begin with 0, as codes do; null elsewhere */
  readonly code: string | null;
  /** "1.234" where every point of all numbers may be one of thousands; null elsewhere */
  readonly thousands: string | null;
}

const CODE_DIGITS = 3; // fewer are months, days and hours
const SEVERAL = 3;

/** `textOf`: the spelling of each of `count` different numbers. */
export function numberForm(count: number, textOf: (i: number) => string): NumberForm {
  return { code: codeForm(count, textOf), thousands: thousandsForm(count, textOf) };
}

function codeForm(count: number, textOf: (i: number) => string): string | null {
  const ofLength = new Map<number, number>();
  let led: string | null = null;
  for (let i = 0; i < count; i++) {
    const text = textOf(i);
    if (!/^\d+$/.test(text)) return null;
    if (led === null && /^0\d/.test(text)) led = text;
    ofLength.set(text.length, (ofLength.get(text.length) ?? 0) + 1);
  }
  if (led === null || led.length < CODE_DIGITS) return null;
  return ofLength.get(led.length)! >= MOSTLY * count ? led : null;
}

function thousandsForm(count: number, textOf: (i: number) => string): string | null {
  let grouped: string | null = null;
  let found = 0;
  for (let i = 0; i < count; i++) {
    const text = textOf(i);
    if (!/^[+-]?(?:0|[1-9]\d{0,2}(?:\.\d{3})?)$/.test(text)) return null;
    if (!text.includes(".")) continue;
    grouped ??= text;
    found++;
  }
  return found >= SEVERAL ? grouped : null;
}
