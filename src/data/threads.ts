/**
 * @file Threads that help with a large table. They read blocks of its text before the caller comes to them; what is made of
 * a block is the caller's, in the order of the file, so no result depends on them. A thread that is lost is done without.
 */
import { Buffer } from "node:buffer";
import { Worker } from "node:worker_threads";
import { packageFile } from "../packageFile.ts";
import type { CellDialect } from "./cellDialect.ts";
import { compiledKernel } from "./cellKernel.ts";
import { CellMemory, type CellPlaces, type CellUse } from "./cellMemory.ts";
import { type ColumnWork, takeParts } from "./columnWork.ts";

/** When and how a table is read ahead. */
export interface AheadSizes {
  /** bytes; a smaller table is read before a thread is up */
  readonly largeTable: number;
  /** rows that the caller reads before: in so many, a column of numbers shows that it is one (columnBuilder.ts) */
  readonly firstRows: number;
  /** bytes of text that are read at a time, and for each column: each should get some rows at a time, not one by one */
  readonly block: number;
  readonly blockOfColumn: number;
}
/** Bytes of a table from which threads help to read it. */
export const LARGE_TABLE = 8 << 20;
const SIZES: AheadSizes = { largeTable: LARGE_TABLE, firstRows: 128, block: 1 << 20, blockOfColumn: 1400 };
const MAX_BLOCK = 4 << 20;
/** Blocks that a thread is given at a time: one it reads, and one for then. */
const BLOCKS_EACH = 2;
/** The caller copies what they read, which takes a third of the time of reading. */
const MAX_THREADS = 3;

/** From the caller to a thread. */
export type ThreadTask = OpenTask | ReadTask | ColumnWork;

export interface OpenTask {
  readonly type: "open";
  /** counts the tables of a thread */
  readonly table: number;
  readonly dialect: CellDialect;
  /** where the text of each slot goes */
  readonly texts: readonly SharedArrayBuffer[];
}

export interface ReadTask extends ReadOptions {
  readonly type: "read";
  /** which of the texts */
  readonly slot: number;
  readonly bytes: number;
}

/** And back. */
export type ThreadAnswer =
  | { readonly type: "opened"; readonly table: number; readonly memories: readonly SlotMemory[] }
  /** `isRead` false: it had no memory */
  | { readonly type: "read"; readonly slot: number; readonly isRead: boolean }
  /** no part of the work is left; `isDone` false: there was no memory for one that this thread had taken */
  | { readonly type: "shared"; readonly isDone: boolean };

interface SlotMemory {
  readonly memory: WebAssembly.Memory;
  readonly places: CellPlaces;
}

/** How cells are to be read. */
export interface ReadOptions {
  readonly newline: number;
  readonly uses: readonly CellUse[];
  readonly kept: readonly number[];
}

/** Room for a block of text. */
export interface Slot {
  readonly text: Buffer;
  /** of a spelling in the memory of this slot: its code in the caller's, plus 1; 0 where it is not known yet */
  readonly codes: Uint32Array[];
  /** Has the first `bytes` of the text read from its first row on. Resolves to null where that failed. */
  read(bytes: number, options: ReadOptions): Promise<CellMemory | null>;
}

export class TableThreads {
  /** that were read ahead, so far */
  blocksRead = 0;
  /** threads that are ready for the table that was opened last */
  ready = 0;
  readonly #count: number;
  readonly #sizes: AheadSizes;
  #threads: readonly Thread[] = [];

  /** `threads`: that may work at a time, the caller included. */
  constructor(threads: number, sizes: AheadSizes = SIZES) {
    this.#count = Math.min(threads - 1, MAX_THREADS);
    this.#sizes = sizes;
  }

  /** Whether a table of `bytes` bytes (null: not known) is worth more than one thread. */
  isLarge(bytes: number | null): boolean {
    return this.#count > 0 && bytes !== null && bytes >= this.#sizes.largeTable;
  }

  /** Whether the caller has read enough rows of a file for the others to be read ahead. */
  canReadAhead(rowsRead: number): boolean {
    return rowsRead >= this.#sizes.firstRows;
  }

