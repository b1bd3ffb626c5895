import { defineConfig } from "vitest/config";

// .ci/run names a file for the counts; people get the plain report alone.
const report = process.env.NNT_TEST_REPORT;

export default defineConfig({
  test: {
    reporters: report ? ["default", "json"] : ["default"],
    ...(report ? { outputFile: { json: report } } : {}),
    projects: [
      {
        test: {
          name: "main",
          include: ["test/{unit,backend,cli}/**/*.test.ts"],
          testTimeout: 30_000,
          hookTimeout: 120_000,
        },
      },
      // Not in `npm test`: minutes of training, half an hour of random tables, and shells that few machines have.
      { test: { name: "large", include: ["test/large/**/*.test.ts"], testTimeout: 600_000 } },
      { test: { name: "fuzz", include: ["test/fuzz/**/*.test.ts"] } },
      { test: { name: "shells", include: ["test/shells/**/*.test.ts"], testTimeout: 30_000 } },
    ],
  },
});
