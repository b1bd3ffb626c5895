/**
 * @file From what was decided about a table to a config to be written, with the reasons as comments. Decides
 * nothing about data; how a config looks is config/write.ts's.
 */
import { existsSync } from "node:fs";
import { relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { Recommendation } from "../config/recommend.ts";
import type { CsvDraft } from "../config/write.ts";
import { DEFAULT_MISSING } from "../missing.ts";
import { packageFile } from "../packageFile.ts";
import { classesText, formText, missingText } from "./report/profile.ts";
import type { ReadPlan } from "./tablePlan.ts";

interface Place {
  /** the table, from the config's folder, or "-" */
  readonly train: string;
  /** the table as people see it */
  readonly shown: string;
  /** the config's folder, absolute */
  readonly folder: string;
}

interface Training {
  readonly validation: number;
  readonly test: number | string;
  readonly training: Recommendation;
}

const HEADER = {
  true: "the first row names the columns, though some of the names are numbers",
  false: "the first row is data; columns are named by their positions, from 0",
};

/** The plan has a label. */
export function csvDraft(
  { plan, header }: ReadPlan,
  { validation, test, training }: Training,
  place: Place,
): CsvDraft {
  const { columns, hasHeader, missing } = plan;
  const label = plan.label!;
  const why = label.reason === null ? "" : `chosen ${label.reason}; `;
  const spellings = [...DEFAULT_MISSING, ...missing.map(({ spelling }) => spelling)];
  return {
    about: [`${place.shown}: ${formText(plan)}.`, "Made by nnt init; to train: nnt train with this file."],
    schema: schemaLink(place.folder),
    train: place.train,
    delimiter: plan.delimiter === "," ? null : plan.delimiter,
    decimal: plan.decimal === "." ? null : plan.decimal,
    header: header === "auto" ? null : { value: header, why: HEADER[`${header}`] },
    label: { value: hasHeader ? label.name : Number(label.name), why: why + classesText(label) },
    ignore: columns
      .filter(({ use }) => use === "ignore")
      .map(({ name, reason }) => ({ value: name, why: reason ?? "" })),
    columns: columns.flatMap(({ name, override, reason }) =>
      override === null ? [] : [{ name, value: override, why: reason ?? "" }],
    ),
    missing: missing.length === 0 ? null : { spellings, why: missing.map(missingText) },
    badRows: plan.badRows,
    validation,
    test,
    training,
  };
}

/** The schema's place from a folder, where both belong to one project: a path out of it would be this machine's. */
function schemaLink(folder: string): string | null {
  const schema = fileURLToPath(packageFile("nnt.schema.json"));
  const [project] = schema.split(/[\\/](?:node_modules[\\/]|nnt\.schema\.json$)/);
  if (!existsSync(schema) || !`${folder}${sep}`.startsWith(`${project}${sep}`)) return null;
  return relative(folder, schema).split(sep).join("/");
}
