import { defineConfig } from "vitest/config";

// .ci/run names a file for the counts; people get the plain report alone.
const report = process.env.NNT_TEST_REPORT;

export default defineConfig({
  test: {
    include: ["test/{unit,backend,cli}/**/*.test.ts"],
    testTimeout: 30_000,
    hookTimeout: 120_000,
    reporters: report ? ["default", "json"] : ["default"],
    ...(report ? { outputFile: { json: report } } : {}),
  },
});
