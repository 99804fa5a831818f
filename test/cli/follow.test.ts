/** `epochs --follow` as a process: lines, JSON lines, exit statuses, signals. */

import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { logitscope } from '../support/command.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DIGITS = join(ROOT, 'test/oracles/dumps/digits-epochs');
const LABELS = join(DIGITS, 'labels.npy');

let folder: string;
const give = (...epochs: string[]) => {
  for (const epoch of epochs) {
    copyFileSync(join(DIGITS, `epoch-${epoch}.npy`), join(folder, `val-${epoch}.npy`));
  }
};
const OPTIONS = ['--labels', LABELS, '--follow', '--interval', '30ms'];
const follow = (...args: string[]) =>
  logitscope(['epochs', 'val-*.npy', ...OPTIONS, ...args], { cwd: folder });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'logitscope-follow-'));
  mkdirSync(folder, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('epochs --follow', () => {
  it('writes a line per epoch into a pipe, and the report at the end', async () => {
    give('024', '070');
    setTimeout(() => give('160'), 1500);
    const { status, stdout, stderr } = await follow('--idle', '2500ms');
    expect([status, stderr]).toEqual([0, '']);
    const [first, second, third, blank, head] = stdout.split('\n');
    expect(first).toMatch(/^epoch 24: loss 0\.2951, accuracy 0\.9430, .*best by loss: epoch 24$/);
    expect(second).toMatch(/^epoch 70: /);
    expect(third).toMatch(/^epoch 160: /);
    expect([blank, head?.slice(0, 8)]).toEqual(['', '3 epochs']);
    expect(stdout).toContain('What happened');
    expect(stdout).not.toContain('\x1b');
  });

  it('writes JSON lines, the whole report last', async () => {
    give('024', '070');
    const { status, stdout } = await follow('--idle', '300ms', '--json', '--fail-if', 'loss > 0.4');
    expect(status).toBe(1);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ schema }) => schema)).toEqual([
      'logitscope.epoch/1',
      'logitscope.epoch/1',
      'logitscope.epochs/1',
    ]);
    expect(lines[1]).toMatchObject({ epoch: 70, epochs: 2, phase: { from: 24, to: 70 } });
    expect(lines[2].gates).toHaveLength(1);
  });

  it('ends with status 1 when patience is over, and says which epoch to keep', async () => {
    give('020', '024', '070', '100', '115');
    const { status, stdout, stderr } = await follow('--patience', '2');
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /Patience is over: none of the last 2 epochs \(70 to 100\).*Keep epoch 24/,
    );
    expect(stdout).not.toContain('epoch 115');
  });

  it('ends with the report and status 130 at Ctrl-C', async () => {
    give('024', '070');
    const main = join(ROOT, 'dist/cli/main.js');
    const args = [main, 'epochs', 'val-*.npy', ...OPTIONS];
    const child = spawn(process.execPath, args, { cwd: folder });
    let stdout = '';
    let isTold = false;
    child.stdout.on('data', (data) => {
      stdout += data;
      if (isTold || !stdout.includes('epoch 70:')) return;
      isTold = true;
      // As by a terminal and by what started the process.
      child.kill('SIGINT');
      child.kill('SIGINT');
    });
    const status = await new Promise((resolve) => child.on('close', resolve));
    expect(status).toBe(130);
    expect(stdout).toContain('What happened');
  });

  it.each([
    ['--patience', ['--patience', '3'], /--patience is about a run in progress: give --follow/],
    ['a bare number', ['--follow', '--idle', '10'], /Expected a duration such as/],
    ['no patience', ['--follow', '--patience', '0'], /whole number from 1/],
  ])('refuses %s', async (_, args, message) => {
    const { status, stderr } = await logitscope(['epochs', 'a', 'b', ...args]);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
  });

  it('refuses a dump of other rows with status 3, its name and no stack', async () => {
    give('024');
    copyFileSync(LABELS, join(folder, 'val-025.npy'));
    const { status, stderr } = await follow('--idle', '20s');
    expect(status).toBe(3);
    expect(stderr).toContain('val-025.npy');
    expect(stderr).not.toContain('    at ');
  });
});
