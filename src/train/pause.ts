/**
 * @file Long computing in one thread stops everything else: the bar, Ctrl-C, the log. `Pacer` says when it is time
 * to let them run.
 */
import { setImmediate } from "node:timers/promises";

const INTERVAL_MS = 50;

/** Counts the time since the last pause. */
export class Pacer {
  private last = performance.now();

  /** True every 50 ms or so. */
  due(): boolean {
    return performance.now() - this.last >= INTERVAL_MS;
  }

  /** Lets everything that waits in the event loop run once. */
  async pause(): Promise<void> {
    await setImmediate();
    this.last = performance.now();
  }
}
