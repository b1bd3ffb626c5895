/**
 * @file Where the files of this package are: kernels, worker threads, package.json. Source files are bundled into files of
 * dist/ (scripts/build.mjs), so that a path from the file that needs it would be another one in the program than in tests.
 */

/** The URL of a file of the package, such as "dist/worker.js"; from src/ and from dist/ alike. */
export function packageFile(path: string): URL {
  return new URL(`../${path}`, import.meta.url);
}
