/**
 * @file What `nnt inspect` prints for people about a model, an IDX file or a run folder. Tables are profile.ts's.
 */
import type { InputColumn, Preprocessing } from "../../data/preprocessing.ts";
import { DataError } from "../../errors.ts";
import type { Score } from "../../log/events.ts";
import type { Description } from "../../model/metadata.ts";
import { countParameters } from "../../model/network.ts";
import { grouped, listed, plural, printable, shapeText, shellWord, show } from "../../words.ts";
import { bytes, duration, loss, percent } from "./format.ts";
import { type Column, table } from "./tables.ts";
import { nameText, truncate } from "./text.ts";
import { weightingText } from "./weighting.ts";

const MAX_LISTED = 12;
const left = (title: string): Column => ({ title, align: "left" });
const right = (title: string): Column => ({ title, align: "right" });

/** What a model file of `size` bytes holds, input by input. */
export function modelText(
  file: string,
  size: number,
  { sizes, preprocessing, training }: Description,
): string {
  const { optimizer, schedule, epochs, bestEpoch, trainRows, seed, batchSize, weighting } = training;
  const { name, ...rest } = optimizer;
  const settings = [name, ...Object.entries(rest).map(([key, value]) => `${key} ${value}`)];
  if (schedule !== undefined) settings.push(`schedule ${schedule.name}`);
  const lines = [
    `model       ${file} (${bytes(size)})`,
    `network     ${sizes.join("-")}, ${plural(countParameters(sizes), "parameter")}`,
    `trained     epoch ${bestEpoch} of ${epochs} on ${plural(trainRows, "row")}; batches of ${batchSize}, seed ${seed}`,
    `optimizer   ${settings.join(", ")}`,
    ...(weighting ? [`weights     ${weightingText(weighting, preprocessing.classes)}`] : []),
    ...scoreLine("train", training.train),
    ...scoreLine("validation", training.validation),
    ...preprocessingLines(preprocessing),
  ];
  return `${lines.join("\n")}\n`;
}

function scoreLine(name: string, score: Score | null): string[] {
  if (score === null) return [];
  return [`${name.padEnd(10)}  loss ${loss(score.loss)}  accuracy ${percent(score.accuracy)}`];
}

function preprocessingLines(preprocessing: Preprocessing): string[] {
  const classes = `classes     ${plural(preprocessing.classes.length, "class", "classes")}: ${namesText(preprocessing.classes)}`;
  if (preprocessing.format === "idx") {
    const scale =
      preprocessing.scale === 1 ? "as they are" : `times 1/${Math.round(1 / preprocessing.scale)}`;
    return [classes, `input       images of ${preprocessing.shape.join(" x ")}, values ${scale}`];
  }
  const rows = preprocessing.columns.map((column) => [
    truncate(printable(column.name), 32),
    column.type,
    inputRange(column),
    columnDetail(column),
  ]);
  const label = `label       column ${show(preprocessing.label)}`;
  return [classes, label, "", ...table([left("column"), left("type"), left("inputs"), left("")], rows)];
}

function inputRange(column: InputColumn): string {
  if (column.type === "numeric") {
    return column.missingInput === null
      ? `${column.input}`
      : `${column.input}, ${column.missingInput} if missing`;
  }
  const last = column.firstInput + column.levels.length - 1;
  return last === column.firstInput ? `${last}` : `${column.firstInput}–${last}`;
}

function columnDetail(column: InputColumn): string {
  if (column.type === "categorical") return namesText(column.levels.map((level) => level ?? "(missing)"));
  if (column.spread !== undefined) {
    return `robust: median ${short(column.median)}, spread ${short(column.spread)}`;
  }
  return `mean ${short(column.mean)}, deviation ${short(column.deviation)}, median ${short(column.median)}`;
}

interface IdxSummary {
  readonly shape: readonly number[];
  readonly type: string;
  readonly minimum: number;
  readonly mean: number;
  readonly maximum: number;
}

/** Shape and range of an IDX file. */
export function idxText(file: string, { shape, type, minimum, mean, maximum }: IdxSummary): string {
  const what = shape.length === 1 ? "labels or one value a row" : `rows of ${shape.slice(1).join(" x ")}`;
  return [
    `idx    ${file}: ${plural(shape[0]!, "row")}, ${what}, shape ${shapeText(shape)}, type ${type}`,
    `range  ${short(minimum)} to ${short(maximum)}, mean ${short(mean)}\n`,
  ].join("\n");
}

export interface ImageSetSummary {
  /** file names */
  readonly images: string;
  readonly labels: string;
  readonly rows: number;
  /** rows of each class, from class 0 to the largest label */
  readonly counts: readonly number[];
}

interface ImagesSummary {
  /** of one image */
  readonly shape: readonly number[];
  readonly train: ImageSetSummary | null;
  readonly test: ImageSetSummary | null;
}

/** The sets of a folder of images, and how many images of each class they have. */
export function imagesText(folder: string, { shape, train, test }: ImagesSummary): string {
  const sets = [train && { name: "train", ...train }, test && { name: "test", ...test }].filter(
    (set) => set !== null,
  );
  const classes = Math.max(...sets.map(({ counts }) => counts.length));
  const lines = sets.map(
    ({ name, rows, images, labels }) =>
      `${name.padEnd(6)}  ${plural(rows, "image")} of ${shape.join(" x ")}: ${images}, ${labels}`,
  );
  const titles = [left("class"), ...sets.map(({ name }) => right(name))];
  const cells = Array.from({ length: classes }, (_, c) => [
    String(c),
    ...sets.map(({ counts }) => grouped(counts[c] ?? 0)),
  ]);
  const next = `next    nnt ${train === null ? "eval MODEL" : "init"} ${shellWord(folder)}`;
  return `${[`images  ${folder}`, ...lines, "", ...table(titles, cells), "", next].join("\n")}\n`;
}

interface RunMetrics {
  readonly sizes: readonly number[];
  readonly bestEpoch: number;
  readonly epochs: number;
  readonly seconds: number;
  readonly train: Score | null;
  readonly validation: Score | null;
  readonly test: Score | null;
}

/** The parsed metrics.json and its text. Throws DataError if it is not one that nnt wrote. */
export function runText(folder: string, json: string): { metrics: RunMetrics; read: string } {
  let metrics: RunMetrics;
  let lines: string[];
  try {
    metrics = JSON.parse(json) as RunMetrics;
    lines = [
      `run         ${folder}: finished in ${duration(metrics.seconds)}`,
      `network     ${metrics.sizes.join("-")}, ${plural(countParameters(metrics.sizes), "parameter")}`,
      `kept        epoch ${metrics.bestEpoch} of ${metrics.epochs}`,
      ...scoreLine("train", metrics.train),
      ...scoreLine("validation", metrics.validation),
      ...scoreLine("test", metrics.test),
      `files       model.bin, metrics.json, log.csv, log.jsonl, config.json`,
    ];
  } catch {
    throw new DataError("NOT_A_RUN", `${folder}/metrics.json: is not what nnt train writes; was it edited?`);
  }
  return { metrics, read: `${lines.join("\n")}\n` };
}

function namesText(names: readonly string[]): string {
  return listed(
    names.map((name) => nameText(name, 24)),
    MAX_LISTED,
  );
}

/** Six significant digits: enough to recognise a value. */
function short(value: number): string {
  return String(Number(value.toPrecision(6)));
}
