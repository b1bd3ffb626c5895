/**
 * @file The user's mistakes and the machine's failures, as errors that carry their exit code.
 * Anything thrown that is not a `UserError` is a bug in nnt. This file imports nothing and prints nothing:
 * src/cli/main.ts is the one place where an error becomes text.
 */

/** Exit codes of every command; docs/reference.md lists them for users. */
export const ExitCode = {
  done: 0,
  bug: 1,
  usage: 2,
  data: 3,
  model: 4,
  diverged: 5,
  system: 6,
  gate: 7,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/**
 * A problem that the user can act on. The message is lower case and says what, where, got, expected and what
 * to do; several problems found at once are several lines of it.
 */
export class UserError extends Error {
  readonly exitCode: ExitCode;
  /** Stable name of this way to be wrong, e.g. "IDX_TRAILING_BYTES": tests and callers match on it. */
  readonly kind: string;

  constructor(exitCode: ExitCode, kind: string, message: string) {
    super(message);
    this.name = new.target.name;
    this.exitCode = exitCode;
    this.kind = kind;
  }
}

/** Command line or config (exit 2). */
export class UsageError extends UserError {
  constructor(kind: string, message: string) {
    super(ExitCode.usage, kind, message);
  }
}

/** Input data (exit 3). */
export class DataError extends UserError {
  constructor(kind: string, message: string) {
    super(ExitCode.data, kind, message);
  }
}

/** A model file, or data that does not fit the model (exit 4). */
export class ModelError extends UserError {
  constructor(kind: string, message: string) {
    super(ExitCode.model, kind, message);
  }
}

/** Training diverged: a loss or weight is not finite (exit 5). */
export class DivergedError extends UserError {
  constructor(kind: string, message: string) {
    super(ExitCode.diverged, kind, message);
  }
}

/** A gate such as --fail-under was not met (exit 7). */
export class GateError extends UserError {
  constructor(kind: string, message: string) {
    super(ExitCode.gate, kind, message);
  }
}

/** File system, memory or device (exit 6). */
export class SystemError extends UserError {
  constructor(kind: string, message: string) {
    super(ExitCode.system, kind, message);
  }
}

/** True for Node's file-system errors, which carry a code such as "ENOENT". */
export function isErrnoException(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error && "syscall" in error;
}
