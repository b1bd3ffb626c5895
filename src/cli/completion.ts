/**
 * @file The shells' completion scripts, made from the records in options.ts. Each script is whole: pressing the
 * key never starts nnt.
 */
import {
  type CommandName,
  type Completes,
  commandNames,
  commandOf,
  type Flag,
  globalFlags,
  longName,
} from "./options.ts";

export type Shell = "bash" | "zsh" | "fish";

/** The completion script for a shell, ending in a newline. */
export function completionScript(shell: Shell): string {
  return { bash, zsh, fish }[shell]();
}

const flagsOf = (name: CommandName) => Object.entries({ ...commandOf(name).flags, ...globalFlags });
const argumentsOf = (name: CommandName) => Object.values(commandOf(name).arguments);
const isPath = (completes: Completes | undefined) => completes === "file" || completes === "folder";

/** Both spellings of a flag, or one. */
const spellings = ([key, flag]: [string, Flag<unknown>]) => [
  ...(flag.short === undefined ? [] : [`-${flag.short}`]),
  longName(key),
];

/**
 * An empty COMPREPLY lets bash itself offer files ("-o default"), which handles spaces, ~ and old bashes better
 * than a script can. A flag's value that has nothing to offer gets files too; bash 3 has no way to say "nothing".
 */
function bash(): string {
  return `# nnt completion for bash: eval "$(nnt completion bash)"
_nnt() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} cmd= args=0 i word
  COMPREPLY=()
  # bash splits --flag=value into three words
  if [[ $cur == "=" ]]; then cur=
  elif [[ $prev == "=" ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ -z $cmd ]]; then
      case $word in ${commandNames.join("|")}) cmd=$word ;; esac
    elif [[ $word != -?* && $word != "=" ]]; then
      args=$((args + 1))
    fi
  done
  case "$cmd" in
    "")
      COMPREPLY=($(compgen -W "${[...commandNames, ...Object.entries(globalFlags).flatMap(spellings)].join(" ")}" -- "$cur")) ;;
${commandNames.map(bashCommand).join("\n")}
  esac
}
complete -o default -F _nnt nnt
`;
}

function bashCommand(name: CommandName): string {
  const withValue = flagsOf(name).filter(([, flag]) => flag.value !== undefined);
  const values = withValue.map((entry) => {
    const offered = entry[1].completes;
    const reply = Array.isArray(offered)
      ? `COMPREPLY=($(compgen -W "${offered.join(" ")}" -- "$cur")); `
      : "";
    return `        ${spellings(entry).join("|")}) ${reply}return ;;`;
  });
  const first = argumentsOf(name)[0]?.completes;
  const flags = flagsOf(name).flatMap(spellings).join(" ");
  return [
    `    ${name})`,
    ...(values.length === 0 ? [] : ['      case "$prev" in', ...values, "      esac"]),
    `      if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W "${flags}" -- "$cur"))`,
    ...(Array.isArray(first)
      ? [`      elif [[ $args == 0 ]]; then COMPREPLY=($(compgen -W "${first.join(" ")}" -- "$cur"))`]
      : []),
    "      fi ;;",
  ].join("\n");
}

function zsh(): string {
  const described = commandNames.map((name) => `    ${quote(`${name}:${commandOf(name).summary}`)}`);
  return `#compdef nnt
# nnt completion for zsh: eval "$(nnt completion zsh)" after compinit, or a file _nnt in a folder of $fpath
_nnt() {
  local curcontext=$curcontext state line ret=1
  typeset -A opt_args
  local -a commands=(
${described.join("\n")}
  )
  _arguments -C ${Object.entries(globalFlags).flatMap(zshFlag).join(" ")} \\
    '1:command:->command' '*::argument:->argument' && ret=0
  case $state in
    command) _describe -t commands command commands && ret=0 ;;
    argument)
      case $line[1] in
${commandNames.map(zshCommand).join("\n")}
      esac ;;
  esac
  return ret
}
if [[ $funcstack[1] == _nnt ]]; then _nnt "$@"; else compdef _nnt nnt; fi
`;
}

function zshCommand(name: CommandName): string {
  const places = Object.entries(commandOf(name).arguments).map(([key, argument], index) =>
    quote(`${index + 1}:${key}:${zshAction(argument.completes)}`),
  );
  const specs = [...flagsOf(name).flatMap(zshFlag), ...places];
  return `        ${name}) _arguments ${specs.join(" \\\n          ")} && ret=0 ;;`;
}

function zshFlag(entry: [string, Flag<unknown>]): string[] {
  const [, flag] = entry;
  const names = spellings(entry);
  const repeat = Array.isArray(flag.initial) ? "*" : "";
  // colons and brackets are part of zsh's own notation
  const help = flag.help.replace(/[[\]:]/g, "\\$&");
  const value = flag.value === undefined ? "" : `:${flag.value}:${zshAction(flag.completes)}`;
  const exclusive = repeat === "" && names.length > 1 ? `(${names.join(" ")})` : "";
  return names.map((name) => {
    const glue = flag.value !== undefined && name.startsWith("--") ? "=" : "";
    return quote(`${exclusive}${repeat}${name}${glue}[${help}]${value}`);
  });
}

function zshAction(completes: Completes | undefined): string {
  if (completes === undefined) return " ";
  if (completes === "file") return "_files";
  return completes === "folder" ? "_files -/" : `(${completes.join(" ")})`;
}

function fish(): string {
  const lines = [
    "# nnt completion for fish: nnt completion fish > ~/.config/fish/completions/nnt.fish",
    "complete -c nnt -e",
    `complete -c nnt -n __fish_use_subcommand -f`,
    ...commandNames.map(
      (name) => `complete -c nnt -n __fish_use_subcommand -a ${name} -d ${quote(commandOf(name).summary)}`,
    ),
    ...Object.entries(globalFlags).map(([key, flag]) => `complete -c nnt${fishFlag(key, flag)}`),
    ...commandNames.flatMap(fishCommand),
  ];
  return `${lines.join("\n")}\n`;
}

function fishCommand(name: CommandName): string[] {
  const seen = `complete -c nnt -n '__fish_seen_subcommand_from ${name}'`;
  const flags = Object.entries(commandOf(name).flags).map(([key, flag]) => `${seen}${fishFlag(key, flag)}`);
  const first = argumentsOf(name)[0]?.completes;
  if (!Array.isArray(first)) return flags;
  const unchosen = `__fish_seen_subcommand_from ${name}; and not __fish_seen_subcommand_from ${first.join(" ")}`;
  return [...flags, `complete -c nnt -n '${unchosen}' -f -a '${first.join(" ")}'`];
}

function fishFlag(key: string, flag: Flag<unknown>): string {
  const short = flag.short === undefined ? "" : ` -s ${flag.short}`;
  // -r: a value follows; -x: and it is no file
  const offered = Array.isArray(flag.completes) ? ` -a '${flag.completes.join(" ")}'` : "";
  const value = flag.value === undefined ? "" : isPath(flag.completes) ? " -r -F" : ` -x${offered}`;
  return `${short} -l ${longName(key).slice(2)}${value} -d ${quote(flag.help)}`;
}

/** Single quotes, in a form that all three shells read alike. */
const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
