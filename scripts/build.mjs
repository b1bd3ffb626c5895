/**
 * Builds dist/: the kernels (AssemblyScript to WebAssembly) and the program (TypeScript to JavaScript).
 * `npm ci` runs it in a checkout; the package holds its result. With --kernels, the kernels alone; with --if-changed, nothing
 * where the last build is of the same sources: npm prepares a checkout again when npx first runs its program.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const require = createRequire(import.meta.url);

/** Each is one WebAssembly module: no runtime, memory shared and imported. */
const KERNELS = ["lists", "columns", "linear", "transpose", "loss", "update", "peak"];
/** The same, of the data folder: they read the cells of tables, and go over columns of numbers. */
const DATA_KERNELS = ["cells", "passes"];
/** Modules that are built once more with fused multiply-add, for math: "fast". */
const FUSED_KERNELS = ["linear", "peak"];
const ASC_OPTIONS = [
  ..."--disableWarning 112 --optimizeLevel 3 --shrinkLevel 0 --noAssert --runtime stub --use abort= --enable simd --enable threads".split(
    " ",
  ),
  ..."--importMemory --sharedMemory --maximumMemory 65535 --initialMemory 1 --memoryBase 1024".split(" "),
];

function run(script, args) {
  execFileSync(process.execPath, [script, ...args], { cwd: root, stdio: "inherit" });
}

function binOf(packageName, name) {
  const manifest = require.resolve(`${packageName}/package.json`);
  return join(dirname(manifest), require(manifest).bin[name]);
}

function buildKernels(folder) {
  mkdirSync(join(root, folder), { recursive: true });
  const asc = binOf("assemblyscript", "asc");
  const compile = (place, name, output, ...options) =>
    run(asc, [
      `src/${place}/assembly/${name}.ts`,
      "--outFile",
      `${folder}/${output}.wasm`,
      ...ASC_OPTIONS,
      ...options,
    ]);
  for (const name of KERNELS) compile("backend/wasm", name, name, "--use", "FUSED=0");
  for (const name of DATA_KERNELS) compile("data", name, name);
  for (const name of FUSED_KERNELS)
    compile("backend/wasm", name, `${name}-fused`, "--use", "FUSED=1", "--enable", "relaxed-simd");
}

/** A name for all that was built: tables that one build has cached are of no use to another. */
function writeFingerprint(folder) {
  const hash = createHash("sha256");
  const files = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).sort();
  for (const file of files)
    if (/\.(js|wasm)$/.test(file)) hash.update(file).update(readFileSync(join(root, folder, file)));
  writeFileSync(join(root, folder, "fingerprint"), hash.digest("hex"));
}

/** A name for all that is built from: what has been built from the same need not be built again. */
function sourcesName() {
  const hash = createHash("sha256");
  const folders = ["src", "scripts"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name)),
  );
  const files = ["tsconfig.json", "tsconfig.build.json", "package-lock.json"].map((name) => join(root, name));
  for (const file of [...folders, ...files].sort())
    hash.update(relative(root, file)).update(readFileSync(file));
  return hash.digest("hex");
}

/** Whether dist/ is what these sources give. */
function isBuilt(name) {
  const file = join(root, "dist/sources");
  return existsSync(file) && readFileSync(file, "utf8") === name;
}

/**
 * Makes `npx nnt` run this checkout. npm links the programs of dependencies only; for the package itself npx would
 * install a copy into its cache, slowly, and keep failing if the first try came before `npm ci`.
 */
function linkProgram() {
  const folder = join(root, "node_modules/.bin");
  if (!existsSync(folder)) return;
  const link = join(folder, "nnt");
  rmSync(link, { force: true });
  if (process.platform === "win32") writeFileSync(`${link}.cmd`, `@node "%~dp0\\..\\..\\bin\\nnt.js" %*\r\n`);
  else symlinkSync("../../bin/nnt.js", link);
}

const sources = sourcesName();
if (process.argv.includes("--if-changed") && isBuilt(sources)) {
  linkProgram();
} else if (process.argv.includes("--kernels")) {
  buildKernels("dist/kernels");
  writeFingerprint("dist");
} else {
  // Beside the last build, which can be used until this one takes its place.
  const name = `dist.${process.pid}`;
  const next = join(root, name);
  buildKernels(`${name}/kernels`);
  run(binOf("typescript", "tsc"), ["-p", "tsconfig.build.json", "--outDir", next]);
  writeFingerprint(name);
  writeFileSync(join(next, "sources"), sources);
  rmSync(join(root, "dist"), { recursive: true, force: true });
  renameSync(next, join(root, "dist"));
  linkProgram();
}
