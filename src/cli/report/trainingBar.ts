/**
 * @file The bar of a training run on a terminal, with the finished epochs above it. Only for terminals; see
 * progress.ts for the rest.
 *
 * Bar, percentage and time to go are those of the whole run. After up to 30 epochs each one's line stays on the
 * screen; of more epochs about 20 do, and at the end the best and the last one in any case.
 */
import type { ChalkInstance } from "chalk";
import type { EpochEvent, ProgressEvent, StartEvent, TrainEvent } from "../../log/events.ts";
import type { Sink } from "../../log/sink.ts";
import type { Io } from "../io.ts";
import { barWidth, createBar, REDRAWS_PER_SECOND } from "./bar.ts";
import { type BarLook, fittedLine } from "./barLine.ts";
import { epochLine } from "./epochLine.ts";
import { loss, percent, rate } from "./format.ts";
import { styleOf } from "./style.ts";

const ALL_LINES_UP_TO = 30; // epochs; fits a screen
const LINES_OF_MORE = 20;
const CLEAR_LINE = "\r\x1b[K";

/** What the bar shows. */
export interface BarState {
  readonly epoch: number;
  readonly epochs: number;
  /** of the whole run, 0 … 1 */
  readonly fraction: number;
  readonly progress: ProgressEvent | null;
  /** seconds to the end of the run; null when not known yet */
  readonly toGo: number | null;
}

/** The bar's line in at most `width` columns. */
export function barLine(state: BarState, width: number, look?: BarLook): string {
  const { epoch, epochs, fraction, progress, toGo } = state;
  const head = `epoch ${String(epoch).padStart(String(epochs).length)}/${epochs}`;
  const facts = progress
    ? [
        `loss ${loss(progress.train.loss)}`,
        `acc ${percent(progress.train.accuracy, 1)}`,
        `${rate(progress.rows / progress.seconds)} rows/s`,
      ]
    : [];
  return fittedLine({ head, fraction, facts, toGo }, width, look);
}

/** Shows a training run on a terminal. `now` gives milliseconds. */
export function trainingBar(io: Io, now: () => number = () => performance.now()): Sink {
  return new TrainingBar(io, now);
}

class TrainingBar implements Sink {
  readonly #io: Io;
  readonly #now: () => number;
  readonly #style: ChalkInstance;
  readonly #bar: ReturnType<typeof createBar>;
  #started = 0;
  #drawn = Number.NEGATIVE_INFINITY;
  #state: BarState = { epoch: 1, epochs: 0, fraction: 0, progress: null, toGo: null };
  /** the newest epoch and the best one, unless their lines are on the screen */
  #last: EpochEvent | null = null;
  #best: EpochEvent | null = null;

  constructor(io: Io, now: () => number) {
    this.#io = io;
    this.#now = now;
    this.#style = styleOf(io, "stderr");
    this.#bar = createBar(io, (width, look) => {
      this.#drawn = this.#now();
      return barLine(this.#state, width, look);
    });
  }

  write(event: TrainEvent): void {
    if (event.type === "start") this.#start(event);
    else if (event.type === "progress") this.#update(event.epoch, event.rows / event.epochRows, event);
    else if (event.type === "epoch") this.#endEpoch(event);
    else this.close();
  }

  close(): void {
    this.#bar.stop();
    const open = [this.#best, this.#last].filter((event) => event !== null);
    for (const event of new Set(open.sort((a, b) => a.epoch - b.epoch))) this.#print(event);
  }

  #start(event: StartEvent): void {
    this.#started = this.#now();
    this.#state = { ...this.#state, epochs: event.epochs };
    if (event.epochs > 0) this.#bar.start(1, 0, this.#state);
  }

  /** @param part of the epoch that is done, 0 … 1 */
  #update(epoch: number, part: number, progress: ProgressEvent | null): void {
    const { epochs } = this.#state;
    const fraction = Math.min(1, (epoch - 1 + part) / epochs);
    const seconds = (this.#now() - this.#started) / 1000;
    const toGo = fraction > 0 ? (seconds * (1 - fraction)) / fraction : null;
    this.#state = { epoch, epochs, fraction, progress: progress ?? this.#state.progress, toGo };
    this.#bar.update(fraction, this.#state);
  }

  #endEpoch(event: EpochEvent): void {
    const { epochs } = this.#state;
    this.#last = event;
    if (event.best && event.validation !== null) this.#best = event;
    const every = epochs <= ALL_LINES_UP_TO ? 1 : Math.ceil(epochs / LINES_OF_MORE);
    // the last of many waits for the end, where it comes after the best one
    const held = every > 1 && event.epoch === epochs;
    if (!held && (event.epoch === 1 || event.epoch % every === 0)) this.#print(event);
    this.#update(event.epoch, 1, null);
  }

  /** Over the bar's line; the bar comes back below, or at its next turn if it was drawn just now. */
  #print(event: EpochEvent): void {
    const line = epochLine(event, this.#state.epochs, this.#style, barWidth(this.#io));
    this.#io.err(`${CLEAR_LINE}${line}\n`);
    if (this.#last === event) this.#last = null;
    if (this.#best === event) this.#best = null;
    const due = this.#now() - this.#drawn >= 1000 / REDRAWS_PER_SECOND;
    if (due && this.#bar.isActive) this.#bar.render();
  }
}
