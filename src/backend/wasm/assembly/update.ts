// The optimiser's update, element by element over a range of the flat parameter buffer.

/**
 * Stochastic gradient descent over `count` floats (a multiple of 4), formulas of torch.optim.SGD with dampening 0:
 * g = g + weightDecay * w;  v = momentum * v + g;  w = w - learningRate * (nesterov ? g + momentum * v : v).
 * velocity is 0 when momentum is 0, and then not read.
 */
export function sgd(
  values: usize,
  gradients: usize,
  velocity: usize,
  count: u32,
  learningRate: f32,
  momentum: f32,
  weightDecay: f32,
  nesterov: bool,
): void {
  const rate = f32x4.splat(learningRate);
  const decay = f32x4.splat(weightDecay);
  const mu = f32x4.splat(momentum);
  for (let at: usize = 0, stop = count << 2; at < stop; at += 16) {
    const w = v128.load(values + at);
    let g = v128.load(gradients + at);
    if (weightDecay != 0) g = f32x4.add(g, f32x4.mul(decay, w));
    if (momentum != 0) {
      const v = f32x4.add(f32x4.mul(mu, v128.load(velocity + at)), g);
      v128.store(velocity + at, v);
      g = nesterov ? f32x4.add(g, f32x4.mul(mu, v)) : v;
    }
    v128.store(values + at, f32x4.sub(w, f32x4.mul(rate, g)));
  }
}

/** sgd without momentum and decay for 32 floats: all loads before the stores, so that the engine can pair them. */
export function descend32(values: usize, gradients: usize, learningRate: f32): void {
  const rate = f32x4.splat(learningRate);
  const w0 = f32x4.sub(v128.load(values, 0), f32x4.mul(rate, v128.load(gradients, 0)));
  const w1 = f32x4.sub(v128.load(values, 16), f32x4.mul(rate, v128.load(gradients, 16)));
  const w2 = f32x4.sub(v128.load(values, 32), f32x4.mul(rate, v128.load(gradients, 32)));
  const w3 = f32x4.sub(v128.load(values, 48), f32x4.mul(rate, v128.load(gradients, 48)));
  const w4 = f32x4.sub(v128.load(values, 64), f32x4.mul(rate, v128.load(gradients, 64)));
  const w5 = f32x4.sub(v128.load(values, 80), f32x4.mul(rate, v128.load(gradients, 80)));
  const w6 = f32x4.sub(v128.load(values, 96), f32x4.mul(rate, v128.load(gradients, 96)));
  const w7 = f32x4.sub(v128.load(values, 112), f32x4.mul(rate, v128.load(gradients, 112)));
  v128.store(values, w0, 0);
  v128.store(values, w1, 16);
  v128.store(values, w2, 32);
  v128.store(values, w3, 48);
  v128.store(values, w4, 64);
  v128.store(values, w5, 80);
  v128.store(values, w6, 96);
  v128.store(values, w7, 112);
}
