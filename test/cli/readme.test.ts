/** The README's tour: its commands print what it shows, times aside. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { freshFolder, ROOT } from "../support/cli.ts";

const readme = readFileSync(join(ROOT, "README.md"), "utf8");
/** Commands of the tour and the lines under each. */
const shown = [...readme.matchAll(/```\n\$ ([\s\S]*?)```/g)].map((match) => match[1]!.trimEnd().split("\n"));

/** A line without what differs from run to run: times and speeds, and how they are padded. */
const stable = (line: string) =>
  line
    .replace(/[\d.,]+ (ms|s|rows\/s)\b/g, "T")
    .replace(/\s+/g, " ")
    .trim();

test("every command of the tour prints the lines that are shown", async () => {
  expect(shown).toHaveLength(5);
  const folder = freshFolder();
  await folder.bash(`ln -s "${ROOT}/configs" "${ROOT}/data" .`);
  for (const lines of shown) {
    const length = lines.findIndex((line) => !line.endsWith("|")) + 1; // a command may go over two lines
    const command = lines.slice(0, length).join("\n").replaceAll("npx nnt", "nnt");
    const { stdout, stderr } = await folder.bash(command);
    const printed = new Set(`${stdout}\n${stderr}`.split("\n").map(stable));
    const missing = lines.slice(length).filter((line) => line !== "…" && !printed.has(stable(line)));
    expect(missing).toEqual([]);
  }
});
