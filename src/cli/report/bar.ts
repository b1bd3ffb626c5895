/**
 * @file The bar of a training run on a terminal, with the finished epochs above it. Only for terminals; see
 * progress.ts for the rest.
 *
 * Bar, percentage and time to go are those of the whole run. After up to 30 epochs each one's line stays on the
 * screen; of more epochs about 20 do, and at the end the best and the last one in any case. Nothing has to be
 * put back if the program is killed: the cursor stays visible and no terminal mode is changed.
 */
import type { ChalkInstance } from "chalk";
import cliProgress from "cli-progress";
import type { EpochEvent, ProgressEvent, StartEvent, TrainEvent } from "../../log/events.ts";
import type { Sink } from "../../log/sink.ts";
import type { Io } from "../io.ts";
import { epochLine } from "./epochLine.ts";
import { eta, loss, percent, rate } from "./format.ts";
import { plainStyle, styleOf } from "./style.ts";

const ALL_LINES_UP_TO = 30; // epochs; fits a screen
const LINES_OF_MORE = 20;
const REDRAWS_PER_SECOND = 10;
const MIN_BAR = 8; // columns; fewer show no movement
const MAX_BAR = 40;
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

/** The bar's look. */
export interface BarLook {
  readonly style: ChalkInstance;
  readonly full: string;
  readonly empty: string;
}

export const UNICODE_BAR: BarLook = { style: plainStyle, full: "█", empty: "░" };
/** For the Linux console, whose font has no blocks. */
export const ASCII_BAR: BarLook = { style: plainStyle, full: "=", empty: "-" };

/**
 * The bar's line in at most `width` columns: first the bar gets shorter, then rows/s, accuracy, loss and the bar
 * itself go, and last comes cutting.
 */
export function barLine(state: BarState, width: number, look: BarLook = UNICODE_BAR): string {
  const { progress, fraction } = state;
  const head = `epoch ${String(state.epoch).padStart(String(state.epochs).length)}/${state.epochs}`;
  const percentage = `${Math.floor(fraction * 100)}%`.padStart(4);
  const toGo = `ETA ${state.toGo === null ? "–" : eta(state.toGo)}`;
  const scores = progress
    ? [
        `loss ${loss(progress.train.loss)}`,
        `acc ${percent(progress.train.accuracy, 1)}`,
        `${rate(progress.rows / progress.seconds)} rows/s`,
      ]
    : [];
  for (let shown = scores.length; shown >= 0; shown--) {
    const tail = [percentage, ...scores.slice(0, shown), toGo].join("  ");
    const room = width - head.length - tail.length - 2;
    if (room >= MIN_BAR) return `${head} ${drawBar(fraction, Math.min(room, MAX_BAR), look)} ${tail}`;
  }
  return `${head} ${percentage}  ${toGo}`.slice(0, Math.max(0, width));
}

function drawBar(fraction: number, size: number, look: BarLook): string {
  const full = Math.floor(fraction * size);
  return look.style.cyan(look.full.repeat(full)) + look.style.dim(look.empty.repeat(size - full));
}

/** Shows a training run on a terminal. `now` gives milliseconds. */
export function trainingBar(io: Io, now: () => number = () => performance.now()): Sink {
  return new TrainingBar(io, now);
}

class TrainingBar implements Sink {
  readonly #io: Io;
  readonly #now: () => number;
  readonly #style: ChalkInstance;
  readonly #bar: cliProgress.SingleBar;
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
    this.#bar = new cliProgress.SingleBar(this.#options());
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
    const line = epochLine(event, this.#state.epochs, this.#style, this.#width());
    this.#io.err(`${CLEAR_LINE}${line}\n`);
    if (this.#last === event) this.#last = null;
    if (this.#best === event) this.#best = null;
    const due = this.#now() - this.#drawn >= 1000 / REDRAWS_PER_SECOND;
    if (due && this.#bar.isActive) this.#bar.render();
  }

  #line(look: BarLook): string {
    this.#drawn = this.#now();
    return barLine(this.#state, this.#width(), look);
  }

  /** One column less than there are: after writing the last one, terminals differ in where the cursor is. */
  #width(): number {
    return (this.#io.stderr.columns || 80) - 1;
  }

  #options(): cliProgress.Options {
    const look = { ...(this.#io.env.TERM === "linux" ? ASCII_BAR : UNICODE_BAR), style: this.#style };
    // a variable, because the types do not know `terminal`
    const options = {
      terminal: terminalOf(this.#io),
      format: () => this.#line(look),
      fps: REDRAWS_PER_SECOND,
      forceRedraw: true,
      clearOnComplete: true,
      // these two would switch terminal modes and take Ctrl-C for the bar's own
      linewrap: true,
      gracefulExit: false,
    };
    return options;
  }
}

/**
 * cli-progress's own terminal goes back to a saved place on the screen when the bar stops, which is wrong once
 * lines were printed above it, and needs a whole stream. This one stays on the cursor's line.
 */
function terminalOf(io: Io) {
  const nothing = () => {};
  return {
    cursorSave: nothing,
    cursorRestore: nothing,
    cursor: nothing,
    lineWrapping: nothing,
    cursorTo: () => io.err("\r"),
    clearRight: () => io.err("\x1b[K"),
    clearLine: () => io.err("\x1b[2K"),
    newline: () => io.err("\n"),
    write: (text: string) => io.err(text),
    isTTY: () => true,
    getWidth: () => io.stderr.columns || 80,
  };
}
