/**
 * Every config in configs/ trains from a fresh clone to the accuracy that its own comment states, exactly: the same
 * seed gives the same bits. mnist-large takes minutes and has its own script, `npm run test:large`.
 */
import { expect, test } from "vitest";
import { configFile, freshFolder, statedAccuracy } from "../support/cli.ts";

test.each(["iris", "wine", "digits", "penguins", "mnist-basic", "mnist"])(
  "configs/%s.json reaches the accuracy it states",
  async (name) => {
    const folder = freshFolder();
    const config = configFile(`${name}.json`);
    const { code, stdout } = await folder.nnt(["train", config, "--json", "--quiet", "--out", "run"]);
    expect(code).toBe(0);
    const { test } = JSON.parse(stdout);
    expect((100 * test.accuracy).toFixed(2)).toBe(statedAccuracy(config));
    // Nobody classifies all of MNIST right: a perfect score would mean that test rows were trained on.
    if (name.startsWith("mnist")) expect(test.accuracy).toBeLessThan(0.999);
  },
  120_000,
);
