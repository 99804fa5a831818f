/** What shells offer by the scripts of `completion`: bash always, zsh and fish where they are installed. */

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logitscope } from '../support/command.js';

type Shell = 'bash' | 'zsh' | 'fish';
const folder = mkdtempSync(join(tmpdir(), 'logitscope-completion-'));
const script = (shell: Shell) => join(folder, `completion.${shell}`);
const has = (shell: Shell) => spawnSync(shell, ['--version']).status === 0;

beforeAll(async () => {
  for (const shell of ['bash', 'zsh', 'fish'] as const) {
    const { status, stdout, stderr } = await logitscope(['completion', shell]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    writeFileSync(script(shell), stdout);
  }
  writeFileSync(join(folder, 'dump one.npy'), '');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (shell: Shell, text: string, ...args: string[]) =>
  execFileSync(shell, ['-c', text, shell, ...args], { cwd: folder, encoding: 'utf8' })
    .split('\n')
    .filter((line) => line !== '');

/** What bash offers for the last of the words, which bash has cut at `=`. */
const bash = (...words: string[]) =>
  run(
    'bash',
    `source ${script('bash')}
     COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
     _logitscope
     printf '%s\\n' "\${COMPREPLY[@]}"`,
    ...['logitscope', ...words],
  );

/** What fish offers for a line, without descriptions. */
const fish = (line: string) =>
  run('fish', `source ${script('fish')}; complete -C ${JSON.stringify(line)}`).map(
    (offer) => offer.split('\t')[0],
  );

describe('completion in bash', () => {
  it('is for the command, and else for files', () => {
    const [said] = run('bash', `source ${script('bash')}; complete -p logitscope`);
    expect(said).toBe('complete -o bashdefault -o default -F _logitscope logitscope');
  });

  it('offers commands, and what begins as the word does', () => {
    expect(bash('')).toEqual(
      expect.arrayContaining(['score', 'explain', 'epochs', 'compare', 'calibrate', 'completion']),
    );
    expect(bash('')).not.toContain('--version');
    expect(bash('e')).toEqual(['explain', 'epochs']);
    expect(bash('--v')).toEqual(['--version']);
  });

  it('offers the options of the command alone', () => {
    expect(bash('score', '--no')).toEqual(['--no-header', '--no-diagnose']);
    expect(bash('epochs', 'a.npy', '--fo')).toEqual(['--format', '--follow']);
    expect(bash('score', '--fol')).toEqual([]);
    expect(bash('metrics', '-')).toEqual(['--json', '--schema', '-h', '--help']);
  });

  it('offers the values of an option, also after =', () => {
    const tasks = ['auto', 'classification', 'binary', 'multilabel', 'regression'];
    expect(bash('score', 'a.npy', '--task', '')).toEqual(tasks);
    expect(bash('score', '--task', 'b')).toEqual(['binary']);
    expect(bash('score', '--task', '=')).toEqual(tasks);
    expect(bash('score', '--task', '=', 'mu')).toEqual(['multilabel']);
    expect(bash('completion', '')).toEqual(['bash', 'zsh', 'fish']);
    expect(bash('help', 'sc')).toEqual(['score']);
  });

  it('leaves files to the shell', () => {
    expect(bash('score', '')).toEqual([]);
    expect(bash('score', '--labels', '')).toEqual([]);
    expect(bash('score', '-l', '-')).toEqual([]);
    expect(bash('compare', 'a.npy', 'd')).toEqual([]);
  });

  it('has every option of every command', async () => {
    const { stdout } = await logitscope(['--help']);
    const commands = [...stdout.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name);
    for (const command of commands.filter((name) => name !== 'help')) {
      const help = (await logitscope([command, '--help'])).stdout;
      const options = [...help.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, name]) => name);
      expect(options).toContain('--help');
      const offered = bash(command, '-').filter((name) => name.startsWith('--'));
      expect(offered.sort()).toEqual(options.sort());
    }
  });
});

describe.runIf(has('fish'))('completion in fish', () => {
  it('offers commands, options, values and files', () => {
    expect(fish('logitscope e')).toEqual(['epochs', 'explain']);
    expect(fish('logitscope score --no-')).toEqual(['--no-diagnose', '--no-header']);
    expect(fish('logitscope score --task b')).toEqual(['binary']);
    expect(fish('logitscope score --task=b')).toEqual(['--task=binary']);
    expect(fish('logitscope completion z')).toEqual(['zsh']);
    expect(fish('logitscope score --labels dump')).toEqual(['dump one.npy']);
    expect(fish('logitscope score dump')).toEqual(['dump one.npy']);
  });
});

describe.runIf(has('zsh'))('completion in zsh', () => {
  it('is a script without mistakes', () => {
    expect(spawnSync('zsh', ['-n', script('zsh')], { encoding: 'utf8' }).stderr).toBe('');
  });

  it('is for the command', () => {
    const said = run(
      'zsh',
      `autoload -U compinit; compinit -u -D; source ${script('zsh')}; print -r -- $_comps[logitscope]`,
    );
    expect(said).toEqual(['_logitscope']);
  });
});

describe('completion', () => {
  it('knows three shells', async () => {
    const { status, stderr } = await logitscope(['completion', 'csh']);
    expect(status).toBe(2);
    expect(stderr).toContain('bash, zsh, fish');
  });
});
