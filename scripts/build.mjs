/**
 * Builds dist/: the kernels (AssemblyScript to WebAssembly) and the program (TypeScript to JavaScript, in few files with
 * the packages that it uses: a command that loaded 150 small ones took a third longer to start).
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
import { builtinModules, createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const require = createRequire(import.meta.url);

/** Each is one WebAssembly module: no runtime, memory shared and imported. */
const KERNELS = ["network", "peak"];
/** The same, of the data folder: they read the cells of tables, and go over columns of numbers. */
const DATA_KERNELS = ["cells", "passes"];
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
  for (const name of KERNELS) {
    compile("backend/wasm", name, name, "--use", "FUSED=0");
    // for math: "fast"
    compile("backend/wasm", name, `${name}-fused`, "--use", "FUSED=1", "--enable", "relaxed-simd");
  }
  for (const name of DATA_KERNELS) compile("data", name, name);
}

/** Of the bundle: the program, its worker threads, and what the bench uses. */
const ENTRIES = {
  program: "src/cli/program.ts",
  worker: "src/backend/wasm/worker.ts",
  thread: "src/data/thread.ts",
  parts: "scripts/parts.ts",
};

/**
 * fdir, of tinyglobby, takes a picomatch that it happens to find for patterns of its own, which tinyglobby does not use: it
 * would be whichever the user's project has.
 */
const WITHOUT_PICOMATCH = {
  name: "without-picomatch",
  transform: (code, id) =>
    /[\\/]fdir[\\/]/.test(id) ? code.replace('pm = __require("picomatch")', "pm = null") : null,
};

/** The program loads no package: what it uses is in it. */
function assertAlone(output) {
  const files = output.map(({ fileName }) => fileName);
  for (const { fileName, code, imports, dynamicImports } of output) {
    const required = [...code.matchAll(/\b__require\("([^"]+)"\)/g)].map((match) => match[1]);
    for (const name of [...imports, ...dynamicImports, ...required])
      if (!files.includes(name) && !name.startsWith("node:") && !builtinModules.includes(name))
        throw new Error(`${fileName} loads ${name}, which is not in the bundle`);
  }
}

/**
 * All files beside each other: src/packageFile.ts says why. chunks.json has the modules of each file; a command loads only
 * files with modules that it needs.
 */
async function bundle(folder) {
  const { rolldown } = await import("rolldown"); // here: `--if-changed` works without what is needed to build
  const build = await rolldown({
    cwd: root,
    input: ENTRIES,
    platform: "node",
    plugins: [WITHOUT_PICOMATCH],
    resolve: { mainFields: ["module", "main"] }, // a package with both forms comes in the one that can be bundled
  });
  const { output } = await build.write({
    dir: folder,
    entryFileNames: "[name].js",
    chunkFileNames: "[name].js",
  });
  await build.close();
  const chunks = output.map(({ fileName, moduleIds }) => [
    fileName,
    moduleIds.map((id) => relative(root, id).replaceAll("\\", "/")),
  ]);
  assertAlone(output);
  writeFileSync(join(folder, "chunks.json"), JSON.stringify(Object.fromEntries(chunks), null, 1));
  writeFileSync(join(folder, "licenses.txt"), licenses(chunks.flatMap(([, modules]) => modules)));
}

/** The licences of the packages that these modules are from, which ask to go with every copy. */
function licenses(modules) {
  const pattern = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/; // the innermost, where packages have packages
  const ofModules = modules.flatMap((module) => pattern.exec(module)?.[0] ?? []);
  const folders = [...new Set([...ofModules, "node_modules/rolldown"])].sort(); // rolldown: dist/rolldown-runtime.js
  return folders
    .map((folder) => {
      const { name, version } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
      const file = readdirSync(join(root, folder)).find((name) => /^licen[cs]e/i.test(name));
      if (file === undefined) throw new Error(`${folder} has no licence`);
      return `${name} ${version}\n\n${readFileSync(join(root, folder, file), "utf8").trim()}\n`;
    })
    .join(`\n${"-".repeat(80)}\n\n`);
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
  const files = ["tsconfig.json", "package-lock.json"].map((name) => join(root, name));
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
  await bundle(next);
  writeFingerprint(name);
  writeFileSync(join(next, "sources"), sources);
  rmSync(join(root, "dist"), { recursive: true, force: true });
  renameSync(next, join(root, "dist"));
  linkProgram();
}
