/**
 * @file Whether a file is still what it was when its content was hashed: by what the system says of it, as git's index does,
 * and by its content where that is not enough.
 */
import { createHash } from "node:crypto";
import { open, stat } from "node:fs/promises";

/** What the system says of a file; changes with every write to it. Numbers in digits, since they exceed doubles. */
export interface Stamp {
  readonly size: number;
  readonly mtimeNs: string;
  readonly ctimeNs: string;
  readonly ino: string;
  readonly dev: string;
}

const CHUNK_BYTES = 1 << 20;
const SECOND_NS = 1_000_000_000n;
/** Longer than the clocks of file systems with times finer than a second tick: some 10 ms at most. */
const TICK_NS = SECOND_NS / 10n;
/** Longer than the clocks of those with whole seconds: FAT has even ones. */
const COARSE_TICK_NS = 2n * SECOND_NS;

/** The stamp of a regular file, null for anything else. Throws the system's error where it cannot be opened for reading. */
export async function stampOf(path: string): Promise<Stamp | null> {
  if (!(await stat(path)).isFile()) return null; // to open a pipe would take from it
  const file = await open(path, "r");
  try {
    const stats = await file.stat({ bigint: true });
    const { mtimeNs, ctimeNs, ino, dev } = stats;
    const size = Number(stats.size);
    return { size, mtimeNs: `${mtimeNs}`, ctimeNs: `${ctimeNs}`, ino: `${ino}`, dev: `${dev}` };
  } finally {
    await file.close();
  }
}

/** Whether nothing was written between two stamps of a path, as far as the system tells. */
export function sameStamp(a: Stamp, b: Stamp): boolean {
  return (
    a.size === b.size &&
    a.mtimeNs === b.mtimeNs &&
    a.ctimeNs === b.ctimeNs &&
    a.ino === b.ino &&
    a.dev === b.dev
  );
}

/**
 * Whether a write after `atNs` (nanoseconds since 1970), when the stamp was taken, must show in the stamp. A file that was
 * written at the same tick of the file system's clock could be written once more without a trace.
 */
export function isSettled({ mtimeNs, ctimeNs }: Stamp, atNs: bigint): boolean {
  const [modified, changed] = [BigInt(mtimeNs), BigInt(ctimeNs)];
  const last = modified > changed ? modified : changed;
  // The time of change is the system's own, while that of modification may be set, to a whole second for example.
  const tick = changed % SECOND_NS === 0n ? COARSE_TICK_NS : TICK_NS;
  return atNs - last > tick;
}

/** Now, as `isSettled` takes it. */
export function nowNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}

/** SHA-256 of the files' contents, one after the other, each told from the next. Reads without holding up the event loop. */
export async function contentHash(paths: readonly string[]): Promise<string> {
  const all = createHash("sha256");
  const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  for (const path of paths) {
    const hash = createHash("sha256");
    const file = await open(path, "r");
    try {
      for (;;) {
        const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, null);
        if (bytesRead === 0) break;
        hash.update(chunk.subarray(0, bytesRead));
      }
    } finally {
      await file.close();
    }
    all.update(hash.digest());
  }
  return all.digest("hex");
}
