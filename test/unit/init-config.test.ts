/** What `nnt init` writes: valid configs whatever the names, and nothing that training refuses. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { csvDraft } from "../../src/cli/draft.ts";
import { trainingText } from "../../src/cli/report/profile.ts";
import { chooseHoldOut } from "../../src/config/holdOut.ts";
import { recommendTraining } from "../../src/config/recommend.ts";
import { writeConfig } from "../../src/config/write.ts";
import { fitPreprocessing } from "../../src/data/fit.ts";
import { planTable } from "../../src/data/profile/decide.ts";
import { namedLabel } from "../../src/data/profile/label.ts";
import { profileTable } from "../../src/data/profile/table.ts";
import { split } from "../../src/data/split.ts";
import { UserError } from "../../src/errors.ts";
import { DEFAULT_MISSING } from "../../src/missing.ts";
import { resolved } from "../support/config.ts";
import { openText, tableOf } from "../support/data.ts";

describe("recommendTraining", () => {
  test("any size gives a config that is valid", () => {
    const size = (max: number) => fc.integer({ min: 1, max });
    fc.assert(
      fc.property(size(1e9), size(1e6), size(1000), (rows, inputs, classes) => {
        const training = recommendTraining({ rows, inputs, classes });
        const { train, network } = resolved(writeConfig({ ...DRAFT, training }));
        expect({ ...train.optimizer, ...network, ...train }).toMatchObject({ ...training });
      }),
    );
  });
});

const DRAFT = {
  about: ["a table"],
  schema: null,
  train: "t.csv",
  delimiter: null,
  decimal: null,
  header: null,
  label: { value: "y", why: "" },
  ignore: [],
  columns: [],
  missing: null,
  badRows: [],
  validation: 0.1,
  test: 0.2,
  training: recommendTraining({ rows: 100, inputs: 4, classes: 2 }),
};

describe("writeConfig", () => {
  test("says that the learning rate falls only where it does, as the summary beside it", () => {
    const constant = { ...DRAFT.training, schedule: { name: "constant" } as const };
    const falling = / falling to 0/;
    expect(writeConfig(DRAFT)).toMatch(falling);
    expect(trainingText(DRAFT)).toMatch(falling);
    expect(writeConfig({ ...DRAFT, training: constant })).not.toMatch(falling);
    expect(trainingText({ ...DRAFT, training: constant })).not.toMatch(falling);
  });

  test("the whole of one", () => {
    const text = writeConfig({
      ...DRAFT,
      schema: "../nnt.schema.json",
      delimiter: ";",
      header: { value: true, why: "named" },
      ignore: [{ value: "id", why: "numbers the rows" }],
      columns: [{ name: "k", value: "categorical", why: "codes" }],
      missing: { spellings: ["", "--"], why: ["-- is missing"] },
    });
    expect(text.split("\n").slice(0, 22)).toEqual([
      "// a table",
      "{",
      '  "$schema": "../nnt.schema.json",',
      '  "data": {',
      '    "train": "t.csv",',
      '    "delimiter": ";",',
      '    "header": true, // named',
      "    // ",
      '    "label": "y",',
      '    "ignore": [',
      '      "id", // numbers the rows',
      "    ],",
      '    "columns": {',
      '      "k": "categorical", // codes',
      "    },",
      "    // -- is missing",
      '    "missing": ["", "--"],',
      '    "validation": { "fraction": 0.1 },',
      '    "test": { "fraction": 0.2 },',
      "  },",
      '  "network": { "hidden": [128] },',
      '  "train": {',
    ]);
  });

  test("a schedule with its reason, and a file to test on", () => {
    const text = writeConfig({ ...DRAFT, validation: 0, test: "../other/test.csv" });
    expect(text).toContain('  "test": "../other/test.csv",\n');
    expect(text).toMatch(/\/\/ a learning rate falling to 0 .*\n {4}"schedule": \{ "name": "linear" \},\n/);
    const { data, train } = resolved(text);
    expect(data.validation).toEqual({ kind: "none" });
    expect(data.test).toMatchObject({ kind: "file" });
    expect(train.schedule).toEqual({ name: "linear" });
  });

  test("any name and any reason survive", () => {
    const name = fc.string({ unit: "binary", minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(name, name, name, name, (label, ignored, column, why) => {
        fc.pre(new Set([label, ignored, column]).size === 3 && column !== "__proto__");
        const text = writeConfig({
          ...DRAFT,
          label: { value: label, why },
          ignore: [{ value: ignored, why }],
          columns: [{ name: column, value: "categorical", why }],
        });
        expect(resolved(text).data).toMatchObject({
          label,
          ignore: [ignored],
          columns: { [column]: "categorical" },
        });
      }),
      { numRuns: 50 },
    );
  });
});

/** Cells of every kind that decisions are about. */
const WORDS = [
  "",
  "?",
  "unknown",
  "--",
  "-999",
  "3+",
  "$5",
  "1,5",
  "1e999",
  "2024-01-02",
  "x y",
  "1",
  "0",
  "1.0",
];

