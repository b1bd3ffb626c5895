/** @file Bytes from files and stdin: gzip by content, and every way a file can fail to be read. */

import { fstatSync, openSync } from "node:fs";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { describe, expect, test, vi } from "vitest";
import { FileChunks } from "../../src/data/fileChunks.ts";
import { openSource, readBytes } from "../../src/data/source.ts";
import { inFolder, refusal, stdinOf, write } from "../support/data.ts";

const text = "a,b\n1,2\n".repeat(1000);
const gzip = gzipSync(text);

async function streamed(path: string, stdin?: Readable): Promise<string> {
  const parts: Buffer[] = [];
  for await (const chunk of await openSource(path, stdin)) parts.push(Buffer.from(chunk));
  return Buffer.concat(parts).toString();
}

async function whole(path: string, stdin?: Readable): Promise<string> {
  return Buffer.from(await readBytes(path, stdin)).toString();
}

describe.each([
  ["openSource", streamed],
  ["readBytes", whole],
])("%s", (_, read) => {
  test("a file, and gzip whatever its name; members of gzip follow each other", () =>
    inFolder(async (folder) => {
      expect(await read(write(folder, "a.csv", text))).toBe(text);
      expect(await read(write(folder, "plain-named.csv", gzip))).toBe(text);
      expect(await read(write(folder, "two.gz", Buffer.concat([gzip, gzip])))).toBe(text + text);
      expect(await read(write(folder, "not-gzip.gz", "x,y\n"))).toBe("x,y\n");
      expect(await read(write(folder, "one-byte", "x"))).toBe("x");
    }));

  test("stdin, plain and gzip, in chunks of one byte too", async () => {
    expect(await read("-", stdinOf(text))).toBe(text);
    expect(await read("-", stdinOf(gzip))).toBe(text);
    const bytes = Array.from(gzip, (byte) => Buffer.of(byte));
    expect(await read("-", Readable.from(bytes, { objectMode: false }))).toBe(text);
  });

  test("refuses what is missing, empty, a folder or damaged, by name", () =>
    inFolder(async (folder) => {
      const damaged = Buffer.from(gzip).fill(0xff, 12, 30);
      const cases: [string, string, string][] = [
        [`${folder}/none.csv`, "DATA_NOT_FOUND", "none.csv: no such file"],
        [`${write(folder, "f", "x")}/below`, "DATA_NOT_FOUND", "no such file"],
        [folder, "DATA_IS_FOLDER", "is a folder"],
        [write(folder, "empty.csv", ""), "EMPTY_FILE", "empty.csv: the file is empty"],
        [write(folder, "empty.gz", gzipSync("")), "EMPTY_FILE", "empty once decompressed"],
        [
          write(folder, "cut.gz", gzip.subarray(0, 40)),
          "GZIP_TRUNCATED",
          "cut.gz: the gzip data ends too early",
        ],
        [write(folder, "head.gz", gzip.subarray(0, 2)), "GZIP_TRUNCATED", "head.gz"],
        [write(folder, "bad.gz", damaged), "GZIP_CORRUPT", "bad.gz: the gzip data is damaged"],
      ];
      for (const [path, kind, fact] of cases) {
        const error = await refusal(() => read(path));
        expect([path, error.kind, error.exitCode]).toEqual([path, kind, 3]);
        expect(error.message).toContain(fact);
      }
    }));

  test("what the system refuses is exit 6; no stdin is said", async () => {
    const failing = new Readable({
      read() {
        this.destroy(Object.assign(new Error("EIO: i/o error, read"), { code: "EIO", syscall: "read" }));
      },
    });
    const error = await refusal(() => read("-", failing));
    expect([error.kind, error.exitCode]).toEqual(["READ_FAILED", 6]);
    expect((await refusal(() => read("-"))).kind).toBe("NO_STDIN");
    expect((await refusal(() => read("-", stdinOf("")))).message).toBe("stdin: the file is empty");
  });
});

describe("a file in chunks", () => {
  const large = Buffer.from(Array.from({ length: 300_000 }, (_, i) => `${i},`).join("")); // 1.9 MB: four chunks

  test("all of it, in order, whoever reads it", () =>
    inFolder(async (folder) => {
      const path = write(folder, "large.csv", large);
      const parts: Buffer[] = [];
      for await (const chunk of await openSource(path)) parts.push(Buffer.from(chunk));
      expect(parts.length).toBe(4);
      expect(Buffer.concat(parts).equals(large)).toBe(true);
      const compressed = write(folder, "large.csv.gz", gzipSync(large));
      expect(Buffer.from(await readBytes(compressed)).equals(large)).toBe(true);
    }));

  test("two buffers in turns, and no more", () =>
    inFolder(async (folder) => {
      const buffers = new Set<ArrayBufferLike>();
      for await (const chunk of new FileChunks(openSync(write(folder, "f", large), "r")))
        buffers.add(chunk.buffer);
      expect(buffers.size).toBe(2);
    }));

  test("the file is closed at the end, where the loop is left, or never begun; not while it is read", () =>
    inFolder(async (folder) => {
      const path = write(folder, "f", large);
      const open = () => {
        const fd = openSync(path, "r");
        return { fd, chunks: new FileChunks(fd) };
      };
      const [read, left, unread, late] = [open(), open(), open(), open()];
      for await (const _ of read.chunks);
      for await (const _ of left.chunks) break;
      await unread.chunks.close();
      const loop = late.chunks[Symbol.asyncIterator]();
      await loop.next();
      await late.chunks.close();
      await expect(loop.next()).rejects.toThrow("closed while it was read");
      for (const { fd } of [read, left, unread, late]) expect(() => fstatSync(fd)).toThrow("EBADF");
    }));

  test("what the system refuses is thrown by the loop", async () => {
    const fd = openSync(".", "r");
    await expect(new FileChunks(fd)[Symbol.asyncIterator]().next()).rejects.toThrow("EISDIR");
  });
});

test("leaving the loop over a source closes its source", async () => {
  const source = Readable.from(
    (function* () {
      for (;;) yield Buffer.from(text);
    })(),
    { objectMode: false },
  );
  for await (const _ of await openSource("-", source)) break;
  await vi.waitFor(() => expect(source.destroyed).toBe(true));
});

test("every byte is counted once, as it is on the disk: of gzip, compressed ones", () =>
  inFolder(async (folder) => {
    for (const bytes of [Buffer.from(text), gzip, Buffer.from("x")]) {
      for (const [path, stdin] of [[write(folder, "f", bytes)], ["-", stdinOf(bytes)]] as const) {
        let counted = 0;
        const source = await openSource(path, stdin, (count) => {
          counted += count;
        });
        for await (const _ of source);
        expect(counted).toBe(bytes.length);
      }
    }
  }));
