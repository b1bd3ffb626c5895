import { createHash } from "node:crypto";
import {
  chmod,
  link,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ExitCode, SystemError, UsageError } from "../../src/errors.ts";
import { assertNotInput, assertWritable, fileError, writeFileAtomic } from "../../src/files.ts";
import { asPlainUser } from "../support/user.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "nnt-files-"));
  await chmod(folder, 0o777);
});
afterEach(() => rm(folder, { recursive: true }));

const at = (...names: string[]) => join(folder, ...names);
const modeOf = async (path: string) => (await stat(path)).mode & 0o777;
const text = (path: string) => readFile(path, "utf8");

async function failure(run: Promise<unknown>): Promise<SystemError> {
  const error = await run.then(() => "nothing thrown").catch((e: unknown) => e);
  expect(error).toBeInstanceOf(SystemError);
  return error as SystemError;
}

describe("writeFileAtomic", () => {
  test("writes bytes and text, and leaves nothing else in the folder", async () => {
    const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => i * 7);
    await writeFileAtomic(at("model.bin"), bytes);
    await writeFileAtomic(at("metrics.json"), "{}\n");
    expect(
      createHash("sha256")
        .update(await readFile(at("model.bin")))
        .digest("hex"),
    ).toBe(createHash("sha256").update(bytes).digest("hex"));
    expect(await text(at("metrics.json"))).toBe("{}\n");
    expect((await readdir(folder)).sort()).toEqual(["metrics.json", "model.bin"]);
  });

  test("a new file has the mode that the umask gives, as any program's", async () => {
    const old = process.umask(0o027);
    try {
      await writeFileAtomic(at("new"), "x");
    } finally {
      process.umask(old);
    }
    expect(await modeOf(at("new"))).toBe(0o640);
  });

  test.each([0o600, 0o644, 0o666, 0o755, 0o444])("an existing file keeps its mode %o", async (mode) => {
    await writeFile(at("old"), "old");
    await chmod(at("old"), mode);
    const before = (await stat(at("old"))).ino;
    await writeFileAtomic(at("old"), "new");
    expect(await modeOf(at("old"))).toBe(mode);
    expect(await text(at("old"))).toBe("new");
    expect((await stat(at("old"))).ino).not.toBe(before);
  });

  test("a reader that has the old file open keeps it whole", async () => {
    await writeFile(at("old"), "old");
    await link(at("old"), at("other-name"));
    await writeFileAtomic(at("old"), "new");
    expect(await text(at("other-name"))).toBe("old");
  });

  test("missing folders are made", async () => {
    await writeFileAtomic(at("runs", "a", "model.bin"), "x");
    expect(await text(at("runs", "a", "model.bin"))).toBe("x");
  });

  test("a symbolic link stays a link, its target is replaced", async () => {
    await mkdir(at("store"));
    await writeFile(at("store", "real.bin"), "old");
    await symlink("store/real.bin", at("link"));
    await symlink("link", at("link-to-link"));
    await writeFileAtomic(at("link-to-link"), "new");
    expect(await readlink(at("link-to-link"))).toBe("link");
    expect(await readlink(at("link"))).toBe("store/real.bin");
    expect(await text(at("store", "real.bin"))).toBe("new");
    expect(await readdir(at("store"))).toEqual(["real.bin"]);
  });

  test("a link whose target does not exist yet makes the target", async () => {
    await symlink("store/real.bin", at("link"));
    await writeFileAtomic(at("link"), "new");
    expect((await lstat(at("link"))).isSymbolicLink()).toBe(true);
    expect(await text(at("store", "real.bin"))).toBe("new");
  });

  test("a failure half-way removes the temporary file and keeps the old one; a bug stays a bug", async () => {
    await writeFile(at("old"), "old");
    await expect(writeFileAtomic(at("old"), 5 as never)).rejects.toThrow(TypeError);
    await expect(writeFileAtomic(at("new"), 5 as never)).rejects.toThrow(TypeError);
    expect(await readdir(folder)).toEqual(["old"]);
    expect(await text(at("old"))).toBe("old");
  });

  test("writes at the same time do not mix: one of them wins whole", async () => {
    const contents = Array.from({ length: 20 }, (_, i) => String(i).repeat(10_000 + i));
    await Promise.all(contents.map((content) => writeFileAtomic(at("f"), content)));
    expect(contents).toContain(await text(at("f")));
    expect(await readdir(folder)).toEqual(["f"]);
  });

  test("a temporary file that a killed process left is not in the way", async () => {
    const left = at(`.f.tmp-${process.pid}`);
    await writeFile(left, "half");
    await writeFileAtomic(at("f"), "whole");
    expect(await text(at("f"))).toBe("whole");
    expect(await text(left)).toBe("half");
  });

  test("a name as long as the file system takes", async () => {
    const name = "é".repeat(127);
    await writeFileAtomic(at(name), "x");
    expect(await readdir(folder)).toEqual([name]);
  });

  test("devices are written, not replaced", async () => {
    await writeFileAtomic("/dev/null", "x");
    expect((await stat("/dev/null")).isCharacterDevice()).toBe(true);
  });

  test.skipIf(process.platform !== "linux")("FILE_ENOSPC: a full device", async () => {
    const error = await failure(writeFileAtomic("/dev/full", "x"));
    expect(error.kind).toBe("FILE_ENOSPC");
    expect(error.message).toMatch(/^\/dev\/full: cannot write: no space left on the device; free some space/);
  });
});

