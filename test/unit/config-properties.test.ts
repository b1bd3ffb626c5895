/** @file What holds for every config: round trip, no unknown key, no crash. Seeds are fixed: a failure repeats. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { listFields } from "../../src/config/listing.ts";
import { fileSchemas } from "../../src/config/schema.ts";
import { showConfig } from "../../src/config/show.ts";
import { UsageError } from "../../src/errors.ts";
import { csv, FULL_CSV, idx, invalid, parse, problems, resolved } from "../support/config.ts";

const fraction = fc.double({ min: 0, max: 0.5, noNaN: true, maxExcluded: true });
const file = fc.string({ minLength: 1, maxLength: 12, unit: "grapheme" }).filter((text) => {
  return text !== "-" && !text.includes("\0") && Number.isNaN(Number(text));
});
const files = fc.record({ images: file, labels: file });
const heldOut = fc.oneof(
  fc.constant(null),
  fraction,
  fc.record({ fraction, stratify: fc.boolean() }, { requiredKeys: ["fraction"] }),
);

const idxData = fc.record(
  {
    format: fc.constant("idx"),
    train: files,
    validation: fc.oneof(heldOut, files),
    test: fc.oneof(heldOut, files),
  },
  { requiredKeys: ["train"] },
);

// names of the four are kept apart, as a column has one role
const name = (prefix: string) => fc.string({ maxLength: 6, unit: "grapheme" }).map((text) => prefix + text);
const csvData = fc.record(
  {
    format: fc.constant("csv"),
    train: fc.oneof(file, fc.constant("-")),
    delimiter: fc.constantFrom("auto", ",", ";", "\t", "|", "→"),
    header: fc.constantFrom("auto", true, false),
    label: fc.oneof(name("l"), fc.nat()),
    ignore: fc.array(name("i")),
    columns: fc.dictionary(name("c"), fc.constantFrom("numeric", "categorical", "ignore")),
    weight: fc.oneof(name("w"), fc.constant(null)),
    missing: fc.array(fc.string()),
    validation: fc.oneof(heldOut, file),
    test: fc.oneof(heldOut, file),
  },
  { requiredKeys: ["train", "label"] },
);

const optimizer = fc
  .record(
    {
      name: fc.constant("sgd"),
      learningRate: fc.float({ min: Math.fround(1e-40), noNaN: true, noDefaultInfinity: true }),
      momentum: fc.float({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      nesterov: fc.boolean(),
      weightDecay: fc.float({ min: 0, noNaN: true, noDefaultInfinity: true }),
    },
    { requiredKeys: [] },
  )
  .map(({ nesterov, ...rest }) => ({ ...rest, nesterov: nesterov === true && (rest.momentum ?? 0) > 0 }));

/** Any JSON value, and objects that look like lists to whoever asks for their length. */
const value = fc.oneof(fc.jsonValue(), fc.record({ length: fc.jsonValue(), size: fc.jsonValue() }));

const config = fc.record(
  {
    $schema: fc.string(),
    data: fc.oneof(idxData, csvData),
    network: fc.record({ hidden: fc.array(fc.integer({ min: 1, max: 65_536 }), { maxLength: 32 }) }),
    train: fc.record(
      {
        epochs: fc.nat(),
        batchSize: fc.integer({ min: 1 }),
        shuffle: fc.boolean(),
        seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        optimizer,
        schedule: fc.record({ name: fc.constantFrom("constant", "linear") }, { requiredKeys: [] }),
        classWeights: fc.oneof(
          fc.constantFrom("none", "balanced"),
          fc.dictionary(
            name("k"),
            fc.float({ min: Math.fround(1e-40), noNaN: true, noDefaultInfinity: true }),
          ),
        ),
        initFrom: fc.oneof(file, fc.constant(null)),
        threads: fc.constantFrom(1, "auto"),
      },
      { requiredKeys: [] },
    ),
    output: fc.record({ dir: file }, { requiredKeys: [] }),
  },
  { requiredKeys: ["data"] },
);

