/**
 * @file docs/reference.md, made from the config's schema and the command line's records.
 */
import { commandHelp, EXIT_CODES } from "../../src/cli/help.ts";
import { commandNames } from "../../src/cli/options.ts";
import { configReference } from "../../src/config/reference.ts";

/** The text of docs/reference.md. */
export function referencePage(): string {
  const codes = Object.entries(EXIT_CODES).map(([code, meaning]) => `| ${code} | ${meaning} |`);
  const commands = commandNames.map((name) => `### nnt ${name}\n\n\`\`\`\n${commandHelp(name)}\`\`\`\n`);
  return `# Reference

Made from the code by \`npm run docs\`.

## Config

JSON; comments and trailing commas are allowed. Unknown and duplicate keys, wrong types and values out of range are
errors, all reported at once as \`file:line:column: key: got …, expected …\`. A path in a config starts from the
config's folder, a path on the command line from the working directory. \`--set a.b=v\` replaces one value: \`v\` is
JSON, or text where it is not; a list may be written without brackets and quotes, as in \`network.hidden=64,32\` or
\`data.ignore=id,name\` (in brackets it has to be quoted for the shell: \`'network.hidden=[]'\`).

${configReference().trim()}

## Commands

${commands.join("\n")}
## Exit codes

| code | meaning |
|--:|---|
${codes.join("\n")}

Ctrl-C ends with 130 and SIGTERM with 143, as the shell has it. A closed pipe (\`| head\`) is not an error.
`;
}
