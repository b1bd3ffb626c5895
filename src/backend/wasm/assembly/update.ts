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
