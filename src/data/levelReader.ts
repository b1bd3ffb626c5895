/** @file The cells of one categorical column of a later file, as one-hot inputs of the model. */
import type { CellBatch, CellReader } from "./cellReader.ts";
import { levelInputs } from "./cells.ts";
import { NO_INPUT } from "./dataset.ts";
import type { CategoricalColumn } from "./preprocessing.ts";

/** From so many spellings on, those of a column are no longer remembered: most will not come again. */
const MAX_SPELLINGS = 1 << 16;

export class LevelReader {
  readonly #cell: number;
  readonly #reader: CellReader;
  readonly #missing: ReadonlySet<string>;
  readonly #inputs: Map<string | null, number>;
  /** of each spelling so far; NaN for one that training never saw */
  readonly #inputOf: number[] = [];
  /** whether cells are looked up one by one, because there are too many different ones */
  #isByText = false;

  constructor(column: CategoricalColumn, cell: number, reader: CellReader, missing: ReadonlySet<string>) {
    this.#cell = cell;
    this.#reader = reader;
    this.#missing = missing;
    this.#inputs = levelInputs(column);
  }

  /** Writes a code for each row; gives how many used rows have a level that training never saw. */
  read(batch: CellBatch, codes: Uint32Array, code: number, codeWidth: number, isUsed: Uint8Array): number {
    const inputAt = this.#isByText
      ? (row: number) => this.#input(batch.text(this.#cell, row))
      : this.#bySpelling(batch);
    let unseen = 0;
    for (let row = 0; row < batch.rows; row++) {
      const input = inputAt(row);
      if (Number.isNaN(input)) unseen += isUsed[row]!;
      codes[row * codeWidth + code] = Number.isNaN(input) ? NO_INPUT : input;
    }
    return unseen;
  }

  #bySpelling(batch: CellBatch): (row: number) => number {
    const { spellings } = this.#reader;
    const count = spellings.spellingCount(this.#cell);
    for (let code = this.#inputOf.length; code < count; code++) {
      this.#inputOf.push(this.#input(spellings.spelling(this.#cell, code)));
    }
    const of = batch.codes(this.#cell);
    if (count > MAX_SPELLINGS + this.#inputs.size) {
      this.#isByText = true;
      this.#reader.setUse(this.#cell, "ignored");
      this.#reader.keep(this.#cell);
    }
    return (row) => this.#inputOf[of[row]!]!;
  }

  /** NaN for a level that training never saw. */
  #input(cell: string): number {
    const text = cell.trim();
    return this.#inputs.get(this.#missing.has(text) ? null : text) ?? Number.NaN;
  }
}
