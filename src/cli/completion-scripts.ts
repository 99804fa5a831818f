/** Scripts that complete the command line, from the tree of commands itself. */

import type { Command, Option } from 'commander';

/** An option as shells have to know it. */
interface Flag {
  readonly short: string | undefined;
  readonly long: string;
  readonly description: string;
  /** Whether a value follows: one, any number, or none. */
  readonly takes: 'nothing' | 'one' | 'several';
  /** Values to choose from; null where they are files, or anything. */
  readonly choices: readonly string[] | null;
  readonly isRepeatable: boolean;
}

interface Subcommand {
  readonly name: string;
  readonly description: string;
  readonly flags: readonly Flag[];
  /** What its arguments can be; null where they are files, or anything. */
  readonly choices: readonly string[] | null;
}

interface Tree {
  readonly name: string;
  readonly flags: readonly Flag[];
  readonly commands: readonly Subcommand[];
}

function flagOf(option: Option): Flag {
  const { short, long, description, required, optional, variadic, argChoices } = option;
  return {
    short,
    long: long!,
    description,
    takes: variadic ? 'several' : required || optional ? 'one' : 'nothing',
    choices: argChoices ?? null,
    isRepeatable: /\(repeatable\)$/.test(description),
  };
}

function treeOf(program: Command): Tree {
  const help = program.createHelp();
  const flagsOf = (command: Command) =>
    help
      .visibleOptions(command)
      .filter(({ long }) => long !== undefined)
      .map(flagOf);
  const names = program.commands.map((command) => command.name());
  const commands = help.visibleCommands(program).map((command) => ({
    name: command.name(),
    description: command.description(),
    flags: flagsOf(command),
    choices:
      command.name() === 'help' ? names : (command.registeredArguments[0]?.argChoices ?? null),
  }));
  return { name: program.name(), flags: flagsOf(program), commands };
}

const spellings = ({ short, long }: Flag) => (short === undefined ? [long] : [short, long]);

/** Text in single quotes, as all three shells read it, but for fish's backslashes. */
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** @returns lines of a `case` that say which words there are */
function bashValues({ name, flags, choices }: Subcommand): string[] {
  const chosen = flags.filter((flag) => flag.choices !== null);
  const free = flags.filter((flag) => flag.choices === null && flag.takes !== 'nothing');
  const patterns = (flag: Flag) => spellings(flag).map((flag) => `'${name} ${flag}'`);
  return [
    ...chosen.map(
      (flag) => `    ${patterns(flag).join('|')}) words=${quoted(flag.choices!.join(' '))} ;;`,
    ),
    // Files, which readline completes by itself.
    ...(free.length === 0 ? [] : [`    ${free.flatMap(patterns).join('|')}) return ;;`]),
    `    '${name} '*)`,
    `      case "$word" in`,
    `        -*) words=${quoted(flags.flatMap(spellings).join(' '))} ;;`,
    ...(choices === null ? [] : [`        *) words=${quoted(choices.join(' '))} ;;`]),
    `      esac`,
    `      ;;`,
  ];
}

/** For bash from 3.2 on. */
function bashScript({ name, flags, commands }: Tree): string {
  const names = commands.map((command) => command.name);
  return [
    `# Completion of ${name} in bash.`,
    `_${name}() {`,
    `  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"`,
    `  local command='' words='' i`,
    `  COMPREPLY=()`,
    `  for ((i = 1; i < COMP_CWORD; i++)); do`,
    `    case "\${COMP_WORDS[i]}" in`,
    `      ${names.join('|')}) command="\${COMP_WORDS[i]}"; break ;;`,
    `    esac`,
    `  done`,
    `  # --name=value comes as three words.`,
    `  if [[ "$word" == '=' ]]; then`,
    `    word=''`,
    `  elif [[ "$before" == '=' ]]; then`,
    `    before="\${COMP_WORDS[COMP_CWORD-2]}"`,
    `  fi`,
    `  case "$command $before" in`,
    ...commands.flatMap(bashValues),
    `    *)`,
    `      case "$word" in`,
    `        -*) words=${quoted(flags.flatMap(spellings).join(' '))} ;;`,
    `        *) words=${quoted(names.join(' '))} ;;`,
    `      esac`,
    `      ;;`,
    `  esac`,
    `  COMPREPLY=($(compgen -W "$words" -- "$word"))`,
    `}`,
    `complete -o bashdefault -o default -F _${name} ${name}`,
  ].join('\n');
}

