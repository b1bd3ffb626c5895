/** @file Several files as one table: lists, patterns, one header, messages that name the right file. */
import { expect, test } from "vitest";
import { sharedFolder } from "../support/cli.ts";

const ROWS = Array.from({ length: 60 }, (_, i) => `${i % 7},${["p", "q"][i % 2]},${["no", "yes"][i % 2]}\n`);
const HEAD = "n,w,y\n";
const config = (train: unknown, more = {}) =>
  JSON.stringify({
    data: { train, label: "y", ...more },
    network: { hidden: [4] },
    train: { epochs: 3, batchSize: 8 },
    output: { dir: "run" },
  });

const folder = sharedFolder();
folder.write("all.csv", HEAD + ROWS.join(""));
folder.write("part/1.csv", HEAD + ROWS.slice(0, 20).join(""));
folder.write("part/2.csv", `${HEAD.trim()}\r\n${ROWS.slice(20, 45).join("").replaceAll("\n", "\r\n")}`);
folder.write("part/3.csv", `\n${HEAD}${ROWS.slice(45).join("")}`);

test("a pattern and a list train the same model, bit for bit, as one file with all rows", async () => {
  folder.write("one.json", config("all.csv"));
  folder.write("pattern.json", config("part/*.csv"));
  folder.write("list.json", config(["part/1.csv", "part/2.csv", "part/3.csv"]));
  const models: Buffer[] = [];
  for (const name of ["one", "pattern", "list"]) {
    const { code, stderr } = await folder.nnt(["train", `${name}.json`, "--out", name]);
    expect([code, stderr.includes("60 rows to train")]).toEqual([0, true]);
    models.push(folder.bytes(`${name}/model.bin`));
  }
  expect(models[1]!.equals(models[0]!)).toBe(true);
  expect(models[2]!.equals(models[0]!)).toBe(true);
  const of = async (data: string) => (await folder.nnt(["predict", "one/model.bin", data])).stdout;
  expect(await of("part/*.csv")).toBe(await of("all.csv"));
  expect((await folder.nnt(["eval", "one/model.bin", "part/*.csv"])).stdout).toContain("60 rows");
});

test.each([
  ["another column", "n,v,y\n1,p,no\n", 'bad/2.csv:1: column 2 is "v", expected "w" as in bad/1.csv'],
  ["another order", "w,n,y\np,1,no\n", 'bad/2.csv:1: column 1 is "w", expected "n"'],
  ["one more column", "n,w,y,z\n1,p,no,1\n", 'bad/2.csv:1: column 4 is "z", expected none'],
  ["a bad cell", `${HEAD}1,p,no\nx,q,yes\n`, 'bad/2.csv:3, column "n": '],
  ["a short row", `${HEAD}1,p,no\n2,q\n`, "bad/2.csv:3: got 2 cells, expected 3"],
])("%s in the second file is refused by its name and line", async (_, text, fact) => {
  folder.write("bad/1.csv", HEAD + ROWS.join(""));
  folder.write("bad/2.csv", text);
  folder.write("bad.json", config("bad/*.csv"));
  const { code, stderr } = await folder.nnt(["train", "bad.json"]);
  expect([code, stderr]).toEqual([3, expect.stringContaining(fact)]);
});

test("a pattern without files says so, with its place in the config", async () => {
  folder.write("none.json", config("nowhere/*.csv"));
  const { code, stderr } = await folder.nnt(["train", "none.json"]);
  expect([code, stderr]).toEqual([
    3,
    expect.stringContaining('none.json:1:18: data.train: no file matches "nowhere/*.csv"'),
  ]);
  expect((await folder.nnt(["predict", "one/model.bin", "no*.csv"])).stderr).toContain("no file matches");
});

