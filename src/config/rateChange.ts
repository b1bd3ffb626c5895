/**
 * @file What the learning rate does while training goes on, in words, the same wherever it is told. What it is at which step is
 * train/schedule.ts's.
 */
import type { TrainingConfig } from "./types.ts";

/** To be put after the rate of the first step: " falling to 0"; nothing where the rate stays. */
export function rateChange({ name }: TrainingConfig["schedule"]): string {
  return name === "linear" ? " falling to 0" : "";
}
