/**
 * @file The text of a table, a block at a time. With slots to read ahead (threads.ts), blocks end behind a line end, and those
 * that follow are read by other threads meanwhile; without, they are the chunks as they come.
 */
import { Buffer } from "node:buffer";
import type { CellMemory } from "./cellMemory.ts";
import type { ReadOptions, Slot } from "./threads.ts";

/** Valid until the next one is asked for. */
export interface Block {
  readonly text: Buffer;
  /** what another thread read of it, from its first byte on; null: nothing */
  readonly ahead: Ahead | null;
}

export interface Ahead {
  readonly memory: CellMemory;
  readonly slot: Slot;
  /** as it was read */
  readonly options: ReadOptions;
}

interface Begun {
  readonly slot: Slot;
  readonly text: Buffer;
  readonly options: ReadOptions;
  readonly memory: Promise<CellMemory | null>;
}

const NO_TEXT = Buffer.alloc(0);

export class Blocks {
  /** the end was met */
  areRead = false;
  readonly #chunks: AsyncIterator<Buffer, void>;
  readonly #newline: number;
  readonly #slots: readonly Slot[];
  /** of the slots, those that are in use */
  #used = 0;
  /** slots with no block in them, in turns */
  readonly #free: Slot[] = [];
  readonly #begun: Begun[] = [];
  #current: Slot | null = null;
  /** read, but in no block yet: what the last block left of a row, and then the rest of a chunk */
  #carry: Buffer = NO_TEXT;
  #rest: Buffer = NO_TEXT;
  /** what was read outside slots ended with a line: a caller that holds a part of a row cannot use what others read behind it */
  #isAtRow = true;
  /** why there is no more text; told once all text before it is */
  #failure: { readonly error: unknown } | null = null;

  /** `slots`: of the threads that read ahead; more may come, as threads get ready. */
  constructor(chunks: AsyncIterator<Buffer, void>, newline: number, slots: readonly Slot[]) {
    this.#chunks = chunks;
    this.#newline = newline;
    this.#slots = slots;
  }

  /** The next block, an empty one at the end. `options`: how those that follow are to be read ahead; null: they are not. */
  async next(options: ReadOptions | null = null): Promise<Block> {
    if (this.#current !== null) this.#free.push(this.#current);
    this.#current = null;
    this.#takeSlots();
    if (options !== null && this.#isAtRow) await this.#fillSlots(options);
    const begun = this.#begun.shift();
    if (begun === undefined) return { text: await this.#read(), ahead: null };
    const { slot, text } = begun;
    this.#current = slot;
    const memory = await begun.memory;
    return { text, ahead: memory && { memory, slot, options: begun.options } };
  }

  /** Those that have come. */
  #takeSlots(): void {
    if (this.#slots.length === this.#used) return;
    this.#free.push(...this.#slots.slice(this.#used));
    this.#used = this.#slots.length;
  }

  async #fillSlots(options: ReadOptions): Promise<void> {
    let hasText = true;
    while (hasText && this.#free.length > 0) hasText = await this.#begin(options);
  }

  /** Fills a slot and has it read. False where there is no more text. */
  async #begin(options: ReadOptions): Promise<boolean> {
    const slot = this.#free[0]!;
    let bytes = this.#carry.copy(slot.text);
    this.#carry = NO_TEXT;
    while (bytes < slot.text.length && (await this.#hasText())) {
      const copied = this.#rest.copy(slot.text, bytes);
      this.#rest = this.#rest.subarray(copied);
      bytes += copied;
    }
    if (bytes === 0) return false;
    this.#free.shift();
    const end = slot.text.lastIndexOf(this.#newline, bytes - 1) + 1;
    if (end > 0) this.#carry = Buffer.from(slot.text.subarray(end, bytes));
    const text = slot.text.subarray(0, end > 0 ? end : bytes);
    const memory = end > 0 ? slot.read(end, options) : Promise.resolve(null);
    memory.catch(() => {}); // told to whoever takes the block, if anybody does
    this.#begun.push({ slot, text, options, memory });
    return true;
  }

  /** A chunk, or the rest of one; where there are slots, up to the end of its last line. */
  async #read(): Promise<Buffer> {
    let text = this.#carry;
    this.#carry = NO_TEXT;
    if (text.length === 0 && (await this.#hasText())) {
      text = this.#rest;
      this.#rest = NO_TEXT;
    } else if (text.length === 0) {
      if (this.#failure !== null) throw this.#failure.error;
      this.areRead = true;
    }
    const end = this.#used > 0 ? text.lastIndexOf(this.#newline) + 1 : 0;
    this.#isAtRow = end > 0;
    if (end === 0) return text;
    this.#rest = text.subarray(end);
    return text.subarray(0, end);
  }

  /** Whether there is text that is in no block yet; reads on where there is none at hand. */
  async #hasText(): Promise<boolean> {
    if (this.#rest.length > 0) return true;
    if (this.#failure !== null) return false;
    try {
      const next = await this.#chunks.next();
      if (next.done) return false;
      this.#rest = next.value;
      return true;
    } catch (error) {
      this.#failure = { error };
      return false;
    }
  }
}
