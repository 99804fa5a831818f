/** The audit from the command line: in the text before any number, in the JSON, in every command. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logitscope } from '../support/command.js';

let folder: string;
const path = (name: string) => join(folder, name);

const softmax = (z: readonly number[]) => {
  const powers = z.map(Math.exp);
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
};
const logits = Array.from({ length: 60 }, (_, i) =>
  [0, 1, 2].map((c) => (i % 3 === c ? 8 : (i * c) % 5)),
);
const csv = (header: string, rows: readonly (readonly unknown[])[]) =>
  `${header}\n${rows.map((row) => row.join(',')).join('\n')}\n`;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'logitscope-audit-'));
  const dump = (name: string, of: (z: number[]) => number[]) =>
    writeFileSync(
      path(name),
      csv(
        'p_0,p_1,p_2,label',
        logits.map((z, i) => [...of(z), i % 3]),
      ),
    );
  dump('once.csv', softmax);
  dump('twice.csv', (z) => softmax(softmax(z)));
  dump('twice-again.csv', (z) => softmax(softmax(z.map((x) => 2 * x))));
  dump('rounded.csv', (z) => z.map((x) => (x === 8 ? 1 : 0)));
  writeFileSync(
    path('order.csv'),
    csv('p_0,p_1,p_10,p_2,label', [
      [0.1, 0.2, 0.6, 0.1, 10],
      [0.1, 0.2, 0.1, 0.6, 2],
    ]),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const codes = (stdout: string) =>
  JSON.parse(stdout).notices.map(({ code }: { code: string }) => code);

describe('the audit', () => {
  it('says that softmax was applied twice, before any number', async () => {
    const { stdout } = await logitscope(['score', path('twice.csv')]);
    const [note, table] = [stdout.indexOf('Note (double-softmax):'), stdout.indexOf('log_loss')];
    expect(note).toBeGreaterThan(0);
    expect(table).toBeGreaterThan(note);
    const { stdout: json } = await logitscope(['score', path('twice.csv'), '--json']);
    const notice = JSON.parse(json).notices.find(
      ({ code }: { code: string }) => code === 'double-softmax',
    );
    expect(notice.evidence.most).toBeCloseTo(Math.E / (Math.E + 2), 12);
    expect(notice.evidence.highest).toBeGreaterThan(0.98 * notice.evidence.most);
    expect(codes((await logitscope(['score', path('once.csv'), '--json'])).stdout)).toEqual([]);
  });

  it('finds it, too, in probabilities that are said to be logits', async () => {
    const args = ['score', path('once.csv'), '--kind', 'logits', '--json'];
    expect(codes((await logitscope(args)).stdout)).toContain('double-softmax');
  });

  it('counts probabilities of 1', async () => {
    const { stdout } = await logitscope(['score', path('rounded.csv'), '--json']);
    const notice = JSON.parse(stdout).notices.find(
      ({ code }: { code: string }) => code === 'certain-rows',
    );
    expect(notice.evidence).toEqual({ rows: 60, wrong: 0 });
  });

  it('tells classes that stand in the order of text, and matches targets by name', async () => {
    const { stdout } = await logitscope(['score', path('order.csv'), '--json']);
    expect(codes(stdout)).toContain('class-order');
    expect(JSON.parse(stdout).metrics.accuracy.value).toBe(1);
  });

  it('is in explain, with the name of the dump', async () => {
    const args = ['explain', path('once.csv'), path('twice.csv'), '--json'];
    const { stdout } = await logitscope(args);
    const notice = JSON.parse(stdout).notices.find(
      ({ code }: { code: string }) => code === 'double-softmax',
    );
    expect(notice.message).toContain('twice.csv: Softmax');
    expect(notice.evidence.dumps).toBe(1);
  });

  it('is in epochs, once for all dumps', async () => {
    const files = ['once.csv', 'twice.csv', 'twice-again.csv'].map(path);
    const { stdout } = await logitscope(['epochs', ...files, '--json']);
    const notices = JSON.parse(stdout).notices.filter(
      ({ code }: { code: string }) => code === 'double-softmax',
    );
    expect(notices).toHaveLength(1);
    expect(notices[0].message).toContain('and alike in 1 other dump');
    const text = (await logitscope(['epochs', ...files])).stdout;
    expect(text.indexOf('Note (double-softmax)')).toBeLessThan(text.search(/^ *epoch +loss/m));
  });
});

describe('one score per row', () => {
  it('has a diagnosis: the temperature, the worst rows', async () => {
    const y = Array.from({ length: 400 }, (_, i) => (i % 7 < 3 ? 1 : 0));
    const z = y.map((target, i) => (i % 5 === 0 ? -4 : 4) * (target === 1 ? 1 : -1) + (i % 3) / 10);
    writeFileSync(
      path('z.csv'),
      csv(
        'y_score,y_true',
        z.map((x, i) => [x, y[i]]),
      ),
    );
    // The same as two classes, the first of which scores 0.
    writeFileSync(
      path('pairs.csv'),
      csv(
        'logit_0,logit_1,label',
        z.map((x, i) => [0, x, y[i]]),
      ),
    );
    const run = async (...args: string[]) =>
      JSON.parse((await logitscope(['score', ...args, '--json'])).stdout);
    const single = await run(path('z.csv'), '--task', 'binary', '--worst', '3');
    const pairs = await run(path('pairs.csv'), '--kind', 'logits', '--worst', '3');
    expect(single.diagnosis.temperature.value).toBeCloseTo(pairs.diagnosis.temperature.value, 9);
    expect(single.diagnosis.calibration.crossFitted).toBeCloseTo(
      pairs.diagnosis.calibration.crossFitted,
      9,
    );
    expect(single.diagnosis.worst.map(({ row }: { row: number }) => row)).toEqual(
      pairs.diagnosis.worst.map(({ row }: { row: number }) => row),
    );
    expect(single.metrics.log_loss_none.value).toHaveLength(2);
    const without = await run(path('z.csv'), '--task', 'binary', '--no-diagnose');
    expect(without.diagnosis).toBeUndefined();
  });
});
