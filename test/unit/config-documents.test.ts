/** @file What is made from the schema: nnt.schema.json and the reference tables. */
import { parse as parseJsonc } from "jsonc-parser";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { configJsonSchema, configJsonSchemaText } from "../../src/config/jsonSchema.ts";
import { listFields } from "../../src/config/listing.ts";
import { configReference } from "../../src/config/reference.ts";
import { fileSchemas } from "../../src/config/schema.ts";
import { csv, FULL_CSV, idx } from "../support/config.ts";

describe("nnt.schema.json", () => {
  test("is draft-07, has a title and no $id, and none of our own keywords", () => {
    const schema = configJsonSchema();
    expect(schema.$schema).toBe("http://json-schema.org/draft-07/schema#");
    expect(schema.title).toBe("nnt config");
    expect(schema).not.toHaveProperty("$id");
    expect(configJsonSchemaText()).not.toMatch(/"(expected|aliases|absent)":|9007199254740991/);
  });

  const accepts = (text: string): boolean =>
    z.fromJSONSchema(configJsonSchema() as Parameters<typeof z.fromJSONSchema>[0]).safeParse(parseJsonc(text))
      .success;

  test.each([
    ["a table", csv()],
    ["images", idx('"test": {"images": "a", "labels": "b"}')],
    ["a folder of images", '{"data": {"train": "mnist"}}'],
    ["folders of images for every set", '{"data": {"train": "a", "validation": "b.v1", "test": "/c/d"}}'],
    ["every key", FULL_CSV],
  ])("accepts %s", (_, text) => {
    expect(accepts(text)).toBe(true);
  });

  test.each([
    ["no data", "{}"],
    ["no label", '{"data": {"train": "a.csv"}}'],
    ["no label of a gzipped table", '{"data": {"train": "a.tsv.gz"}}'],
    ["no folder's name", '{"data": {"train": "-"}}'],
    ["an unknown key", csv("", '"epochs": 1')],
    ["an unknown key within", csv("", '"train": {"epoch": 1}')],
    ["a value out of range", csv("", '"train": {"epochs": -1}')],
    ["a fraction of 1", csv('"validation": 1')],
  ])("refuses %s", (_, text) => {
    expect(accepts(text)).toBe(false);
  });
});

describe("every key", () => {
  test.each(["idx", "csv"] as const)(
    "of a config with %s data has help, a range and a default or a reason",
    (format) => {
      for (const field of listFields(fileSchemas[format])) {
        expect(field, field.path.join(".")).toMatchObject({
          expected: expect.stringMatching(/./),
          help: expect.stringMatching(/./),
        });
        const hasDefault = field.required || field.fallback !== undefined || field.absent !== null;
        expect(hasDefault, field.path.join(".")).toBe(true);
      }
    },
  );
});

describe("reference tables", () => {
  const text = configReference();

  test("name every key that can be set", () => {
    for (const format of ["idx", "csv"] as const) {
      for (const { path, isSection } of listFields(fileSchemas[format])) {
        if (!isSection) expect(text).toContain(`| \`${path.join(".")}\` |`);
      }
    }
  });

  test("have four cells a row", () => {
    const rows = text.split("\n").filter((line) => line.startsWith("|"));
    for (const row of rows) expect(row.replaceAll("\\|", "").split("|")).toHaveLength(6);
  });

  test("say type, default and meaning", () => {
    expect(text).toContain(
      "| `train.epochs` | an integer of at least 0 | `10` | Passes over the training rows; 0 writes the initial model. |",
    );
    expect(text).toContain(
      "| `data.label` | a column name, or a 0-based column index | required | Column to predict. |",
    );
    expect(text).toContain(
      "### `train`\n\nHow to train.\n\n| key | value | default | meaning |\n|---|---|---|---|\n",
    );
  });
});
