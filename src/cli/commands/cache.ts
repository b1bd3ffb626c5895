/**
 * @file `nnt cache show|path|clear`: the tables that are kept between runs.
 */
import { join } from "node:path";
import { ExitCode, UserError } from "../../errors.ts";
import { assertWritable, fileError } from "../../files.ts";
import { plural } from "../../words.ts";
import { openCache } from "../cache.ts";
import type { Io } from "../io.ts";
import type { ArgsOf, OptionsOf } from "../options.ts";
import { bytes } from "../report/format.ts";

/** Shows, names or clears the cache. */
export async function run({ action }: ArgsOf<"cache">, options: OptionsOf<"cache">, io: Io): Promise<number> {
  const cache = openCache(io, true);
  const { folder, maxBytes } = cache;
  const say = (text: string, document: object) =>
    io.out(options.json ? `${JSON.stringify({ folder, ...document }, null, 2)}\n` : text);
  if (action === "path") {
    await say(`${folder}\n`, {});
  } else if (action === "clear") {
    const freed = await cache.clear().catch((error) => {
      throw fileError(error, "clear", folder);
    });
    await say(`${plural(freed.tables, "table")} removed, ${bytes(freed.bytes)} freed\n`, { freed });
  } else {
    const usage = await cache.usage();
    const problem = maxBytes === 0 ? "NNT_CACHE_SIZE is 0" : await whyNotWritable(folder);
    const used = `${plural(usage.tables, "table")}, ${bytes(usage.bytes)} of at most ${bytes(maxBytes)}`;
    const off = problem === null ? "" : `off      ${problem}\n`;
    await say(`folder   ${folder}\nkept     ${used}\n${off}`, { ...usage, maxBytes, problem });
  }
  return ExitCode.done;
}

/** Why nothing can be kept in this folder; null if it can. */
async function whyNotWritable(folder: string): Promise<string | null> {
  try {
    await assertWritable(join(folder, "table"));
    return null;
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}
