// What threads tell each other, in a few words of shared memory, their control block: which task to work on, and the
// barriers where they meet. Computes nothing.
//
// Waiting threads first spin, since a step takes microseconds, then sleep until they are woken: a thread that waits
// while the caller validates, writes or idles must not burn a core.

// Offsets of the words. Each one that threads look at while they wait has a cache line of its own: a line that one
// thread writes while another one looks at it goes to and fro between their caches, some 100 ns each time.
const LINE: usize = 64;
/** counts tasks; a change starts one */
const GENERATION: usize = 0;
/** threads at the present barrier */
const ARRIVED: usize = LINE;
/** counts barriers; a change opens one */
const BARRIER: usize = 2 * LINE;
const SLEEPERS: usize = 3 * LINE;
/** workers that have loaded their kernels */
const READY: usize = 4 * LINE;
/** more than 0: a worker is lost */
const FAILED: usize = 4 * LINE + 4;
/** address of the task; 0: to quit */
const TASK: usize = 5 * LINE;

/** Bytes of a control block, zeroed at first. */
export function controlBytes(): usize {
  return 6 * LINE;
}

/**
 * Some 170 µs of looking, measured on a Xeon, before a thread goes to sleep: much longer than threads of a small step
 * wait for each other. Where they sleep in every step, so that only one of them runs at a time, the system may keep both
 * on one processor: of 12 runs of 784-128-10 on two cores 2 stayed in that state, twice as slow, with a tenth of the
 * time; none with 200 µs.
 */
const SPINS: u32 = 600_000;

/** The longest sleep. */
const WAIT_MS: i64 = 1000;
/**
 * Much longer than any part between two barriers: a thread that is not at the barrier by then is gone. A multiple of
 * WAIT_MS, and counted in such waits: time in which the whole program is stopped (Ctrl-Z, a closed laptop) counts as one
 * at most.
 */
const BARRIER_TIMEOUT_MS: i64 = 60_000;

/** Workers that are up. */
export function readyCount(control: usize): i32 {
  return atomic.load<i32>(control + READY);
}

/** More than 0: a worker is lost. */
export function failedCount(control: usize): i32 {
  return atomic.load<i32>(control + FAILED);
}

/** A worker is up. */
export function markReady(control: usize): void {
  atomic.add<i32>(control + READY, 1);
}

/** Opens all barriers for good: whoever waits learns of the failure. */
export function markFailed(control: usize): void {
  atomic.add<i32>(control + FAILED, 1);
  atomic.add<i32>(control + BARRIER, 1);
  atomic.notify(control + BARRIER, -1);
}

/** Starts a task in all workers, or makes them quit if it is 0. */
export function send(control: usize, task: usize): void {
  atomic.store<u32>(control + TASK, <u32>task);
  atomic.add<i32>(control + GENERATION, 1);
  if (atomic.load<i32>(control + SLEEPERS) > 0) atomic.notify(control + GENERATION, -1);
}

/** Waits for the task after `generation` others. */
export function receive(control: usize, generation: i32): usize {
  while (!waitWhile(control, GENERATION, generation, BARRIER_TIMEOUT_MS)) {}
  return atomic.load<u32>(control + TASK);
}

/** Waits until `threads` threads have come here. False when one of them has failed, or does not come. */
export function barrier(control: usize, threads: u32): bool {
  const before = atomic.load<i32>(control + BARRIER);
  if (failedCount(control) > 0) return false;
  if (atomic.add<i32>(control + ARRIVED, 1) == <i32>threads - 1) {
    atomic.store<i32>(control + ARRIVED, 0);
    atomic.add<i32>(control + BARRIER, 1);
    if (atomic.load<i32>(control + SLEEPERS) > 0) atomic.notify(control + BARRIER, -1);
    return failedCount(control) == 0;
  }
  return waitWhile(control, BARRIER, before, BARRIER_TIMEOUT_MS) && failedCount(control) == 0;
}

/**
 * Waits until a word is no longer `value`; false after `timeout` ms. A thread may be woken for a change that it has
 * already seen, by a sender that was slow to notify: the word decides, not being woken.
 */
function waitWhile(control: usize, word: usize, value: i32, timeout: i64): bool {
  const at = control + word;
  for (let spin: u32 = 0; spin < SPINS; spin++) if (atomic.load<i32>(at) != value) return true;
  atomic.add<i32>(control + SLEEPERS, 1);
  for (let left = timeout; left > 0 && atomic.load<i32>(at) == value; ) {
    if (atomic.wait<i32>(at, value, WAIT_MS * 1_000_000) == AtomicWaitResult.TIMED_OUT) left -= WAIT_MS;
  }
  atomic.sub<i32>(control + SLEEPERS, 1);
  return atomic.load<i32>(at) != value;
}
