/** `explain` and `epochs`: exit statuses, messages for usual mistakes, output for programs. */

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logitscope } from '../support/command.js';

const DIGITS = 'test/oracles/dumps/digits-epochs';
const LABELS = ['--labels', `${DIGITS}/labels.npy`];
const epoch = (number: string) => `${DIGITS}/epoch-${number}.npy`;
const explain = (...args: string[]) => logitscope(['explain', ...args]);
const epochs = (...args: string[]) => logitscope(['epochs', ...args]);

let folder: string;
const at = (name: string) => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'logitscope-explain-'));
  const csv = (name: string, header: string, rows: (string | number)[][]) =>
    writeFileSync(at(name), `${header}\n${rows.map((row) => row.join(',')).join('\n')}\n`);
  const rows = Array.from(
    { length: 12 },
    (_, i) => [0.1 + (i % 4) / 5, i % 3 === 0 ? 'b' : 'a'] as const,
  );
  const dump = (from: number, to: number, label = (i: number) => rows[i]![1] as string) =>
    rows.slice(from, to).map(([p], i) => [p.toFixed(2), (1 - p).toFixed(2), label(i)]);
  csv('run-1.csv', 'p_a,p_b,label', dump(0, 12));
  csv('run-2.csv', 'p_a,p_b,label', dump(0, 12));
  csv(
    'swapped.csv',
    'p_b,p_a,label',
    dump(0, 12).map(([p, q, y]) => [q!, p!, y!]),
  );
  csv('short.csv', 'p_a,p_b,label', dump(0, 9));
  csv(
    'other-target.csv',
    'p_a,p_b,label',
    dump(0, 12, (i) => (i === 5 ? 'b' : rows[i]![1])),
  );
  csv(
    'three.csv',
    'p_a,p_b,p_c,label',
    dump(0, 12).map(([p, q, y]) => [p!, q!, 0, y!]),
  );
  csv(
    'weighted.csv',
    'p_a,p_b,label,weight',
    dump(0, 12).map((row) => [...row, 2]),
  );
  csv(
    'labels.csv',
    'prediction,label',
    dump(0, 12).map(([, , y]) => ['a', y!]),
  );
  csv('one.csv', 'p_a,p_b,label', dump(0, 1));
  csv('one-again.csv', 'p_a,p_b,label', [['0.90', '0.10', 'b']]);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('explain', () => {
  it('says in words what happened, verdict first', async () => {
    const { status, stdout, stderr } = await explain(epoch('070'), epoch('160'), ...LABELS);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout.split('\n')[3]).toMatch(
      /^The loss rose by 0\.1461 .* The change is one of scale, offsets and discrimination/,
    );
    expect(stdout).not.toContain('\x1b');
    expect(stdout).not.toContain('NaN');
    const drop = await explain(epoch('024'), epoch('070'), ...LABELS);
    expect(drop.stdout).toContain('The change is one of offsets and discrimination');
  });

  it('gives programs JSON, with what JSON cannot hold as texts', async () => {
    const { status, stdout } = await explain(epoch('000'), epoch('160'), ...LABELS, '--json');
    expect(status).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ schema: 'logitscope.explain/1', logTemperatureRatio: 'NaN' });
    expect(report.before.temperature).toEqual({
      value: expect.any(Number),
      bound: 'no-information',
    });
    expect(report.rose.length + report.fell.length).toBeLessThanOrEqual(20);
    expect(stdout).not.toMatch(/:\s*(NaN|-?Infinity)/);
  });

  it('claims nothing of one row', async () => {
    const report = JSON.parse((await explain(at('one.csv'), at('one-again.csv'), '--json')).stdout);
    expect(report.verdict).toMatchObject({ causes: [], changed: false });
    expect(report.loss).toMatchObject({ low: '-Infinity', high: 'Infinity', pValue: 1 });
  });

  it.each([
    ['loss rises', 1],
    ['accuracy drops', 0],
    ['refinement changes', 1],
    ['calibration rises', 1],
    ['loss > 0.4', 1],
    ['accuracy < 0.8', 0],
  ])('fails where asked: "%s" gives status %i', async (condition, wanted) => {
    const { status, stdout, stderr } = await explain(
      epoch('070'),
      epoch('160'),
      ...LABELS,
      '--json',
      '--fail-if',
      condition,
    );
    expect(status).toBe(wanted);
    expect(stderr).toContain(wanted === 1 ? 'Failed: ' : 'Passed: ');
    expect(stderr.trim().split('\n')).toHaveLength(1);
    const [gate] = JSON.parse(stdout).gates;
    expect(gate).toMatchObject({ condition, failed: wanted === 1 });
  });

  it('asks the test, not the difference, and takes every condition', async () => {
    const { status, stderr } = await explain(
      epoch('070'),
      epoch('160'),
      ...LABELS,
      '--fail-if',
      'accuracy changes',
      '--fail-if',
      'loss falls',
    );
    expect(status).toBe(0);
    expect(stderr.match(/Passed: /g)).toHaveLength(2);
  });

  it.each([
    [
      'other rows',
      ['run-1.csv', 'short.csv'],
      3,
      /another number of rows than .*run-1\.csv; found 9; expected 12/,
    ],
    ['other targets', ['run-1.csv', 'other-target.csv'], 3, /row 5: its target is another than/],
    ['other classes', ['run-1.csv', 'three.csv'], 2, /has 2 classes and .* has 3/],
    ['another order', ['run-1.csv', 'swapped.csv'], 2, /Class 0 is "a" in .* and "b" in/],
    ['weights in one', ['run-1.csv', 'weighted.csv'], 2, /has sample weights and .* has none/],
    [
      'labels beside scores',
      ['labels.csv', 'run-1.csv'],
      2,
      /predicted labels without scores and .* classes, each with a score/,
    ],
    ['no file', ['run-1.csv', 'nowhere.csv'], 3, /nowhere\.csv/],
  ] as const)('refuses %s', async (_, files, wanted, message) => {
    const { status, stdout, stderr } = await explain(...files.map(at));
    expect([status, stdout]).toEqual([wanted, '']);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('    at ');
  });

  it.each([
    ['accuracy', /or one of loss, accuracy, .*, calibration, .* and one of rises, drops/],
    ['loss > much', /cannot be read/],
    ['auc drops', /cannot be read/],
    ['loss rises much', /cannot be read/],
    ['', /cannot be read/],
  ])('refuses the condition "%s"', async (condition, message) => {
    const { status, stderr } = await explain('a', 'b', '--fail-if', condition);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
  });

  it.each([[['--level', '0']], [['--level', 'x']], [['--worst', '-1']], [['only-one.npy']]])(
    'refuses %o',
    async (args) => {
      const { status, stdout } = await explain(...args);
      expect([status, stdout]).toEqual([2, '']);
    },
  );

  it('ends quietly when the pipe it writes to is closed', async () => {
    const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
    const args = [main, 'explain', epoch('070'), epoch('160'), ...LABELS, '--json'];
    const child = spawn(process.execPath, args, {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
    });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.on('data', (data) => {
      stderr += data;
    });
    const status = await new Promise((resolve) => child.on('close', resolve));
    expect([0, 141]).toContain(status);
    expect(stderr).toBe('');
  });
});

