// Decimal text to the nearest float64, the same bits as JavaScript's Number().

import { allocate } from "./memory";

/** Behind the number that `numberAt` read; 0 if there was none of the regular form. */
export let numberEnd: usize = 0;

/**
 * The number whose digits begin at `p`: [+-] digits [. digits] [e [+-] digits], at least one digit, as long as its double can
 * be told exactly from up to 19 digits: by one multiplication or division of exact numbers (Clinger 1990), else by the
 * product with a 128-bit power of ten (Lemire 2021, "Number parsing at a gigabyte per second"). Other numbers are irregular.
 */
export function numberAt(p: usize, decimal: u32): f64 {
  // No branch on the sign: half of the numbers of many columns have one, which no processor foresees.
  const sign = <u32>load<u8>(p);
  const negative = <u64>(sign == 0x2d);
  p += <usize>(sign == 0x2d) | <usize>(sign == 0x2b);
  const byte = <u32>load<u8>(p);
  let mantissa: u64 = 0;
  let exponent: i32 = 0;
  const first = p;
  for (let digit = byte - 0x30; digit < 10; digit = <u32>load<u8>(++p) - 0x30)
    mantissa = mantissa * 10 + digit;
  let digits = <i32>(p - first);
  if (load<u8>(p) == decimal) {
    const point = ++p;
    for (;;) {
      const bytes = load<u64>(p) ^ ZEROS;
      const others = (bytes | (bytes + SEVENTY_SIXES)) & HIGH_BITS; // set in the first byte that is no digit
      if (others != 0) {
        const count = <u32>(ctz(others) >>> 3);
        if (count > 0)
          mantissa = mantissa * unchecked(TENS[count]) + eightDigits(bytes << ((8 - count) << 3));
        p += count;
        break;
      }
      mantissa = mantissa * 100000000 + eightDigits(bytes);
      p += 8;
    }
    exponent = -(<i32>(p - point));
    digits -= exponent;
  }
  numberEnd = 0;
  if (digits == 0) return NaN;
  if ((<u32>load<u8>(p) | 0x20) == 0x65) {
    const direction = <u32>load<u8>(++p);
    if (direction == 0x2d || direction == 0x2b) p++;
    let power: i32 = 0;
    const start = p;
    for (let digit = <u32>load<u8>(p) - 0x30; digit < 10; digit = <u32>load<u8>(++p) - 0x30) {
      if (power < 10000) power = power * 10 + digit;
    }
    if (p == start) return NaN;
    exponent += direction == 0x2d ? -power : power;
  }
  if (digits > 19 && significant(first, decimal) > 19) return NaN; // the mantissa may have overflowed
  const value = scaled(mantissa, exponent);
  if (isNaN(value)) return NaN;
  numberEnd = p;
  return reinterpret<f64>(reinterpret<u64>(value) | (negative << 63));
}

/** Eight bytes "0"; and what carries a byte of ten or more into its high bit. */
const ZEROS: u64 = 0x3030303030303030;
const SEVENTY_SIXES: u64 = 0x7676767676767676;
const HIGH_BITS: u64 = 0x8080808080808080;
const TENS: StaticArray<u64> = [1, 10, 100, 1000, 10000, 100000, 1000000, 10000000];

/** The number of eight digits, one a byte, the first in the lowest: pairs, then fours, then all (Lemire 2018). */
function eightDigits(digits: u64): u64 {
  digits = digits * 10 + (digits >>> 8);
  const low = (digits & 0x000000ff000000ff) * 0x000f424000000064;
  const high = ((digits >>> 16) & 0x000000ff000000ff) * 0x0000271000000001;
  return (low + high) >>> 32;
}

/** Digits from the first that is not 0. */
function significant(p: usize, decimal: u32): i32 {
  let count = 0;
  for (let byte = <u32>load<u8>(p); byte == decimal || byte - 0x30 < 10; byte = <u32>load<u8>(++p)) {
    if (byte != decimal && (count > 0 || byte != 0x30)) count++;
  }
  return count;
}

/** 10^0 … 10^22, all exact. */
const POWERS: StaticArray<f64> = [
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
  1e20, 1e21, 1e22,
];

/** Exponents from here to MOST have an entry in `tens`. */
const LEAST: i32 = -80;
const MOST: i32 = 80;
/** of 10^LEAST … 10^MOST: the upper 128 bits of the power, high word first; the caller fills it (cellKernel.ts) */
let tens: usize = 0;

/** Room for the table of powers; the caller fills it. */
export function powerTable(): usize {
  tens = allocate((MOST - LEAST + 1) * 16);
  return tens;
}

/** mantissa * 10^exponent, correctly rounded; NaN where that takes more. */
function scaled(mantissa: u64, exponent: i32): f64 {
  if (mantissa == 0) return 0;
  if (mantissa <= (<u64>1) << 53 && exponent >= -22 && exponent <= 22) {
    const exact = <f64>mantissa;
    return exponent < 0 ? exact / unchecked(POWERS[-exponent]) : exact * unchecked(POWERS[exponent]);
  }
  if (exponent < LEAST || exponent > MOST) return NaN;
  const power = tens + ((<usize>(exponent - LEAST)) << 4);
  const shift = clz(mantissa);
  const w = mantissa << shift;
  multiply(w, load<u64>(power));
  let high = productHigh;
  let low = productLow;
  if ((high & 0x1ff) == 0x1ff) {
    // the next 64 bits of the power may carry into what is kept
    multiply(w, load<u64>(power, 8));
    low += productHigh;
    if (low < productHigh) high++;
    if (low == u64.MAX_VALUE) return NaN;
  }
  const upper = high >>> 63;
  let m = high >>> (upper + 9);
  // halfway between two doubles, as far as can be seen: an exact tie needs a small exponent, where it is left to others
  if (low <= 1 && exponent >= -17 && exponent <= 23 && (m & 3) == 1) return NaN;
  // floor(log2(10^e)) = (217706 e) >> 16; 63 - shift: where the mantissa's first bit was
  let power2 = ((217706 * exponent) >> 16) + 63 - <i32>shift + <i32>upper + 1023;
  m += m & 1;
  m >>>= 1;
  if (m >= (<u64>1) << 53) {
    m >>>= 1;
    power2++;
  }
  if (power2 <= 0 || power2 >= 2047) return NaN;
  return reinterpret<f64>((m & (((<u64>1) << 52) - 1)) | ((<u64>power2) << 52));
}

let productHigh: u64 = 0;
let productLow: u64 = 0;

/** a * b in 128 bits. */
function multiply(a: u64, b: u64): void {
  const a0 = a & 0xffffffff;
  const a1 = a >>> 32;
  const b0 = b & 0xffffffff;
  const b1 = b >>> 32;
  const low = a0 * b0;
  const cross = a1 * b0 + (low >>> 32);
  const other = a0 * b1 + (cross & 0xffffffff);
  productHigh = a1 * b1 + (cross >>> 32) + (other >>> 32);
  productLow = (other << 32) | (low & 0xffffffff);
}
