/**
 * @file A thread that helps with a table: it reads blocks of text, and works on columns. Started by threads.ts only, and
 * told what to do by messages; what it has read stays in its kernels' memory, where the caller looks at it.
 */
import { parentPort } from "node:worker_threads";
import { SystemError } from "../errors.ts";
import { CellKernel } from "./cellKernel.ts";
import { takeParts } from "./columnWork.ts";
import type { OpenTask, ReadTask, ThreadAnswer, ThreadTask } from "./threads.ts";

/** Cells of the shortest kind that are taken for usual: what does not fit is left to the caller. */
const BYTES_PER_CELL = 3;

interface OpenSlot {
  readonly text: Uint8Array;
  readonly kernel: CellKernel;
}

let slots: readonly OpenSlot[] = [];

function obey(task: ThreadTask): ThreadAnswer {
  if (task.type === "open") return open(task);
  if (task.type === "read") return { type: "read", slot: task.slot, isRead: isDone(() => read(task)) };
  return { type: "shared", isDone: isDone(() => takeParts(task)) };
}

function open({ table, texts, dialect }: OpenTask): ThreadAnswer {
  slots = [];
  isDone(() => {
    slots = texts.map((text) => ({
      text: new Uint8Array(text),
      kernel: new CellKernel(dialect, Math.floor(text.byteLength / BYTES_PER_CELL)),
    }));
  });
  const memories = slots.map(({ kernel: { memory, places } }) => ({ memory, places }));
  return { type: "opened", table, memories };
}

function read({ slot, bytes, newline, uses, kept }: ReadTask): void {
  const { text, kernel } = slots[slot]!;
  for (const [column, use] of uses.entries()) kernel.setUse(column, use);
  for (const column of kept) kernel.keep(column);
  kernel.setNewline(newline);
  kernel.line = 1;
  kernel.skip(kernel.restBytes);
  kernel.append(text.subarray(0, bytes), false);
  kernel.parse();
}

/** False where there was no memory for it, which the caller does without; any other error is one of ours. */
function isDone(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    // WebAssembly throws a RangeError where it cannot have the memory it asks for.
    if (error instanceof SystemError || error instanceof RangeError) return false;
    throw error;
  }
}

parentPort!.on("message", (task: ThreadTask) => parentPort!.postMessage(obey(task)));
