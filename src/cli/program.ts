/** @file What bin/nnt.js starts: the entry of the bundle. */
export { createIo } from "./io.ts";
export { run } from "./main.ts";
export { endBySignal, handleSignals } from "./signals.ts";
