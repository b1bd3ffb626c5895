/**
 * Writes a config for a training table with the recommended settings for its size.
 * node config.mjs TABLE LABEL IGNORED_AS_JSON CONFIG
 */
import { writeFileSync } from "node:fs";
import { recommendTraining, recommendValidation } from "../../../dist/config/recommend.js";
import { loadTrainingData } from "../../../dist/data/load.js";
import { DEFAULT_MISSING } from "../../../dist/missing.js";

const [train, label, ignored, config] = process.argv.slice(2);
const ignore = JSON.parse(ignored);
const data = { train, label, ignore };
const none = { kind: "none" };
const options = { ...data, format: "csv", delimiter: "auto", header: "auto", columns: {} };
const { counts } = await loadTrainingData(
  { ...options, missing: DEFAULT_MISSING, scaling: "auto", validation: none, test: none },
  1,
  {},
);
const { hidden, epochs, batchSize, ...optimizer } = recommendTraining(counts);
const validation = recommendValidation(counts.rows);
const written = {
  data: { ...data, validation },
  network: { hidden },
  train: { epochs, batchSize, optimizer },
};
writeFileSync(config, JSON.stringify(written));
console.log(counts.inputs);
