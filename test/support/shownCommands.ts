/** @file The commands that a page shows, and whether the program prints the lines under them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { closest } from "fastest-levenshtein";
import { type Folder, ROOT } from "./cli.ts";

/** A command of a page and the lines that are shown under it; "…" stands for any lines. */
export interface ShownCommand {
  readonly command: string;
  readonly lines: readonly string[];
}

/** A line that was not printed, and the printed line most like it: the one to show instead. */
export interface WrongLine {
  readonly command: string;
  readonly shown: string;
  readonly printed: string;
}

/** The commands, in order: in code blocks, after "$ ", going on after a line that ends with "|" or "\". */
export function shownCommands(page: string): ShownCommand[] {
  const text = readFileSync(join(ROOT, page), "utf8");
  const blocks = [...text.matchAll(/^```\n(\$ [\s\S]*?)^```/gm)].map((match) => match[1]!);
  return blocks
    .flatMap((block) => block.split(/^\$ /m).slice(1))
    .map((part) => {
      const lines = part.trimEnd().split("\n");
      const length = lines.findIndex((line) => !/[|\\]$/.test(line)) + 1;
      return {
        command: lines.slice(0, length).join("\n").replaceAll("npx nnt", "nnt"),
        lines: lines.slice(length).filter((line) => line !== "…" && line !== ""),
      };
    });
}

/** A line without what differs from run to run: times and speeds, and how they are padded. */
const stable = (line: string) =>
  line
    .replace(/[\d.,]+ (ms|s|rows\/s)\b/g, "T")
    .replace(/\s+/g, " ")
    .trim();

/** Runs the command in the folder: its exit code, and the shown lines that it did not print. */
export async function runShown(
  folder: Folder,
  { command, lines }: ShownCommand,
): Promise<{ code: number | null; wrong: WrongLine[] }> {
  const { code, stdout, stderr } = await folder.bash(command);
  const printed = `${stdout}\n${stderr}`.split("\n");
  const known = new Set(printed.map(stable));
  const wrong = lines.filter((line) => !known.has(stable(line)));
  return { code, wrong: wrong.map((shown) => ({ command, shown, printed: closest(shown, printed) })) };
}
