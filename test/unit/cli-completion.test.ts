import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { completionScript } from "../../src/cli/completion.ts";
import { commandNames, commandOf, globalFlags, longName } from "../../src/cli/options.ts";

const folder = mkdtempSync(join(tmpdir(), "nnt-completion-"));
afterAll(() => rmSync(folder, { recursive: true }));
const script = (shell: "bash") => {
  const path = join(folder, `nnt.${shell}`);
  writeFileSync(path, completionScript(shell));
  return path;
};
const lines = (text: string) => text.split("\n").filter((line) => line !== "");

test.each(["bash", "zsh", "fish"] as const)("%s: every command and flag is there", (shell) => {
  const text = completionScript(shell);
  for (const name of commandNames) {
    expect(text).toContain(name);
    for (const key of Object.keys({ ...commandOf(name).flags, ...globalFlags }))
      expect(text).toContain(shell === "fish" ? `-l ${longName(key).slice(2)} ` : longName(key));
  }
});

describe("bash", () => {
  const path = script("bash");
  /** What the function offers for the last of `words`, split as bash splits a line. */
  const offered = (...words: string[]) => {
    const quoted = words.map((word) => `'${word}'`).join(" ");
    const code = `source ${path}; COMP_WORDS=(nnt ${quoted}); COMP_CWORD=${words.length}; _nnt; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return lines(execFileSync("bash", ["-uc", code], { encoding: "utf8" }));
  };

  test.each([
    [["tr"], ["train"]],
    [["--v"], ["--version"]],
    [
      ["train", "--se"],
      ["--set", "--seed"],
    ],
    [
      ["--debug", "eval", "--fail-under", ""],
      ["accuracy=", "macroF1="],
    ],
    [
      ["predict", "m", "d", "--format", "="],
      ["csv", "tsv", "jsonl"],
    ],
    [["predict", "m", "d", "--format", "=", "j"], ["jsonl"]],
    [
      ["config", "s"],
      ["show", "schema"],
    ],
    [["config", "show", ""], []],
    [
      ["completion", ""],
      ["bash", "zsh", "fish"],
    ],
    [["train", ""], []],
    [["train", "--out", ""], []],
  ])("nnt %j offers %j", (words, expected) => expect(offered(...words)).toEqual(expected));

  test("all commands at the start", () =>
    expect(offered("")).toEqual(expect.arrayContaining([...commandNames])));
  test("files come from bash itself", () =>
    expect(completionScript("bash")).toContain("complete -o default"));
});
