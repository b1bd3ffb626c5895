/**
 * @file One epoch of training as one line for people: what progress.ts prints and trainingBar.ts leaves above the bar.
 */
import type { ChalkInstance } from "chalk";
import type { EpochEvent } from "../../log/events.ts";
import { duration, loss, percent, rate } from "./format.ts";
import { plainStyle } from "./style.ts";

/**
 * One epoch on one line, aligned with those of other epochs; "best" where its weights were kept for their
 * validation loss. Without room for all in `width` columns, first rows/s goes, then the time, then the training
 * scores, while there are validation scores.
 */
export function epochLine(
  event: EpochEvent,
  epochs: number,
  style: ChalkInstance = plainStyle,
  width = Number.POSITIVE_INFINITY,
): string {
  const { epoch, train, validation } = event;
  const head = `epoch ${String(epoch).padStart(String(epochs).length)}/${epochs}`;
  const speed = `${rate(event.rowsPerSecond).padStart(7)} rows/s`;
  const time = duration(event.seconds).padStart(6);
  // without validation rows every epoch is the best one, which says nothing
  const isBest = event.best && validation !== null;
  const room = validation === null ? width : width - "  best".length; // so that all lines of a run are alike
  const scores = validation === null ? score("", train) : [...score("", train), ...score("val ", validation)];
  const choices = [
    [head, ...scores, speed, time],
    [head, ...scores, time],
    [head, ...scores],
    [head, ...scores.slice(-2)],
  ];
  const lines = choices.map((parts) => parts.join("  "));
  const line = lines.find((text) => text.length <= room) ?? lines.at(-1) ?? "";
  return isBest ? `${line}  ${style.green("best")}` : line;
}

function score(prefix: string, of: EpochEvent["train"]): string[] {
  return [`${prefix}loss ${loss(of.loss).padStart(6)}`, `${prefix}acc ${percent(of.accuracy).padStart(7)}`];
}
