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
  return { ...data, validation: writtenSplit(data.validation), test: writtenSplit(data.test) };
}

function writtenSplit(split: SplitConfig<CsvFiles> | SplitConfig<IdxFiles>): unknown {
  if (split.kind === "none") return 0;
  if (split.kind === "fraction") return { fraction: split.fraction, stratify: split.stratify };
  return "file" in split ? split.file : { images: split.images, labels: split.labels };
}
