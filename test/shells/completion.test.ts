/**
 * The completion scripts in real zsh and fish. Not part of `npm test`, since few machines have both: install them,
 * then `npm run test:shells`.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { completionScript } from "../../src/cli/completion.ts";

const folder = mkdtempSync(join(tmpdir(), "nnt-completion-"));
afterAll(() => rmSync(folder, { recursive: true }));
const script = (shell: "zsh" | "fish") => {
  const path = join(folder, `nnt.${shell}`);
  writeFileSync(path, completionScript(shell));
  return path;
};
const lines = (text: string) => text.split("\n").filter((line) => line !== "");

describe("zsh", () => {
  test("the script is valid and registers itself, sourced or autoloaded", () => {
    const functions = join(folder, "functions");
    mkdirSync(functions);
    writeFileSync(join(functions, "_nnt"), completionScript("zsh"));
    const set = "autoload -Uz compinit; compinit -u -D;";
    const zsh = (code: string) => execFileSync("zsh", ["-fc", code], { encoding: "utf8" }).trim();
    expect(zsh(`${set} source ${script("zsh")}; print $_comps[nnt]`)).toBe("_nnt");
    expect(zsh(`fpath=(${functions} $fpath); ${set} print $_comps[nnt]`)).toBe("_nnt");
  });

  /** Types `line` and Tab into a zsh on a pseudo-terminal until `expected` is there; gives up after 10 s. */
  const typed = (line: string, expected: string) => {
    const code = `zmodload zsh/zpty; zpty z zsh -fi
      zpty -w z "autoload -Uz compinit; compinit -u -D; source ${script("zsh")}; bindkey '^I' complete-word; print REA''DY"
      zpty -r z screen '*READY*'; zpty -w -n z "${line}"$'\\t'; screen=
      for i in {1..100}; do
        while zpty -r -t z part; do screen+=$part; done
        if [[ $screen == *${expected}* ]]; then break; fi; sleep 0.1
      done
      print -r -- $screen; zpty -d z`;
    return execFileSync("zsh", ["-fc", code], { encoding: "utf8", timeout: 25_000 });
  };
  test.each([
    ["nnt insp", "inspect"],
    ["nnt train --dr", "--dry-run"],
    ["nnt config sch", "schema"],
    ["nnt predict --format j", "jsonl"],
  ])("%s", (line, expected) => expect(typed(line, expected)).toContain(expected));
});

describe("fish", () => {
  const path = script("fish");
  const offered = (line: string) =>
    lines(
      execFileSync("fish", ["-Nc", `source ${path}; complete -C '${line}'`], {
        encoding: "utf8",
        cwd: folder,
      }),
    ).map((text) => text.split("\t")[0]);
  test.each([
    ["nnt tr", ["train"]],
    ["nnt train --se", ["--seed", "--set"]],
    ["nnt eval m d --fail-under ", ["accuracy=", "macroF1="]],
    ["nnt predict m d --format ", ["csv", "jsonl", "tsv"]],
    ["nnt config s", ["schema", "show"]],
    ["nnt completion ", ["bash", "fish", "zsh"]],
    ["nnt train nnt.f", ["nnt.fish"]],
    ["nnt config check nnt.f", ["nnt.fish"]],
    ["nnt predict m d -o nnt.f", ["nnt.fish"]],
    ["nnt train --seed nnt.f", []],
  ])("%s", (line, expected) => expect(offered(line).sort()).toEqual(expected));
});
