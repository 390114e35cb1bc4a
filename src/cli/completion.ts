import type { Command } from 'commander';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** What may come after a command's words: everything here is read from the declarations. */
interface Node {
  /** Command words up to here, separated by blanks: '' or 'tags' or 'tags add'. */
  path: string;
  /** Subcommands and choices of arguments, with what they are. */
  words: Word[];
  flags: Flag[];
}

interface Word {
  word: string;
  about: string;
}

interface Flag extends Word {
  takesValue: boolean;
}

/** A script for the shell that completes commands, subcommands, options and choices of `program`. */
export function completionScript(program: Command, shell: Shell): string {
  return { bash, zsh, fish }[shell](program.name(), nodesOf(program, '', flagsOf(program)));
}

function nodesOf(command: Command, path: string, globals: readonly Flag[]): Node[] {
  const words = command.commands.map((sub) => ({ word: sub.name(), about: sub.description() }));
  for (const argument of command.registeredArguments) {
    for (const word of argument.argChoices ?? []) words.push({ word, about: argument.description });
  }
  const flags = path === '' ? globals : [...flagsOf(command), ...globals];
  const below = command.commands.flatMap((sub) => nodesOf(sub, `${path} ${sub.name()}`.trim(), globals));
  return [{ path, words, flags: [...new Map(flags.map((flag) => [flag.word, flag])).values()] }, ...below];
}

function flagsOf(command: Command): Flag[] {
  const options = command.createHelp().visibleOptions(command);
  return options.flatMap(({ short, long, description, required, optional }) =>
    [short, long]
      .filter((word) => word !== undefined)
      .map((word) => ({ word, about: description, takesValue: required || optional })),
  );
}

function namesOf(words: readonly Word[]): string {
  return words.map(({ word }) => word).join(' ');
}

/** Options whose value is the next word, of all commands: such a word is no command. */
function valueFlags(nodes: readonly Node[]): string[] {
  const flags = nodes.flatMap((node) => node.flags.filter(({ takesValue }) => takesValue));
  return [...new Set(flags.map(({ word }) => word))];
}

/** The command words typed so far, in shell: the longest path that is a command. Bash and zsh read it alike. */
function pathFinder(nodes: readonly Node[], words: string): string {
  const paths = nodes.map(({ path }) => path).filter(Boolean);
  return `  local path="" word skip=0
  for word in ${words}; do
    if (( skip )); then skip=0; continue; fi
    case "$word" in ${valueFlags(nodes).join('|')}) skip=1; continue ;; esac
    case "\${path:+$path }$word" in ${paths.map((path) => `'${path}'`).join('|')}) path="\${path:+$path }$word" ;; esac
  done`;
}

function bash(name: string, nodes: readonly Node[]): string {
  const cases = nodes.map(
    ({ path, words, flags }) => `    '${path}') words='${namesOf(words)}'; flags='${namesOf(flags)}' ;;`,
  );
  return `# bash completion of ${name}; made by: ${name} completion bash
_${name}() {
  local words flags current="\${COMP_WORDS[COMP_CWORD]}"
${pathFinder(nodes, `"\${COMP_WORDS[@]:1:COMP_CWORD-1}"`)}
  case "$path" in
${cases.join('\n')}
  esac
  if [[ "$current" == -* ]]; then words="$flags"; fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _${name} ${name}
`;
}

function zsh(name: string, nodes: readonly Node[]): string {
  const list = (words: readonly Word[]) => words.map(({ word, about }) => `'${word}:${shellSafe(about)}'`).join(' ');
  const cases = nodes.map(
    ({ path, words, flags }) => `    '${path}') items=(${list(words)}); flags=(${list(flags)}) ;;`,
  );
  return `#compdef ${name}
# zsh completion of ${name}; made by: ${name} completion zsh
_${name}() {
  local -a items flags
${pathFinder(nodes, `"\${(@)words[2,CURRENT-1]}"`).replaceAll('path', 'typed')}
  case "$typed" in
${cases.join('\n')}
  esac
  if [[ "\${words[CURRENT]}" == -* ]]; then items=("\${flags[@]}"); fi
  if (( \${#items} )); then _describe '${name}' items; else _files; fi
}
compdef _${name} ${name}
`;
}

function fish(name: string, nodes: readonly Node[]): string {
  const lines: string[] = [];
  for (const { path, words, flags } of nodes) {
    const when = `-n "__${name}_at '${path}'"`;
    for (const { word, about } of words) {
      lines.push(`complete -c ${name} ${when} -f -a '${word}' -d '${shellSafe(about)}'`);
    }
    for (const { word, about, takesValue } of flags) {
      const flag = word.startsWith('--') ? `-l ${word.slice(2)}` : `-s ${word.slice(1)}`;
      lines.push(`complete -c ${name} ${when} ${flag}${takesValue ? ' -r' : ''} -d '${shellSafe(about)}'`);
    }
  }
  const paths = nodes.map(({ path }) => path).filter(Boolean);
  return `# fish completion of ${name}; made by: ${name} completion fish | source
function __${name}_at
  set -l path ''
  set -l skip 0
  for word in (commandline -opc)[2..-1]
    if test $skip = 1
      set skip 0
      continue
    end
    if contains -- $word ${valueFlags(nodes).join(' ')}
      set skip 1
      continue
    end
    set -l longer (string trim -- "$path $word")
    if contains -- $longer ${paths.map((path) => `'${path}'`).join(' ')}
      set path $longer
    end
  end
  test "$path" = "$argv[1]"
end
${lines.join('\n')}
`;
}

/** Descriptions stand in single quotes, and zsh splits at the first colon. */
function shellSafe(about: string): string {
  return about.replace(/['\\]/g, '').replaceAll(':', ',');
}
