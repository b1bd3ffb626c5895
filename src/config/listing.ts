/**
 * @file The keys of a schema as a flat list, read from its JSON Schema form, so that suggestions and the reference
 * page need no second list of keys. Does not check values.
 */
import { z } from "zod";

/** One key that a config may have. */
export interface Field {
  /** ["train", "optimizer", "momentum"] */
  readonly path: readonly string[];
  /** type and range, as in problem lines */
  readonly expected: string;
  readonly help: string;
  readonly aliases: readonly string[];
  readonly required: boolean;
  /** a JSON value; undefined where there is none */
  readonly fallback: unknown;
  /** what happens without the key, where `fallback` is undefined */
  readonly absent: string | null;
  /** true for an object with keys of its own, which are listed after it */
  readonly isSection: boolean;
  /** what the items of a list are; null for a key that may be anything else than a list */
  readonly items: "text" | "json" | null;
}

interface Keywords {
  readonly type?: string;
  readonly items?: Keywords;
  readonly properties?: Readonly<Record<string, Keywords>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly Keywords[];
  readonly description?: string;
  readonly expected?: string;
  readonly aliases?: readonly string[];
  readonly absent?: string;
  readonly default?: unknown;
}

/** All keys of `schema`, each section before its keys, in the schema's order. */
export function listFields(schema: z.ZodType): Field[] {
  const fields: Field[] = [];
  // "any": the stand-ins in the schema for undecided data have no JSON Schema form and no keys
  const root = z.toJSONSchema(schema, {
    target: "draft-7",
    io: "input",
    unrepresentable: "any",
    reused: "inline",
  });
  collect(root as Keywords, [], fields);
  return fields;
}

function collect(node: Keywords, path: readonly string[], into: Field[]): void {
  for (const [key, child] of Object.entries(node.properties ?? {})) {
    const objects = [child, ...(child.anyOf ?? [])].filter((form) => form.properties !== undefined);
    into.push({
      path: [...path, key],
      expected: child.expected ?? "",
      help: child.description ?? "",
      aliases: child.aliases ?? [],
      required: node.required?.includes(key) ?? false,
      fallback: child.default,
      absent: child.absent ?? null,
      isSection: child.properties !== undefined,
      items: child.type !== "array" ? null : child.items?.type === "string" ? "text" : "json",
    });
    for (const form of objects) collect(form, [...path, key], into);
  }
}