test("whatever init decides, training accepts", async () => {
  const cell = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...WORDS) },
    { weight: 2, arbitrary: fc.integer({ min: -3, max: 3 }).map(String) },
    { weight: 2, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((x) => x.toFixed(3)) },
    { weight: 1, arbitrary: fc.string({ minLength: 1, maxLength: 3, unit: fc.constantFrom("a", "b", "é") }) },
  );
  /** Mostly one kind, with a few cells of others. */
  const column = fc
    .tuple(
      fc.array(cell, { minLength: 1, maxLength: 6 }),
      fc.constantFrom("pick", "count", "real"),
      fc.infiniteStream(fc.nat(99)),
    )
    .map(
      ([few, kind, numbers]) =>
        (rows: number): string[] =>
          Array.from({ length: rows }, (_, row) => {
            const { value } = numbers.next();
            if (kind === "pick" || value < 8) return few[value % few.length]!;
            return kind === "count" ? String(row) : (value * 1.37 + row).toFixed(2);
          }),
    );
  let trained = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(column, { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 2, max: 80 }),
      async (columns, rows) => {
        const cells = columns.map((make) => make(rows));
        const quoted = (text: string) => (text.includes(",") ? `"${text}"` : text);
        const lines = Array.from({ length: rows }, (_, row) =>
          [...cells.map((each) => quoted(each[row]!)), "ab"[((row * row) % 3) % 2]].join(","),
        );
        const text = `${[...columns.map((_, i) => `c${i}`), "y"].join(",")}\n${lines.join("\n")}\n`;
        const profile = await profileTable(await openText(text), new Set(DEFAULT_MISSING), { label: "y" });
        const plan = planTable(profile, namedLabel(profile, "y", "--label"));
        if (plan.columns.every(({ inputs }) => inputs === 0)) return;
        const held = chooseHoldOut(plan.label!.classes.map((each) => each.rows));
        const draft = csvDraft(
          { plan, header: "auto" },
          { ...held, training: DRAFT.training },
          { train: "t.csv", shown: "t.csv", folder: "/" },
        );
        const { data } = resolved(writeConfig(draft));
        if (data.format !== "csv") throw new Error("not a table");
        const table = await tableOf(text, data);
        const part = (of: typeof data.test) => (of.kind === "fraction" ? of : null);
        const { train } = split(
          table.labels,
          table.classes,
          { validation: part(data.validation), test: part(data.test) },
          1,
        );
        try {
          const { preprocessing } = fitPreprocessing(table, train);
          const used = plan.columns.filter(({ use }) => use === "input").map(({ name }) => name);
          expect(used).toEqual(expect.arrayContaining(preprocessing.columns.map(({ name }) => name)));
        } catch (error) {
          // The rows that are left for training may happen to be all alike.
          if (!(error instanceof UserError && error.kind === "NO_COLUMNS")) throw error;
        }
        trained++;
      },
    ),
    { numRuns: 300 },
  );
  expect(trained).toBeGreaterThan(150);
});
