/**
 * The package as users get it: packed, installed into an empty folder, and used there. npm takes what it can from its
 * cache and only the rest from the registry. `dist` is packed as it is: the build script would empty it under the
 * other tests.
 */
import { expect, test } from "vitest";
import { csvConfig, type Folder, freshFolder, ROOT } from "../support/cli.ts";

const NEEDED = [
  "LICENSE",
  "README.md",
  "bin/nnt.js",
  "dist/program.js",
  "dist/worker.js",
  "dist/thread.js",
  "dist/licenses.txt",
  "dist/fingerprint", // without it a cache of tables would outlive the program that made them
  "dist/kernels/network.wasm",
  "dist/kernels/network-fused.wasm",
  "nnt.schema.json",
  "package.json",
];
const PLACES = /^(bin\/|dist\/|docs\/|(LICENSE|README\.md|CHANGELOG\.md|package\.json|nnt\.schema\.json)$)/;
const INSTALL = "npm install --omit=dev --ignore-scripts --prefer-offline --no-audit --no-fund";

/** npm in this folder; npm run and npx point it at this project by a variable, and the installation must not go there. */
const npm = (folder: Folder, command: string) =>
  folder.bash(`unset npm_config_local_prefix; ${command} --prefix "$PWD" --loglevel=error`);
const pack = (folder: Folder) => npm(folder, `npm pack "${ROOT}" --ignore-scripts --json`);

test("the package holds the program, its kernels and its documents, and nothing else", async () => {
  const packed = await pack(freshFolder());
  expect(packed.code).toBe(0);
  const [{ files, unpackedSize }] = JSON.parse(packed.stdout);
  const paths: string[] = files.map(({ path }: { path: string }) => path);
  expect(paths.filter((path) => !PLACES.test(path) || path.endsWith(".ts"))).toEqual([]);
  expect(paths.filter((path) => /parts\.js|chunks\.json|sources$/.test(path))).toEqual([]);
  expect(unpackedSize).toBeLessThan(2_000_000);
  expect(NEEDED.filter((path) => !paths.includes(path))).toEqual([]);
}, 120_000);

test("installed from the package without a compiler, nnt trains and predicts in a folder of its own", async () => {
  const folder = freshFolder("iris.csv");
  const [{ filename }] = JSON.parse((await pack(folder)).stdout);
  folder.write("package.json", "{}");
  expect(await npm(folder, `${INSTALL} ./${filename}`)).toMatchObject({ code: 0 });
  const manifest = folder.json("node_modules/nnt/package.json");
  const version = await folder.bash("node_modules/.bin/nnt --version");
  expect(version).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: "" });

  folder.write("config.json", csvConfig("iris.csv", "species"));
  expect((await folder.bash("node_modules/.bin/nnt train config.json")).code).toBe(0);
  const predict = "predict run/model.bin iris.csv --proba";
  const predicted = await folder.bash(`node_modules/.bin/nnt ${predict}`);
  expect(predicted.stdout.trimEnd().split("\n")).toHaveLength(151);
  expect(await folder.bash(`nnt ${predict}`)).toEqual(predicted); // the program that was built here
}, 120_000);
