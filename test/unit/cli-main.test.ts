import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import { createIo, type Io, isGiven, wantsColour } from "../../src/cli/io.ts";
import { type Loaders, run } from "../../src/cli/main.ts";
import { version } from "../../src/cli/version.ts";
import { DataError, ExitCode, ModelError, SystemError, UsageError } from "../../src/errors.ts";
import { encodeModel } from "../../src/model/file.ts";
import { inFolder, write } from "../support/data.ts";
import { tableModel } from "../support/model.ts";

/** A stream that keeps what it gets, or fails every write with `code`. */
class Sink extends Writable {
  text = "";
  readonly #code: string | undefined;
  constructor(code?: string) {
    super();
    this.#code = code;
  }
  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.text += chunk;
    if (this.#code === undefined) done();
    else
      done(
        Object.assign(new Error(`write ${this.#code}`), { code: this.#code, syscall: "write", errno: -1 }),
      );
  }
}

function setUp(argv: readonly string[], stdout = new Sink(), stderr = new Sink()) {
  const host = { stdin: new PassThrough(), stdout, stderr, env: {}, cwd: () => "/home/me" };
  return { io: createIo(host, argv), host, stdout, stderr };
}

/** Runs `nnt inspect x` with `act` as the command. */
async function runWith(
  act: (io: Io) => Promise<number>,
  flags: string[] = [],
  stdout = new Sink(),
  stderr = new Sink(),
) {
  const argv = ["inspect", "x", ...flags];
  const { io } = setUp(argv, stdout, stderr);
  const unused = () => Promise.reject(new Error("loaded without need"));
  const load: Loaders = {
    init: unused,
    train: unused,
    eval: unused,
    predict: unused,
    config: unused,
    cache: unused,
    completion: unused,
    doctor: unused,
    inspect: async () => ({ run: (_args, _options, io) => act(io) }),
  };
  const code = await run(argv, io, load);
  return { code, stdout: stdout.text, stderr: stderr.text };
}

const failing = (error: unknown, flags?: string[]) => runWith(() => Promise.reject(error), flags);

test("eval and predict take paths of the command line from the folder of the Io, not of the process", () =>
  inFolder(async (folder) => {
    write(folder, "m.bin", encodeModel(tableModel()));
    write(folder, "x.csv", "mass,island,species\n4,Dream,no\n");
    const runHere = async (...argv: string[]) => {
      const [stdout, stderr] = [new Sink(), new Sink()];
      const code = await run(argv, createIo({ ...setUp([]).host, stdout, stderr, cwd: () => folder }, argv));
      return [code, stdout.text.split("\n")[0], stderr.text];
    };
    expect(await runHere("predict", "m.bin", "x.csv")).toEqual([0, "prediction", ""]);
    expect(await runHere("predict", "m.bin", "x.csv", "-o", "out.csv")).toEqual([0, "", ""]);
    expect(readFileSync(join(folder, "out.csv"), "utf8")).toMatch(/^prediction\n(yes|no)\n$/);
    expect((await runHere("eval", "m.bin", "x.csv"))[0]).toBe(0);
    const same = await runHere("predict", "m.bin", "x.csv", "-o", "x.csv");
    expect(same).toEqual([2, "", expect.stringContaining("is also an input")]);
  }));

describe("run", () => {
  test("gives the command its arguments and returns its exit code", async () => {
    const result = await runWith(async (io) => {
      await io.out("result\n");
      io.err("note\n");
      return ExitCode.gate;
    });
    expect(result).toEqual({ code: 7, stdout: "result\n", stderr: "note\n" });
  });

  test.each([
    [new UsageError("X", "a.json:1:2: bad"), 2],
    [new DataError("X", "a.csv:42: bad"), 3],
    [new ModelError("X", "m.bin: bad"), 4],
    [new SystemError("X", "log.csv: bad"), 6],
  ])("%s is one line without a stack, exit %i", async (error, code) => {
    expect(await failing(error)).toEqual({ code, stdout: "", stderr: `nnt: ${error.message}\n` });
  });

  test("each line of a message gets the name", async () => {
    expect((await failing(new UsageError("X", "one\ntwo"))).stderr).toBe("nnt: one\nnnt: two\n");
  });

  test("--debug adds the stack and the cause", async () => {
    const error = new DataError("X", "bad");
    error.cause = new Error("the reason below");
    const { code, stderr } = await failing(error, ["--debug"]);
    expect(code).toBe(3);
    expect(stderr).toMatch(/^nnt: bad\nDataError: bad\n {4}at /);
    expect(stderr).toContain("the reason below");
  });

  test.each([new TypeError("x is undefined"), new RangeError("Invalid array length"), "a string", undefined])(
    "%s is a bug: exit 1, with what a report needs",
    async (error) => {
      const { code, stderr } = await failing(error);
      expect(code).toBe(1);
      expect(stderr).toMatch(/^nnt: this is a bug in nnt\n/);
      expect(stderr).toContain(
        `nnt ${version()}, node ${process.version}, ${process.platform} ${process.arch}\n`,
      );
      if (error instanceof Error) expect(stderr).toMatch(/Error: .*\n {4}at /);
    },
  );

  test.each([
    new RangeError("Array buffer allocation failed"),
    new RangeError("WebAssembly.Memory(): could not allocate memory"),
  ])("%s is too little memory: exit 6", async (error) => {
    const { code, stderr } = await failing(error);
    expect(code).toBe(6);
    expect(stderr).toBe("nnt: not enough memory; use less data or a smaller network\n");
  });

  test("a file-system error that nobody put into words: exit 6, with the path", async () => {
    const error = Object.assign(new Error("ENOSPC: no space left on device, write"), {
      code: "ENOSPC",
      syscall: "write",
      path: "/runs/a",
      errno: -28,
    });
    const { code, stderr } = await failing(error);
    expect(code).toBe(6);
    expect(stderr).toMatch(/^nnt: \/runs\/a: cannot write: .*\(ENOSPC\)\n$/);
  });

  test("--version, --help and bare nnt load no command", async () => {
    for (const [argv, code, out, err] of [
      [["--version"], 0, /^\d+\.\d+\.\d+\S*\n$/, /^$/],
      [["--help"], 0, /^Usage: nnt COMMAND/, /^$/],
      [["eval", "-h"], 0, /^Usage: nnt eval MODEL DATA/, /^$/],
      [[], 2, /^$/, /Example:\n {2}nnt init/],
    ] as const) {
      const { io, stdout, stderr } = setUp(argv);
      expect(await run(argv, io, {} as Loaders)).toBe(code);
      expect(stdout.text).toMatch(out);
      expect(stderr.text).toMatch(err);
    }
  });

  test("a wrong command line: exit 2, and where to read more", async () => {
    const { io, stderr } = setUp([]);
    expect(await run(["predict", "m.bin"], io, {} as Loaders)).toBe(2);
    expect(stderr.text).toBe(
      'nnt: missing DATA: give a file, or "-" to read standard input\nnnt: see "nnt predict --help"\n',
    );
  });

  test("completion prints a script", async () => {
    const { io, stdout } = setUp([]);
    expect(await run(["completion", "bash"], io)).toBe(0);
    expect(stdout.text).toContain("complete -o default -F _nnt nnt\n");
  });
});

describe("output that fails", () => {
  const print = async (io: Io) => {
    await io.out("a\n");
    await io.out("b\n");
    return 7;
  };

  test.each(["EPIPE", "ECONNRESET"])(
    "stdout closed (%s): quiet, exit 0, nothing more is written",
    async (code) => {
      expect(await runWith(print, [], new Sink(code))).toEqual({ code: 0, stdout: "a\n", stderr: "" });
    },
  );

  test("stdout full: exit 6", async () => {
    const { code, stderr } = await runWith(print, [], new Sink("ENOSPC"));
    expect(code).toBe(6);
    expect(stderr).toMatch(/^nnt: standard output: cannot write: no space left.*\(ENOSPC\)\n$/);
  });

  test("stderr closed is ignored", async () => {
    const result = await runWith(
      async (io) => {
        io.err("note\n");
        await io.out("result\n");
        return 0;
      },
      [],
      new Sink(),
      new Sink("EPIPE"),
    );
    expect(result).toMatchObject({ code: 0, stdout: "result\n" });
  });

  test("out waits for a slow reader", async () => {
    let release = () => {};
    const slow = new Sink();
    slow._write = (_chunk, _encoding, done) => {
      release = done;
    };
    const { io } = setUp([], slow);
    let taken = false;
    const writing = io.out("x").then(() => {
      taken = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(taken).toBe(false);
    release();
    await writing;
    expect(taken).toBe(true);
  });
});

describe("colour", () => {
  test.each([
    [true, {}, false, true],
    [false, {}, false, false],
    [true, { NO_COLOR: "1" }, false, false],
    [true, { NO_COLOR: "" }, false, true],
    [true, { TERM: "dumb" }, false, false],
    [true, {}, true, false],
    [false, { FORCE_COLOR: "1" }, false, true],
    [false, { FORCE_COLOR: "" }, false, false],
    [true, { FORCE_COLOR: "0" }, false, false],
    [true, { FORCE_COLOR: "false" }, false, false],
    [true, { FORCE_COLOR: "1", TERM: "dumb" }, false, true],
    [true, { FORCE_COLOR: "1", NO_COLOR: "1" }, false, false],
    [true, { FORCE_COLOR: "1" }, true, false],
  ])("terminal %s, environment %j, --no-color %s: %s", (isTTY, env, noColor, expected) => {
    expect(wantsColour({ isTTY, env, noColor })).toBe(expected);
  });

  test("stdout and stderr are decided apart", () => {
    const stderr = Object.assign(new Sink(), { isTTY: true, columns: 90 });
    const host = { stdin: new PassThrough(), stdout: new Sink(), stderr, env: {}, cwd: () => "/" };
    const io = createIo(host, []);
    expect(io.colour).toEqual({ stdout: false, stderr: true });
    expect(createIo(host, ["train", "--no-color"]).colour.stderr).toBe(false);
    stderr.columns = 40;
    expect(io.stderr.columns).toBe(40);
  });

  test("isGiven stops at --", () => {
    expect(isGiven(["inspect", "--debug"], "--debug")).toBe(true);
    expect(isGiven(["inspect", "--", "--debug"], "--debug")).toBe(false);
  });
});
