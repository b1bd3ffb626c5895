/**
 * Imports go one way (docs/architecture.md): cli may import everything, nothing may import cli, and so on down to
 * tensor, which imports nothing. A folder that reached upwards could not be understood, tested or reused alone.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const SRC = fileURLToPath(new URL("../../src/", import.meta.url));

/** Folder → folders it may import besides itself. Files directly in src/ may be imported by all. */
const ALLOWED: Record<string, readonly string[]> = {
  tensor: [],
  config: ["data"], // types alone, and of one file alone, checked below
  data: ["tensor"],
  backend: ["tensor", "data"], // data: the Dataset type alone, checked below
  model: ["tensor", "data", "backend"],
  log: [],
  train: ["tensor", "data", "backend", "model", "log"],
  cli: ["config", "tensor", "data", "backend", "model", "train", "log"],
};
/** Between these folders only these files may be imported. */
const ONLY: Record<string, readonly string[]> = {
  "config → data": ["data/options.ts"],
  "backend → data": ["data/dataset.ts"],
  "train → data": ["data/dataset.ts"],
  "train → log": ["log/events.ts"],
  "model → data": ["data/preprocessing.ts", "data/dataset.ts"],
};

interface Import {
  from: string;
  to: string;
}

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter(
  (file) => file.endsWith(".ts") && !file.includes("assembly"),
);

function importsOf(file: string): Import[] {
  const text = readFileSync(join(SRC, file), "utf8");
  const found = [...text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map((match) => match[1]!);
  return found.map((path) => ({ from: file, to: relative(SRC, resolve(dirname(join(SRC, file)), path)) }));
}

const folder = (path: string) => (path.includes("/") ? path.slice(0, path.indexOf("/")) : "");
const imports = files.flatMap(importsOf);

test("every folder of src has a rule", () => {
  expect([...new Set(files.map(folder))].filter((name) => name !== "").sort()).toEqual(
    Object.keys(ALLOWED).sort(),
  );
  expect(imports.length).toBeGreaterThan(50);
});

test("no folder imports one above it", () => {
  const wrong = imports.filter(({ from, to }) => {
    const [a, b] = [folder(from), folder(to)];
    if (b === "" || a === b) return false;
    return !ALLOWED[a]?.includes(b) || ONLY[`${a} → ${b}`]?.includes(to) === false;
  });
  expect(wrong.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
});

test("of config only types.ts imports from data, and only types", () => {
  const fromData = imports.filter(({ from, to }) => folder(from) === "config" && folder(to) === "data");
  expect([...new Set(fromData.map(({ from }) => from))]).toEqual(["config/types.ts"]);
  const lines = readFileSync(join(SRC, "config/types.ts"), "utf8").split(/;\n/);
  const ofData = lines.filter((line) => line.includes('"../data/'));
  expect(ofData.filter((line) => !/(?:import|export) type /.test(line))).toEqual([]);
});

test("no two files import each other, directly or in a circle", () => {
  const next = new Map(files.map((file) => [file, importsOf(file).map(({ to }) => to)]));
  const done = new Set<string>();
  const visit = (file: string, path: string[]): string[] | null => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return null;
    for (const to of next.get(file) ?? []) {
      const circle = visit(to, [...path, file]);
      if (circle) return circle;
    }
    done.add(file);
    return null;
  };
  for (const file of files) expect(visit(file, [])).toBeNull();
});
