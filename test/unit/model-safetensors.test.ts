import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeSafetensors, encodeSafetensors, type NamedTensor } from "../../src/model/safetensors.ts";
import { errorOf, f32, safetensorsBytes } from "../support/model.ts";

const decode = (bytes: Uint8Array) => decodeSafetensors(bytes, "m.bin");
const entry = (shape: unknown, begin: unknown, end: unknown, dtype: unknown = "F32") => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});
const zeros = (n: number) => new Array<number>(n).fill(0);
const ascii = (text: string) => new TextEncoder().encode(text);
const lengthOnly = (length: bigint, ...rest: number[]) => {
  const bytes = new Uint8Array(8 + rest.length);
  new DataView(bytes.buffer).setBigUint64(0, length, true);
  bytes.set(rest, 8);
  return bytes;
};

const MALFORMED: [string, Uint8Array, string][] = [
  ["SAFETENSORS_TOO_SHORT", new Uint8Array(0), "the file is empty, expected at least 8"],
  ["SAFETENSORS_TOO_SHORT", new Uint8Array(7), "the file has 7 bytes, expected at least 8"],
  ["SAFETENSORS_HEADER_EMPTY", lengthOnly(0n), "length (bytes 0 to 8) is 0"],
  ["SAFETENSORS_HEADER_BEYOND_FILE", lengthOnly(3n, 0x7b, 0x7d), "the header has 3 bytes but only 2 follow"],
  ["SAFETENSORS_HEADER_TOO_LONG", lengthOnly(100_000_001n, 0x7b), "is 100000001, expected at most 100000000"],
  ["SAFETENSORS_HEADER_TOO_LONG", lengthOnly(2n ** 64n - 1n, 0, 1), "is 18446744073709551615, expected"],
  ["SAFETENSORS_HEADER_NOT_UTF8", safetensorsBytes(Uint8Array.of(0x7b, 0xff, 0x7d)), "bytes 8 to 11"],
  ["SAFETENSORS_HEADER_NOT_JSON", safetensorsBytes('{"a":}'), "the header (bytes 8 to 14) is not JSON"],
  ["SAFETENSORS_HEADER_NOT_JSON", safetensorsBytes('{"a\\u00zz":1,"b"'), "is not JSON"],
  ["SAFETENSORS_HEADER_NOT_JSON", safetensorsBytes("{}\0"), "is not JSON"],
  ["SAFETENSORS_HEADER_NOT_JSON", safetensorsBytes("\ufeff{}"), "is not JSON"],
  ["SAFETENSORS_HEADER_NOT_OBJECT", safetensorsBytes("[]"), 'starts with "[]", expected "{"'],
  ["SAFETENSORS_HEADER_NOT_OBJECT", safetensorsBytes("null"), 'starts with "null"'],
  ["SAFETENSORS_HEADER_NOT_OBJECT", safetensorsBytes(" {}"), 'starts with " {}"'],
  ["SAFETENSORS_HEADER_TOO_DEEP", safetensorsBytes(`{"a":${"[".repeat(1e6)}${"]".repeat(1e6)}}`), "too deep"],
  [
    "SAFETENSORS_DUPLICATE_KEY",
    safetensorsBytes(
      `{"a":${JSON.stringify(entry([1], 0, 4))},"\\u0061":${JSON.stringify(entry([1], 0, 4))}}`,
      f32(1),
    ),
    'has the key "a" twice',
  ],
  [
    "SAFETENSORS_DUPLICATE_KEY",
    safetensorsBytes('{"a":{"dtype":"F32","shape":[1],"shape":[2],"data_offsets":[0,4]}}', f32(1)),
    'has the key "shape" twice',
  ],
  [
    "SAFETENSORS_METADATA",
    safetensorsBytes({ __metadata__: { nnt: 1 } }),
    'key "nnt": got 1, expected a string',
  ],
  ["SAFETENSORS_METADATA", safetensorsBytes({ __metadata__: ["a"] }), "expected an object of strings"],
  ["SAFETENSORS_METADATA", safetensorsBytes({ __metadata__: null }), "is null, expected an object"],
  [
    "SAFETENSORS_ENTRY",
    safetensorsBytes({ a: 5 }),
    'tensor "a": got 5, expected dtype, shape and data_offsets',
  ],
  ["SAFETENSORS_ENTRY", safetensorsBytes({ a: null }), "got null"],
  ["SAFETENSORS_ENTRY", safetensorsBytes({ a: [] }), "got []"],
  [
    "SAFETENSORS_ENTRY",
    safetensorsBytes({ a: { dtype: "F32", shape: [0] } }),
    "expected dtype, shape and data_offsets",
  ],
  ["SAFETENSORS_ENTRY", safetensorsBytes({ a: { ...entry([0], 0, 0), more: 1 } }), "alone"],
  ["SAFETENSORS_ENTRY", safetensorsBytes('{"__proto__":5}'), 'tensor "__proto__": got 5'],
  ...["F64", "F16", "BF16", "I64"].map((dtype): [string, Uint8Array, string] => [
    "SAFETENSORS_DTYPE",
    safetensorsBytes({ a: entry([1], 0, 8, dtype) }, zeros(8)),
    `dtype "${dtype}" is not supported, expected "F32"; convert with tensor.float()`,
  ]),
  ["SAFETENSORS_DTYPE", safetensorsBytes({ a: entry([1], 0, 4, 32) }, zeros(4)), "dtype 32"],
  ["SAFETENSORS_SHAPE", safetensorsBytes({ a: entry([-1], 0, 4) }, zeros(4)), "got shape [-1]"],
  ["SAFETENSORS_SHAPE", safetensorsBytes({ a: entry([-1, -1], 0, 4) }, zeros(4)), "got shape [-1,-1]"],
  ["SAFETENSORS_SHAPE", safetensorsBytes({ a: entry([0.5, 2], 0, 4) }, zeros(4)), "got shape [0.5,2]"],
  ["SAFETENSORS_SHAPE", safetensorsBytes({ a: entry(["1"], 0, 4) }, zeros(4)), 'got shape ["1"]'],
  ["SAFETENSORS_SHAPE", safetensorsBytes({ a: entry(1, 0, 4) }, zeros(4)), "got shape 1"],
  ["SAFETENSORS_SHAPE", safetensorsBytes({ a: entry([2 ** 53], 0, 4) }, zeros(4)), "that fit a file"],
  ["SAFETENSORS_SHAPE", safetensorsBytes({ a: entry([2 ** 32, 2 ** 32], 0, 0) }), "that fit a file"],
  [
    "SAFETENSORS_SHAPE",
    safetensorsBytes('{"a":{"dtype":"F32","shape":[1e999],"data_offsets":[0,4]}}'),
    "got shape",
  ],
  ["SAFETENSORS_OFFSETS", safetensorsBytes({ a: entry([1], 4, 0) }, zeros(4)), "got data_offsets [4,0]"],
  ["SAFETENSORS_OFFSETS", safetensorsBytes({ a: entry([1], -4, 0) }, zeros(4)), "got data_offsets [-4,0]"],
  ["SAFETENSORS_OFFSETS", safetensorsBytes({ a: entry([1], 0, 4.5) }, zeros(8)), "got data_offsets [0,4.5]"],
  ["SAFETENSORS_OFFSETS", safetensorsBytes({ a: entry([1], 0, 2 ** 60) }), "got data_offsets"],
  [
    "SAFETENSORS_OFFSETS",
    safetensorsBytes({ a: { dtype: "F32", shape: [1], data_offsets: [0] } }, zeros(4)),
    "got data_offsets [0], expected [begin, end]",
  ],
  [
    "SAFETENSORS_OFFSETS",
    safetensorsBytes({ a: { dtype: "F32", shape: [1], data_offsets: [0, 4, 8] } }, zeros(8)),
    "got data_offsets [0,4,8]",
  ],
  [
    "SAFETENSORS_OUT_OF_FILE",
    safetensorsBytes({ a: entry([2], 0, 8) }, zeros(7)),
    "reach past the 7 bytes of data",
  ],
  [
    "SAFETENSORS_SIZE",
    safetensorsBytes({ a: entry([2, 3], 0, 20) }, zeros(20)),
    "shape (2, 3) of F32 takes 24 bytes, data_offsets give 20",
  ],
  ["SAFETENSORS_SIZE", safetensorsBytes({ a: entry([], 0, 0) }), "shape () of F32 takes 4 bytes"],
  [
    "SAFETENSORS_SIZE",
    safetensorsBytes({ a: entry([0], 0, 4) }, zeros(4)),
    "takes 0 bytes, data_offsets give 4",
  ],
  [
    "SAFETENSORS_OVERLAP",
    safetensorsBytes({ a: entry([2], 0, 8), b: entry([1], 4, 8) }, zeros(8)),
    'tensor "b" starts at byte 119, inside tensor "a", which ends at 123',
  ],
  ["SAFETENSORS_OVERLAP", safetensorsBytes({ a: entry([1], 0, 4), b: entry([1], 0, 4) }, zeros(4)), "inside"],
  [
    "SAFETENSORS_HOLE",
    safetensorsBytes({ a: entry([1], 0, 4), b: entry([1], 8, 12) }, zeros(12)),
    'tensor "b" starts at byte 124, but tensor "a" ends at 120',
  ],
  ["SAFETENSORS_HOLE", safetensorsBytes({ a: entry([1], 4, 8) }, zeros(8)), "but the header ends at"],
  [
    "SAFETENSORS_TRAILING_BYTES",
    safetensorsBytes({ a: entry([1], 0, 4) }, zeros(5)),
    "got 1 bytes after the end",
  ],
  ["SAFETENSORS_TRAILING_BYTES", safetensorsBytes({}, [0]), "after the end of the header at byte 10"],
  [
    "SAFETENSORS_NOT_FINITE",
    safetensorsBytes({ "0.bias": entry([3], 0, 12) }, f32(1, 2, Number.NaN)),
    'tensor "0.bias": value 2 is NaN, expected finite numbers',
  ],
  [
    "SAFETENSORS_NOT_FINITE",
    safetensorsBytes({ a: entry([1], 0, 4) }, f32(-Infinity)),
    "value 0 is -Infinity",
  ],
];

