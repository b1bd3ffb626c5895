/**
 * @file docs/json.md beside real documents.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./cli.ts";

/** The fields that a section of the page names, sorted: "data.rows", "classes[].name". */
export function documentedFields(section: string): string[] {
  const page = readFileSync(join(ROOT, "docs/json.md"), "utf8");
  const text = page.split(/^## /m).find((part) => part.startsWith(`${section}\n`)) ?? "";
  const cells = [...text.matchAll(/^\| (`.*?) \|/gm)].map((match) => match[1]!);
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1]!)).sort();
}

/**
 * The fields of a document as the page names them, sorted; of an object that is null in some items, the fields. `names`: what stands for the keys of objects whose keys are data,
 * by the object's field; "" leaves such an object whole.
 */
export function fieldsOf(document: unknown, names: Readonly<Record<string, string>> = {}): string[] {
  const fields = [...new Set(fieldsBelow(document, "", names))].sort();
  return fields.filter((field) => !fields.some((other) => other.startsWith(`${field}.`)));
}

function fieldsBelow(value: unknown, field: string, names: Readonly<Record<string, string>>): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => fieldsBelow(item, `${field}[]`, names));
  if (typeof value !== "object" || value === null || names[field] === "") return [field];
  return Object.entries(value).flatMap(([key, inner]) => {
    const name = names[field] ?? key;
    return fieldsBelow(inner, field === "" ? name : `${field}.${name}`, names);
  });
}
