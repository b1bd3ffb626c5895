/** Texts in messages, the nearest name, and what a file is by its first bytes: each one place for all of nnt. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nearest } from "../../src/nearest.ts";
import { fileKind } from "../../src/signatures.ts";
import { grouped, plural, printable, shapeText, show, showList } from "../../src/words.ts";

describe("words", () => {
  test("show: JSON on one line, cut inside the quotes, never half a character", () => {
    expect(show('a "b"\n')).toBe('"a \\"b\\"\\n"');
    expect(show("x".repeat(41))).toBe(`"${"x".repeat(40)}…"`);
    expect(show("😀".repeat(30), 5)).toBe('"😀😀…"');
    expect([show(undefined), show({ a: [1] }), show([1, 2, 3], 4)]).toEqual([
      "undefined",
      '{"a":[1]}',
      "[1,2…",
    ]);
  });

  test("nothing that is shown can move the cursor, repaint, or turn the direction of writing", () => {
    const evil = "\u001b[2J\u0007\u009b1m\u2028\u202e\u2066\u200f\u061c\u007f\r";
    for (const text of [show(evil), printable(evil), showList([evil]), show({ [evil]: evil })])
      expect(text).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
    expect(show("\u009b")).toBe('"\\u009b"');
  });

  test("any text is shown in bounded length", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        expect(show(text).length).toBeLessThan(40 * 6 + 4);
      }),
      { seed: 1 },
    );
  });

  test("lists, counts and shapes", () => {
    expect(showList(["a", "b", "c"], 2)).toBe('"a", "b" and 1 more');
    expect([grouped(999), grouped(1234567)]).toEqual(["999", "1,234,567"]);
    expect([plural(1, "row"), plural(60000, "row"), plural(2, "class", "classes")]).toEqual([
      "1 row",
      "60,000 rows",
      "2 classes",
    ]);
    expect([shapeText([60000, 28, 28]), shapeText([])]).toEqual(["(60000, 28, 28)", "()"]);
  });
});

test.each([
  ["specie", "species"],
  ["Petal Width", "petal_width"],
  ["bacthSize", "batchSize"],
  ["lable", "label"],
  ["x", undefined],
  ["", undefined],
  ["weight", undefined],
])("nearest to %j is %j", (name, expected) => {
  expect(nearest(name, ["id", "species", "petal_width", "batchSize", "label"])).toBe(expected);
});

test.each<[string, number[] | string]>([
  ["gzip", [0x1f, 0x8b, 8]],
  ["zip", "PK\u0003\u0004"],
  ["png", [0x89, 0x50, 0x4e, 0x47]],
  ["npy", [0x93, 0x4e, 0x55, 0x4d]],
  ["hdf5", [0x89, 0x48, 0x44, 0x46]],
  ["gguf", "GGUF"],
  ["pickle", [0x80, 4, 0x95]],
  ["idx", [0, 0, 8, 3]],
  ["idx", [0, 0, 0x0d, 0]],
  ["safetensors", [56, 0, 0, 0, 0, 0, 0, 0, 0x7b]],
  ["json", '\n { "data": 1 }'],
  ["json", "// a config"],
  ["json", "[1, 2]"],
  ["text", "[x],y\n1,2\n"],
  ["text", "a,b\n"],
  ["nothing", [0, 0, 0x0a, 3]],
  ["nothing", [0, 0, 0, 0, 0, 0, 0, 0]],
  ["nothing", []],
])("a file is %s by its first bytes: %j", (kind, bytes) => {
  expect(fileKind(Buffer.from(bytes as number[])) ?? "nothing").toBe(kind);
});
