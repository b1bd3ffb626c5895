/** The pages that show commands with their output: the commands end as shown and print what is shown, times aside. */
import { expect, test } from "vitest";
import { freshFolder, ROOT } from "../support/cli.ts";
import { runShown, shownCommands } from "../support/shownCommands.ts";

test.each([
  ["README.md", 5],
  ["docs/your-table.md", 23],
])("%s: every command prints the lines that are shown", { timeout: 120_000 }, async (page, count) => {
  const shown = shownCommands(page);
  expect(shown).toHaveLength(count);
  const folder = freshFolder();
  await folder.bash(`ln -s "${ROOT}/configs" "${ROOT}/data" "${ROOT}/docs" .`);
  for (const each of shown) {
    const { code, wrong } = await runShown(folder, each);
    expect.soft(wrong).toEqual([]);
    const failsAsShown = code !== 0 && each.lines.some((line) => line.startsWith("nnt: "));
    expect(code === 0 || failsAsShown, `${each.command}: exit ${code}`).toBe(true);
  }
});