  /**
   * Slots to read all files of a table with, which come as threads get ready; those of an earlier table are of no use then.
   * Starts the threads, if need be.
   */
  open(dialect: CellDialect): readonly Slot[] {
    if (this.#threads.length === 0) this.#threads = Array.from({ length: this.#count }, () => new Thread());
    const slots: Slot[] = [];
    const { block, blockOfColumn } = this.#sizes;
    const bytes = Math.max(block, Math.min(MAX_BLOCK, blockOfColumn * dialect.width));
    this.ready = 0;
    for (const thread of this.#threads) {
      thread.open(dialect, bytes, (opened) => {
        // Each turn of the slots has one block for the caller, who would only wait otherwise.
        if (slots.length === 0) slots.push(ownSlot(bytes));
        slots.push(...opened.map((slot) => this.#counted(slot)));
        this.ready++;
      });
    }
    return slots;
  }

  #counted(slot: Slot): Slot {
    return {
      ...slot,
      read: async (bytes, options) => {
        const memory = await slot.read(bytes, options);
        if (memory !== null) this.blocksRead++;
        return memory;
      },
    };
  }

  /** Does work, all threads that were started and the caller together. */
  async share(work: ColumnWork): Promise<void> {
    const helped = this.#threads.map((thread) => thread.share(work));
    takeParts(work);
    if ((await Promise.all(helped)).every(Boolean)) return;
    work.next[0] = 0; // a thread was lost or had no memory, and nobody did what it had taken
    takeParts(work);
  }

  /** Ends the threads. */
  close(): void {
    for (const thread of this.#threads) thread.close();
    this.#threads = [];
  }
}

/** For a block that the caller reads. */
function ownSlot(bytes: number): Slot {
  return { text: Buffer.allocUnsafeSlow(bytes), codes: [], read: () => Promise.resolve(null) };
}

class Thread {
  readonly #worker = new Worker(packageFile("dist/thread.js"), {
    workerData: compiledKernel(),
  });
  #isLost = false;
  /** why the thread ended, if that is an error of ours */
  #failure: Error | null = null;
  /** the last that was opened: another may have been given up before the thread was ready for it */
  #table = 0;
  #memories: readonly CellMemory[] = [];
  #onOpened: ((memories: readonly SlotMemory[]) => void) | null = null;
  /** who waits for a slot to be read, by its number, and for shared work */
  readonly #reading = new Map<number, Waiting<CellMemory | null>>();
  #sharing: Waiting<boolean> | null = null;

  constructor() {
    this.#worker.on("message", (answer: ThreadAnswer) => this.#take(answer));
    this.#worker.on("error", (error) => {
      if (!isWantOfMemory(error)) this.#failure = error;
    });
    this.#worker.on("exit", () => this.#lose());
  }

  /** Gets ready to read a table; `onReady` gets the slots then. */
  open(dialect: CellDialect, blockBytes: number, onReady: (slots: readonly Slot[]) => void): void {
    const texts = Array.from({ length: BLOCKS_EACH }, () => new SharedArrayBuffer(blockBytes));
    this.#onOpened = (memories) => {
      this.#memories = memories.map(({ memory, places }) => new CellMemory(memory, places));
      onReady(
        memories.map((_, slot) => ({
          text: Buffer.from(texts[slot]!),
          codes: [],
          read: (bytes, options) => this.#read({ type: "read", slot, bytes, ...options }),
        })),
      );
    };
    this.#send({ type: "open", table: ++this.#table, dialect, texts });
  }

  /** Resolves once this thread finds no more work; to false if it is lost, or had no memory. */
  share(work: ColumnWork): Promise<boolean> {
    return this.#ask<boolean>(work, false, (waiting) => {
      this.#sharing = waiting;
    });
  }

  close(): void {
    void this.#worker.terminate();
  }

  #read(task: ReadTask): Promise<CellMemory | null> {
    return this.#ask<CellMemory | null>(task, null, (waiting) => this.#reading.set(task.slot, waiting));
  }

  /** `lost`: the answer of a thread that is no longer there. */
  #ask<T>(task: ThreadTask, lost: T, wait: (waiting: Waiting<T>) => void): Promise<T> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    if (this.#isLost) return Promise.resolve(lost);
    this.#send(task);
    return new Promise((give, fail) => wait({ give, fail, lost }));
  }

  #send(task: ThreadTask): void {
    this.#worker.postMessage(task);
  }

  #take(answer: ThreadAnswer): void {
    if (answer.type === "opened") {
      if (answer.table === this.#table) this.#onOpened?.(answer.memories);
    } else if (answer.type === "shared") {
      this.#sharing?.give(answer.isDone);
      this.#sharing = null;
    } else {
      const waiting = this.#reading.get(answer.slot);
      this.#reading.delete(answer.slot);
      waiting?.give(answer.isRead ? this.#memories[answer.slot]! : null);
    }
  }

  #lose(): void {
    this.#isLost = true;
    for (const waiting of this.#reading.values()) end(waiting, this.#failure);
    this.#reading.clear();
    if (this.#sharing !== null) end(this.#sharing, this.#failure);
    this.#sharing = null;
  }
}

/** Who asked a thread. */
interface Waiting<T> {
  readonly give: (answer: T) => void;
  readonly fail: (error: Error) => void;
  /** the answer if the thread is lost */
  readonly lost: T;
}

function end<T>({ give, fail, lost }: Waiting<T>, failure: Error | null): void {
  if (failure === null) give(lost);
  else fail(failure);
}

/** Of a thread that could not be started, or not go on: the caller does its work. */
function isWantOfMemory(error: Error): boolean {
  return "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
}
