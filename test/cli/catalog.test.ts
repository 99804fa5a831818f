/** `logitscope metrics` and `logitscope losses`. */

import { describe, expect, it } from 'vitest';
import * as library from '../../src/index.js';
import { isLoss } from '../../src/losses/loss-function.js';
import { displayWidth } from '../../src/render/table.js';
import { logitscope } from '../support/command.js';

const { losses, metricDescriptions } = library;

describe('logitscope metrics', () => {
  it('lists every metric under its task, in columns that line up', async () => {
    const { status, stdout, stderr } = await logitscope(['metrics']);
    expect([status, stderr]).toEqual([0, '']);
    const lines = stdout.split('\n').filter((line) => line.startsWith('    '));
    expect(lines.map((line) => line.trim().split(/\s{2,}/))).toEqual(
      metricDescriptions.map(({ name, summary, formula }) => [name, summary, formula]),
    );
    for (const task of ['classification', 'binary', 'multilabel', 'regression']) {
      const starts = metricDescriptions.flatMap((metric, i) =>
        metric.task === task
          ? [displayWidth(lines[i].slice(0, lines[i].indexOf(metric.summary)))]
          : [],
      );
      expect(new Set(starts).size, task).toBe(1);
    }
    expect(stdout.split('\n').filter((line) => /^\S/.test(line))).toHaveLength(4);
  });

  it.each([
    ['kappa', ['kappa', 'kappa_linear', 'kappa_quadratic', 'kappa']],
    ['TOP_*_ACC', ['top_<k>_accuracy']],
    ['Poisson', ['poisson_deviance', 'd2_tweedie_1']],
  ])('finds %s', async (pattern, names) => {
    const { stdout } = await logitscope(['metrics', pattern, '--json']);
    const found = JSON.parse(stdout);
    expect(found.schema).toBe('logitscope.metrics/1');
    expect(found.metrics.map(({ name }: { name: string }) => name)).toEqual(names);
  });

  it('takes the pattern for text, not for an expression', async () => {
    const { stdout } = await logitscope(['metrics', 'd2_tweedie_1)', '--json']);
    expect(stdout).toBe('');
  });

  it('names the nearest where nothing is found', async () => {
    const { status, stderr } = await logitscope(['metrics', 'acuracy']);
    expect(status).toBe(2);
    expect(stderr).toContain('No metric has "acuracy"');
    expect(stderr).toContain('Did you mean accuracy?');
  });
});

describe('logitscope losses', () => {
  it('lists every loss that the library exports', async () => {
    const exported = Object.values<unknown>(library).filter(isLoss);
    const { status, stdout } = await logitscope(['losses']);
    expect(status).toBe(0);
    const names = stdout
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.split(' ')[0]);
    expect([...names].sort()).toEqual(exported.map(({ lossName }) => lossName).sort());
    for (const { lossName, summary, formula, likelihood } of losses) {
      const line = stdout.split('\n').find((text) => text.startsWith(`${lossName} `));
      for (const text of [summary, formula, likelihood]) expect(line).toContain(text);
    }
  });

  it('gives the losses as JSON', async () => {
    const { stdout } = await logitscope(['losses', 'huber', '--json']);
    const found = JSON.parse(stdout);
    expect(found.schema).toBe('logitscope.losses/1');
    expect(found.losses.map(({ lossName }: { lossName: string }) => lossName)).toContain(
      'huberLoss',
    );
    const huber = losses.find(({ lossName }) => lossName === 'huberLoss')!;
    const { lossName, summary, formula, likelihood, source } = huber;
    expect(found.losses[0]).toMatchObject({ lossName, summary, formula, likelihood, source });
  });

  it('says so where nothing is found', async () => {
    const { status, stderr } = await logitscope(['losses', 'zzz']);
    expect(status).toBe(2);
    expect(stderr).toContain('Without a pattern all are listed.');
  });
});
