import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ModelError, UserError } from "../../src/errors.ts";
import {
  decodeModel,
  decodeWeights,
  encodeModel,
  type Model,
  readModel,
  tensorNames,
} from "../../src/model/file.ts";
import { decodeSafetensors, encodeSafetensors, type NamedTensor } from "../../src/model/safetensors.ts";
import { errorOf, imageModel, tableModel } from "../support/model.ts";

const decode = (bytes: Uint8Array) => decodeModel(bytes, "m.bin");
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

describe("bytes", () => {
  test("a model comes back as it was, and the same model is the same bytes", () => {
    for (const model of [tableModel(), imageModel()]) {
      const bytes = encodeModel(model);
      expect(decode(bytes)).toEqual(model);
      expect(encodeModel(decode(bytes))).toEqual(bytes);
    }
  });

  test("the order of keys in memory does not reach the file", () => {
    const reversed = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(reversed);
      if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, item]) => [key, reversed(item)]),
      );
    };
    for (const model of [tableModel(), imageModel()]) {
      const other = { ...(reversed({ ...model, layers: [] }) as Model), layers: model.layers };
      expect(Object.keys(other.preprocessing)).not.toEqual(Object.keys(model.preprocessing));
      expect(encodeModel(other)).toEqual(encodeModel(model));
    }
  });

  test("a file of format 1, written long ago, is read", async () => {
    const golden = await readFile(new URL("../golden/model-v1.bin", import.meta.url));
    expect(sha256(golden)).toBe("06d5f5fef62226c7437f6f5a1ad358b395db231f9a6272054c87a03cb4a0fb63");
    expect(decodeModel(golden, "model-v1.bin")).toEqual(tableModel());
  });

  // A change here is a change of the file format: raise FORMAT_VERSION, keep reading model-v1.bin, add a model-v2.bin.
  test("exact bytes of today's format", () => {
    expect(sha256(encodeModel(tableModel()))).toBe(
      "06d5f5fef62226c7437f6f5a1ad358b395db231f9a6272054c87a03cb4a0fb63",
    );
    expect(sha256(encodeModel(imageModel()))).toBe(
      "8ca4242f3ba951c2e2842a7eef19828f0a8dc076e3d0e4187b24ca775d37c1ef",
    );
  });

  test("the header of a model file, as any safetensors reader sees it", () => {
    const bytes = encodeModel(imageModel());
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const header = new TextDecoder().decode(bytes.subarray(8, 8 + length));
    expect((8 + length) % 64).toBe(0);
    const metadata = JSON.stringify(
      '{"formatVersion":1,"network":{"activation":"relu","sizes":[4,3]},"preprocessing":{"classes":["0","1","2"],' +
        '"format":"idx","inputs":4,"scale":0.00392156862745098,"shape":[2,2]},"training":{"batchSize":4,' +
        '"bestEpoch":2,"epochs":3,"optimizer":{"learningRate":0.01,"name":"sgd","nesterov":false},"seed":1,' +
        '"step":6,"train":{"accuracy":0.75,"loss":0.5},"trainRows":8,"validation":{"accuracy":1,"loss":1e-9}}}',
    );
    expect(header.trimEnd()).toBe(
      '{"0.bias":{"data_offsets":[48,60],"dtype":"F32","shape":[3]},' +
        '"0.weight":{"data_offsets":[0,48],"dtype":"F32","shape":[3,4]},' +
        `"__metadata__":{"nnt":${metadata}}}`,
    );
  });

  test("any network on images comes back bit for bit", () => {
    const float = fc.float({ noNaN: true, noDefaultInfinity: true });
    const model = fc
      .tuple(
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 5 }),
        fc.integer(),
        fc.infiniteStream(float),
      )
      .map(([sizes, seed, stream]): Model => {
        const take = (n: number) => Float32Array.from({ length: n }, () => stream.next().value as number);
        const layers = sizes
          .slice(1)
          .map((outputs, i) => ({ weight: take(outputs * sizes[i]!), bias: take(outputs) }));
        const classes = Array.from({ length: sizes.at(-1)! }, (_, i) => `class ${i} \u{1f600}\ud800"\\\n`);
        const base = imageModel();
        const preprocessing = {
          format: "idx" as const,
          shape: [1, sizes[0]!],
          scale: 1,
          classes,
          inputs: sizes[0]!,
        };
        return { sizes, layers, preprocessing, training: { ...base.training, seed } };
      });
    fc.assert(
      fc.property(model, (given) => {
        const bytes = encodeModel(given);
        expect(decode(bytes)).toEqual(given);
        expect(encodeModel(decode(bytes))).toEqual(bytes);
      }),
      { seed: 2, numRuns: 200 },
    );
  });

  test("encoding refuses what could not be read back", () => {
    const model = tableModel();
    expect(() => encodeModel({ ...model, sizes: [5, 3, 2] })).toThrow("internal: 0.weight has shape (3, 5)");
    expect(() => encodeModel({ ...model, layers: model.layers.slice(1) })).toThrow("internal: 1 layers");
    expect(() => encodeModel({ ...model, sizes: [4, 2, 2] })).toThrow("internal: would write a model");
    const training = { ...model.training, train: { loss: Number.NaN, accuracy: 0 } };
    expect(() => encodeModel({ ...model, training })).toThrow("internal: NaN cannot be written");
  });

  test("a weight that is not finite never gets into a file: training has ended before", () => {
    const model = imageModel();
    model.layers[0]!.bias[1] = -Infinity;
    expect(() => encodeModel(model)).toThrow("internal: 0.bias is not finite");
  });
});

