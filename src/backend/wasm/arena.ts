/**
 * @file One WebAssembly memory from which the wasm backend takes its buffers, once, before training. Nothing is ever
 * given back: a run needs all it allocates until it ends. The memory is shared, so that threads can see it.
 */
import { SystemError } from "../../errors.ts";

const PAGE = 65536;
/**
 * One page less than 32-bit addresses reach, so that the end of a buffer is never address 0 again, where a loop up to
 * it would not run at all. Only the address range is reserved; memory is taken as it grows. build.mjs has the same.
 */
export const MAXIMUM_PAGES = 65535;
/** Of each buffer: a cache line, so that two buffers never share one. */
const ALIGNMENT = 64;
/** Address 0 means "none" to the kernels; the first bytes stay unused. */
const FIRST = 1024;

/** The memory, of which buffers are taken one after the other. */
export class Arena {
  readonly memory: WebAssembly.Memory;
  private next = FIRST;

  constructor() {
    this.memory = new WebAssembly.Memory({ initial: 1, maximum: MAXIMUM_PAGES, shared: true });
  }

  /**
   * Takes `bytes` zeroed bytes and gives their address, a multiple of 64.
   * Throws SystemError when the machine or the 4 GiB address range does not have them.
   */
  take(bytes: number): number {
    const at = this.next;
    const end = at + bytes;
    const missing = Math.ceil((end - this.memory.buffer.byteLength) / PAGE);
    if (missing > 0) this.grow(missing, bytes);
    this.next = Math.ceil(end / ALIGNMENT) * ALIGNMENT;
    return at;
  }

  private grow(pages: number, bytes: number): void {
    try {
      this.memory.grow(pages);
    } catch {
      const used = Math.round(this.memory.buffer.byteLength / 1e6);
      throw new SystemError(
        "OUT_OF_MEMORY",
        `out of memory: ${Math.ceil(bytes / 1e6)} MB more were needed beside ${used} MB in use (limit 4295 MB); use fewer rows, a smaller batch or a smaller network`,
      );
    }
  }

  /** Views of `length` elements at an address; they stay valid while the memory grows. */
  f64(at: number, length: number): Float64Array {
    return new Float64Array(this.memory.buffer, at, length);
  }

  f32(at: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, at, length);
  }
  u32(at: number, length: number): Uint32Array {
    return new Uint32Array(this.memory.buffer, at, length);
  }
  u8(at: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, at, length);
  }
}