describe('epochs', () => {
  it('draws, tables and explains a run', async () => {
    const { status, stdout, stderr } = await epochs(`${DIGITS}/epoch-*.npy`, ...LABELS);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^32 epochs, .*epoch-000\.npy … .*epoch-160\.npy/);
    expect(stdout).toContain('● loss   ○ accuracy');
    expect(stdout).toMatch(
      /From epoch \d+ to 160 the loss went up by .* while accuracy stood still/,
    );
    expect(stdout).not.toContain('NaN');
    expect(stdout).not.toContain('\x1b');
  });

  it('gives programs JSON', async () => {
    const { status, stdout } = await epochs(
      epoch('024'),
      epoch('070'),
      epoch('160'),
      ...LABELS,
      '--json',
    );
    expect(status).toBe(0);
    const { schema, epochs: read, best } = JSON.parse(stdout);
    expect(schema).toBe('logitscope.epochs/1');
    expect(read.map((reading: { epoch: number }) => reading.epoch)).toEqual([24, 70, 160]);
    expect(best.map(({ by }: { by: string }) => by)).toEqual(['loss', 'accuracy', 'refinement']);
  });

  it('sets training dumps beside the others, epoch by epoch', async () => {
    const two = [epoch('024'), epoch('070')];
    const { status, stdout } = await epochs(
      ...two,
      ...LABELS,
      '--train-labels',
      LABELS[1]!,
      '--train',
      ...two,
    );
    expect(status).toBe(0);
    expect(stdout).toMatch(/loss gap +accuracy gap/);
    const wrong = await epochs(...two, ...LABELS, '--train-labels', LABELS[1]!, '--train', two[0]!);
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toContain('Give one training dump for each');
  });

  it.each([
    ['a pattern that nothing matches', ['nothing-*.npy'], 3, /no file matches this pattern/],
    ['one epoch only', ['run-1.csv'], 2, /two epochs or more; found .*run-1\.csv alone/],
    [
      'other rows',
      ['run-1.csv', 'short.csv'],
      3,
      /another number of rows than .*run-1\.csv; found 9; expected 12/,
    ],
    ['other targets', ['run-1.csv', 'other-target.csv'], 3, /row 5 has another target than/],
    ['other classes', ['run-1.csv', 'three.csv'], 3, /another number of classes than/],
    ['another order', ['run-1.csv', 'swapped.csv'], 3, /its classes stand in another order/],
    [
      'weights in one',
      ['run-1.csv', 'weighted.csv'],
      3,
      /found sample weights; expected no sample weights/,
    ],
    ['labels beside scores', ['labels.csv', 'run-1.csv'], 3, /scored as another task than/],
  ] as const)('refuses %s', async (_, files, wanted, message) => {
    const { status, stdout, stderr } = await epochs(...files.map(at), '--quiet');
    expect([status, stdout]).toEqual([wanted, '']);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('    at ');
  });
});

describe('score', () => {
  const score = (...args: string[]) => logitscope(['score', epoch('070'), ...LABELS, ...args]);
  it.each([
    ['log_loss > 0.4', 1],
    ['log_loss > 0.5', 0],
    ['accuracy < 0.9', 1],
    ['temperature >= 1.2', 1],
    ['calibration <= 0', 0],
  ])('fails where asked: "%s" gives status %i', async (condition, wanted) => {
    const { status, stderr } = await score('--fail-if', condition);
    expect(status).toBe(wanted);
    expect(stderr).toContain(wanted === 1 ? 'Failed: ' : 'Passed: ');
  });

  it('refuses conditions on what is not there', async () => {
    const unknown = await score('--fail-if', 'log_los > 0.4');
    expect(unknown.status).toBe(2);
    expect(unknown.stderr).toContain('Did you mean log_loss?');
    expect((await score('--fail-if', 'log_loss = 0.4')).status).toBe(2);
    expect((await score('--fail-if', 'log_loss > much')).status).toBe(2);
  });

  it('lists no worst row where none is wanted', async () => {
    const { status, stdout } = await score('--worst', '0');
    expect(status).toBe(0);
    expect(stdout).not.toContain('Highest losses');
  });
});
