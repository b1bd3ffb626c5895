/**
 * @file The part of the WebAssembly API that nnt uses. TypeScript declares it only in its browser library, whose
 * other names do not exist in Node.
 */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    readonly exports: Record<string, unknown>;
    constructor(module: Module, imports: Record<string, Record<string, unknown>>);
  }
  class Memory {
    readonly buffer: SharedArrayBuffer;
    constructor(descriptor: { initial: number; maximum: number; shared: true });
    /** Grows by `pages` of 64 KiB; throws RangeError if it cannot. */
    grow(pages: number): number;
  }
}
