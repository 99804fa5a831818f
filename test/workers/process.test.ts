/** Processes of their own: what is left behind would keep them from ending. */

import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logitscope } from '../support/command.js';
import { npy, testRows, writeDumps } from './dumps.js';

let files: ReturnType<typeof writeDumps>;
beforeAll(() => {
  files = writeDumps();
  const { targets } = testRows();
  targets[70_000] = 77;
  writeFileSync(files.path('bad-y.npy'), npy(targets, null));
});
afterAll(() => rmSync(files.folder, { recursive: true, force: true }));

const INDEX = new URL('../../dist/index.js', import.meta.url).href;

/** Runs a program that scores on three threads; its text arrives by `--eval`, a flag no worker may inherit. */
function program(labels: string): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const text = `
    import { scoreFile } from ${JSON.stringify(INDEX)};
    const options = { labels: ${JSON.stringify(files.path(labels))}, ignoreIndex: -100, threads: 3, stripeBytes: 1 };
    await scoreFile(${JSON.stringify(files.path('f4.npy'))}, options).then(
      (report) => console.log(report.rows.total),
      (error) => console.log(error.code, error.place.row),
    );`;
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--input-type=module', '--eval', text],
      { timeout: 30_000, cwd: fileURLToPath(new URL('../..', import.meta.url)) },
      (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}

describe('a process that scored on several threads', () => {
  it('ends by itself, after a report', async () => {
    expect(await program('y.npy')).toEqual({ code: 0, stdout: '115687\n', stderr: '' });
  });

  it('ends by itself, after an error', async () => {
    const ended = await program('bad-y.npy');
    expect(ended).toEqual({ code: 0, stdout: 'target-out-of-range 70000\n', stderr: '' });
  });
});

describe('logitscope score --threads', () => {
  const score = (...args: string[]) =>
    logitscope(['score', files.path('f4.npy'), '-l', files.path('y.npy'), ...args]);

  it('takes auto and a number', async () => {
    const [auto, three] = await Promise.all([
      score('--ignore-index', '-100', '--json'),
      score('--ignore-index', '-100', '--json', '--threads', '3'),
    ]);
    expect(auto!.status).toBe(0);
    expect(three!.stdout).toBe(auto!.stdout);
  });

  it.each(['0', '-1', '1.5', 'many', '1000', ''])('refuses %j', async (value) => {
    const { status, stderr } = await score(`--threads=${value}`);
    expect(status).toBe(2);
    expect(stderr).toMatch(/--threads/);
  });
});