describe("tensors against sizes", () => {
  const tensor = (name: string, ...shape: number[]): NamedTensor => {
    return { name, shape, data: new Float32Array(shape.reduce((product, n) => product * n, 1)) };
  };

  test("names are those of torch.nn.Sequential with ReLU between the layers", () => {
    expect(tensorNames(3).flatMap(({ weight, bias }) => [weight, bias])).toEqual([
      ...["0.weight", "0.bias", "2.weight", "2.bias", "4.weight", "4.bias"],
    ]);
  });

  test("weights of a plain safetensors file, in any order", () => {
    const tensors = [
      tensor("2.bias", 2),
      tensor("0.weight", 3, 4),
      tensor("2.weight", 2, 3),
      tensor("0.bias", 3),
    ];
    for (const { data } of tensors) data.fill(0.5);
    const layers = decodeWeights(encodeSafetensors(tensors, { format: "pt" }), "m.bin", [4, 3, 2]);
    expect(layers.map(({ weight, bias }) => [weight.length, bias.length])).toEqual([
      [12, 3],
      [6, 2],
    ]);
  });

  test("weights of our own file", () => {
    expect(decodeWeights(encodeModel(tableModel()), "m.bin", [5, 2, 2])).toEqual(tableModel().layers);
  });

  test("all that does not fit is listed at once", () => {
    const tensors = [
      tensor("0.weight", 3, 4),
      tensor("2.weight", 3, 2),
      tensor("2.bias", 1, 2),
      tensor("fc.bias", 3),
    ];
    const error = errorOf(() => decodeWeights(encodeSafetensors(tensors, {}), "m.bin", [4, 3, 2]));
    expect(error.kind).toBe("MODEL_TENSORS");
    expect(error.message.split("\n")).toEqual([
      "m.bin: the tensors are not those of a 4-3-2 network, named as torch.nn.Sequential names them:",
      "  0.bias: missing, expected (3)",
      "  2.weight: got (3, 2), expected (2, 3)",
      "  2.bias: got (1, 2), expected (2)",
      '  "fc.bias": got (3), expected no such tensor',
    ]);
  });

  test("a long list is cut", () => {
    const tensors = Array.from({ length: 300 }, (_, i) => tensor(`h.${i}`, 1));
    const error = errorOf(() => decodeWeights(encodeSafetensors(tensors, {}), "m.bin", [4, 2]));
    expect(error.message.split("\n")).toHaveLength(22);
    expect(error.message).toMatch(/\n {2}and 282 more$/);
  });

  test("a model whose tensors contradict its own sizes", () => {
    const file = decodeSafetensors(encodeModel(tableModel()), "m.bin");
    const tensors = [...file.tensors.values()].slice(1);
    const error = errorOf(() => decode(encodeSafetensors(tensors, Object.fromEntries(file.metadata))));
    expect(error.kind).toBe("MODEL_TENSORS");
    expect(error.message).toContain("0.weight: missing, expected (2, 5)");
  });

  test("a plain safetensors file is no model", () => {
    const error = errorOf(() => decode(encodeSafetensors([tensor("0.weight", 1, 1)], { format: "pt" })));
    expect(error.kind).toBe("MODEL_PLAIN_SAFETENSORS");
    expect(error.message).toContain("it can only be used with train.initFrom");
  });
});

describe("reading", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "nnt-model-"));
    await mkdir(join(folder, "run"));
    await mkdir(join(folder, "empty"));
    await writeFile(join(folder, "run", "model.bin"), encodeModel(tableModel()));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const failure = async (path: string) => {
    const error = await readModel(path).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UserError);
    return error as UserError;
  };

  test("a file", async () => {
    expect(await readModel(join(folder, "run", "model.bin"))).toEqual(tableModel());
  });

  test("MODEL_NOT_FOUND: no such file, or a file where a folder should be", async () => {
    for (const path of [join(folder, "none.bin"), join(folder, "run", "model.bin", "model.bin")]) {
      const error = await failure(path);
      expect(error).toBeInstanceOf(ModelError);
      expect(error.kind).toBe("MODEL_NOT_FOUND");
      expect(error.message).toContain(`${path}: no such model file`);
    }
  });

  test("MODEL_IS_FOLDER: a folder, with the model in it if there is one", async () => {
    const empty = await failure(join(folder, "empty"));
    expect([empty.kind, empty.exitCode]).toEqual(["MODEL_IS_FOLDER", 4]);
    expect(empty.message).not.toContain("did you mean");
    expect((await failure(join(folder, "run"))).message).toContain(
      `did you mean ${join(folder, "run", "model.bin")}?`,
    );
  });

  test("a name that the system refuses is the system's error", async () => {
    const error = await failure(join(folder, "x".repeat(300)));
    expect([error.kind, error.exitCode]).toEqual(["FILE_ENAMETOOLONG", 6]);
  });
});
