/** Steps are shared while that is faster, and not where another program makes it slower. */
import { expect, test } from "vitest";
import { Sharing } from "../../src/backend/wasm/sharing.ts";

/** Works `steps` steps of 64 rows, `atOnce` in a call, each taking what `time` says; gives how many were shared. */
function work(sharing: Sharing, steps: number, time: (isShared: boolean) => number, atOnce = 1): number {
  let shared = 0;
  for (let step = 0; step < steps; step += atOnce) {
    const { isShared } = sharing;
    if (isShared) shared += atOnce;
    sharing.add(time(isShared) * atOnce, 64 * atOnce, atOnce);
  }
  return shared;
}

test.each([1, 10, 1000])(
  "sharing that is faster goes on, but for a few steps to compare: %i steps a call",
  (atOnce) => {
    const shared = work(new Sharing(), 100_000, (isShared) => (isShared ? 0.1 : 0.2), atOnce);
    expect(shared).toBeGreaterThan(96_500);
    expect(shared).toBeLessThan(100_000);
  },
);

test("sharing that is slower ends after some forty steps; it comes back when it is faster", () => {
  const sharing = new Sharing();
  expect(work(sharing, 10_000, (isShared) => (isShared ? 1.2 : 0.2))).toBeLessThan(100);
  work(sharing, 4_200, (isShared) => (isShared ? 0.1 : 0.2));
  expect(work(sharing, 1_000, (isShared) => (isShared ? 0.1 : 0.2))).toBeGreaterThan(970);
});

test("sharing that is slower only for the first hundred steps is back soon after them", () => {
  const sharing = new Sharing();
  work(sharing, 100, (isShared) => (isShared ? 0.4 : 0.2));
  expect(sharing.isShared).toBe(false);
  expect(work(sharing, 1_000, (isShared) => (isShared ? 0.1 : 0.2))).toBeGreaterThan(800);
});

test("a short batch does not count as a fast step: times are compared by row", () => {
  const sharing = new Sharing();
  for (let step = 0; step < 32; step++) sharing.add(0.1, 64, 1); // shared
  for (let step = 0; step < 8; step++) sharing.add(0.05, 16, 1); // alone: slower by row
  expect(sharing.isShared).toBe(true);
});

test("some interrupted steps do not end sharing", () => {
  let step = 0;
  const time = (isShared: boolean) => (step++ % 6 === 0 ? 5 : isShared ? 0.1 : 0.2);
  expect(work(new Sharing(), 10_000, time)).toBeGreaterThan(9_700);
});
