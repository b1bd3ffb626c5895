/**
 * @file The config's part of docs/reference.md: a table a section, made from schema.ts.
 */
import { type Field, listFields } from "./listing.ts";
import { fileSchemas } from "./schema.ts";

/** Markdown: a heading and a table of keys for each section of the config, `data` once a format. */
export function configReference(): string {
  const csv = listFields(fileSchemas.csv);
  const idx = listFields(fileSchemas.idx);
  const others = csv.filter(
    (field) => field.path.length === 1 && field.isSection && field.path[0] !== "data",
  );
  const blocks = [
    block("`data` of a CSV table", keysOf(csv, "data")),
    block("`data` of an IDX set", keysOf(idx, "data")),
    ...others.map(({ path, help }) => block(`\`${path[0]}\``, keysOf(csv, path[0] ?? ""), help)),
    block(
      "Other keys",
      csv.filter((field) => field.path.length === 1 && !field.isSection),
    ),
  ];
  return blocks.join("\n");
}

function keysOf(fields: readonly Field[], section: string): Field[] {
  return fields.filter(
    (field) => field.path[0] === section && field.path.length > 1 && !isBareSection(field),
  );
}

/** A section all of whose keys have defaults: its keys say all there is. */
function isBareSection(field: Field): boolean {
  return field.isSection && !field.required;
}

function block(title: string, fields: readonly Field[], intro?: string): string {
  const rows = fields.map(
    (field) =>
      `| \`${field.path.join(".")}\` | ${cell(field.expected)} | ${cell(fallback(field))} | ${cell(field.help)} |`,
  );
  const head = ["| key | value | default | meaning |", "|---|---|---|---|"];
  return [`### ${title}`, "", ...(intro === undefined ? [] : [intro, ""]), ...head, ...rows, ""].join("\n");
}

function fallback(field: Field): string {
  if (field.required) return "required";
  if (field.fallback !== undefined) return `\`${JSON.stringify(field.fallback)}\``;
  return field.absent ?? "";
}

/** A bar would end the cell. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
