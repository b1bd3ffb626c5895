/**
 * @file Holds a located tree against the schema: either the schema's typed output, or every problem with the place
 * where it was written. Which form of `data` applies is decided here. Does not read text (parse.ts) or words
 * problems about the text itself.
 */
import type { z } from "zod";
import { type Field, listFields } from "./listing.ts";
import { type CsvFile, type DataFormat, fileSchemas, type IdxFile } from "./schema.ts";
import { unknownKey } from "./suggest.ts";
import {
  formatKey,
  formatValue,
  type KeyPath,
  type Located,
  type Place,
  placeOf,
  toPlain,
  valueAt,
} from "./tree.ts";

export interface Problem {
  readonly place: Place;
  /** the sentence without its place */
  readonly message: string;
  /** true if something is not there: after a syntax error it may only not have been read */
  readonly isMissing: boolean;
}

export type CheckedFile =
  | { readonly format: "idx"; readonly file: IdxFile }
  | { readonly format: "csv"; readonly file: CsvFile };

export type Checked =
  | { readonly ok: true; readonly checked: CheckedFile }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Checks everything at once; problems come in no particular order. */
export function check(root: Located): Checked {
  const format = dataFormat(root);
  const unseen = invisibleKeys(root, []);
  const plain = toPlain(root);
  if (format === "undecided" || unseen.length > 0) {
    const result = fileSchemas[format].safeParse(plain);
    return { ok: false, problems: problemsOf(root, format, [...unseen, ...(result.error?.issues ?? [])]) };
  }
  if (format === "idx") {
    const result = fileSchemas.idx.safeParse(plain);
    if (result.success) return { ok: true, checked: { format, file: result.data } };
    return { ok: false, problems: problemsOf(root, format, result.error.issues) };
  }
  const result = fileSchemas.csv.safeParse(plain);
  if (result.success) return { ok: true, checked: { format, file: result.data } };
  return { ok: false, problems: problemsOf(root, format, result.error.issues) };
}

/** What `data.format` says, else what `data.train` looks like. */
function dataFormat(root: Located): DataFormat | "undecided" {
  const format = valueAt(root, ["data", "format"]);
  if (format?.type === "scalar" && (format.value === "idx" || format.value === "csv")) return format.value;
  const train = valueAt(root, ["data", "train"]);
  if (train?.type === "object") return "idx";
  if (train?.type === "array" || (train?.type === "scalar" && typeof train.value === "string")) return "csv";
  // not an object at all: any schema says so
  return valueAt(root, ["data"])?.type === "object" ? "undecided" : "csv";
}

/** zod passes over this one key in a map of any keys, and a key that does nothing is refused. */
function invisibleKeys(value: Located, path: KeyPath): z.core.$ZodIssue[] {
  if (value.type === "scalar") return [];
  if (value.type === "array")
    return value.items.flatMap((item, index) => invisibleKeys(item, [...path, index]));
  return [...value.entries].flatMap(([key, entry]) => {
    const inner = invisibleKeys(entry.value, [...path, key]);
    if (key !== "__proto__") return inner;
    return [{ code: "unrecognized_keys", keys: [key], path: [...path], message: "" }, ...inner];
  });
}

function problemsOf(
  root: Located,
  format: DataFormat | "undecided",
  issues: readonly z.core.$ZodIssue[],
): Problem[] {
  const keys = knownKeys(format);
  const problems = new Map<string, Problem>();
  for (const issue of issues.flatMap((each) => flatten(each, []))) {
    // two rules may meet in one value, as a string that is empty and no path: the first one speaks
    const id = JSON.stringify([issue.kind, issue.path, issue.kind === "unknown" ? issue.key : null]);
    if (problems.has(id)) continue;
    problems.set(
      id,
      issue.kind === "unknown" ? unknownProblem(root, issue, keys) : valueProblem(root, issue, keys.fields),
    );
  }
  return [...problems.values()];
}