/** Text in a description of `_arguments`. */
const zshText = (text: string) => text.replace(/[\\[\]:]/g, '\\$&');

function zshFlag(flag: Flag): string[] {
  const { short, long, description, takes, choices, isRepeatable } = flag;
  const values = choices === null ? '_files' : `(${choices.join(' ')})`;
  const value = { nothing: '', one: `:value:${values}`, several: `:*-*:value:${values}` }[takes];
  const others = isRepeatable ? '*' : short === undefined ? '' : `(${short} ${long})`;
  const spelling = (text: string) => {
    const joined = takes !== 'one' ? '' : text.startsWith('--') ? '=' : '+';
    return quoted(`${others}${text}${joined}[${zshText(description)}]${value}`);
  };
  return spellings(flag).map(spelling);
}

function zshCommand({ name, flags, choices }: Subcommand): string[] {
  const rest = choices === null ? `'*:file:_files'` : quoted(`1:value:(${choices.join(' ')})`);
  const specs = [...flags.flatMap(zshFlag), rest];
  return [
    `        ${name})`,
    `          _arguments -s \\`,
    ...specs.map((spec, i) => `            ${spec}${i === specs.length - 1 ? '' : ' \\'}`),
    `          ;;`,
  ];
}

function zshScript({ name, flags, commands }: Tree): string {
  return [
    `#compdef ${name}`,
    `# Completion of ${name} in zsh.`,
    `_${name}() {`,
    `  local curcontext="$curcontext" state line`,
    `  typeset -A opt_args`,
    `  local -a commands`,
    `  commands=(`,
    ...commands.map(
      (command) => `    ${quoted(`${command.name}:${zshText(command.description)}`)}`,
    ),
    `  )`,
    `  _arguments -C \\`,
    ...flags.flatMap(zshFlag).map((spec) => `    ${spec} \\`),
    `    '1:command:->command' \\`,
    `    '*::argument:->argument'`,
    `  case $state in`,
    `    command) _describe command commands ;;`,
    `    argument)`,
    `      case $line[1] in`,
    ...commands.flatMap(zshCommand),
    `      esac`,
    `      ;;`,
    `  esac`,
    `}`,
    `# Read as a file of fpath, or by source.`,
    `if [ "$funcstack[1]" = _${name} ]; then`,
    `  _${name} "$@"`,
    `else`,
    `  compdef _${name} ${name}`,
    `fi`,
  ].join('\n');
}

const fishQuoted = (text: string) => `'${text.replace(/[\\']/g, '\\$&')}'`;

function fishFlag(start: string, { short, long, description, takes, choices }: Flag): string {
  const value =
    takes === 'nothing'
      ? ''
      : choices === null
        ? ' -r -F'
        : ` -x -a ${fishQuoted(choices.join(' '))}`;
  const one = short === undefined ? '' : ` -s ${short.slice(1)}`;
  return `${start}${one} -l ${long.slice(2)}${value} -d ${fishQuoted(description)}`;
}

function fishScript({ name, flags, commands }: Tree): string {
  const first = `complete -c ${name} -n __fish_use_subcommand`;
  return [
    `# Completion of ${name} in fish.`,
    `complete -c ${name} -e`,
    ...flags.map((flag) => fishFlag(first, flag)),
    ...commands.map(
      (command) => `${first} -f -a ${command.name} -d ${fishQuoted(command.description)}`,
    ),
    ...commands.flatMap((command) => {
      const start = `complete -c ${name} -n '__fish_seen_subcommand_from ${command.name}'`;
      return [
        ...(command.choices === null
          ? []
          : [`${start} -f -a ${fishQuoted(command.choices.join(' '))}`]),
        ...command.flags.map((flag) => fishFlag(start, flag)),
      ];
    }),
  ].join('\n');
}

/** The script of a shell for a program. */
export function completionScript(shell: 'bash' | 'zsh' | 'fish', program: Command): string {
  const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript };
  return `${scripts[shell](treeOf(program))}\n`;
}
