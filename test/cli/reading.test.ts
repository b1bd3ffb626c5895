/** The bar of reading, in the real program on a terminal: there while a slow pipe is read, gone before results, never in them. */
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { csvConfig, ROOT, sharedFolder, trainOnce } from "../support/cli.ts";
import { screen } from "../support/terminal.ts";

const folder = sharedFolder("iris.csv");
const NNT = `"${process.execPath}" "${join(ROOT, "bin/nnt.js")}"`;
/** The table in two parts, the second one after the bar has come. */
const SLOW = "{ head -n 100 iris.csv; sleep 2; tail -n +101 iris.csv; }";
const BAR = /reading stdin {2}\d+\.\d kB {2}\d+ rows {2}/;

beforeAll(async () => {
  folder.write("iris.json", csvConfig("iris.csv", "species"));
  await trainOnce(folder, ["iris.json"]);
});

/** Runs a script whose stdout and stderr are a terminal; gives all that was written there, and what stays to be seen. */
async function onTerminal(script: string): Promise<{ written: string; seen: string[] }> {
  folder.write("script.sh", script);
  const { code, stdout } = await folder.bash('TERM=xterm script -qec "bash script.sh" /dev/null');
  expect(code).toBe(0);
  return { written: stdout, seen: screen([stdout.replaceAll("\r\n", "\n")]) };
}

// `script` of other systems takes other arguments
describe.skipIf(process.platform !== "linux")("on a terminal", { timeout: 20_000 }, () => {
  test("train from a slow pipe: a bar, and nothing of it when training begins", async () => {
    const { written, seen } = await onTerminal(
      `${SLOW} | ${NNT} train iris.json --set data.train=- --out piped --no-color`,
    );
    expect(written).toMatch(BAR);
    expect(seen[0]).toMatch(/^data /);
    expect(seen.join("\n")).not.toContain("reading stdin");
  });

  test("a small file flashes nothing", async () => {
    const { written } = await onTerminal(`${NNT} eval run/model.bin iris.csv`);
    expect(written).toMatch(/150 rows/);
    expect(written).not.toContain("reading");
  });

  test("--quiet: no bar", async () => {
    const { written } = await onTerminal(`${SLOW} | ${NNT} eval run/model.bin - --quiet`);
    expect(written).toMatch(/150 rows/);
    expect(written).not.toContain("reading");
  });

  test("predict: a bar only where the rows go to a file, which has rows alone", async () => {
    const there = await onTerminal(`${SLOW} | ${NNT} predict run/model.bin -`);
    expect(there.seen).toHaveLength(152);
    expect(there.written).not.toContain("reading");
    const piped = await onTerminal(`${SLOW} | ${NNT} predict run/model.bin - | cat`);
    expect(piped).toEqual(there);
    for (const device of ["/dev/stdout", "/dev/tty"])
      expect(await onTerminal(`${SLOW} | ${NNT} predict run/model.bin - -o ${device}`)).toEqual(there);
    for (const toFile of ["> rows.csv", "-o rows.csv"]) {
      const { written, seen } = await onTerminal(`${SLOW} | ${NNT} predict run/model.bin - ${toFile}`);
      expect(written).toMatch(BAR);
      expect(seen).toEqual([""]);
      expect(folder.text("rows.csv").split("\n")).toEqual(there.seen);
    }
  });
});

test("a log has nothing of it", async () => {
  const { stderr } = await folder.bash(`${SLOW} | nnt predict run/model.bin - > rows.csv`);
  expect(stderr).toBe("");
});
