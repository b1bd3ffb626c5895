/** @file A terminal for tests: what a command sees of it, and what a person sees on it. */
import type { Io } from "../../src/cli/io.ts";

export interface FakeTerminal {
  /** of stderr */
  readonly isTTY: boolean;
  readonly columns?: number;
  readonly env?: Io["env"];
  readonly stdout?: Partial<Io["stdout"]>;
  readonly typed?: boolean;
}

/** The part of an Io that writes to stderr, and what it wrote. */
export function fakeIo({ isTTY, columns = 100, env = {}, stdout = {}, typed = false }: FakeTerminal) {
  const written: string[] = [];
  const io = {
    stdin: { isTTY: typed },
    stdout: { isTTY: false, isPipe: false, ...stdout },
    stderr: { isTTY, columns, write: () => true },
    env,
    colour: { stdout: false, stderr: false },
    err: (text: string) => void written.push(text),
  } as unknown as Io;
  return { io, written };
}

/** What a terminal shows of text with \r, \n and the sequences that clear a line or its rest. */
export function screen(written: readonly string[]): string[] {
  const lines: string[] = [];
  let line = "";
  let column = 0;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: terminal sequences
  for (const [token] of written.join("").matchAll(/\x1b\[2?K|\r|\n|[^\x1b\r\n]+/g)) {
    if (token === "\r") column = 0;
    else if (token === "\x1b[2K") line = "";
    else if (token === "\x1b[K") line = line.slice(0, column);
    else if (token === "\n") {
      lines.push(line);
      line = "";
      column = 0;
    } else {
      line = line.slice(0, column) + token + line.slice(column + token.length);
      column += token.length;
    }
  }
  return [...lines, line];
}
