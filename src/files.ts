/**
 * @file Writing files so that a reader sees the old file or the new one, never half of either; and the checks of
 * an output path that belong before a long computation. Reading is left to each format's own module.
 */
import { readdirSync, rmSync, type Stats } from "node:fs";
import {
  access,
  constants,
  type FileHandle,
  mkdir,
  open,
  readlink,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { isErrnoException, SystemError, UsageError } from "./errors.ts";
import { shownPath } from "./paths.ts";

const DEFAULT_MODE = 0o666; // less the umask: what any other program's new file gets
const MAX_LINKS = 40; // as Linux
const MAX_NAMES = 1000; // far more than writes at one time

/** What a file-system error means and what to do about it, by its code. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied; change the permissions or choose another place",
  EPERM: "operation not permitted; choose another place",
  EROFS: "the file system is read-only; choose another place",
  ENOSPC: "no space left on the device; free some space or choose another place",
  EDQUOT: "the disk quota is used up; free some space or choose another place",
  EFBIG: "the file would be larger than the file system or the limits allow",
  EISDIR: "it is a folder, expected a file",
  ENOTDIR: "a part of the path is a file, not a folder",
  EEXIST: "something else of that name is in the way",
  ENOENT: "no such file or folder",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "too many symbolic links, or a loop of them",
  EMFILE: "too many open files; raise the limit (ulimit -n)",
  ENFILE: "too many open files on this machine",
  EBUSY: "it is in use by another program",
  EIO: "input/output error: the device may be failing",
  ETXTBSY: "it is in use by a running program",
};

/**
 * The one-line error for a failed file operation; anything that is not a file-system error comes back as it is,
 * so that bugs stay bugs: `throw fileError(error, "write", path)`.
 *
 * @param verb what failed, e.g. "write"
 * @returns a SystemError with kind "FILE_" + code, e.g. "FILE_ENOSPC"
 */
export function fileError(error: unknown, verb: string, path: string): unknown {
  if (!isErrnoException(error)) return error;
  const code = error.code ?? "UNKNOWN";
  return new SystemError(
    `FILE_${code}`,
    `${shownPath(path)}: cannot ${verb}: ${REASONS[code] ?? error.message} (${code})`,
  );
}

/** What a file is written from: all at once, or in parts as they come; an error in making a part stops the write. */
export type Content = Uint8Array | string | AsyncIterable<string | Uint8Array>;

/**
 * Writes a whole file by way of a temporary one beside it, synced to the device and then renamed, so that a crash
 * leaves the old file or the new one. Missing folders are made. A symbolic link stays one and its target is
 * replaced; an existing file keeps its mode, and its owner where we may set that. Devices and pipes, which cannot
 * be replaced, are written directly.
 *
 * @throws SystemError, after which the old file is as it was and the temporary one is gone
 */
export async function writeFileAtomic(path: string, content: Content): Promise<void> {
  const staged = await stageFile(path, content);
  try {
    await staged.commit();
  } catch (error) {
    throw fileError(error, "write", path);
  }
}

/**
 * Checks that `writeFileAtomic(path)` can work, before hours are spent on what would be written there. Really
 * creates and removes an empty file, since permissions alone do not show read-only mounts. Says nothing about the
 * space left. Makes no folder: one that is missing needs only a folder above it that can be written.
 *
 * @throws SystemError that names the path, the reason and what to do
 */
export async function assertWritable(path: string): Promise<void> {
  try {
    const { target, old } = await locate(path);
    if (old && !old.isFile()) return await access(target, constants.W_OK);
    // Renaming over a file that someone made read-only would succeed: opening it for writing asks, changing nothing.
    if (old) await (await open(target, "r+")).close();
    const folder = await existingFolder(dirname(target));
    const { handle, temporary } = await createBeside(join(folder, basename(target)), DEFAULT_MODE);
    await handle.close();
    await rm(temporary, { force: true }); // a run that starts there may have taken it for a leftover
  } catch (error) {
    throw fileError(error, "write", path);
  }
}

/**
 * Refuses an output that would replace a file the same command reads, under whatever name: links and relative
 * paths are resolved. "-" (standard input or output) and inputs that do not exist never match.
 *
 * @param remedy what to do about it, for the message
 * @throws UsageError that names both paths
 */
export async function assertNotInput(
  output: string,
  inputs: readonly string[],
  remedy = "choose another output",
): Promise<void> {
  if (output === "-") return;
  const target = await realpath(output).catch(() => null);
  if (target === null) return; // a file that is not there yet is no input
  for (const input of inputs) {
    if (input === "-" || (await realpath(input).catch(() => null)) !== target) continue;
    const same = input === output ? "" : ` (${shownPath(input)})`;
    throw new UsageError("OUTPUT_IS_INPUT", `${shownPath(output)}: is also an input${same}; ${remedy}`);
  }
}

/** A whole file beside its target, waiting to take its place. */
export interface StagedFile {
  /** Renames it to its target. Throws SystemError. */
  commit(): Promise<void>;
  /** Removes it. */
  abort(): Promise<void>;
}

/**
 * The first half of `writeFileAtomic`: everything that usually fails, such as a full disk, fails here, with the
 * target as it was. For several files that belong together: stage all, then commit all. `sync` false: not waited for the
 * device, for a file that its readers check, and can do without.
 */
export async function stageFile(
  path: string,
  content: Content,
  { sync = true }: { readonly sync?: boolean } = {},
): Promise<StagedFile> {
  try {
    const { target, old } = await locate(path);
    if (old && !old.isFile()) {
      return { commit: () => writeFile(path, content), abort: () => Promise.resolve() };
    }
    await mkdir(dirname(target), { recursive: true });
    const temporary = await writeBeside(target, content, old, sync);
    return { commit: () => moveInto(target, temporary, path), abort: () => discard(temporary) };
  } catch (error) {
    throw fileError(error, "write", path);
  }
}

async function moveInto(target: string, temporary: string, path: string): Promise<void> {
  try {
    await rename(temporary, target);
    temporaries.delete(temporary);
  } catch (error) {
    await discard(temporary); // the first error is the one to tell
    throw fileError(error, "write", path);
  }
  await syncFolder(dirname(target));
}

/** Temporary files that exist now, for a signal that ends the program. */
const temporaries = new Set<string>();

/** Removes all temporary files at once. For a program that is about to end. */
export function removeTemporaries(): void {
  for (const temporary of temporaries) rmSync(temporary, { force: true });
}

/**
 * Removes what writes of files of these names left in `folder` when their process was killed. Only for one who alone writes
 * them there: a write that is under way looks the same. What cannot be listed or removed stays: nobody needs it gone.
 */
export function removeLeftovers(folder: string, names: readonly string[]): void {
  const starts = names.map(temporaryStart);
  const isLeft = (file: string) =>
    starts.some((start) => file.startsWith(start) && /^\d+(-\d+)?$/.test(file.slice(start.length)));
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isFile() && isLeft(entry.name)) rmSync(join(folder, entry.name), { force: true });
    }
  } catch (error) {
    if (!isErrnoException(error)) throw error;
  }
}

