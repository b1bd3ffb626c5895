// What the processor could do at best: multiply and add on registers alone, nothing loaded. `nnt doctor` shows the kernels
// beside it. s = s * x + y for many s at once, so that no operation waits for another; 12 vectors suffice for 128-bit
// operations, 24 make 12 of 256 bits where V8 pairs them (more than 16 of 128 bits would not fit the registers).

function step(s: v128, x: v128, y: v128): v128 {
  if (FUSED) return f32x4.relaxed_madd(s, x, y);
  return f32x4.add(f32x4.mul(s, x), y);
}

/** `rounds` multiply-adds of each of 48 floats at `values`. */
export function multiplyAdd48(values: usize, factors: usize, rounds: u32): void {
  const x = v128.load32_splat(factors);
  const y = v128.load32_splat(factors, 4);
  let s0 = v128.load(values, 0);
  let s1 = v128.load(values, 16);
  let s2 = v128.load(values, 32);
  let s3 = v128.load(values, 48);
  let s4 = v128.load(values, 64);
  let s5 = v128.load(values, 80);
  let s6 = v128.load(values, 96);
  let s7 = v128.load(values, 112);
  let s8 = v128.load(values, 128);
  let s9 = v128.load(values, 144);
  let s10 = v128.load(values, 160);
  let s11 = v128.load(values, 176);
  for (let round: u32 = 0; round < rounds; round++) {
    s0 = step(s0, x, y);
    s1 = step(s1, x, y);
    s2 = step(s2, x, y);
    s3 = step(s3, x, y);
    s4 = step(s4, x, y);
    s5 = step(s5, x, y);
    s6 = step(s6, x, y);
    s7 = step(s7, x, y);
    s8 = step(s8, x, y);
    s9 = step(s9, x, y);
    s10 = step(s10, x, y);
    s11 = step(s11, x, y);
  }
  v128.store(values, s0, 0);
  v128.store(values, s1, 16);
  v128.store(values, s2, 32);
  v128.store(values, s3, 48);
  v128.store(values, s4, 64);
  v128.store(values, s5, 80);
  v128.store(values, s6, 96);
  v128.store(values, s7, 112);
  v128.store(values, s8, 128);
  v128.store(values, s9, 144);
  v128.store(values, s10, 160);
  v128.store(values, s11, 176);
}

/** `rounds` multiply-adds of each of 96 floats at `values`. */
export function multiplyAdd96(values: usize, factors: usize, rounds: u32): void {
  const x = v128.load32_splat(factors);
  const y = v128.load32_splat(factors, 4);
  let s0 = v128.load(values, 0);
  let s1 = v128.load(values, 16);
  let s2 = v128.load(values, 32);
  let s3 = v128.load(values, 48);
  let s4 = v128.load(values, 64);
  let s5 = v128.load(values, 80);
  let s6 = v128.load(values, 96);
  let s7 = v128.load(values, 112);
  let s8 = v128.load(values, 128);
  let s9 = v128.load(values, 144);
  let s10 = v128.load(values, 160);
  let s11 = v128.load(values, 176);
  let s12 = v128.load(values, 192);
  let s13 = v128.load(values, 208);
  let s14 = v128.load(values, 224);
  let s15 = v128.load(values, 240);
  let s16 = v128.load(values, 256);
  let s17 = v128.load(values, 272);
  let s18 = v128.load(values, 288);
  let s19 = v128.load(values, 304);
  let s20 = v128.load(values, 320);
  let s21 = v128.load(values, 336);
  let s22 = v128.load(values, 352);
  let s23 = v128.load(values, 368);
  for (let round: u32 = 0; round < rounds; round++) {
    s0 = step(s0, x, y);
    s1 = step(s1, x, y);
    s2 = step(s2, x, y);
    s3 = step(s3, x, y);
    s4 = step(s4, x, y);
    s5 = step(s5, x, y);
    s6 = step(s6, x, y);
    s7 = step(s7, x, y);
    s8 = step(s8, x, y);
    s9 = step(s9, x, y);
    s10 = step(s10, x, y);
    s11 = step(s11, x, y);
    s12 = step(s12, x, y);
    s13 = step(s13, x, y);
    s14 = step(s14, x, y);
    s15 = step(s15, x, y);
    s16 = step(s16, x, y);
    s17 = step(s17, x, y);
    s18 = step(s18, x, y);
    s19 = step(s19, x, y);
    s20 = step(s20, x, y);
    s21 = step(s21, x, y);
    s22 = step(s22, x, y);
    s23 = step(s23, x, y);
  }
  v128.store(values, s0, 0);
  v128.store(values, s1, 16);
  v128.store(values, s2, 32);
  v128.store(values, s3, 48);
  v128.store(values, s4, 64);
  v128.store(values, s5, 80);
  v128.store(values, s6, 96);
  v128.store(values, s7, 112);
  v128.store(values, s8, 128);
  v128.store(values, s9, 144);
  v128.store(values, s10, 160);
  v128.store(values, s11, 176);
  v128.store(values, s12, 192);
  v128.store(values, s13, 208);
  v128.store(values, s14, 224);
  v128.store(values, s15, 240);
  v128.store(values, s16, 256);
  v128.store(values, s17, 272);
  v128.store(values, s18, 288);
  v128.store(values, s19, 304);
  v128.store(values, s20, 320);
  v128.store(values, s21, 336);
  v128.store(values, s22, 352);
  v128.store(values, s23, 368);
}
