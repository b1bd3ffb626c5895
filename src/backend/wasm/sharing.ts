/**
 * @file Whether to share a step among threads or to work alone: whichever takes less time, found out while working. Both
 * give the same bits. Sharing loses where another program uses a processor: threads that wait for one that does not run
 * take longer than the calling one alone.
 */

/** Steps from one trial of the other way to the next; fewer before the first. */
const STRETCH = 1024;
const FIRST_STRETCH = 64;
/** Steps of a trial. In the first ones the weights are in another processor's cache. */
const TRIAL = 8;
/** The slowest of a stretch do not count: a moment's interruption says nothing about the next steps. */
const COUNTED = 3 / 4;
/** Sharing goes on unless working alone takes less than this part of the time: what is measured is not that exact. */
const CLEARLY = 0.85;

/** Decides for one kind of pass, step by step, by the times that it is told. */
export class Sharing {
  private shares = true;
  private isTrial = false;
  private step = 0;
  private length = FIRST_STRETCH;
  /** ms a row, of the steps of the present stretch or trial */
  private readonly times = new Float64Array(STRETCH);
  /** of the stretch before a trial */
  private usual = 0;

  /** Whether the next step is to be shared. */
  get isShared(): boolean {
    return this.shares !== this.isTrial;
  }

  /** Takes down the time of a step of `rows` rows, which was shared if `isShared` said so. */
  add(milliseconds: number, rows: number): void {
    this.times[this.step++] = milliseconds / rows;
    if (this.step < this.length) return;
    const counted = this.times
      .subarray(0, this.length)
      .sort()
      .subarray(0, this.length * COUNTED);
    const mean = counted.reduce((sum, time) => sum + time, 0) / counted.length;
    if (!this.isTrial) this.usual = mean;
    else if (mean < this.usual * (this.shares ? CLEARLY : 1)) this.shares = !this.shares;
    this.isTrial = !this.isTrial;
    this.length = this.isTrial ? TRIAL : STRETCH;
    this.step = 0;
  }
}
