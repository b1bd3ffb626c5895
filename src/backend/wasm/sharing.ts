/**
 * @file Whether to share steps among threads or to work alone: whichever takes less time, found out while working. Both
 * give the same bits. Sharing loses where another program uses a processor: threads that wait for one that does not run
 * take longer than the calling one alone.
 */

/**
 * Steps from one trial of the other way to the next: few at first and after a change, since what made the other way
 * faster may be over soon (V8 compiles the kernels while the first steps run), GROWTH times as many after each trial
 * that changed nothing, up to MAX_STRETCH.
 */
const FIRST_STRETCH = 32;
const GROWTH = 4;
const MAX_STRETCH = 4096;
/** Steps of a trial. In the first ones the weights are in another processor's cache. */
const TRIAL = 8;
/** The slowest calls of a stretch do not count: a moment's interruption says nothing about the next ones. */
const COUNTED = 3 / 4;
/** Sharing goes on unless working alone takes less than this part of the time: what is measured is not that exact. */
const CLEARLY = 0.85;

/** Decides for one kind of pass, call by call, by the times that it is told. */
export class Sharing {
  private shares = true;
  private isTrial = false;
  private calls = 0;
  private steps = 0;
  private stretch = FIRST_STRETCH;
  /** ms a row, of the calls of the present stretch or trial */
  private readonly times = new Float64Array(MAX_STRETCH);
  /** of the stretch before a trial */
  private usual = 0;

  /** Whether the next call is to be shared. */
  get isShared(): boolean {
    return this.shares !== this.isTrial;
  }

  /** Takes down the time of a call of `steps` steps on `rows` rows, which was shared if `isShared` said so. */
  add(milliseconds: number, rows: number, steps: number): void {
    this.times[this.calls++] = milliseconds / rows;
    this.steps += Math.min(steps, TRIAL); // a trial may be one long call: the calls between trials count as it does
    if (this.steps < (this.isTrial ? TRIAL : this.stretch)) return;
    const counted = this.times
      .subarray(0, this.calls)
      .sort()
      .subarray(0, Math.ceil(this.calls * COUNTED));
    const mean = counted.reduce((sum, time) => sum + time, 0) / counted.length;
    if (this.isTrial) this.judge(mean);
    else this.usual = mean;
    this.isTrial = !this.isTrial;
    this.calls = 0;
    this.steps = 0;
  }

  /** The end of a trial whose steps took `mean` ms a row. */
  private judge(mean: number): void {
    if (mean < this.usual * (this.shares ? CLEARLY : 1)) {
      this.shares = !this.shares;
      this.stretch = FIRST_STRETCH;
    } else this.stretch = Math.min(MAX_STRETCH, this.stretch * GROWTH);
  }
}