interface KnownKeys {
  readonly fields: readonly Field[];
  /** what to say of keys that only the other format has, by their path as JSON */
  readonly otherFormat: ReadonlyMap<string, string>;
}

function knownKeys(format: DataFormat | "undecided"): KnownKeys {
  const fields = listFields(fileSchemas[format]);
  if (format === "undecided") return { fields, otherFormat: new Map() };
  const other = format === "idx" ? "csv" : "idx";
  const reason = `unknown key for ${format.toUpperCase()} data, expected only with "format": "${other}"`;
  const others = listFields(fileSchemas[other]).map(({ path }) => [JSON.stringify(path), reason] as const);
  return { fields, otherFormat: new Map(others) };
}

type Flat =
  | { readonly kind: "unknown"; readonly path: KeyPath; readonly key: string }
  | { readonly kind: "value"; readonly path: KeyPath; readonly expected: string };

/** One issue a problem; of the forms of a union only the one that was meant. */
function flatten(issue: z.core.$ZodIssue, base: KeyPath): Flat[] {
  const path = [...base, ...issue.path.map((key) => (typeof key === "symbol" ? String(key) : key))];
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => ({ kind: "unknown", path, key }));
  if (issue.code === "invalid_union") {
    const meant = meantForm(issue.errors);
    if (meant !== null) return meant.flatMap((inner) => flatten(inner, path));
  }
  return [{ kind: "value", path, expected: issue.message }];
}

/** The form whose own type fits and which has the fewest problems; null if no form's type fits. */
function meantForm(forms: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] | null {
  const count = (issues: readonly z.core.$ZodIssue[]): number =>
    issues.reduce((sum, issue) => sum + (issue.code === "unrecognized_keys" ? issue.keys.length : 1), 0);
  const isOther = (issue: z.core.$ZodIssue): boolean =>
    issue.path.length === 0 && (issue.code === "invalid_type" || issue.code === "invalid_value");
  const fitting = forms.filter((issues) => !issues.some(isOther));
  return fitting.toSorted((a, b) => count(a) - count(b))[0] ?? null;
}

function valueProblem(root: Located, issue: Flat & { kind: "value" }, fields: readonly Field[]): Problem {
  const { path } = issue;
  const value = valueAt(root, path);
  const expected = namedSection(path, value, fields) ?? issue.expected;
  const got = value === undefined ? "missing" : `got ${formatValue(value)}`;
  const name = path.length === 0 ? "" : `${formatKey(path)}: `;
  return {
    place: placeOf(root, path),
    message: `${name}${got}, expected ${expected}`,
    isMissing: value === undefined,
  };
}

/** For a name in the place of a section that has a key for it, as `"schedule": "linear"`: how it is written. */
function namedSection(
  path: KeyPath,
  value: Located | undefined,
  fields: readonly Field[],
): string | undefined {
  if (value?.type !== "scalar" || typeof value.value !== "string") return undefined;
  const key = [...path, "name"].join(".");
  const field = fields.find((each) => each.path.join(".") === key);
  if (field === undefined) return undefined;
  const isKnown = field.expected.includes(JSON.stringify(value.value));
  const name = isKnown ? value.value : String(field.fallback);
  const typed = value.place.kind === "override" ? `: --set ${key}=${name}` : "";
  return `an object such as { "name": ${JSON.stringify(name)} }${typed}`;
}

function unknownProblem(
  root: Located,
  { path, key }: { path: KeyPath; key: string },
  { fields, otherFormat }: KnownKeys,
): Problem {
  const section = valueAt(root, path);
  const place = section?.type === "object" ? section.entries.get(key)?.keyPlace : undefined;
  const names = path.map(String);
  // a key of the other format is no typing mistake
  const reason = otherFormat.get(JSON.stringify([...names, key])) ?? unknownKey(names, key, fields);
  return {
    place: place ?? placeOf(root, path),
    message: `${formatKey([...path, key])}: ${reason}`,
    isMissing: false,
  };
}
