/** `logitscope completion`: a script by which a shell completes the words of the command line. */

import { Argument, type Command } from 'commander';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

const EXAMPLES = `
A line for the file that the shell reads when it starts:
  eval "$(logitscope completion bash)"       in ~/.bashrc
  source <(logitscope completion zsh)        in ~/.zshrc, after compinit
  logitscope completion fish | source        in ~/.config/fish/config.fish

Exit status: 0 done, 2 wrong usage.`;

/** Adds the command to the program, of which it tells all commands and options. */
export function addCompletionCommand(program: Command): void {
  program
    .command('completion')
    .description('Prints a script that completes commands, options and their values in a shell.')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .addHelpText('after', EXAMPLES)
    .action(async (shell: Shell) => {
      const { completionScript } = await import('./completion-scripts.js');
      process.stdout.write(completionScript(shell, program));
    });
}
