/**
 * @file The bytes of a regular file in chunks, through two buffers in turns: the next chunk is read while one is worked on. After
 * the first two chunks no new memory is touched, which the system would have to clear page by page. Errors of the system are thrown
 * as they are: what they mean to the user is source.ts.
 */
import { Buffer } from "node:buffer";
import { close, read } from "node:fs";
import { promisify } from "node:util";

/** Fewer, larger reads than Node's 64 KiB. */
const CHUNK_BYTES = 1 << 19;

export class FileChunks {
  readonly #fd: number;
  readonly #buffers: Buffer[] = [];
  /** how many bytes the next chunk has; null: nobody has asked for one */
  #next: Promise<number> | null = null;
  #turn = 0;
  #closing: Promise<void> | null = null;

  /** `fd`: of an open file, which belongs to this object from now on. */
  constructor(fd: number) {
    this.#fd = fd;
  }

  /** From the first byte on, once; each is valid until the next one is asked for. Closes the file. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void> {
    try {
      let next = this.#begin();
      for (;;) {
        const length = await next;
        if (length === 0) return;
        const chunk = this.#buffers[this.#turn]!.subarray(0, length);
        this.#turn = 1 - this.#turn;
        next = this.#begin();
        yield chunk;
      }
    } finally {
      await this.close();
    }
  }

  #begin(): Promise<number> {
    if (this.#closing !== null) throw new Error("internal: a file was closed while it was read");
    this.#buffers[this.#turn] ??= Buffer.allocUnsafeSlow(CHUNK_BYTES);
    const buffer = this.#buffers[this.#turn]!;
    this.#next = promisify(read)(this.#fd, buffer, 0, CHUNK_BYTES, null).then(({ bytesRead }) => bytesRead);
    this.#next.catch(() => {}); // told to whoever asks for the chunk, if anybody does
    return this.#next;
  }

  /**
   * Once nothing is being read, since the system may give the number of a closed file to another one. Never fails: nothing was
   * written that could be lost.
   */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      await this.#next?.catch(() => {});
      await promisify(close)(this.#fd).catch(() => {});
    })();
    return this.#closing;
  }
}
