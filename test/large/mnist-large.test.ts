/** configs/mnist-large.json in full: minutes of training. Not part of `npm test`; run `npm run test:large`. */
import { expect, test } from "vitest";
import { configFile, freshFolder, statedAccuracy } from "../support/cli.ts";

test("configs/mnist-large.json reaches the accuracy it states", async () => {
  const folder = freshFolder();
  const config = configFile("mnist-large.json");
  const { code, stdout } = await folder.nnt(["train", config, "--json", "--quiet", "--out", "run"]);
  expect(code).toBe(0);
  expect((100 * JSON.parse(stdout).test.accuracy).toFixed(2)).toBe(statedAccuracy(config));
});
