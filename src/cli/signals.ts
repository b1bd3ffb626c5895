/**
 * @file SIGINT (Ctrl-C) and SIGTERM. A command may take the first one to end well; any other one ends the program at once, after
 * temporary files are removed and the last words are said. Either way it ends by the signal, which a shell reports as 130 or
 * 143: an ordinary exit with these would not end the loop that the program was started in.
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
    endBy(host, signal);
  };
  host.on("SIGINT", handler).on("SIGTERM", handler);
}

/** Ends the program by the signal that `exitCode` stands for; does nothing where it stands for none. */
export function endBySignal(host: NodeJS.Process, exitCode: number): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    if (SIGNAL_EXIT[signal] === exitCode) endBy(host, signal);
  }
}

/** The default action of a signal. */
function endBy(host: NodeJS.Process, signal: StopSignal): void {
  host.removeAllListeners(signal);
  host.kill(host.pid, signal);
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
