/**
 * @file What a run folder holds already, and what becomes of it: two configs of one name in two folders share a run folder unless
 * they say otherwise. Changes nothing there.
 */
import { join } from "node:path";
import { loadConfig } from "../config/load.ts";
import type { TrainConfig } from "../config/types.ts";
import { shownFiles } from "../data/tables.ts";
import { shownPath } from "../paths.ts";
import { printable } from "../words.ts";
import { dataFiles } from "./dataFiles.ts";

/** A line if training replaces a run on other data, which may not be meant; a run on the same data is there to be replaced. */
export async function replacedRunNotes(config: TrainConfig, cwd: string): Promise<string[]> {
  const { dir } = config.output;
  const earlier = await loadConfig({ path: join(dir, "config.json"), cwd }).catch(() => null);
  if (earlier === null) return [];
  const [before, now] = [trainingFiles(earlier.config), new Set(trainingFiles(config))];
  if (before.some((file) => file !== "-" && now.has(file))) return []; // nobody knows what came from standard input
  const [folder, files] = [printable(shownPath(dir, cwd)), printable(shownFiles(before))];
  return [`${folder} holds a run on ${files}, which this one will replace (--out DIR for another folder)`];
}

function trainingFiles(config: TrainConfig): string[] {
  return dataFiles(config)
    .filter(({ key }) => key[1] === "train" && key[2] !== "labels")
    .map(({ path }) => path);
}
