/**
 * Files as people have them, each with the command that a person would try first: the
 * numbers that scikit-learn and PyTorch have for them, or what a refusal must say.
 * `test/cases/make.py` wrote most of them, by pandas, NumPy and PyTorch.
 */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { logitscope } from '../support/command.js';

/** Numbers by the name of a metric, or by a path in the report; words of a refusal; or one of several. */
interface Expected {
  readonly [name: string]: number | readonly string[] | readonly Expected[] | undefined;
  readonly error?: readonly string[];
  readonly any?: readonly Expected[];
}

interface Case {
  readonly name: string;
  readonly args: readonly string[];
  readonly expect: Expected;
  readonly tolerance: number;
  readonly why: string;
}

const FOLDER = new URL('../cases/', import.meta.url);
const cases: Case[] = JSON.parse(readFileSync(new URL('cases.json', FOLDER), 'utf8'));

type Outcome = Awaited<ReturnType<typeof logitscope>>;

/** What is not as expected; nothing where all is. */
function problems(outcome: Outcome, expected: Expected, tolerance: number): string[] {
  const { status, stdout, stderr } = outcome;
  if (expected.any) {
    const each = expected.any.map((one) => problems(outcome, one, tolerance));
    return each.some((found) => found.length === 0) ? [] : each.flat();
  }
  if (expected.error) {
    const words = expected.error.filter((word) => !stderr.includes(word));
    return [
      ...(status === 2 || status === 3 ? [] : [`status ${status}`]),
      ...words.map((word) => `no "${word}" in: ${stderr}`),
      ...(/^ {4}at /m.test(stderr) ? [stderr] : []),
      ...(stdout === '' ? [] : ['something on standard output']),
    ];
  }
  if (status !== 0) return [stderr];
  const report = JSON.parse(stdout);
  return Object.entries(expected).flatMap(([name, value]) => {
    const path = name.includes('.') ? name.split('.') : ['metrics', name, 'value'];
    const got = Number(path.reduce((at, key) => at?.[key], report));
    const isClose =
      Math.abs(got - Number(value)) <= tolerance * Math.max(1, Math.abs(Number(value)));
    return isClose ? [] : [`${name} ${got}, not ${value}`];
  });
}

describe('ordinary files', () => {
  it('are many', () => {
    expect(cases.length).toBeGreaterThan(160);
  });

  it.concurrent.each(cases)('$name: $why', async ({ name, args, expect: expected, tolerance }) => {
    const cwd = fileURLToPath(new URL(`${name}/`, FOLDER));
    const outcome = await logitscope([...args, '--json'], { cwd });
    expect(problems(outcome, expected, tolerance)).toEqual([]);
  });
});
