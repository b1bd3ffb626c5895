/**
 * @file Loads the config of a run: file, then `--set`, then flags, into one frozen TrainConfig, or one UsageError
 * with a line for every problem. The only file of this folder that reads the config file. Does not look at the
 * data files that the config names, only whether data.train is a folder of images.
 */
import { createReadStream } from "node:fs";
import path from "node:path";
import type { Readable } from "node:stream";
import { stripComments } from "jsonc-parser";
import { isErrnoException, UsageError } from "../errors.ts";
import { printable, shellWord } from "../words.ts";
import { check, type Problem } from "./check.ts";
import { type FindFiles, putMatchingFiles } from "./filePatterns.ts";
import {
  type FindImageFolder,
  type FolderResult,
  putFormatOfImages,
  putImageFolders,
} from "./imageFolders.ts";
import { listFields } from "./listing.ts";
import {
  type ParsedText,
  parseOverrideList,
  parseOverrideValue,
  parseText,
  type TextProblem,
} from "./parse.ts";
import { lineStarts, positionOf } from "./positions.ts";
import { absolutePath, type Folders, resolveConfig } from "./resolve.ts";
import { fileSchemas } from "./schema.ts";
import { type KeyPath, type Located, MAX_SHOWN, type Place, placeOf, scalar, setValue } from "./tree.ts";
import type { TrainConfig } from "./types.ts";

/** A flag that stands for a config key, e.g. `--epochs 5`. */
export interface FlagValue {
  /** as typed, without its value: "--epochs" */
  readonly flag: string;
  /** the config key in dots: "train.epochs" */
  readonly key: string;
  readonly value: string;
  /** "json": as `--set` takes values, JSON or else a string, a list also `a,b`; "text": always a string, as paths are */
  readonly as: "json" | "text";
}

export interface ParseOptions {
  /** the config file as the user typed it, for messages and for the folder that its paths start from; "-" is stdin */
  readonly path: string;
  /** absolute path of the working directory */
  readonly cwd: string;
  /** values of `--set`, "train.epochs=5", in the order given; later ones win */
  readonly sets?: readonly string[];
  /** applied after `sets` */
  readonly flags?: readonly FlagValue[];
  /** value of `--out`: short for a flag of output.dir */
  readonly outDir?: string | undefined;
}

export interface LoadOptions extends ParseOptions {
  /** what to read in place of the file: standard input for "-", or a pipe; it is destroyed */
  readonly stream?: Readable;
  /** what knows folders of images; without it a path is never taken for one */
  readonly findImageFolder?: FindImageFolder;
  /** what knows the files of a pattern; without it a path is never taken for one */
  readonly findFiles?: FindFiles;
}

export interface LoadedConfig {
  readonly config: TrainConfig;
  /** one line each: what was decided beyond what is written */
  readonly notes: readonly string[];
  /**
   * Where a value came from: "file:line:column" or "--set train.epochs=5"; where it is a default, the nearest object
   * around it. For problems that show only later, such as a label column that the table does not have.
   * @param keyPath the key in dots, "data.label", or as a list where a name may have dots of its own
   */
  readonly problemsAt: (keyPath: string | KeyPath) => string;
}

/** No config is near this size; a data file given in its place often is. */
const MAX_BYTES = 1 << 20;
const MAX_PROBLEMS = 50;

/**
 * Reads and checks a config file. A pattern becomes the files that match, a folder of images the files in it.
 * @throws UsageError CONFIG_NOT_FOUND (not readable), CONFIG_SYNTAX (not JSON), CONFIG_INVALID (all else that is wrong)
 * @throws DataError for a pattern that matches nothing, and a folder that lacks some of its images' files
 */
export async function loadConfig(options: LoadOptions): Promise<LoadedConfig> {
  const written = readTree(await readConfigText(options), options);
  const { findImageFolder, findFiles } = options;
  const { root, show } = written;
  const absolute = absolutePath(root, foldersOf(options));
  putFormatOfImages(root);
  if (findFiles !== undefined) await putMatchingFiles(root, { absolute, show, find: findFiles });
  const folders = findImageFolder && (await putImageFolders(root, { absolute, show, find: findImageFolder }));
  return finish(written, options, folders ?? NO_FOLDERS);
}

