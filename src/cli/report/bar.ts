/**
 * @file How a bar gets on a terminal and off it again. What its line says is the callers' (trainingBar.ts, reading.ts).
 *
 * Nothing has to be put back if the program is killed: the cursor stays visible and no terminal mode is changed.
 */
import cliProgress from "cli-progress";
import type { Io } from "../io.ts";
import { ASCII_BAR, type BarLook, UNICODE_BAR } from "./barLine.ts";
import { styleOf } from "./style.ts";

export const REDRAWS_PER_SECOND = 10;

/** A bar on stderr, once it is started: the line that `line` gives, drawn anew all the time, and gone when it is stopped. */
export function createBar(io: Io, line: (width: number, look: BarLook) => string): cliProgress.SingleBar {
  const look = { ...(io.env.TERM === "linux" ? ASCII_BAR : UNICODE_BAR), style: styleOf(io, "stderr") };
  // a variable, because the types do not know `terminal`
  const options = {
    terminal: terminalOf(io),
    format: () => line(barWidth(io), look),
    fps: REDRAWS_PER_SECOND,
    forceRedraw: true,
    clearOnComplete: true,
    // these two would switch terminal modes and take Ctrl-C for the bar's own
    linewrap: true,
    gracefulExit: false,
  };
  return new cliProgress.SingleBar(options);
}

/** One column less than there are: after writing the last one, terminals differ in where the cursor is. */
export function barWidth(io: Io): number {
  return (io.stderr.columns || 80) - 1;
}

/**
 * cli-progress's own terminal goes back to a saved place on the screen when the bar stops, which is wrong once
 * lines were printed above it, and needs a whole stream. This one stays on the cursor's line.
 */
function terminalOf(io: Io) {
  const nothing = () => {};
  return {
    cursorSave: nothing,
    cursorRestore: nothing,
    cursor: nothing,
    lineWrapping: nothing,
    cursorTo: () => io.err("\r"),
    clearRight: () => io.err("\x1b[K"),
    clearLine: () => io.err("\x1b[2K"),
    newline: () => io.err("\n"),
    write: (text: string) => io.err(text),
    isTTY: () => true,
    getWidth: () => io.stderr.columns || 80,
  };
}
