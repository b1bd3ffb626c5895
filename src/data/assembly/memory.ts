// Memory of the kernel: what is taken is never given back, it goes with the table. This module and those beside it own
// memory and a few words of state, unlike the kernels of the backend: there is one instance for each table, and one thread.

/** Behind the module's own data. */
let free: usize = __heap_base;

/** Of the 4 GiB that addresses reach; the last page is left, so that sums of addresses stay below. */
const LIMIT: u64 = 0xffff0000;

/** Pages that memory grows by at least: to grow is a call of the system, and what is not touched costs nothing. */
const STEP: i32 = 64;

/** `bytes` bytes on a multiple of 16, zero; 0 if there are none left. */
export function allocate(bytes: usize): usize {
  const at = (<u64>free + 15) & ~15;
  const end = at + <u64>bytes;
  if (end > LIMIT) return 0;
  const missing = <i32>((end + 0xffff) >>> 16) - memory.size();
  if (missing > 0 && memory.grow(max(missing, STEP)) < 0 && memory.grow(missing) < 0) return 0;
  free = <usize>end;
  return <usize>at;
}
