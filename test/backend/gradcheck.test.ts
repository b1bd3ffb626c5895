/**
 * Analytic gradients of the reference against central differences of its loss, in float64. Inputs are drawn again
 * until no pre-activation is near ReLU's kink, where the numeric derivative is of neither side.
 * Source of the step and bound: truncation error h^2 and rounding error 1e-16 / h balance near h = 1e-5.
 */
import { expect, test } from "vitest";
import { createReferenceBackend, ReferenceNetwork } from "../../src/backend/reference.ts";
import { forwardBackward, randomDataset, randomParameters, setUp, testRandom } from "../support/networks.ts";

const H = 1e-5;
const BOUND = 1e-7;
const KINK = 1e-3;

test.each([[[3, 4]], [[5, 7, 3]], [[4, 6, 5, 3]]])(
  `sizes %j: every weight and bias within ${BOUND} + ${BOUND} |g|`,
  (sizes) => {
    let seed = 1;
    let set = make(sizes, seed);
    while (nearKink(set.network)) set = make(sizes, ++seed);
    const { network, batch } = set;
    const loss = () => {
      forwardBackward(network, batch);
      return network.lossSum(batch.count) / batch.count;
    };
    loss();
    const analytic = network.layers.map(({ dw, db }) => [dw.slice(), db.slice()] as const);
    for (const [l, layer] of network.layers.entries()) {
      for (const [values, gradient] of [
        [layer.w, analytic[l]![0]],
        [layer.b, analytic[l]![1]],
      ] as const) {
        for (let e = 0; e < values.length; e++) {
          const kept = values[e]!;
          values[e] = kept + H;
          const above = loss();
          values[e] = kept - H;
          const below = loss();
          values[e] = kept;
          const numeric = (above - below) / (2 * H);
          expect(Math.abs(numeric - gradient[e]!)).toBeLessThan(BOUND + BOUND * Math.abs(gradient[e]!));
        }
      }
    }
  },
);

function make(sizes: number[], seed: number) {
  const random = testRandom(seed);
  const classes = sizes[sizes.length - 1]!;
  const dataset = randomDataset(random, { rows: 6, denseWidth: sizes[0]!, classes });
  const { network, batch } = setUp(createReferenceBackend(), dataset, sizes, randomParameters(random, sizes));
  forwardBackward(network, batch);
  if (!(network instanceof ReferenceNetwork))
    throw new Error("the reference backend makes ReferenceNetworks");
  return { network, batch };
}

function nearKink(network: ReferenceNetwork): boolean {
  return network.layers.slice(0, -1).some(({ z }) => z.some((x) => Math.abs(x) < KINK));
}
