/**
 * Writes a config for a training table with the recommended settings for its size, which nnt itself counts.
 * node config.mjs TABLE LABEL IGNORED_AS_JSON CONFIG
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { recommendTraining, recommendValidation } from "../../../dist/config/recommend.js";

const NNT = fileURLToPath(new URL("../../../bin/nnt.js", import.meta.url));
const [train, label, ignored, config] = process.argv.slice(2);
const data = { train, label, ignore: JSON.parse(ignored) };
const write = (written) => writeFileSync(config, JSON.stringify(written));

write({ data });
const plan = execFileSync(process.execPath, [NNT, "train", config, "--dry-run", "--json", "--quiet"]);
const counts = JSON.parse(plan).data;
const { hidden, epochs, batchSize, ...optimizer } = recommendTraining(counts);
const validation = recommendValidation(counts.rows);
write({ data: { ...data, validation }, network: { hidden }, train: { epochs, batchSize, optimizer } });
console.log(counts.inputs);
