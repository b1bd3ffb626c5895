/** @file Tests of permissions, which nothing stops root from ignoring. */

/** Runs with the rights of a plain user even where tests run as root. */
export async function asPlainUser<T>(run: () => Promise<T>): Promise<T> {
  const root = process.geteuid?.() === 0;
  if (root) process.seteuid?.(65534);
  try {
    return await run();
  } finally {
    if (root) process.seteuid?.(0);
  }
}