describe("malformed files", () => {
  test.each(MALFORMED.map(([kind, bytes, message]) => ({ kind, bytes, message })))(
    "$kind: $message",
    ({ kind, bytes, message }) => {
      const error = errorOf(() => decode(bytes));
      expect(error.kind).toBe(kind);
      expect(error.message).toContain(message);
      expect(error.message).toMatch(/^m\.bin: [^\n]{10,300}$/);
      expect(error.exitCode).toBe(4);
    },
  );

  const FOREIGN: [string, Uint8Array, string][] = [
    ["MODEL_IS_ZIP", Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0, 8, 8, 0, 0), "safetensors.torch.save_file"],
    ["MODEL_IS_PICKLE", Uint8Array.of(0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc), "safetensors.torch.save_file"],
    ["MODEL_IS_GZIP", Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3), "gunzip"],
    ["MODEL_IS_HDF5", Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a), "HDF5"],
    ["MODEL_IS_NPY", Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0), "NumPy"],
    ["MODEL_IS_GGUF", ascii("GGUF\x03\0\0\0"), "GGUF"],
    ["MODEL_IS_IDX", Uint8Array.of(0, 0, 8, 3, 0, 0, 0xea, 0x60), "the model comes before the data"],
    ["MODEL_IS_JSON", ascii('{\n  "data": {"format": "csv"}\n}\n'), "model.bin"],
    ["MODEL_IS_JSON", ascii("\n[1]"), "model.bin"],
    ["MODEL_IS_TEXT", ascii("species,island\nAdelie,Île\n"), "the model comes before the data"],
    ["MODEL_IS_TEXT", ascii("a"), "a text file"],
  ];

  test.each(FOREIGN)("%s: another kind of file says what to do", (kind, bytes, message) => {
    const error = errorOf(() => decode(bytes));
    expect(error.kind).toBe(kind);
    expect(error.message).toContain(message);
  });
});