/** How the names of temporary files for a file of this name begin; a process id follows, and perhaps "-2". */
function temporaryStart(name: string): string {
  return `.${name.slice(0, 50)}.tmp-`; // at most 150 bytes of the 255 that file systems allow
}

async function discard(temporary: string): Promise<void> {
  await rm(temporary, { force: true }).catch(() => undefined);
  temporaries.delete(temporary);
}

/** Writes `content` to a temporary file in the target's folder, if `sync` synced to the device; gives its path. */
async function writeBeside(
  target: string,
  content: Content,
  old: Stats | null,
  sync: boolean,
): Promise<string> {
  const mode = old ? old.mode & 0o777 : DEFAULT_MODE;
  const { handle, temporary } = await createBeside(target, mode);
  temporaries.add(temporary);
  try {
    try {
      if (old) {
        // Only root may give files away; a group of ours may always be kept. Either way the data is written.
        await handle.chown(old.uid, old.gid).catch(() => undefined);
        await handle.chmod(mode); // the umask took its part when the file was made
      }
      await writeFile(handle, content);
      if (sync) await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    await discard(temporary); // the first error is the one to tell
    throw error;
  }
  return temporary;
}

/** Makes the rename itself survive a power cut. Not all platforms can open a folder; the file is in place anyway. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => null);
  await handle?.sync().catch(() => undefined);
  await handle?.close().catch(() => undefined);
}

/**
 * Opens a new hidden file beside `target`. A name that is taken is another write's, or left by a killed process
 * whose id came again (in containers it often does): the next number is taken, nothing is removed.
 */
async function createBeside(
  target: string,
  mode: number,
): Promise<{ handle: FileHandle; temporary: string }> {
  const start = temporaryStart(basename(target));
  for (let n = 1; ; n++) {
    const temporary = join(dirname(target), `${start}${process.pid}${n === 1 ? "" : `-${n}`}`);
    try {
      return { handle: await open(temporary, "wx", mode), temporary };
    } catch (error) {
      if (!isErrnoException(error) || error.code !== "EEXIST" || n === MAX_NAMES) throw error;
    }
  }
}

/** Where a write to `path` goes, and what is there now. A folder, or a name that can only be one, is refused. */
async function locate(path: string): Promise<{ target: string; old: Stats | null }> {
  const found = await statOrNull(path);
  // Behind links such as /dev/stdout there may be a pipe, which has no path of its own.
  if (found && !found.isFile() && !found.isDirectory()) return { target: path, old: found };
  const target = await followLinks(path);
  const old = await statOrNull(target);
  if (old?.isDirectory() || path.endsWith("/")) {
    throw new SystemError("FILE_EISDIR", `${path}: cannot write: ${REASONS.EISDIR} (EISDIR)`);
  }
  return { target, old };
}

/** The path that a write to `path` reaches: behind all links, also a last one whose target does not exist yet. */
async function followLinks(path: string): Promise<string> {
  let target = resolve(path);
  for (let links = 0; links < MAX_LINKS; links++) {
    const link = await readlink(target).catch(() => null);
    if (link === null) return target;
    target = resolve(dirname(target), link);
  }
  await stat(path); // throws the system's own ELOOP
  return target;
}

/** The nearest folder on the way up that exists; its parent's turn comes only where nothing is there. */
async function existingFolder(folder: string): Promise<string> {
  const found = await statOrNull(folder);
  if (found === null && dirname(folder) !== folder) return existingFolder(dirname(folder));
  return folder;
}

async function statOrNull(path: string): Promise<Stats | null> {
  try {
    return await stat(path);
  } catch (error) {
    if (isErrnoException(error) && error.code === "ENOENT") return null;
    throw error;
  }
}
