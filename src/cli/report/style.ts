/**
 * @file The colours of one output stream. Whether there are any was decided in io.ts.
 */
import { Chalk, type ChalkInstance } from "chalk";
import type { Io } from "../io.ts";

/** Chalk for a stream: the 16 basic colours, which every theme makes readable, or none. */
export function styleOf(io: Io, stream: "stdout" | "stderr"): ChalkInstance {
  return new Chalk({ level: io.colour[stream] ? 1 : 0 });
}

/** Chalk without colours. */
export const plainStyle: ChalkInstance = new Chalk({ level: 0 });
