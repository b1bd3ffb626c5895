/**
 * @file What threads tell each other, in a few words of shared memory: the command to run, its numbers, and the
 * barriers. Used by the calling thread (pool.ts) and by the workers (worker.ts); computes nothing.
 *
 * Waiting threads first spin, since a step takes microseconds, then sleep until they are woken: a thread that waits
 * while the caller validates, writes or idles must not burn a core.
 */
import type { SgdUpdate } from "../backend.ts";
import type { Pass } from "../step.ts";
import type { DataLayout } from "./data.ts";
import type { MathMode } from "./engine.ts";

/** What pool.ts gives a worker. */
export interface WorkerStart {
  readonly memory: WebAssembly.Memory;
  /** address of the control block */
  readonly control: number;
  /** that are started, the caller included */
  readonly threads: number;
  /** 1 … threads - 1; the caller is 0 */
  readonly thread: number;
  readonly math: MathMode;
}

/**
 * Much longer than any phase: a thread that is not at the barrier by then is gone. A multiple of WAIT_MS, and counted
 * in such waits: time in which the whole program is stopped (Ctrl-Z, a closed laptop) counts as one at most.
 */
export const BARRIER_TIMEOUT_MS = 60_000;

/** What workers can be asked to do. */
export const Command = { layout: 0, step: 1, score: 2, forward: 3, quit: 4 } as const;
export type Command = (typeof Command)[keyof typeof Command];

/** The command of each pass. */
export const PASS_COMMANDS = { step: Command.step, score: Command.score, forward: Command.forward } as const;

/** The pass of a command that is one. */
export function passOf(command: Command): Pass {
  return command === Command.step ? "step" : command === Command.score ? "score" : "forward";
}

/**
 * Words of the block. Each one that threads look at while they wait has a cache line of its own: a line that one thread
 * writes while another one looks at it goes to and fro between their caches, some 100 ns each time.
 */
const LINE = 16;
const GENERATION = 0; // counts commands; a change starts one
const ARRIVED = LINE; // threads at the present barrier
const BARRIER = 2 * LINE; // counts barriers; a change opens one
const SLEEPERS = 3 * LINE;
const READY = 4 * LINE; // workers that have loaded their kernels
const FAILED = READY + 1; // workers that ended by an error
const COMMAND = 5 * LINE; // the command and its batch
const FIRST = COMMAND + 1;
const COUNT = COMMAND + 2;
const ORDER = COMMAND + 3;
const WEIGHTS = COMMAND + 4;
const WORDS = 6 * LINE;

/** Then float64: the update and the data set's layout. */
const UPDATE_KEYS = ["learningRate", "momentum", "weightDecay"] as const;
const DATA_KEYS = [
  "inputs",
  "denseWidth",
  "scale",
  "codes",
  "codeWidth",
  "labels",
  "dense",
  "bytes",
  "starts",
  "table",
] as const satisfies readonly (keyof DataLayout)[];
const DATA_AT = 1 + UPDATE_KEYS.length;
const NUMBERS = DATA_AT + DATA_KEYS.length;

/** Memory that the words and numbers take. */
export const CONTROL_BYTES = WORDS * 4 + NUMBERS * 8;

/**
 * Some 200 µs of looking before a thread goes to sleep: much longer than threads of a small step wait for each other. Where
 * they sleep in every step, so that only one of them runs at a time, the system may keep both on one processor: of 12
 * runs of 784-128-10 on two cores 2 stayed in that state, twice as slow, with a tenth of this; none with this.
 */
const SPINS = 40_000;

/** The longest sleep. */
const WAIT_MS = 1000;

/** What a command works on, as plain numbers. One object is filled again for every command. */
export interface Task {
  first: number;
  count: number;
  /** address of the row numbers */
  order: number;
  /** address of the data set's row weights, or 0 */
  weights: number;
  readonly data: { -readonly [K in keyof DataLayout]: number };
  readonly update: { -readonly [K in keyof SgdUpdate]: SgdUpdate[K] };
}

/** A task to be filled. */
export function emptyTask(): Task {
  const data = Object.fromEntries(DATA_KEYS.map((key) => [key, 0])) as Task["data"];
  return {
    first: 0,
    count: 0,
    order: 0,
    weights: 0,
    data,
    update: { learningRate: 0, momentum: 0, weightDecay: 0, nesterov: false },
  };
}

function setNumber(numbers: Float64Array, at: number, value: number): void {
  if (numbers[at] !== value) numbers[at] = value;
}