test("init and inspect see all files of a pattern, and write it down as it is", async () => {
  const whole = JSON.parse((await folder.nnt(["inspect", "all.csv", "--json"])).stdout);
  expect(JSON.parse((await folder.nnt(["inspect", "part/*.csv", "--json"])).stdout)).toEqual(whole);
  const { code, stderr } = await folder.nnt(["init", "part/*.csv", "--label", "y", "-o", "made.json"]);
  expect([code, stderr]).toEqual([0, expect.stringContaining("table    part/*.csv: 60 rows, 3 columns")]);
  expect(folder.text("made.json")).toContain('"train": "part/*.csv"');
  expect((await folder.nnt(["train", "made.json", "--dry-run"])).code).toBe(0);
});

test.each([
  ["init without a name for the config", ["init", "part/*.csv"], "of several files has no name", 2],
  ["init of nothing", ["init", "no*.csv"], 'no file matches "no*.csv"', 3],
  ["inspect of nothing", ["inspect", "no*.csv"], 'no file matches "no*.csv"', 3],
  ["the shell's files", ["eval", "one/model.bin", "part/1.csv", "part/2.csv"], '"data/*.csv" in quotes', 2],
])("%s says what to do", async (_, args, fact, exit) => {
  const { code, stderr } = await folder.nnt(args);
  expect([code, stderr]).toEqual([exit, expect.stringContaining(fact)]);
});

test("no file of a pattern is replaced by an output", async () => {
  const before = folder.text("part/2.csv");
  for (const args of [
    ["init", "part/*.csv", "--force", "-o", "part/2.csv"],
    ["predict", "one/model.bin", "part/*.csv", "-o", "part/2.csv"],
  ]) {
    const { code, stderr } = await folder.nnt(args);
    expect([code, stderr]).toEqual([2, "nnt: part/2.csv: is also an input; choose another output\n"]);
  }
  expect(folder.text("part/2.csv")).toBe(before);
});

test("each file may have line ends of its own", async () => {
  folder.write("ends/1.csv", HEAD + ROWS.slice(0, 30).join(""));
  folder.write("ends/2.csv", (HEAD + ROWS.slice(30).join("")).replaceAll("\n", "\r"));
  const { stdout } = await folder.nnt(["predict", "one/model.bin", "ends/*.csv", "--keep", "n"]);
  expect(stdout).toBe((await folder.nnt(["predict", "one/model.bin", "all.csv", "--keep", "n"])).stdout);
  folder.write("column/1.csv", "y\nno\nyes\n");
  folder.write("column/2.csv", "y\rno\ryes\rno\r");
  const { stderr } = await folder.nnt(["inspect", "column/*.csv"]);
  expect(stderr + (await folder.nnt(["inspect", "column/*.csv"])).stdout).toContain("5 rows");
});

test("a folder's own name is no pattern", async () => {
  folder.write("new (2) [x]/a.csv", HEAD + ROWS.join(""));
  const { stdout } = await folder.nnt(["predict", "one/model.bin", "new (2) [x]/*.csv"]);
  expect(stdout.split("\n")).toHaveLength(62);
  const { stderr } = await folder.nnt(["predict", "one/model.bin", "new (2) [x]/b.csv"]);
  expect(stderr).toContain("no such file");
});

test("inspect and init: an example of what is wrong names its file, where there are several", async () => {
  const bad = ["a,p,no", "b,q,yes", "c,p,no", "d,q,no", "e,p,yes", "f,q,no"].join("\n");
  const many = HEAD + Array.from({ length: 200 }, (_, i) => `${i},${i % 2 ? "p,yes" : "q,no"}\n`).join("");
  folder.write("slips/1.csv", many);
  folder.write("slips/2.csv", `${many}${bad}\n`);
  const one = await folder.nnt(["inspect", "slips/2.csv"]);
  expect(one.stdout).toContain('column "n": 6 cells such as "a" (line 202) are no number');
  const several = await folder.nnt(["inspect", "slips/*.csv"]);
  expect(several.stdout).toContain('column "n": 6 cells such as "a" (slips/2.csv:202) are no number');
});
