/**
 * @file What a model file says beside its weights: the JSON under the metadata key "nnt", written and checked.
 * The checks are plain functions, not a schema library: loading one takes 50 ms, most of what `predict` may take
 * until its first row. Whether the tensors agree with this description is file.ts's question.
 */
import type { Weighting } from "../data/dataset.ts";
import type {
  CategoricalColumn,
  ImagePreprocessing,
  InputColumn,
  NumericColumn,
  Preprocessing,
  TablePreprocessing,
} from "../data/preprocessing.ts";
import { ModelError } from "../errors.ts";
import { shapeText, show } from "../words.ts";
import * as is from "./checks.ts";
import { canonicalJson, isObject, parseUntrustedJson } from "./json.ts";

/** Raised whenever an older nnt could not read or would misread a file; an old file stays in test/golden/. */
export const FORMAT_VERSION = 1;

/** Mean cross-entropy in nats (the weighted mean where rows have weights), and the fraction of right rows. */
export interface TrainingScore {
  readonly loss: number;
  readonly accuracy: number;
}

/** How the weights came to be. No times and no paths: equal training gives equal bytes. */
export interface TrainingSummary {
  readonly epochs: number;
  /** the epoch these weights are from; 0 is the initial model */
  readonly bestEpoch: number;
  readonly step: number;
  readonly batchSize: number;
  readonly seed: number;
  readonly optimizer: Readonly<Record<string, string | number | boolean>>;
  /** how the learning rate changed; absent where it did not */
  readonly schedule?: { readonly name: string };
  readonly trainRows: number;
  /** absent where all rows weigh the same */
  readonly weighting?: Weighting;
  readonly train: TrainingScore | null;
  readonly validation: TrainingScore | null;
}

export interface Description {
  /** layer widths, input first: [784, 128, 10] */
  readonly sizes: readonly number[];
  readonly preprocessing: Preprocessing;
  readonly training: TrainingSummary;
}

/**
 * The description as JSON with sorted keys: equal descriptions are equal texts.
 *
 * @throws Error (a bug of the caller) for a description that `parseDescription` would refuse
 */
export function encodeDescription({ sizes, preprocessing, training }: Description): string {
  const network = { activation: "relu", sizes };
  const text = canonicalJson({ formatVersion: FORMAT_VERSION, network, preprocessing, training });
  try {
    parseDescription(text, "model");
  } catch (error) {
    throw new Error(`internal: would write a model that cannot be read: ${String(error)}`, { cause: error });
  }
  return text;
}

/**
 * Reads and checks a description that may be broken or hostile.
 *
 * @param path named in messages only
 * @throws ModelError whose `kind` names the way in which it is wrong; the first problem found
 */
export function parseDescription(text: string, path: string): Description {
  const json = parseUntrustedJson(text);
  if ("problem" in json) {
    const what = {
      syntax: "is not JSON",
      depth: "is nested too deep",
      duplicate: `has the key ${json.key} twice`,
    };
    throw new ModelError("MODEL_METADATA_NOT_JSON", `${path}: metadata "nnt" ${what[json.problem]}`);
  }
  const { value } = json;
  const version = isObject(value) ? value.formatVersion : undefined;
  if (typeof version === "number" && Number.isInteger(version) && version > FORMAT_VERSION) {
    const text = `written by a newer nnt (format ${version}, this one reads ${FORMAT_VERSION}): update nnt`;
    throw new ModelError("MODEL_NEWER", `${path}: ${text}`);
  }
  const problem = fileShape(value, "") ?? disagreement(value as FileShape);
  if (problem) throw new ModelError(problem.kind, `${path}: metadata "nnt", ${problem.text}`);
  const { network, preprocessing, training } = value as FileShape;
  return { sizes: network.sizes, preprocessing, training };
}

interface FileShape {
  readonly formatVersion: 1;
  readonly network: { readonly activation: "relu"; readonly sizes: readonly number[] };
  readonly preprocessing: Preprocessing;
  readonly training: TrainingSummary;
}

const score = is.nullOr(is.object<TrainingScore>({ loss: is.finite, accuracy: is.fraction }));

const numericColumn = is.object<NumericColumn>({
  name: is.text,
  type: is.oneOf("numeric"),
  input: is.count,
  mean: is.finite,
  deviation: is.positive,
  median: is.finite,
  spread: is.optional(is.positive),
  missingInput: is.nullOr(is.count),
});

const categoricalColumn = is.object<CategoricalColumn>({
  name: is.text,
  type: is.oneOf("categorical"),
  firstInput: is.count,
  levels: is.listOf(is.nullOr(is.text), 1),
});

const table = is.object<TablePreprocessing>({
  format: is.oneOf("csv"),
  label: is.text,
  classes: is.listOf(is.text, 1),
  columns: is.listOf(is.variant("type", { numeric: numericColumn, categorical: categoricalColumn })),
  inputs: is.positiveInteger,
  denseWidth: is.count,
  delimiter: is.delimiter,
  decimal: is.optional(is.oneOf(",")),
  missing: is.listOf(is.text),
  hasHeader: is.boolean,
  tableWidth: is.positiveInteger,
});

const images = is.object<ImagePreprocessing>({
  format: is.oneOf("idx"),
  shape: is.listOf(is.positiveInteger, 1),
  scale: is.positive,
  classes: is.listOf(is.text, 1),
  inputs: is.positiveInteger,
});

const weighting = is.object<Weighting>({
  classes: is.nullOr(is.listOf(is.positive)),
  column: is.nullOr(is.text),
});

