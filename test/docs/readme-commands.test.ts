/** The commands that the README shows, run as they stand, print what it says they print. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { logitscope } from '../support/command.js';

const text = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

/** Commands with the lines below each, up to the next. */
const commands = [...text.matchAll(/^```console\n([\s\S]*?)^```/gm)].flatMap(([, fence]) =>
  fence!
    .split(/^\$ logitscope /m)
    .filter((part) => part !== '')
    .map((part) => {
      const [command, ...shown] = part.trimEnd().split('\n');
      return { command: command!, shown };
    }),
);

describe('the README', () => {
  it('shows commands', () => {
    expect(commands.length).toBeGreaterThanOrEqual(5);
  });

  it.each(commands)('prints what logitscope $command does', async ({ command, shown }) => {
    const { status, stdout, stderr } = await logitscope(command.split(' '));
    expect([status, stderr]).toEqual([0, '']);
    const printed = stdout.split('\n');
    let at = 0;
    // Lines stand in their order; a line of … stands for any others.
    for (const line of shown.filter((line) => line !== '…')) {
      const found = printed.indexOf(line, at);
      expect(found, line).toBeGreaterThanOrEqual(0);
      at = found + 1;
    }
  });
});
