/**
 * @file Writes a resolved config as a config: what `nnt config show` prints and what a run folder keeps. Reading it
 * back gives the same config, from any folder, as all its paths are absolute.
 */
import type { CsvFiles, DataConfig, IdxFiles, SplitConfig, TrainConfig } from "./types.ts";

/** JSON text with a final newline; a valid config that resolves to `config` again. */
export function showConfig(config: TrainConfig): string {
  return `${JSON.stringify({ ...config, data: writtenData(config.data) }, null, 2)}\n`;
}

function writtenData(data: DataConfig): object {
  const [validation, test] = [writtenSplit(data.validation), writtenSplit(data.test)];
  return { ...data, ...(data.format === "csv" && { train: writtenFiles(data.train) }), validation, test };
}

function writtenFiles(files: readonly string[]): string | readonly string[] {
  return files.length === 1 ? files[0]! : files;
}

function writtenSplit(split: SplitConfig<CsvFiles> | SplitConfig<IdxFiles>): unknown {
  if (split.kind === "none") return 0;
  if (split.kind === "fraction") return { fraction: split.fraction, stratify: split.stratify };
  return "files" in split ? writtenFiles(split.files) : { images: split.images, labels: split.labels };
}
