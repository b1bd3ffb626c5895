/**
 * @file Initial weights. Depends on the seed and the layer widths alone; knows nothing of data or backends.
 */
import type { LayerParameters } from "../backend/backend.ts";
import { createRng } from "../tensor/rng.ts";

/**
 * He initialisation for layers of these widths: weights uniform in (-a, a) with a = sqrt(6 / inputs), so that their
 * variance is 2 / inputs; biases 0. Source: He et al. 2015, "Delving Deep into Rectifiers", eq. 10 (the variance);
 * same distribution as torch.nn.init.kaiming_uniform_(nonlinearity="relu"). Uniform rather than normal because it
 * takes only exact arithmetic: the same bits on every machine.
 */
export function initialiseHe(sizes: readonly number[], seed: number): LayerParameters[] {
  const rng = createRng(seed, "init");
  return sizes.slice(1).map((outputs, l) => {
    const inputs = sizes[l]!;
    const limit = Math.sqrt(6 / inputs);
    const weight = new Float32Array(outputs * inputs);
    for (let e = 0; e < weight.length; e++) weight[e] = (2 * rng.float() - 1) * limit;
    return { weight, bias: new Float32Array(outputs) };
  });
}
