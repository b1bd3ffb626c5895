/** Documents that are made from code, or that name commands and files, agree with them. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { configJsonSchemaText } from "../../src/config/jsonSchema.ts";
import { ROOT } from "../support/cli.ts";
import { referencePage } from "../support/referencePage.ts";

const read = (path: string) => readFileSync(join(ROOT, path), "utf8");

/** What is made from code. `npm run docs` writes these files anew; anywhere else a difference is a failure. */
test.each([
  ["docs/reference.md", referencePage()],
  ["nnt.schema.json", configJsonSchemaText()],
])("%s is up to date (npm run docs)", async (file, text) => {
  await expect(text).toMatchFileSnapshot(join(ROOT, file));
});

const pages = ["README.md", ...readdirSync(join(ROOT, "docs")).map((name) => `docs/${name}`)];

test.each(pages)("%s: every link to a file of the project has its file", (page) => {
  const links = [...read(page).matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)].map((match) => match[1]!);
  const folder = join(ROOT, page, "..");
  expect(links.filter((link) => !existsSync(join(folder, link)))).toEqual([]);
});

test("docs/architecture.md: every path of its file map exists", () => {
  const map = /```\n(src\/[\s\S]*?)```/.exec(read("docs/architecture.md"))?.[1] ?? "";
  const paths = map.split("\n").flatMap((line) => /^(\S+)/.exec(line)?.[1] ?? []);
  expect(paths.length).toBeGreaterThan(30);
  expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

test("docs/architecture.md: its file map names every file of src", () => {
  const page = read("docs/architecture.md");
  const files = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" });
  const sources = files.filter((file) => file.endsWith(".ts")).map((file) => `src/${file}`);
  expect(sources.filter((file) => !page.includes(file))).toEqual([]);
});

test("docs/dependencies.md names every dependency and no other", () => {
  const { dependencies, devDependencies } = JSON.parse(read("package.json"));
  const page = read("docs/dependencies.md");
  for (const name of Object.keys({ ...dependencies, ...devDependencies })) expect(page).toContain(name);
});
