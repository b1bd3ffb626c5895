/**
 * @file The streams, environment and folder that a command works in, so that tests can run commands without a
 * process. Colour is decided here, once. Not a logger: it writes what it is given.
 */

import { Socket } from "node:net";
import { resolve } from "node:path";
import type { Readable, Writable } from "node:stream";
import { fileError } from "../files.ts";

/** One of the two output streams. `columns` follows the window's size; undefined when it is not known. */
export interface Output {
  readonly isTTY: boolean;
  readonly columns: number | undefined;
  /** another program takes what is written */
  readonly isPipe: boolean;
  /** Writes without waiting; false when the stream's buffer is full. */
  write(chunk: string | Uint8Array): boolean;
}

/** What a command may use of the outside world besides files. */
export interface Io {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** For its size only; results are written by `out`, which waits and notices a closed pipe. */
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Whether each stream takes colours. */
  readonly colour: { readonly stdout: boolean; readonly stderr: boolean };
  /**
   * Writes a result to stdout and resolves when the system has taken it.
   * @throws ClosedPipe when nobody reads any more; let it pass, the program then ends quietly with 0
   * @throws SystemError for any other failure, such as a full disk
   */
  out(chunk: string | Uint8Array): Promise<void>;
  /** Writes a message to stderr; a closed stderr is ignored. */
  err(text: string): void;
}

/** A path of the command line, ready to open; "-" stays what it is. */
export function inputPath(path: string, io: Io): string {
  return path === "-" ? path : resolve(io.cwd, path);
}

type HostStream = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** The part of Node's `process` that an Io is made from. */
export interface Host {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: HostStream;
  readonly stderr: HostStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  cwd(): string;
}

/** Standard output was closed by its reader, as by `| head`. Not an error: the rest is simply not wanted. */
export class ClosedPipe extends Error {
  constructor() {
    super("standard output is closed");
    this.name = "ClosedPipe";
  }
}

/** Makes the Io of a process; `argv` is only looked at for --no-color. */
export function createIo(host: Host, argv: readonly string[]): Io {
  const noColor = isGiven(argv, "--no-color");
  const colourOf = (stream: HostStream) =>
    wantsColour({ isTTY: stream.isTTY === true, env: host.env, noColor });
  // Without a listener a failed write to stderr would end the program with a stack trace nobody can see.
  host.stderr.on("error", () => {});
  const stderr = outputOf(host.stderr);
  return {
    stdin: host.stdin,
    stdout: outputOf(host.stdout),
    stderr,
    env: host.env,
    cwd: host.cwd(),
    colour: { stdout: colourOf(host.stdout), stderr: colourOf(host.stderr) },
    out: resultWriter(host.stdout),
    err: (text) => void stderr.write(text),
  };
}

/**
 * True if the global switch `flag` is among the arguments before "--". Needed before the arguments are parsed,
 * since parsing them may be what fails.
 */
export function isGiven(argv: readonly string[], flag: string): boolean {
  const end = argv.indexOf("--");
  return argv.slice(0, end === -1 ? argv.length : end).includes(flag);
}

/**
 * Whether a stream takes colours. The first that applies: --no-color, NO_COLOR not empty, FORCE_COLOR not empty
 * ("0" and "false" are no), TERM=dumb, and else whether it is a terminal.
 */
export function wantsColour(of: { isTTY: boolean; env: Io["env"]; noColor: boolean }): boolean {
  const { isTTY, env, noColor } = of;
  if (noColor || (env.NO_COLOR ?? "") !== "") return false;
  const force = env.FORCE_COLOR ?? "";
  if (force !== "") return force !== "0" && force !== "false";
  return isTTY && env.TERM !== "dumb";
}

function outputOf(stream: HostStream): Output {
  return {
    get isTTY() {
      return stream.isTTY === true;
    },
    get columns() {
      return stream.columns;
    },
    isPipe: stream.isTTY !== true && stream instanceof Socket,
    write: (chunk) => stream.write(chunk),
  };
}

function resultWriter(stream: HostStream): Io["out"] {
  let failure: unknown;
  const remember = (error: Error) => {
    failure ??= outputFailure(error);
    return failure;
  };
  stream.on("error", remember);
  return async (chunk) => {
    if (failure !== undefined) throw failure;
    await new Promise<void>((resolve, reject) => {
      stream.write(chunk, (error) => (error ? reject(remember(error)) : resolve()));
    });
  };
}

const CLOSED_CODES = new Set([
  "EPIPE",
  "ECONNRESET",
  "EOF",
  "ERR_STREAM_DESTROYED",
  "ERR_STREAM_WRITE_AFTER_END",
]);

function outputFailure(error: Error): unknown {
  const closed = "code" in error && CLOSED_CODES.has(String(error.code));
  return closed ? new ClosedPipe() : fileError(error, "write", "standard output");
}
