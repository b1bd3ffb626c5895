// exp and log of float64 in plain arithmetic, so that every machine gives the same bits. Method and coefficients:
// FreeBSD msun e_exp.c and e_log.c (Sun Microsystems, 1993), without their branches for arguments that do not occur.

const LN2_HIGH: f64 = 6.9314718036912381649e-1;
const LN2_LOW: f64 = 1.90821492927058770002e-10;
const INVERSE_LN2: f64 = 1.442695040888963387;

/** e^x for x <= 709: relative error below 2^-52; exactly 0 below -708 (subnormal results are flushed); NaN for NaN. */
export function exp(x: f64): f64 {
  if (x < -708) return 0;
  if (!(x <= 709)) return x; // NaN and infinity
  const k = nearest(x * INVERSE_LN2);
  const high = x - k * LN2_HIGH;
  const low = k * LN2_LOW;
  const r = high - low;
  const t = r * r;
  const c =
    r -
    t *
      (1.66666666666666019037e-1 +
        t *
          (-2.77777777770155933842e-3 +
            t *
              (6.61375632143793436117e-5 + t * (-1.6533902205465251539e-6 + t * 4.13813679705723846039e-8))));
  const y = 1 - (low - (r * c) / (2 - c) - high);
  return y * reinterpret<f64>((<i64>k + 1023) << 52);
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
