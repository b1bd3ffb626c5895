/**
 * @file The reading of data on stderr, for a person who waits: a bar on a terminal once it takes long, else a line now and
 * then. Who reads, and what, is the commands' business.
 */
import { basename } from "node:path";
import type { ReadProgress } from "../../data/reading.ts";
import { shownFiles } from "../../data/tables.ts";
import { plural, printable } from "../../words.ts";
import type { Io } from "../io.ts";
import { beforeSignalEnds } from "../signals.ts";
import { type BarParts, fittedLine, plainLine } from "./barLine.ts";
import { bytes } from "./format.ts";
import { truncate } from "./text.ts";

const BAR_AFTER_MS = 500; // whoever waits less sees nothing flash
const LINE_EVERY_MS = 10_000;
const MAX_NAME = 30; // columns; a long name leaves no room for the bar

/** What is shown of reading. */
export interface Reading {
  /** of the table or images */
  readonly name: string;
  readonly bytes: number;
  /** of all files; null when not known */
  readonly size: number | null;
  readonly rows: number;
  /** since the first byte was asked for */
  readonly seconds: number;
  /** all is read, and being made ready */
  readonly isRead: boolean;
}

export interface WatchOptions {
  readonly quiet: boolean;
  /** Where rows are written meanwhile, if not into a file; "device": one that was named, as /dev/tty, or a named pipe. */
  readonly rowsTo?: "stdout" | "device" | null;
}

/**
 * Reads with `read`, showing how far it has come; erased when `read` is done, or a signal ends the program, which is said.
 * Nothing is shown of how far if `quiet`, nor on a terminal where rows appear meanwhile, or are typed.
 */
export async function watchReading<T>(
  io: Io,
  { quiet, rowsTo = null }: WatchOptions,
  read: (progress: ReadProgress) => Promise<T>,
): Promise<T> {
  const isTerminal = io.stderr.isTTY && io.env.TERM !== "dumb";
  // What takes rows from a pipe may show them on this terminal, as `less` does.
  const mayShow = rowsTo === "device" || (rowsTo === "stdout" && (io.stdout.isTTY || io.stdout.isPipe));
  const isShared = isTerminal && mayShow;
  const watch = new Watch(io, quiet || isShared ? showNothing : isTerminal ? showBar : showLines);
  const release = beforeSignalEnds(() => watch.interrupt());
  try {
    return await read(watch);
  } finally {
    release();
    watch.close();
  }
}

/** Shows, from now on, what `reading` gives, until `stop` is called. `draw`: at once, for what comes will hold up timers. */
type Show = (io: Io, reading: () => Reading) => { draw(): void; stop(): void };

class Watch implements ReadProgress {
  readonly #io: Io;
  readonly #show: Show;
  #shown: ReturnType<Show> | null = null;
  #started = 0;
  #files: readonly string[] = [];
  #reading: Reading = { name: "", bytes: 0, size: null, rows: 0, seconds: 0, isRead: false };

  constructor(io: Io, show: Show) {
    this.#io = io;
    this.#show = show;
  }

  begin(paths: readonly string[], size: number | null): void {
    const name = shownFiles(paths.map((path) => basename(path)));
    this.#reading = { name, bytes: 0, size, rows: 0, seconds: 0, isRead: false };
    this.#files = paths;
    this.#started = performance.now();
    if (paths.includes("-") && this.#io.stdin.isTTY) return;
    this.#shown ??= this.#show(this.#io, () => this.#now());
  }

  bytes(count: number): void {
    this.#reading = { ...this.#reading, bytes: this.#reading.bytes + count };
  }

  rows(count: number): void {
    this.#reading = { ...this.#reading, rows: this.#reading.rows + count };
  }

  end(): void {
    this.#reading = { ...this.#reading, isRead: true };
    this.#shown?.draw();
  }

  close(): void {
    this.#shown?.stop();
    this.#shown = null;
  }

  /** Says what a signal ends, on a line of its own. */
  interrupt(): void {
    this.close();
    const what = this.#files.length === 0 ? "" : ` while reading ${printable(shownFiles(this.#files))}`;
    this.#io.err(`nnt: interrupted${what}\n`);
  }

  #now(): Reading {
    return { ...this.#reading, seconds: (performance.now() - this.#started) / 1000 };
  }
}

const showBar: Show = (io, reading) => {
  let bar: { render(): void; stop(): void } | null = null;
  let isOver = false;
  const begin = async () => {
    const { createBar } = await import("./bar.ts"); // loading it takes a while, and most tables need none
    if (isOver) return;
    const created = createBar(io, (width, look) => fittedLine(readingParts(reading()), width, look));
    created.start(1, 0);
    bar = created;
  };
  const timer = setTimeout(() => void begin(), BAR_AFTER_MS);
  return {
    draw: () => bar?.render(),
    stop: () => {
      isOver = true;
      clearTimeout(timer);
      bar?.stop();
    },
  };
};

const showNothing: Show = () => ({ draw: () => {}, stop: () => {} });

/** Of what may never end, as a pipe, a log says nothing. */
const showLines: Show = (io, reading) => {
  const timer = setInterval(() => {
    const now = reading();
    if (now.size !== null && !now.isRead) io.err(`${plainLine(readingParts(now))}\n`);
  }, LINE_EVERY_MS);
  return { draw: () => {}, stop: () => clearInterval(timer) };
};

/** Reading in words. */
export function readingParts({ name, bytes: read, size, rows, seconds, isRead }: Reading): BarParts {
  if (isRead) return { head: `preparing ${plural(rows, "row")}`, fraction: null, facts: [], toGo: null };
  const head = `reading ${truncate(printable(name), MAX_NAME)}`;
  const speed = `${bytes(seconds > 0 ? Math.round(read / seconds) : 0)}/s`;
  if (size === null)
    return { head, fraction: null, facts: [bytes(read), plural(rows, "row"), speed], toGo: null };
  const fraction = size > 0 ? Math.min(1, read / size) : 0; // it may grow while it is read
  const toGo = fraction > 0 ? (seconds * (1 - fraction)) / fraction : null;
  return { head, fraction, facts: [`${bytes(read)} of ${bytes(size)}`, speed], toGo };
}
