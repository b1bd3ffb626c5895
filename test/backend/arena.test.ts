/** The one memory: what does not fit is an error that says so, in the program too, with threads waiting for work. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { Arena } from "../../src/backend/wasm/arena.ts";
import { SystemError } from "../../src/errors.ts";
import { freshFolder, ROOT } from "../support/cli.ts";

test("buffers are zeroed, on cache lines of their own, and stay where they are while the memory grows", () => {
  const arena = new Arena();
  const [a, b] = [arena.take(5), arena.take(8)];
  const view = arena.u8(a, 5);
  view.fill(7);
  const far = arena.take(10_000_000);
  expect([a % 64, b - a, far % 64]).toEqual([0, 64, 0]);
  expect([...view]).toEqual([7, 7, 7, 7, 7]);
  expect(arena.u8(far, 10_000_000).every((byte) => byte === 0)).toBe(true);
});

test("memory that cannot grow: how much was missing, how much is in use, what to do", () => {
  const arena = new Arena();
  arena.take(1_000_000);
  const take = () => arena.take(5e9);
  expect(take).toThrow(SystemError);
  expect(take).toThrow(
    /^out of memory: 5000 MB more were needed beside 1 MB in use \(limit 4295 MB\); use fewer rows, a smaller batch or a smaller network$/,
  );
  expect(arena.take(64)).toBeGreaterThan(0); // what fits can still be had
});

test("a network that does not fit ends training before it starts, with exit code 6, and leaves nothing", async () => {
  const folder = freshFolder();
  const network = ["--set", "network.hidden=[40000,40000]", "--threads", "2", "--out", "run"];
  const { code, stdout, stderr } = await folder.nnt([
    "train",
    join(ROOT, "configs/mnist-basic.json"),
    "-q",
    ...network,
  ]);
  expect({ code, stdout }).toEqual({ code: 6, stdout: "" });
  expect(stderr).toMatch(/^nnt: out of memory: 6529 MB more were needed beside \d+ MB in use/);
  expect(folder.list()).toEqual([]);
});
