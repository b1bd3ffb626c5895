/**
 * @file What `nnt train` says before and after training, in words. The progress between is progress.ts's.
 */

import { rateChange } from "../../config/rateChange.ts";
import type { TrainConfig } from "../../config/types.ts";
import type { LoadedData } from "../../data/load.ts";
import type { DivergedEvent, Score } from "../../log/events.ts";
import { countParameters } from "../../model/network.ts";
import type { BestModel } from "../../train/trainer.ts";
import { plural, shellWord } from "../../words.ts";
import { bytes, duration, loss, percent } from "./format.ts";
import { weightingText } from "./weighting.ts";

interface Plan {
  readonly config: TrainConfig;
  readonly notes: readonly string[];
  readonly data: LoadedData;
  readonly dataSeconds: number;
  readonly sizes: readonly number[];
}

/** What will be trained on what, after a line for everything that was decided on the way. */
export function planText({ config, notes, data, dataSeconds, sizes }: Plan): string {
  const rows = [
    `${plural(data.train.rows.length, "row")} to train`,
    ...(data.validation ? [`${plural(data.validation.rows.length, "row")} to validate`] : []),
    ...(data.test ? [`${plural(data.test.rows.length, "row")} to test`] : []),
  ];
  const { batchSize } = config.train;
  const lines = [
    ...notes.map((note) => `note: ${note}`),
    `data     ${rows.join(", ")}; read in ${duration(dataSeconds)}${data.cached ? " (from the cache)" : ""}`,
    ...(data.weighting === null
      ? []
      : [`weights  ${weightingText(data.weighting, data.preprocessing.classes)}`]),
    `network  ${sizes.join("-")}, ${plural(countParameters(sizes), "parameter")}; ${updateText(config.train)}, batches of ${batchSize}`,
    ...(config.train.math === "fast"
      ? ["math     fast: the weights may end in other bits on another processor"]
      : []),
  ];
  return `${lines.join("\n")}\n`;
}

function updateText({ optimizer, schedule }: TrainConfig["train"]): string {
  return `${optimizer.name}, learning rate ${optimizer.learningRate}${rateChange(schedule)}`;
}

interface Result {
  readonly config: TrainConfig;
  readonly best: BestModel;
  readonly test: Score | null;
  readonly seconds: number;
  readonly dir: string;
  readonly modelBytes: number;
  /** that the training images are in, if it has images to test on, too; as shown to people */
  readonly imageFolder: string | null;
}

/** How good the model is, where it is, and what to do with it. */
export function resultText(result: Result): string {
  const { config, best, test, seconds, dir, modelBytes } = result;
  const kept =
    best.epoch === 0
      ? "the initial weights"
      : best.validation
        ? `epoch ${best.epoch} of ${config.train.epochs} (lowest validation loss)`
        : `epoch ${best.epoch}`;
  const lines = [
    ...(test ? [`test     loss ${loss(test.loss)}  accuracy ${percent(test.accuracy)}`] : []),
    `model    ${dir}/model.bin (${bytes(modelBytes)}): ${kept}; done in ${duration(seconds)}`,
    `next     ${nextCommand(result)}`,
  ];
  return `${lines.join("\n")}\n`;
}

function nextCommand({ config, dir, imageFolder }: Result): string {
  if (config.data.format === "csv") return `nnt predict ${dir}/model.bin DATA.csv`;
  const images = imageFolder === null ? "IMAGES --labels LABELS" : shellWord(imageFolder);
  return `nnt eval ${dir}/model.bin ${images}`;
}

/** Where training diverged, what is kept, and what to try. */
export function divergedText(end: DivergedEvent, config: TrainConfig, kept: string): string {
  const { learningRate, momentum } = config.train.optimizer;
  const lower = Number((learningRate / 10).toPrecision(2));
  const advice = [`--set train.optimizer.learningRate=${lower}`];
  if (momentum > 0) advice.push(`a momentum below ${momentum}`);
  const what = Number.isFinite(end.loss) ? "a weight is not finite" : `the loss is ${loss(end.loss)}`;
  return [
    `training diverged at step ${end.step} (epoch ${end.epoch}, batch ${end.batch}): ${what}`,
    kept,
    `try ${advice.join(" or ")}; also look for huge values in the data`,
  ].join("\n");
}
