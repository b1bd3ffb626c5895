/**
 * @file A thread that helps with a table: it reads blocks of text, and works on columns. Started by threads.ts only, and told what to do by messages; what it
 * has read stays in its kernels' memory, where the caller looks at it.
 */
import { parentPort } from "node:worker_threads";
import { CellKernel } from "./cellKernel.ts";
import { takeParts } from "./columnWork.ts";
import type { ThreadAnswer, ThreadTask } from "./threads.ts";

/** Cells of the shortest kind that are taken for usual: what does not fit is left to the caller. */
const BYTES_PER_CELL = 3;

interface OpenSlot {
  readonly text: Uint8Array;
  readonly kernel: CellKernel;
}

let slots: readonly OpenSlot[] = [];

function obey(task: ThreadTask): ThreadAnswer {
  if (task.type === "open") {
    slots = task.texts.map((text) => ({
      text: new Uint8Array(text),
      kernel: new CellKernel(task.dialect, Math.floor(text.byteLength / BYTES_PER_CELL)),
    }));
    const { table } = task;
    return {
      type: "opened",
      table,
      memories: slots.map(({ kernel: { memory, places } }) => ({ memory, places })),
    };
  }
  if (task.type !== "read") {
    takeParts(task);
    return { type: "shared" };
  }
  const { slot, bytes, newline, uses, kept } = task;
  const { text, kernel } = slots[slot]!;
  try {
    for (const [column, use] of uses.entries()) kernel.setUse(column, use);
    for (const column of kept) kernel.keep(column);
    kernel.setNewline(newline);
    kernel.line = 1;
    kernel.skip(kernel.restBytes);
    kernel.append(text.subarray(0, bytes), false);
    kernel.parse();
    return { type: "read", slot, isRead: true };
  } catch {
    return { type: "read", slot, isRead: false };
  }
}

parentPort!.on("message", (task: ThreadTask) => parentPort!.postMessage(obey(task)));
