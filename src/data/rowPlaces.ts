/** @file Where each row of a table is: its file and line, for messages. */
import { Growing } from "./growing.ts";

/** Rows of one file, from `first` on. */
interface FileRows {
  readonly file: string;
  readonly first: number;
}

export class RowPlaces {
  readonly #lines: Growing<Uint32Array>;
  readonly #files: FileRows[] = [];

  constructor() {
    this.#lines = new Growing((length) => new Uint32Array(length));
  }

  /** rows */
  get length(): number {
    return this.#lines.length;
  }

  /** Room for so many rows in all. */
  reserve(rows: number): void {
    this.#lines.reserve(rows - this.#lines.length);
  }

  /** The next rows are of this file, and start on these lines. */
  append(file: string, lines: Uint32Array): void {
    if (this.#files.at(-1)?.file !== file) this.#files.push({ file, first: this.length });
    this.#lines.append(lines);
  }

  line(row: number): number {
    return this.#lines.get(row);
  }

  file(row: number): string {
    return this.#files.findLast(({ first }) => first <= row)!.file;
  }

  /** "data.csv:12" */
  place(row: number): string {
    return `${this.file(row)}:${this.line(row)}`;
  }

  /** The places of the rows that are kept. */
  keep(isKept: Uint8Array): RowPlaces {
    const kept = new RowPlaces();
    const lines = this.#lines.view();
    for (const [i, { file, first }] of this.#files.entries()) {
      const end = this.#files[i + 1]?.first ?? this.length;
      kept.append(
        file,
        lines.subarray(first, end).filter((_, row) => isKept[first + row] === 1),
      );
    }
    return kept;
  }
}
