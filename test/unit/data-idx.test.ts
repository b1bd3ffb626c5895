/** @file IDX: every malformed case by name, every type, the real MNIST files, and bytes at random. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeIdx } from "../../src/data/idx.ts";
import { loadIdxDataset } from "../../src/data/images.ts";
import { UserError } from "../../src/errors.ts";
import { fileKind } from "../../src/signatures.ts";
import { idxBytes, MNIST, refusal } from "../support/data.ts";

const paths = { images: "i.idx", labels: "l.idx" };
const images = idxBytes(8, [3, 2, 2], [0, 255, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
const labels = idxBytes(8, [3], [0, 2, 1]);

describe("decodeIdx", () => {
  const good = Array.from(idxBytes(8, [2, 2], [1, 2, 3, 4]));
  const changed = (at: number, value: number): Uint8Array => Uint8Array.from(good).fill(value, at, at + 1);
  const cases: [string, Uint8Array, string, string[]][] = [
    ["empty", new Uint8Array(0), "IDX_TOO_SHORT", ["0 bytes", "at least 4"]],
    ["3 bytes", Uint8Array.of(0, 0, 8), "IDX_TOO_SHORT", ["3 bytes"]],
    ["first byte set", changed(0, 7), "IDX_MAGIC", ["07 00", "expected 00 00"]],
    ["second byte set", changed(1, 7), "IDX_MAGIC", ["00 07"]],
    ["gzip", Uint8Array.of(0x1f, 0x8b, 8, 0, 0), "IDX_MAGIC", ["1f 8b", "gzip"]],
    ["text", Buffer.from("a,b,c\n1,2,3\n"), "IDX_MAGIC", ["looks like text", "data.train"]],
    ["png", Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10), "IDX_MAGIC", ["PNG"]],
    ["unknown type", changed(2, 0x0a), "IDX_TYPE", ["byte 2", "0a", "08 u8", "0e f64"]],
    ["no dimensions", changed(3, 0), "IDX_NO_DIMENSIONS", ["byte 3", "0 dimensions"]],
    [
      "header cut",
      Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 1),
      "IDX_TOO_SHORT",
      ["3 dimensions", "16 bytes", "got 8 bytes"],
    ],
    ["zero dimension", idxBytes(8, [2, 0], []), "IDX_ZERO_DIMENSION", ["dimension 1 (byte 8) is 0"]],
    ["overflow", idxBytes(8, [0xffffffff, 0xffffffff], []), "IDX_TOO_LARGE", ["(4294967295, 4294967295)"]],
    ["overflow by size", idxBytes(14, [0x10000000, 0x800000], []), "IDX_TOO_LARGE", ["byte 12"]],
    [
      "truncated",
      Uint8Array.from(good.slice(0, -1)),
      "IDX_TRUNCATED",
      ["(2, 2) of u8", "needs 16 bytes", "has 15"],
    ],
    ["huge claim", idxBytes(14, [60000, 28, 28], []), "IDX_TRUNCATED", ["needs 376320016 bytes", "has 16"]],
    [
      "trailing",
      Uint8Array.from([...good, 9, 9]),
      "IDX_TRAILING_BYTES",
      ["2 bytes too many from byte 16", "has 18"],
    ],
  ];
  test.each(cases)("%s", async (_, bytes, kind, facts) => {
    const error = await refusal(() => decodeIdx(bytes, "x.idx"));
    expect([error.kind, error.exitCode]).toEqual([kind, 3]);
    for (const fact of ["x.idx: ", ...facts]) expect(error.message).toContain(fact);
  });

  test.each([
    [8, "u8", [0, 255, 7]],
    [9, "i8", [-128, 127, -1]],
    [11, "i16", [-32768, 258, 1]],
    [12, "i32", [-2147483648, 16909060, 5]],
    [13, "f32", [1.5, -0.25, Number.POSITIVE_INFINITY]],
    [14, "f64", [1e300, Math.PI, -0]],
  ] as const)("type %i is %s, big-endian, at any alignment", (code, type, values) => {
    const bytes = idxBytes(code, [3], values);
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    for (const file of [bytes, shifted.subarray(1)]) {
      const array = decodeIdx(file, "x.idx");
      expect([array.type, array.shape, Array.from(array.data)]).toEqual([type, [3], [...values]]);
    }
  });

  test("u8 data is a view, not a copy", () => {
    const bytes = idxBytes(8, [2], [1, 2]);
    const { data } = decodeIdx(bytes, "x.idx");
    bytes[8] = 42;
    expect(data[0]).toBe(42);
    expect(fileKind(bytes)).toBe("idx");
    expect(fileKind(Buffer.from("a,b"))).toBe("text");
  });

  test("20,000 files of bytes at random or changed: only our own errors", () => {
    const decode = (bytes: Uint8Array): void => {
      try {
        decodeIdx(bytes, "x.idx");
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
      }
    };
    const header = fc.tuple(fc.constantFrom(8, 9, 11, 12, 13, 14, 10), fc.integer({ min: 0, max: 5 }));
    fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), decode), { numRuns: 10_000, seed: 1 });
    fc.assert(
      fc.property(header, fc.uint8Array({ maxLength: 64 }), ([code, rank], rest) => {
        decode(
          Uint8Array.from([
            0,
            0,
            code,
            rank,
            ...rest.map((byte, i) => (i % 4 < 3 && i < 4 * rank ? 0 : byte)),
          ]),
        );
      }),
      { numRuns: 10_000, seed: 2 },
    );
  });
});

describe("loadIdxDataset", () => {
  test("bytes: scale 1/255, classes from the largest label", () => {
    const { data, preprocessing } = loadIdxDataset(images, labels, paths);
    expect(preprocessing).toEqual({
      format: "idx",
      shape: [2, 2],
      scale: 1 / 255,
      classes: ["0", "1", "2"],
      inputs: 4,
    });
    expect([data.rows, data.inputs, data.denseWidth, data.codeWidth]).toEqual([3, 4, 4, 0]);
    expect(Array.from(data.dense.subarray(0, 4))).toEqual([0, 255, 1, 2]);
    expect(Array.from(data.labels)).toEqual([0, 2, 1]);
  });

  test("other types become float32 at scale 1; labels may be i32", () => {
    const { data } = loadIdxDataset(idxBytes(14, [2, 1], [0.1, -5]), idxBytes(12, [2], [1, 0]), paths);
    expect([data.scale, Array.from(data.dense)]).toEqual([1, [Math.fround(0.1), -5]]);
  });

  const f32 = (...values: number[]): Uint8Array => idxBytes(13, [3, 2], values);
  const cases: [string, Uint8Array, Uint8Array, string, string[]][] = [
    ["swapped", labels, images, "IDX_SWAPPED", ["i.idx is (3)", "l.idx is (3, 2, 2)", "swapped"]],
    ["labels as images", labels, labels, "IDX_IMAGES_RANK", ["label file"]],
    ["images as labels", images, images, "IDX_LABELS_RANK", ["image file"]],
    ["rank 5", idxBytes(8, [1, 1, 1, 1, 1], [1]), labels, "IDX_IMAGES_RANK", ["got 5"]],
    ["float labels", images, idxBytes(13, [3], [0, 1, 2]), "IDX_LABELS_TYPE", ["f32", "u8, i8, i16, i32"]],
    ["negative label", images, idxBytes(9, [3], [0, -1, 1]), "IDX_LABEL_NEGATIVE", ["label 1 is -1"]],
    [
      "counts",
      images,
      idxBytes(8, [2], [0, 1]),
      "IDX_COUNT_MISMATCH",
      ["i.idx has 3 images", "l.idx has 2 labels"],
    ],
    ["one class", images, idxBytes(8, [3], [1, 1, 1]), "TOO_FEW_CLASSES", ["every label is 1"]],
    ["too many", images, idxBytes(12, [3], [0, 1, 70000]), "TOO_MANY_CLASSES", ["70000"]],
    ["NaN pixel", f32(0, 1, 2, 3, Number.NaN, 5), labels, "IDX_NOT_FINITE", ["image 2, pixel 0 is NaN"]],
    [
      "overflow",
      idxBytes(14, [3, 1], [0, 1e300, 1]),
      labels,
      "IDX_NOT_FINITE",
      ["image 1, pixel 0 is 1e+300"],
    ],
  ];
  test.each(cases)("refuses: %s", async (_, imageBytes, labelBytes, kind, facts) => {
    const error = await refusal(() => loadIdxDataset(imageBytes, labelBytes, paths));
    expect([error.kind, error.exitCode]).toEqual([kind, 3]);
    for (const fact of facts) expect(error.message).toContain(fact);
  });

  test("later files must fit the training: shape, type, classes (exit 4)", async () => {
    const { preprocessing } = loadIdxDataset(images, idxBytes(8, [3], [0, 1, 1]), paths);
    const four = { ...preprocessing, classes: ["0", "1", "2", "3"] };
    const kinds = [
      await refusal(() => loadIdxDataset(images, labels, paths, preprocessing)),
      await refusal(() => loadIdxDataset(idxBytes(8, [3, 4], new Array(12).fill(1)), labels, paths, four)),
      await refusal(() =>
        loadIdxDataset(idxBytes(13, [3, 2, 2], new Array(12).fill(1)), labels, paths, four),
      ),
    ];
    expect(kinds.map((error) => [error.kind, error.exitCode])).toEqual([
      ["UNKNOWN_CLASS", 4],
      ["IMAGE_SHAPE", 4],
      ["IMAGE_TYPE", 4],
    ]);
    expect(kinds[0]!.message).toContain("label 1 is 2");
    expect(kinds[1]!.message).toContain("(4), but training had (2, 2)");
  });

  test("MNIST: shapes, first labels, a known image and the mean pixel 0.1307", () => {
    const trainImages = readFileSync(`${MNIST}/train-images-idx3-ubyte`);
    const { data, preprocessing } = loadIdxDataset(
      trainImages,
      readFileSync(`${MNIST}/train-labels-idx1-ubyte`),
      paths,
    );
    expect([data.rows, data.inputs, preprocessing.shape]).toEqual([60_000, 784, [28, 28]]);
    expect(preprocessing.classes).toEqual(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    expect(Array.from(data.labels.subarray(0, 10))).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    let sum = 0;
    let zeros = 0;
    for (const pixel of data.dense) {
      sum += pixel;
      if (pixel === 0) zeros++;
    }
    expect((sum / data.dense.length / 255).toFixed(4)).toBe("0.1307");
    expect((zeros / data.dense.length).toFixed(2)).toBe("0.81");
    expect(Array.from(data.dense.subarray(5 * 28 + 12, 5 * 28 + 18))).toEqual([3, 18, 18, 18, 126, 136]);
    const test10k = loadIdxDataset(
      readFileSync(`${MNIST}/t10k-images-idx3-ubyte`),
      readFileSync(`${MNIST}/t10k-labels-idx1-ubyte`),
      paths,
      preprocessing,
    );
    expect(test10k.data.rows).toBe(10_000);
    expect(Array.from(test10k.data.labels.subarray(0, 5))).toEqual([7, 2, 1, 0, 4]);
  });
});
