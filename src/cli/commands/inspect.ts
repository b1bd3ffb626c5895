/**
 * @file `nnt inspect FILE`: says what a file is, by its content, and what is in it.
 */
import { open, readFile, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { findFiles } from "../../data/files.ts";
import { decodeIdx } from "../../data/idx.ts";
import { findImageFolder } from "../../data/imageFolder.ts";
import { type ImageData, type ImagePaths, loadIdxDataset } from "../../data/images.ts";
import { openSource, readBytes } from "../../data/source.ts";
import { DataError, ExitCode } from "../../errors.ts";
import { fileError } from "../../files.ts";
import { readModel } from "../../model/file.ts";
import { countParameters } from "../../model/network.ts";
import { shownPath } from "../../paths.ts";
import { fileKind } from "../../signatures.ts";
import type { Io } from "../io.ts";
import type { ArgsOf, OptionsOf } from "../options.ts";
import { type ImageSetSummary, idxText, imagesText, modelText, runText } from "../report/inspection.ts";
import { type Look, planText } from "../report/profile.ts";
import { watchReading } from "../report/reading.ts";
import { styleOf } from "../report/style.ts";
import { planOf } from "../tablePlan.ts";

type Options = OptionsOf<"inspect">;

/** A document for --json, and the same for people. */
interface Inspection {
  readonly document: object;
  readonly text: string;
}

/** Describes a model, data or a run folder; what it is, is found by its content. */
export async function run({ file }: ArgsOf<"inspect">, options: Options, io: Io): Promise<number> {
  const { document, text } = await inspect(file, options, io);
  await io.out(options.json ? `${JSON.stringify(document, null, 2)}\n` : text);
  return ExitCode.done;
}

async function inspect(file: string, options: Options, io: Io): Promise<Inspection> {
  if (file === "-") return inspectTable(file, options, io);
  const path = resolve(io.cwd, file);
  if ((await findFiles(path)) !== null) return inspectTable(path, options, io);
  const found = await stat(path).catch(() => null);
  if (found?.isDirectory()) return inspectFolder(path, io);
  if (found && !found.isFile()) return inspectTable(path, options, io); // a pipe can be read only once, from its start
  const head = await readHead(path, file);
  if (fileKind(head.bytes) === "safetensors") return inspectModel(path, head.size, io);
  // After decompression, since an IDX file may be compressed and a table must not be read whole.
  for await (const chunk of await openSource(path)) {
    const kind = fileKind(chunk);
    if (kind === "idx") return inspectIdx(path, io);
    if (kind === "json") {
      throw new DataError(
        "NOT_A_TABLE",
        `${file}: this is JSON, not a table; for a config: nnt config check ${file}`,
      );
    }
    return inspectTable(path, options, io);
  }
  throw new DataError("EMPTY_FILE", `${file}: the file is empty`);
}

interface Head {
  readonly bytes: Uint8Array;
  readonly size: number;
}

async function readHead(path: string, shown: string): Promise<Head> {
  const bytes = new Uint8Array(16);
  try {
    const handle = await open(path);
    try {
      await handle.read(bytes, 0, bytes.length, 0);
      return { bytes, size: (await handle.stat()).size };
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      throw new DataError("DATA_NOT_FOUND", `${shown}: no such file or folder (check the path)`);
    }
    throw fileError(error, "read", shown);
  }
}

async function inspectModel(path: string, bytes: number, io: Io): Promise<Inspection> {
  const { layers: _layers, ...description } = await readModel(path);
  const document = { kind: "model", bytes, parameters: countParameters(description.sizes), ...description };
  return { document, text: modelText(shownPath(path, io.cwd), bytes, description) };
}

async function inspectTable(path: string, options: Options, io: Io): Promise<Inspection> {
  const { plan } = await watchReading(io, options, (progress) => planOf(path, "if any", io, progress));
  const width = io.stdout.isTTY ? io.stdout.columns : undefined;
  const look: Look = {
    style: styleOf(io, "stdout"),
    width,
    limit: Number.POSITIVE_INFINITY,
    first: "values",
    otherLabel: null,
  };
  return { document: { kind: "table", ...plan }, text: planText(shownPath(path, io.cwd), plan, look) };
}

async function inspectIdx(path: string, io: Io): Promise<Inspection> {
  const file = shownPath(path, io.cwd);
  const { shape, type, data } = decodeIdx(await readBytes(path), file);
  let [minimum, maximum, sum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const value of data) {
    minimum = Math.min(minimum, value);
    maximum = Math.max(maximum, value);
    sum += value;
  }
  const summary = { shape, type, minimum, mean: sum / data.length, maximum };
  return { document: { kind: "idx", ...summary }, text: idxText(file, summary) };
}

async function inspectFolder(path: string, io: Io): Promise<Inspection> {
  const folder = shownPath(path, io.cwd);
  const text = await readFile(join(path, "metrics.json"), "utf8").catch(() => null);
  if (text === null) return inspectImages(path, io);
  const { metrics, read } = runText(folder, text);
  return { document: { kind: "run", ...metrics }, text: read };
}

async function inspectImages(path: string, io: Io): Promise<Inspection> {
  const folder = shownPath(path, io.cwd);
  const found = await findImageFolder(path).catch((error: unknown) => {
    throw error instanceof DataError && error.kind === "IMAGE_FOLDER_EMPTY" ? unknownFolder(folder) : error;
  });
  if (found === null) throw unknownFolder(folder); // it was there a moment ago
  const { train, test } = found;
  const trained = train && (await readImages(train));
  const tested = test && (await readImages(test));
  const { shape, classes } = (trained ?? tested!).preprocessing; // a folder has one of the sets at least
  const sets = {
    train: train && summariseImages(train, trained!),
    test: test && summariseImages(test, tested!),
  };
  const document = { kind: "images", shape, classes, ...sets };
  return { document, text: imagesText(folder, document) };
}

function unknownFolder(folder: string): DataError {
  return new DataError(
    "NOT_A_RUN",
    `${folder}: neither metrics.json nor images in this folder, expected the folder of a finished run or of MNIST's files`,
  );
}

async function readImages({ images, labels }: ImagePaths): Promise<ImageData> {
  const paths = { images: shownPath(images), labels: shownPath(labels) };
  return loadIdxDataset(await readBytes(images), await readBytes(labels), paths);
}

function summariseImages({ images, labels }: ImagePaths, { data }: ImageData): ImageSetSummary {
  return {
    images: basename(images),
    labels: basename(labels),
    rows: data.rows,
    counts: countLabels(data.labels),
  };
}

/** Rows of each class, from class 0 on. */
function countLabels(labels: Uint32Array): number[] {
  const counts: number[] = [];
  for (const label of labels) {
    while (counts.length <= label) counts.push(0);
    counts[label]!++;
  }
  return counts;
}
