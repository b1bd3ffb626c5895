/** @file Short ways to parse a config text in tests. */

import { type LoadedConfig, type ParseOptions, parseConfig } from "../../src/config/load.ts";
import type { TrainConfig } from "../../src/config/types.ts";
import { UserError } from "../../src/errors.ts";

/** The file is typed as conf/a.json in the working directory /home/me. */
export function parse(text: string, options: Partial<ParseOptions> = {}): LoadedConfig {
  return parseConfig(text, { path: "conf/a.json", cwd: "/home/me", ...options });
}

export function resolved(text: string, options: Partial<ParseOptions> = {}): TrainConfig {
  return parse(text, options).config;
}

type ProblemOptions = Partial<ParseOptions> & { readonly orNone?: boolean };

/**
 * Kind of the error, then its lines, each without the name of the file. Fails if nothing is thrown, unless `orNone`:
 * then the list is empty. Whatever is thrown but a UserError is thrown on.
 */
export function problems(text: string, { orNone = false, ...options }: ProblemOptions = {}): string[] {
  try {
    parse(text, options);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [error.kind, ...error.message.split("\n").map((line) => line.replace(/^conf\/a\.json:/, ""))];
  }
  if (orNone) return [];
  throw new Error("no problem was reported");
}

/** Lines of a CONFIG_INVALID error. */
export function invalid(text: string, options: Partial<ParseOptions> = {}): string[] {
  const [kind, ...lines] = problems(text, options);
  if (kind !== "CONFIG_INVALID") throw new Error(`${kind}: ${lines.join("\n")}`);
  return lines;
}

/** Lines of a CONFIG_SYNTAX error. */
export function syntax(text: string, options: Partial<ParseOptions> = {}): string[] {
  const [kind, ...lines] = problems(text, options);
  if (kind !== "CONFIG_SYNTAX") throw new Error(`${kind}: ${lines.join("\n")}`);
  return lines;
}

/** A small valid config of a table, with more keys of `data` and more sections. */
export function csv(data = "", rest = ""): string {
  return `{"data": {"train": "a.csv", "label": "y"${data && `, ${data}`}}${rest && `, ${rest}`}}`;
}

/** The same for images. */
export function idx(data = "", rest = ""): string {
  const train = '{"images": "i", "labels": "l"}';
  return `{"data": {"train": ${train}${data && `, ${data}`}}${rest && `, ${rest}`}}`;
}

/** A config with every key, comments and trailing commas, for mutation. */
export const FULL_CSV = `// penguins
{
  "$schema": "../nnt.schema.json",
  "data": {
    "format": "csv", "train": "penguins.csv", "delimiter": ";", "header": true,
    "label": "species", "ignore": ["id"],
    "columns": { "year": "categorical", "note": "ignore" }, /* the rest is guessed */
    "missing": ["", "NA"], "decimal": ",", "onBadRow": "skip", "weight": "count",
    "scaling": "robust",
    "validation": { "fraction": 0.2, "stratify": false }, "test": "test.csv",
  },
  "network": { "hidden": [16, 8] },
  "train": {
    "epochs": 20, "batchSize": 32, "shuffle": false, "seed": 7,
    "optimizer": { "name": "sgd", "learningRate": 0.05, "momentum": 0.9, "nesterov": true, "weightDecay": 1e-4 },
    "schedule": { "name": "linear" },
    "classWeights": { "Gentoo": 0.5, "Adelie": 2 },
    "initFrom": "start.safetensors", "threads": 1, "math": "fast",
  },
  "output": { "dir": "../runs/penguins" },
}
`;
