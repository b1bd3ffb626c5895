// exp and log of float64 in plain arithmetic, so that every machine gives the same bits. Method and coefficients:
// FreeBSD msun e_exp.c and e_log.c (Sun Microsystems, 1993), without their branches for arguments that do not occur.

const LN2_HIGH: f64 = 6.9314718036912381649e-1;
const LN2_LOW: f64 = 1.90821492927058770002e-10;
const INVERSE_LN2: f64 = 1.442695040888963387;

/**
 * e^x of two values, x <= 709: relative error below 2^-52; exactly 0 below -708 (subnormal results are flushed); NaN for
 * NaN, infinity for infinity.
 */
export function exp2(x: v128): v128 {
  const one = f64x2.splat(1);
  const k = f64x2.nearest(f64x2.mul(x, f64x2.splat(INVERSE_LN2)));
  const high = f64x2.sub(x, f64x2.mul(k, f64x2.splat(LN2_HIGH)));
  const low = f64x2.mul(k, f64x2.splat(LN2_LOW));
  const r = f64x2.sub(high, low);
  const t = f64x2.mul(r, r);
  let p = f64x2.splat(4.13813679705723846039e-8);
  p = f64x2.add(f64x2.splat(-1.6533902205465251539e-6), f64x2.mul(t, p));
  p = f64x2.add(f64x2.splat(6.61375632143793436117e-5), f64x2.mul(t, p));
  p = f64x2.add(f64x2.splat(-2.77777777770155933842e-3), f64x2.mul(t, p));
  p = f64x2.add(f64x2.splat(1.66666666666666019037e-1), f64x2.mul(t, p));
  const c = f64x2.sub(r, f64x2.mul(t, p));
  const q = f64x2.div(f64x2.mul(r, c), f64x2.sub(f64x2.splat(2), c));
  const y = f64x2.sub(one, f64x2.sub(f64x2.sub(low, q), high));
  const exponent = i64x2.extend_low_i32x4_s(i32x4.trunc_sat_f64x2_s_zero(k));
  const power = i64x2.shl(i64x2.add(exponent, i64x2.splat(1023)), 52); // the bits of 2^k
  const e = v128.bitselect(x, f64x2.mul(y, power), f64x2.gt(x, f64x2.splat(709)));
  return v128.andnot(e, f64x2.lt(x, f64x2.splat(-708)));
}

/** exp2 of one value. */
export function exp(x: f64): f64 {
  return f64x2.extract_lane(exp2(f64x2.splat(x)), 0);
}

/** Natural logarithm of a normal, positive, finite x: error below 1 ulp, exactly 0 at 1; x itself if NaN or infinite. */
export function log(x: f64): f64 {
  if (!(x < Infinity)) return x;
  let bits = reinterpret<i64>(x);
  // x = 2^k * m with sqrt(1/2) <= m < sqrt(2)
  bits += 0x3ff0000000000000 - 0x3fe6a09e667f3bcd;
  const k = <f64>((bits >> 52) - 1023);
  const m = reinterpret<f64>((bits & 0x000fffffffffffff) + 0x3fe6a09e667f3bcd);
  const f = m - 1;
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const even = w * (3.999999999940941908e-1 + w * (2.222219843214978396e-1 + w * 1.531383769920937332e-1));
  const odd =
    z *
    (6.66666666666673513e-1 +
      w * (2.857142874366239149e-1 + w * (1.818357216161805012e-1 + w * 1.479819860511658591e-1)));
  const half = 0.5 * f * f;
  return k * LN2_HIGH - (half - (s * (half + (even + odd)) + k * LN2_LOW) - f);
}
