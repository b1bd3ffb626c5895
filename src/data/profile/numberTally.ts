/** @file What a column's numbers come to: how many, their range, whether they are whole, whether they count the rows. */

const FEW = 3; // 0, 1 by chance is no count

export class NumberTally {
  count = 0;
  /** every number is a whole one */
  isWhole = true;
  #countsRows = true;
  #previous = Number.NaN;
  #minimum = Number.POSITIVE_INFINITY;
  #maximum = Number.NEGATIVE_INFINITY;
  #sum = 0;

  /** The number of the next row. */
  add(value: number): void {
    if (this.isWhole && !Number.isInteger(value)) this.isWhole = false;
    if (this.#countsRows && this.count > 0 && value !== this.#previous + 1) this.#countsRows = false;
    this.#previous = value;
    this.count++;
    this.#sum += value;
    if (value < this.#minimum) this.#minimum = value;
    if (value > this.#maximum) this.#maximum = value;
  }

  /** The next row has no number. */
  skip(): void {
    this.#countsRows = false;
  }

  /** null without any number */
  get range(): { readonly minimum: number; readonly mean: number; readonly maximum: number } | null {
    if (this.count === 0) return null;
    return { minimum: this.#minimum, mean: this.#sum / this.count, maximum: this.#maximum };
  }

  /** Each row has the number of the row before, plus 1. */
  get countsRows(): boolean {
    return this.#countsRows && this.count >= FEW;
  }
}