const NO_FOLDERS: FolderResult = { problems: [], notes: [] };

/**
 * Checks the text of a config; no file is read, and no path is taken for a folder.
 * @throws UsageError CONFIG_SYNTAX or CONFIG_INVALID, one line a problem: those of the file in its order, then those
 * of `--set` and flags in theirs
 */
export function parseConfig(text: string, options: ParseOptions): LoadedConfig {
  return finish(readTree(text, options), options, NO_FOLDERS);
}

/** A config as it is written, flags and `--set` included, not checked. */
interface Written {
  readonly root: Located;
  /** what is wrong already: duplicate keys, malformed overrides */
  readonly problems: readonly Problem[];
  readonly show: (place: Place) => string;
}

function readTree(text: string, options: ParseOptions): Written {
  const body = text.startsWith("\uFEFF") ? text.slice(1) : text;
  const starts = lineStarts(body);
  const show = (place: Place): string => {
    if (place.kind === "override") return place.text;
    const { line, column } = positionOf(starts, place.offset);
    return `${options.path}:${line}:${column}`;
  };
  if (/\.(csv|tsv|tab|data|idx\d?|gz)$/i.test(options.path) && !/^\s*[{/]/.test(body)) {
    const todo = `to have one written: nnt init ${shellWord(options.path)}`;
    throw new UsageError("CONFIG_SYNTAX", `${options.path}: this is data, not a config (${todo})`);
  }
  const { root, problems: textProblems } = parseText(body, (offset) => ({ kind: "file", offset }));
  if (root === null && stripComments(body).trim() === "") {
    throw new UsageError("CONFIG_SYNTAX", `${options.path}:1:1: the file is empty, expected a JSON object`);
  }
  const problems: Problem[] = textProblems.map(asProblem);
  const firstSyntax = textProblems.find((problem) => problem.kind === "syntax");
  if (root === null || firstSyntax !== undefined) {
    const certain = root === null ? [] : certainProblems(root, firstSyntax?.place);
    throw failure("CONFIG_SYNTAX", [...problems, ...certain], show);
  }
  return { root, problems: [...problems, ...applyOverrides(root, overridesOf(options))], show };
}

function finish(
  { root, problems, show }: Written,
  options: ParseOptions,
  folders: FolderResult,
): LoadedConfig {
  const result = check(root);
  const all = [...problems, ...folders.problems, ...(result.ok ? [] : result.problems)];
  if (!result.ok || all.length > 0) throw failure("CONFIG_INVALID", all, show);
  return {
    config: resolveConfig(result.checked, root, foldersOf(options)),
    notes: folders.notes,
    problemsAt: (keyPath) => show(placeOf(root, typeof keyPath === "string" ? keyPath.split(".") : keyPath)),
  };
}

/** After a syntax error the rest is a guess: only what is wrong before it, and there, is reported with it. */
function certainProblems(root: Located, firstError: Place | undefined): Problem[] {
  const result = check(root);
  if (result.ok || firstError?.kind !== "file") return [];
  return result.problems.filter(
    ({ place, isMissing }) => !isMissing && place.kind === "file" && place.offset < firstError.offset,
  );
}

function foldersOf({ path: file, cwd }: ParseOptions): Folders {
  if (file === "-") return { config: cwd, working: cwd, name: "stdin" };
  return { config: path.dirname(path.resolve(cwd, file)), working: cwd, name: path.parse(file).name };
}

function asProblem({ place, message }: TextProblem): Problem {
  return { place, message, isMissing: false };
}

interface Override {
  /** as typed */
  readonly text: string;
  readonly key: string;
  readonly value: string;
  readonly as: FlagValue["as"];
}

/** `--set`, flags and `--out` in one form, in the order in which they apply. */
function overridesOf({ sets = [], flags = [], outDir }: ParseOptions): Override[] {
  const fromSets = sets.map((set): Override => {
    const equals = set.indexOf("=");
    // without "=" there is no key, which is refused as an empty one is
    const key = set.slice(0, Math.max(equals, 0));
    return { text: `--set ${set}`, key, value: set.slice(equals + 1), as: "json" };
  });
  const out: FlagValue[] =
    outDir === undefined ? [] : [{ flag: "--out", key: "output.dir", value: outDir, as: "text" }];
  const fromFlags = [...flags, ...out].map(
    ({ flag, key, value, as }): Override => ({ text: `${flag} ${value}`, key, value, as }),
  );
  return [...fromSets, ...fromFlags];
}

/** Sets the values in `root`; returns what is wrong with the overrides as such. */
function applyOverrides(root: Located, overrides: readonly Override[]): Problem[] {
  const fields = overrides.length === 0 ? [] : listFields(fileSchemas.csv); // no list is of images alone
  const itemsOf = new Map(fields.map(({ path, items }) => [path.join("."), items]));
  const read = (value: string, key: string, place: Place): ParsedText => {
    const items = itemsOf.get(key) ?? null;
    const keys = key.split(".");
    return items === null
      ? parseOverrideValue(value, keys, place)
      : parseOverrideList(value, items, keys, place);
  };
  return overrides.flatMap(({ text, key, value, as }, index) => {
    const place: Place = { kind: "override", text: printable(text, MAX_SHOWN), index };
    const keys = key.split(".");
    if (keys.includes("")) {
      return [{ place, message: "expected KEY=VALUE, such as train.epochs=5", isMissing: false }];
    }
    const { root: parsed, problems } =
      as === "json" ? read(value, key, place) : { root: scalar(value, place), problems: [] };
    // without an object at the top there is nothing to set a key of; that problem is reported by itself
    if (root.type === "object" && parsed !== null) setValue(root, keys, parsed);
    return problems.map(asProblem);
  });
}

function failure(kind: string, problems: readonly Problem[], show: (place: Place) => string): UsageError {
  const rank = (place: Place): number => (place.kind === "file" ? place.offset : 1e9 + place.index);
  const lines = problems
    .toSorted((a, b) => rank(a.place) - rank(b.place))
    .map(({ place, message }) => `${show(place)}: ${message}`);
  const more = lines.length - MAX_PROBLEMS;
  if (more > 0) lines.splice(MAX_PROBLEMS, more, `… and ${more} more problems`);
  return new UsageError(kind, lines.join("\n"));
}

/** The text of a config, wherever it comes from. Reads no further than a config can be long. */
async function readConfigText({ path: file, cwd, stream }: LoadOptions): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stream ?? createReadStream(path.resolve(cwd, file))) {
      const part = Buffer.from(chunk);
      chunks.push(part);
      bytes += part.length;
      if (bytes > MAX_BYTES) break;
    }
  } catch (error) {
    if (!isErrnoException(error)) throw error;
    throw unreadable(file, error);
  }
  if (bytes > MAX_BYTES) {
    throw new UsageError("CONFIG_SYNTAX", `${file}: larger than 1 MiB, expected a config${ifData(file)}`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new UsageError("CONFIG_SYNTAX", `${file}: not UTF-8 text, expected a config${ifData(file)}`);
  }
}

/** What to do if a data file was given in a config's place; of standard input nothing is left to do it with. */
function ifData(file: string): string {
  if (file === "-") return ": is this a data file?";
  return `; if this is data, have a config written: nnt init ${shellWord(file)}`;
}

function unreadable(file: string, error: NodeJS.ErrnoException): UsageError {
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: "no such file (check the path)",
    EISDIR: "is a folder: give the path of a config file, such as config.json in it",
    ENOTDIR: "no such file: a part of the path is a file, not a folder",
    EACCES: "no permission to read this file",
  };
  const reason = reasons[error.code ?? ""] ?? `cannot be read (${error.code})`;
  return new UsageError("CONFIG_NOT_FOUND", `${file}: ${reason}`);
}
