/**
 * @file The learning rate of each step. Knows neither network nor data.
 */

/** How the learning rate changes while training goes on. */
export interface Schedule {
  readonly name: "constant" | "linear";
}

/**
 * The learning rate of step `step` (from 0) of the `steps` of all epochs, where `initial` is the rate of the first:
 * - constant: `initial`
 * - linear: `initial` · (1 − step / steps), which is above 0 at the last step and would be 0 after it. PyTorch's
 *   torch.optim.lr_scheduler.LinearLR with start_factor 1, end_factor 0 and total_iters `steps`, stepped after each batch.
 */
export function learningRateAt(schedule: Schedule, initial: number, step: number, steps: number): number {
  return schedule.name === "linear" ? initial * (1 - step / steps) : initial;
}
