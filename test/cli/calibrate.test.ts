/** `logitscope calibrate`: what it prints, writes and refuses. */

import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { logitscope } from '../support/command.js';

const DIGITS = new URL('../../examples/digits/', import.meta.url).pathname;
const cwd = mkdtempSync(join(tmpdir(), 'logitscope-calibrate-cli-'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));
copyFileSync(join(DIGITS, 'epoch-160.npy'), join(cwd, 'dump.npy'));
copyFileSync(join(DIGITS, 'labels.npy'), join(cwd, 'labels.npy'));

const calibrate = (line: string) => logitscope(['calibrate', ...line.split(' ')], { cwd });

describe('calibrate', () => {
  it('fits, writes, applies, and gives the loss that it said', async () => {
    const fit = await calibrate('dump.npy -l labels.npy --only scale --out fitted.json');
    expect(fit).toMatchObject({ status: 0, stderr: '' });
    expect(fit.stdout).toMatch(
      /loss +0\.6039 +0\.4384 +0\.1654 +0\.0895 … 0\.2414 +< 0\.0001 +0\.4355/,
    );
    expect(fit.stdout).toContain('after, out of fold');
    expect(fit.stdout).toContain('in sample flatters');
    const applied = await calibrate('dump.npy --apply fitted.json --out after.npy');
    expect(applied.stdout).toBe('after.npy: 1 000 rows of dump.npy, recalibrated logits as f32\n');
    const { stdout } = await logitscope(['score', 'after.npy', '-l', 'labels.npy', '--json'], {
      cwd,
    });
    const promised = JSON.parse(readFileSync(join(cwd, 'fitted.json'), 'utf8')).loss.after;
    expect(JSON.parse(stdout).metrics.log_loss.value).toBeCloseTo(promised, 6);
    expect(readdirSync(cwd).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('prints the fit as JSON, and says where nothing is written', async () => {
    const { stdout } = await calibrate('dump.npy -l labels.npy --json');
    const fitted = JSON.parse(stdout);
    expect(fitted).toMatchObject({ schema: 'logitscope.recalibration/1', classes: 10 });
    expect(fitted.loss.saved.low).toBeGreaterThan(0);
    const { stdout: text } = await calibrate('dump.npy -l labels.npy');
    expect(text).toContain('Nothing was written');
  });

  it('fits from a pipe', async () => {
    const input =
      'p_a,p_b,label\n0.9,0.1,a\n0.8,0.2,b\n0.3,0.7,b\n0.6,0.4,a\n0.4,0.6,a\n0.2,0.8,b\n';
    const { stdout, status } = await logitscope(['calibrate', '-', '--json'], { input, cwd });
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'probabilities', classNames: ['a', 'b'] });
  });

  it.each([
    ['dump.npy -l labels.npy --out fitted.npy', 2, 'end the name in .json'],
    ['dump.npy -l labels.npy --out nowhere/fitted.json', 2, 'Cannot write nowhere/fitted.json'],
    ['dump.npy --apply fitted.json', 2, '--out recalibrated.npy'],
    ['dump.npy --apply fitted.json --out dump.npy', 2, 'is dump.npy itself'],
    ['dump.npy --apply fitted.json --out fitted.json', 2, 'is fitted.json itself'],
    ['dump.npy --apply fitted.json --out after.txt', 2, '.npy, .npz or .csv'],
    ['dump.npy --apply fitted.json --only scale --out x.npy', 2, '--only is for a fit'],
    ['dump.npy --apply fitted.json --task binary --out x.npy', 2, 'for --task classification'],
    ['dump.npy -l labels.npy --cluster x --out y.json', 2, '--cluster does nothing'],
    ['dump.npy --out y.json', 2, 'holds no targets'],
    ['dump.npy --apply missing.json --out x.npy', 3, 'missing.json: there is no such file'],
    ['dump.npy --apply cut.json --out x.npy', 3, 'cut.json: this is no JSON'],
    ['dump.npy --apply other.json --out x.npy', 3, 'schema of the recalibration'],
  ])('refuses %s', async (line, status, says) => {
    writeFileSync(join(cwd, 'cut.json'), '{"schema": "logitscope.recal');
    writeFileSync(join(cwd, 'other.json'), '{"schema": "logitscope.report/1"}');
    writeFileSync(
      join(cwd, 'fitted.json'),
      JSON.stringify({
        schema: 'logitscope.recalibration/1',
        temperature: 2,
        offsets: new Array(10).fill(0),
      }),
    );
    const outcome = await calibrate(line);
    expect(outcome.status, outcome.stderr).toBe(status);
    expect(outcome.stderr).toContain(says);
    expect(outcome.stderr).not.toContain('internal error');
    expect(outcome.stdout).toBe('');
  });
});