/**
 * One thread's view of the shared words: the caller gives commands, the others wait for them, and all meet at barriers.
 * `at`: address of `CONTROL_BYTES` bytes, a multiple of 8; `threads`: how many there are, the caller included.
 */
export class Control {
  private readonly words: Int32Array;
  private readonly numbers: Float64Array;
  /** that meet at a barrier */
  threads: number;

  constructor(memory: SharedArrayBuffer, at: number, threads: number) {
    this.words = new Int32Array(memory, at, WORDS);
    this.numbers = new Float64Array(memory, at + WORDS * 4, NUMBERS);
    this.threads = threads;
  }

  get ready(): number {
    return Atomics.load(this.words, READY);
  }

  get failed(): number {
    return Atomics.load(this.words, FAILED);
  }

  markReady(): void {
    Atomics.add(this.words, READY, 1);
  }

  /** Opens all barriers for good: whoever waits learns of the failure. */
  markFailed(): void {
    Atomics.add(this.words, FAILED, 1);
    Atomics.add(this.words, BARRIER, 1);
    Atomics.notify(this.words, BARRIER);
  }

  /** Starts a command in all workers. */
  send(command: Command, { first, count, order, weights, data, update }: Task): void {
    const { words, numbers } = this;
    words[COMMAND] = command;
    words[FIRST] = first;
    words[COUNT] = count;
    words[ORDER] = order;
    words[WEIGHTS] = weights;
    // written only where they change, so that the lines stay in the workers' caches
    setNumber(numbers, 0, update.nesterov ? 1 : 0);
    for (let i = 0; i < UPDATE_KEYS.length; i++) setNumber(numbers, 1 + i, update[UPDATE_KEYS[i]!]);
    for (let i = 0; i < DATA_KEYS.length; i++) setNumber(numbers, DATA_AT + i, data[DATA_KEYS[i]!]);
    Atomics.add(words, GENERATION, 1);
    if (Atomics.load(words, SLEEPERS) > 0) Atomics.notify(words, GENERATION);
  }

  get generation(): number {
    return Atomics.load(this.words, GENERATION);
  }

  /** Waits for the command after `generation`, and fills `task` with its numbers. */
  receive(generation: number, task: Task): Command {
    this.waitWhile(GENERATION, generation, Number.POSITIVE_INFINITY);
    const { words, numbers } = this;
    task.first = words[FIRST]!;
    task.count = words[COUNT]!;
    task.order = words[ORDER]! >>> 0;
    task.weights = words[WEIGHTS]! >>> 0;
    task.update.nesterov = numbers[0] === 1;
    for (let i = 0; i < UPDATE_KEYS.length; i++) task.update[UPDATE_KEYS[i]!] = numbers[1 + i]!;
    for (let i = 0; i < DATA_KEYS.length; i++) task.data[DATA_KEYS[i]!] = numbers[DATA_AT + i]!;
    return words[COMMAND] as Command;
  }

  /**
   * Waits until all threads have come here. False when one of them has failed, or has not come after `timeoutMs`.
   */
  barrier(timeoutMs: number): boolean {
    const { words } = this;
    const before = Atomics.load(words, BARRIER);
    if (this.failed > 0) return false;
    if (Atomics.add(words, ARRIVED, 1) === this.threads - 1) {
      Atomics.store(words, ARRIVED, 0);
      Atomics.add(words, BARRIER, 1);
      if (Atomics.load(words, SLEEPERS) > 0) Atomics.notify(words, BARRIER);
      return this.failed === 0;
    }
    return this.waitWhile(BARRIER, before, timeoutMs) && this.failed === 0;
  }

  /**
   * Waits until a word is no longer `value`; false after `timeoutMs`. A thread may be woken for a change that it has
   * already seen, by a sender that was slow to notify: the word decides, not being woken.
   */
  private waitWhile(word: number, value: number, timeoutMs: number): boolean {
    const { words } = this;
    for (let spin = 0; spin < SPINS; spin++) if (Atomics.load(words, word) !== value) return true;
    let left = timeoutMs;
    Atomics.add(words, SLEEPERS, 1);
    while (Atomics.load(words, word) === value && left > 0) {
      if (Atomics.wait(words, word, value, WAIT_MS) === "timed-out") left -= WAIT_MS;
    }
    Atomics.sub(words, SLEEPERS, 1);
    return Atomics.load(words, word) !== value;
  }
}
