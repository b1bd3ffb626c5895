/**
 * @file SIGINT (Ctrl-C) and SIGTERM. A command may take the first one to end well; any other one ends the program as
 * the system does it, with exit code 130 or 143, after temporary files are removed and the last words are said.
 */
import { removeTemporaries } from "../files.ts";

export type StopSignal = "SIGINT" | "SIGTERM";

/** What a shell reports for a program that a signal ended: 128 + the signal's number. */
export const SIGNAL_EXIT: Readonly<Record<StopSignal, number>> = { SIGINT: 130, SIGTERM: 143 };

let takeFirst: ((signal: StopSignal) => void) | null = null;
let lastWords: (() => void) | null = null;

/** Installs the handlers; once per process. */
export function handleSignals(host: NodeJS.Process): void {
  const handler = (signal: StopSignal): void => {
    if (takeFirst !== null) {
      const take = takeFirst;
      takeFirst = null;
      take(signal);
      return;
    }
    removeTemporaries();
    lastWords?.();
    host.removeListener(signal, handler);
    host.kill(host.pid, signal); // the default action: the shell sees a program ended by this signal
  };
  host.on("SIGINT", handler).on("SIGTERM", handler);
}

/** Gives the next signal to `take`, once. Returns a function that takes this back. */
export function onFirstSignal(take: (signal: StopSignal) => void): () => void {
  takeFirst = take;
  return () => {
    takeFirst = null;
  };
}

/** Has `say` called, at once, if a signal ends the program from now on. Returns a function that takes this back. */
export function beforeSignalEnds(say: () => void): () => void {
  lastWords = say;
  return () => {
    lastWords = null;
  };
}
