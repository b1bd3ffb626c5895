// Memory of the kernel: what is taken is never given back, it goes with the table.

/** Behind the module's own data. */
let free: usize = __heap_base;

/** `bytes` bytes on a multiple of 16, zero; 0 if there are none left. */
export function allocate(bytes: usize): usize {
  const at = (free + 15) & ~15;
  free = at + bytes;
  const missing = <i32>((free + 0xffff) >>> 16) - memory.size();
  if (missing > 0 && memory.grow(missing) < 0) return 0;
  return at;
}