describe("valid files", () => {
  test("a file as PyTorch's safetensors writes it, with and without metadata", () => {
    const tensors = { "0.bias": entry([2], 0, 8), "0.weight": entry([2, 1], 8, 16) };
    const data = f32(1, -2, 0.5, 4);
    for (const header of [{ __metadata__: { format: "pt" }, ...tensors }, tensors]) {
      const padded = JSON.stringify(header).padEnd(Math.ceil(JSON.stringify(header).length / 8) * 8);
      const file = decode(safetensorsBytes(padded, data));
      expect([...file.tensors.keys()]).toEqual(["0.bias", "0.weight"]);
      expect(file.tensors.get("0.weight")).toEqual({
        name: "0.weight",
        shape: [2, 1],
        data: Float32Array.of(0.5, 4),
      });
      expect(file.metadata.get("format")).toBe("__metadata__" in header ? "pt" : undefined);
    }
  });

  test("tensors may be named like members of Object, be empty or a single number", () => {
    const names = ["__proto__", "constructor", "toString", ""];
    const tensors = names.map((name, i): NamedTensor => {
      return { name, shape: [[0, 7], [], [2], [1, 1]][i]!, data: new Float32Array([0, 1, 2, 1][i]!).fill(i) };
    });
    const metadata = JSON.parse('{"__proto__":"x","constructor":"y"}') as Record<string, string>;
    const file = decode(encodeSafetensors(tensors, metadata));
    expect([...file.tensors.values()]).toEqual(tensors);
    expect([...file.metadata]).toEqual([
      ["__proto__", "x"],
      ["constructor", "y"],
    ]);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  test("data that lies at an odd address is copied, aligned data is not", () => {
    const bytes = encodeSafetensors([{ name: "a", shape: [3], data: Float32Array.of(1, 2, 3) }], {});
    expect(decode(bytes).tensors.get("a")?.data.buffer).toBe(bytes.buffer);
    for (const shift of [1, 2, 3]) {
      const shifted = Buffer.alloc(bytes.length + shift).subarray(shift);
      shifted.set(bytes);
      const data = decode(shifted).tensors.get("a")!.data;
      expect(data).toEqual(Float32Array.of(1, 2, 3));
      expect(data.buffer).not.toBe(shifted.buffer);
    }
    const odd = decode(safetensorsBytes(`${JSON.stringify({ a: entry([2], 0, 8) })} `, f32(7, 8)));
    expect(odd.tensors.get("a")?.data).toEqual(Float32Array.of(7, 8));
  });

  test("exact bytes: sorted keys, spaces up to 64, data in the order given", () => {
    const tensors = [
      { name: "b", shape: [2], data: Float32Array.of(1, -2) },
      { name: "a", shape: [], data: Float32Array.of(0.5) },
    ];
    const header =
      '{"__metadata__":{"k":"v","z":"é"},"a":{"data_offsets":[8,12],"dtype":"F32","shape":[]},' +
      '"b":{"data_offsets":[0,8],"dtype":"F32","shape":[2]}}';
    const padded = Buffer.concat([Buffer.from(header), Buffer.alloc(184, " ")]).subarray(0, 184);
    const expected = Buffer.from(safetensorsBytes(new Uint8Array(padded), f32(1, -2, 0.5)));
    expect(Buffer.from(encodeSafetensors(tensors, { z: "é", k: "v" })).toString("latin1")).toBe(
      expected.toString("latin1"),
    );
    expect(encodeSafetensors(tensors, { k: "v", z: "é" })).toEqual(
      encodeSafetensors(tensors, { z: "é", k: "v" }),
    );
  });

  test("what cannot be a file is a bug of the caller", () => {
    const a = { name: "a", shape: [1], data: new Float32Array(1) };
    expect(() => encodeSafetensors([a, a], {})).toThrow("internal: two tensors");
    expect(() => encodeSafetensors([{ ...a, name: "__metadata__" }], {})).toThrow("internal: two tensors");
    expect(() => encodeSafetensors([{ ...a, shape: [2] }], {})).toThrow(
      "internal: a has shape (2) but 1 values",
    );
  });

  test("any tensors and metadata come back bit for bit, with data from a multiple of 64", () => {
    const float = fc.float({ noNaN: true, noDefaultInfinity: true });
    const tensor = fc
      .tuple(fc.string(), fc.array(fc.nat(4), { maxLength: 3 }))
      .filter(([name]) => name !== "__metadata__")
      .chain(([name, shape]) => {
        const length = shape.reduce((product, n) => product * n, 1);
        const values = fc.array(float, { minLength: length, maxLength: length });
        return values.map((data): NamedTensor => ({ name, shape, data: Float32Array.from(data) }));
      });
    const tensors = fc.uniqueArray(tensor, { selector: ({ name }) => name, maxLength: 6 });
    const metadata = fc.dictionary(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }));
    fc.assert(
      fc.property(tensors, metadata, (given, map) => {
        const bytes = encodeSafetensors(given, map);
        const file = decode(bytes);
        const size = given.reduce((sum, { data }) => sum + data.byteLength, 0);
        expect((bytes.length - size) % 64).toBe(0);
        const byName = [...file.tensors.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
        expect(byName).toEqual([...given].sort((a, b) => (a.name < b.name ? -1 : 1)));
        expect(Object.fromEntries(file.metadata)).toEqual({ ...map });
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});
