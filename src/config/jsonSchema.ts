/**
 * @file The config's schema as JSON Schema draft-07, with which editors complete and check a config while it is
 * typed. Made from schema.ts; nnt itself never reads it.
 */
import { z } from "zod";
import { OWN_KEYWORDS } from "./fields.ts";
import { anyFileSchema } from "./schema.ts";

/** The schema document. It has no $id: a config names it by a relative path. */
export function configJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...rest } = z.toJSONSchema(anyFileSchema, {
    target: "draft-7",
    io: "input",
    reused: "inline",
    override: ({ jsonSchema }) => {
      for (const keyword of OWN_KEYWORDS) delete jsonSchema[keyword];
      // zod writes the limits of exact integers, which say nothing about the key
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  return {
    $schema,
    title: "nnt config",
    description: "Config of `nnt train`.",
    // editors that know these two stop marking what nnt accepts
    allowComments: true,
    allowTrailingCommas: true,
    ...rest,
  };
}

/** The document as text, as it is kept in nnt.schema.json. */
export function configJsonSchemaText(): string {
  return `${JSON.stringify(configJsonSchema(), null, 2)}\n`;
}
