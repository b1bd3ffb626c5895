/** @file A million random small tables by the compiled reader and by csv-parse: some half an hour (npm run fuzz:csv). */
import { expect, test } from "vitest";
import { firstDifference } from "../support/csvFuzz.ts";

const FILES = Number(process.env.NNT_FUZZ_FILES ?? 1_000_000);
const SEED = Number(process.env.NNT_FUZZ_SEED ?? 1);

test(`${FILES} files with seed ${SEED}`, async () => {
  const difference = await firstDifference(FILES, SEED, (file) => {
    if (file % 50_000 === 0) process.stderr.write(`${file} files without a difference\n`);
  });
  expect(difference?.got).toEqual(difference?.expected);
}, 1e9);