const training = is.object<TrainingSummary>({
  epochs: is.count,
  bestEpoch: is.count,
  step: is.count,
  batchSize: is.positiveInteger,
  seed: is.integer,
  optimizer: is.mapOf(is.setting),
  schedule: is.optional(is.object<{ readonly name: string }>({ name: is.text })),
  trainRows: is.count,
  weighting: is.optional(weighting),
  train: score,
  validation: score,
});

const fileShape = is.object<FileShape>({
  formatVersion: is.oneOf(FORMAT_VERSION),
  network: is.object<FileShape["network"]>({
    activation: is.oneOf("relu"),
    sizes: is.listOf(is.positiveInteger, 2),
  }),
  preprocessing: is.variant("format", { csv: table, idx: images }),
  training,
});

/** What types alone do not show: numbers and names that contradict each other. */
function disagreement({ network: { sizes }, preprocessing, training }: FileShape): is.Problem | null {
  const { classes, inputs } = preprocessing;
  if (inputs !== sizes[0]) {
    const text = `preprocessing.inputs: got ${inputs}, expected ${sizes[0]}, the first of network.sizes`;
    return { kind: "MODEL_INPUTS", text };
  }
  if (classes.length !== sizes.at(-1)) {
    const text = `preprocessing.classes: got ${classes.length}, expected ${sizes.at(-1)}, the last of network.sizes`;
    return { kind: "MODEL_CLASSES", text };
  }
  const twice = repeated(classes);
  if (twice !== undefined) return duplicate("MODEL_CLASS_TWICE", "preprocessing.classes", twice);
  if (training.bestEpoch > training.epochs) {
    const text = `training.bestEpoch: got ${training.bestEpoch}, expected at most ${training.epochs}, the epochs`;
    return { kind: "MODEL_TRAINING", text };
  }
  const weights = training.weighting?.classes ?? classes;
  if (weights.length !== classes.length) {
    const text = `training.weighting.classes: got ${weights.length}, expected ${classes.length}, one for each class`;
    return { kind: "MODEL_CLASS_WEIGHTS", text };
  }
  if (preprocessing.format === "csv") return tableDisagreement(preprocessing);
  const pixels = preprocessing.shape.reduce((product, length) => product * length, 1);
  if (pixels === inputs) return null;
  const text = `preprocessing.shape: got ${shapeText(preprocessing.shape)}, expected ${inputs} values in all`;
  return { kind: "MODEL_IMAGE_SHAPE", text };
}

function tableDisagreement(table: TablePreprocessing): is.Problem | null {
  const { columns, denseWidth, inputs, tableWidth } = table;
  const name = repeated([table.label, ...columns.map((column) => column.name)]);
  if (name !== undefined) return duplicate("MODEL_COLUMN_TWICE", "preprocessing.columns", name);
  if (denseWidth > inputs) {
    const text = `preprocessing.denseWidth: got ${denseWidth}, expected at most ${inputs}, the inputs`;
    return { kind: "MODEL_DENSE_WIDTH", text };
  }
  if (tableWidth <= columns.length) {
    const text = `preprocessing.tableWidth: got ${tableWidth}, expected more than the ${columns.length} columns`;
    return { kind: "MODEL_TABLE_WIDTH", text };
  }
  return inputDisagreement(table);
}

/** Each input must be set by exactly one column, numbers among the dense inputs and the rest behind them. */
function inputDisagreement(table: TablePreprocessing): is.Problem | null {
  const { columns, inputs } = table;
  const owner = new Map<number, string>();
  for (const [i, column] of columns.entries()) {
    const at = `preprocessing.columns[${i}]`;
    const problem = column.type === "numeric" ? null : repeatedLevel(column, at);
    if (problem) return problem;
    for (const [begin, end, from, to] of claims(column, table)) {
      if (begin < from || end > to) {
        const text = `${at}: inputs ${begin} to ${end - 1} are outside ${from} to ${to - 1}`;
        return { kind: "MODEL_INPUT_RANGE", text };
      }
      for (let input = begin; input < end; input++) {
        const other = owner.get(input);
        if (other) return { kind: "MODEL_INPUT_OVERLAP", text: `${at}: input ${input} is also of ${other}` };
        owner.set(input, at);
      }
    }
  }
  return owner.size === inputs ? null : unclaimed(owner, inputs);
}

/** Ranges of inputs [begin, end) that a column sets, each with the limits [from, to) of its kind of input. */
function claims(
  column: InputColumn,
  { inputs, denseWidth }: { inputs: number; denseWidth: number },
): [number, number, number, number][] {
  if (column.type === "categorical") {
    return [[column.firstInput, column.firstInput + column.levels.length, denseWidth, inputs]];
  }
  const value: [number, number, number, number] = [column.input, column.input + 1, 0, denseWidth];
  const missing = column.missingInput;
  return missing === null ? [value] : [value, [missing, missing + 1, denseWidth, inputs]];
}

function unclaimed(owner: ReadonlyMap<number, string>, inputs: number): is.Problem {
  let input = 0;
  while (owner.has(input)) input++;
  const text = `preprocessing.columns: no column sets input ${input} of ${inputs}`;
  return { kind: "MODEL_INPUT_UNUSED", text };
}

function repeatedLevel(column: CategoricalColumn, at: string): is.Problem | null {
  const level = repeated(column.levels);
  return level === undefined ? null : duplicate("MODEL_LEVEL_TWICE", `${at}.levels`, level);
}

function duplicate(kind: string, at: string, value: string | null): is.Problem {
  return { kind, text: `${at}: ${show(value)} appears twice` };
}

/** The first value that equals an earlier one. */
function repeated<T>(values: readonly T[]): T | undefined {
  const seen = new Set<T>();
  for (const value of values) {
    if (seen.has(value)) return value;
    seen.add(value);
  }
  return undefined;
}