describe("every valid config", () => {
  test("shown and read again, from anywhere, is the same config", () => {
    fc.assert(
      fc.property(config, (written) => {
        const first = resolved(JSON.stringify(written));
        const again = resolved(showConfig(first), { path: "/else/b.json", cwd: "/tmp" });
        expect(again).toStrictEqual(first);
        expect(showConfig(again)).toBe(showConfig(first));
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  test("of this version's full example too, as text", () => {
    expect(JSON.parse(showConfig(resolved(FULL_CSV)))).toMatchObject({
      data: { train: "/home/me/conf/penguins.csv", validation: { fraction: 0.2, stratify: false } },
      output: { dir: "/home/me/runs/penguins" },
    });
  });

  test("means the same when its values come by --set", () => {
    fc.assert(
      fc.property(config, (written) => {
        const sets = Object.entries(written).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
        const direct = resolved(JSON.stringify(written), { path: "a.json" });
        expect(resolved("{}", { path: "a.json", sets })).toStrictEqual(direct);
      }),
      { seed: 2, numRuns: 200 },
    );
  });
});

describe("unknown keys", () => {
  const sections = { idx: ["", "data", "data.train", "network", "train", "train.optimizer", "output"] };
  const base = {
    csv: csv('"validation": {"fraction": 0.1}', '"network": {}, "train": {"optimizer": {}}, "output": {}'),
    idx: idx('"validation": {"fraction": 0.1}', '"network": {}, "train": {"optimizer": {}}, "output": {}'),
  };

  test.each(["csv", "idx"] as const)("no %s config with one is accepted, at any place", (format) => {
    const fields = listFields(fileSchemas[format]).map((field) => field.path.join("."));
    const places = [
      ...sections.idx.filter((place) => format === "idx" || place !== "data.train"),
      "data.validation",
    ];
    const key = fc.oneof(
      fc.string(),
      fc.constantFrom("__proto__", "constructor", "toString", "hasOwnProperty", "length", "prototype"),
      fc.constantFrom(...fields.map((field) => field.split(".").at(-1) ?? "")),
    );
    fc.assert(
      fc.property(fc.constantFrom(...places), key, value, (place, unknown, written) => {
        fc.pre(!fields.includes(place === "" ? unknown : `${place}.${unknown}`));
        const text = insert(base[format], place.split(".").filter(Boolean), unknown, written);
        expect(invalid(text).some((line) => line.includes("unknown key"))).toBe(true);
      }),
      { seed: 3, numRuns: 500 },
    );
  });

  /** Text of the config with one more key in one of its objects; JSON.stringify would lose "__proto__". */
  function insert(text: string, place: readonly string[], key: string, value: unknown): string {
    const marker = "\u0001marker";
    const root: unknown = JSON.parse(text);
    let object = root as Record<string, unknown>;
    for (const step of place) object = object[step] as Record<string, unknown>;
    object[marker] = 0;
    return JSON.stringify(root).replace(
      `${JSON.stringify(marker)}:0`,
      () => `${JSON.stringify(key)}:${JSON.stringify(value)}`,
    );
  }
});

describe("wrong values", () => {
  const fields = listFields(fileSchemas.csv).filter((field) => !field.path.includes("validation"));

  test("any value at any key is taken or refused in nnt's own words", () => {
    fc.assert(
      fc.property(fc.constantFrom(...fields), value, ({ path }, written) => {
        const sets = [`${path.join(".")}=${JSON.stringify(written)}`];
        try {
          parse(csv(), { sets });
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
          // the words of zod's own messages
          expect(String(error)).not.toMatch(/Invalid|Too (big|small)|Unrecognized|received|undefined/);
        }
      }),
      { seed: 4, numRuns: 800 },
    );
  });
});

describe("fuzz", () => {
  const pieces = [
    '"',
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\\",
    "//",
    "/*",
    "*/",
    "\n",
    "\r",
    "\t",
    "\u0000",
    "\uFEFF",
    "-",
    "1e999",
    "null",
    "true",
    "__proto__",
    '"__proto__":',
    '"data":',
    "0.5",
    "𝛼",
    "\ud800",
  ];

  test("a mutated text is a config or a UsageError whose lines have places", () => {
    const at = fc.nat({ max: FULL_CSV.length });
    const mutation = fc.record({
      at,
      remove: fc.nat({ max: 20 }),
      insert: fc.constantFrom("", ...pieces),
      copy: at,
    });
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 5 }), (mutations) => {
        let text = FULL_CSV;
        for (const { at, remove, insert, copy } of mutations) {
          const copied = insert === "" ? FULL_CSV.slice(copy, copy + 15) : insert;
          text = text.slice(0, at) + copied + text.slice(at + remove);
        }
        const lines = outcome(text);
        for (const line of lines) expect(line).toMatch(/^(\d+:\d+: .|… and \d+ more problems$)/);
      }),
      { seed: 5, numRuns: 1500 },
    );
  });

  test("any text at all", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces)), (words) => {
        expect(outcome(words.join(""))).toBeDefined();
      }),
      { seed: 6, numRuns: 800 },
    );
  });

  /** Lines of the problems of a text; whatever is thrown but a UserError is thrown on. */
  function outcome(text: string): string[] {
    return problems(text, { orNone: true }).slice(1);
  }
});