const WRITERS: [string, (path: string) => Promise<void>][] = [
  ["writeFileAtomic", (path) => writeFileAtomic(path, "x")],
  ["assertWritable", assertWritable],
];

describe.each(WRITERS)("%s refuses", (_, write) => {
  test("FILE_EISDIR: a folder, or a name that ends as one", async () => {
    for (const path of [folder, `${at("new")}/`]) {
      const error = await failure(write(path));
      expect([error.kind, error.exitCode]).toEqual(["FILE_EISDIR", ExitCode.system]);
      expect(error.message).toBe(`${path}: cannot write: it is a folder, expected a file (EISDIR)`);
    }
    expect(await readdir(folder)).toEqual([]);
  });

  test("FILE_ENOTDIR: a file in place of a folder", async () => {
    await writeFile(at("file"), "x");
    for (const path of [at("file", "model.bin"), at("file", "runs", "model.bin")]) {
      const error = await failure(write(path));
      expect(error.kind).toBe("FILE_ENOTDIR");
      expect(error.message).toBe(
        `${path}: cannot write: a part of the path is a file, not a folder (ENOTDIR)`,
      );
    }
    expect(await text(at("file"))).toBe("x");
  });

  test("FILE_EACCES: a folder without the right to write, also one above a missing folder", async () => {
    await writeFile(at("old"), "old");
    await chmod(folder, 0o555);
    for (const path of [at("old"), at("new"), at("runs", "new")]) {
      const error = await asPlainUser(() => failure(write(path)));
      expect(error.kind).toBe("FILE_EACCES");
      expect(error.message).toContain(`${path}: cannot write: permission denied; change the permissions`);
    }
    await chmod(folder, 0o777);
    expect(await readdir(folder)).toEqual(["old"]);
  });

  test("FILE_ELOOP: links in a circle", async () => {
    await symlink("b", at("a"));
    await symlink("a", at("b"));
    expect((await failure(write(at("a")))).kind).toBe("FILE_ELOOP");
  });

  test("FILE_ENAMETOOLONG", async () => {
    expect((await failure(write(at("x".repeat(300))))).kind).toBe("FILE_ENAMETOOLONG");
  });
});

describe("assertWritable", () => {
  test("passes for new, existing and not yet reachable files, and leaves no trace", async () => {
    await writeFile(at("old"), "old");
    await symlink("store/real.bin", at("link"));
    for (const path of [at("old"), at("new"), at("link"), at("runs", "a", "model.bin"), "/dev/null"]) {
      await assertWritable(path);
    }
    expect((await readdir(folder)).sort()).toEqual(["link", "old"]);
    expect(await text(at("old"))).toBe("old");
  });

  test("FILE_EACCES: a file that was made read-only, though a rename could replace it", async () => {
    await writeFile(at("old"), "old");
    await chmod(at("old"), 0o444);
    const error = await asPlainUser(() => failure(assertWritable(at("old"))));
    expect(error.kind).toBe("FILE_EACCES");
  });
});

describe("assertNotInput", () => {
  test("OUTPUT_IS_INPUT: the same file under any name", async () => {
    await writeFile(at("data.csv"), "x");
    await symlink("data.csv", at("link.csv"));
    await symlink(folder, at("self"));
    const names = [at("data.csv"), at("link.csv"), at("self", "data.csv"), relative("", at("data.csv"))];
    for (const output of names) {
      for (const input of names) {
        const error = await assertNotInput(output, ["-", at("none"), input]).catch((e: unknown) => e);
        expect(error).toBeInstanceOf(UsageError);
        expect((error as UsageError).kind).toBe("OUTPUT_IS_INPUT");
        expect((error as UsageError).message).toContain(`${output}: is also an input`);
        expect((error as UsageError).message).toContain(basename(input));
      }
    }
  });

  test("passes for other files, files that do not exist and the standard streams", async () => {
    await writeFile(at("a"), "same");
    await writeFile(at("b"), "same");
    await link(at("a"), at("hard-link")); // replaced by renaming, which leaves the other name alone
    await assertNotInput(at("a"), [at("b"), at("none"), at("hard-link"), "-"]);
    await assertNotInput(at("none"), [at("none"), at("a")]);
    await assertNotInput("-", ["-", at("a")]);
  });
});

describe("fileError", () => {
  test("names path, reason and code in one line, and lets other errors through", async () => {
    const missing = await readFile(at("none")).catch((e: unknown) => e);
    const error = fileError(missing, "read", "data.csv") as SystemError;
    expect(error.kind).toBe("FILE_ENOENT");
    expect(error.message).toBe("data.csv: cannot read: no such file or folder (ENOENT)");
    const unknown = Object.assign(new Error("EWEIRD: odd"), { code: "EWEIRD", syscall: "write" });
    expect((fileError(unknown, "write", "f") as SystemError).message).toBe(
      "f: cannot write: EWEIRD: odd (EWEIRD)",
    );
    const bug = new TypeError("bug");
    expect(fileError(bug, "read", "f")).toBe(bug);
  });
});
