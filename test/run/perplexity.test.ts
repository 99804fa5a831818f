/** Log-probabilities of text: NumPy's numbers by lm-evaluation-harness's definitions. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { streamOf } from '../../src/formats/bytes.js';
import { loadCore } from '../../src/node/core.js';
import { openFile } from '../../src/node/files.js';
import { perplexityOf } from '../../src/run/perplexity.js';
import type { ByteStream } from '../../src/types/dump.js';

const expected = JSON.parse(
  readFileSync(new URL('fixtures-likelihoods.json', import.meta.url), 'utf8'),
) as Record<string, Record<string, number>>;
const path = (name: string) =>
  new URL(`fixtures-likelihoods/${name}.jsonl`, import.meta.url).pathname;

/** Text as a stream that gives a few bytes at a time. */
function stream(text: string, name = 'a.jsonl'): ByteStream {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return {
    name,
    size: null,
    pull(into) {
      const part = bytes.subarray(at, at + Math.min(into.length, 7));
      into.set(part);
      at += part.length;
      return part.length;
    },
    close() {},
  };
}
const of = (...records: unknown[]) =>
  perplexityOf(stream(records.map((one) => JSON.stringify(one)).join('\n')), loadCore);
const tokens = (...logprobs: unknown[]) => ({
  logprobs: { content: logprobs.map((logprob) => ({ token: 'a', logprob })) },
});

describe('log-probabilities of text', () => {
  it.each(Object.keys(expected))('has the numbers of NumPy: %s', async (name) => {
    const { metrics, notices } = await perplexityOf(openFile(path(name)), loadCore);
    for (const [key, value] of Object.entries(expected[name]!)) {
      const [metric, isError] = key.split(' ') as [string, string?];
      const found = metrics[metric]!;
      const number = (isError ? found.standardError : found.value) as number;
      expect(Math.abs(number / value - 1), key).toBeLessThan(1e-12);
    }
    expect(notices).toEqual([]);
  });

  it('does not depend on the order of records, nor on how they come', async () => {
    const text = readFileSync(path('replies'), 'utf8');
    const lines = text.trim().split('\n');
    const turned = await perplexityOf(stream(lines.reverse().join('\n')), loadCore);
    const array = await perplexityOf(stream(`[${lines.join(',\n')}]`, 'a.json'), loadCore);
    const whole = await perplexityOf(streamOf(openFile(path('replies'))), loadCore);
    expect(turned.metrics).toEqual(whole.metrics);
    expect(array.metrics).toEqual(whole.metrics);
  });

  it('leaves out what not every record says', async () => {
    const report = await of(tokens(-1, -2), { logprobs: { token_logprobs: [-1] } });
    expect(Object.keys(report.metrics)).toEqual(['log_loss', 'perplexity', 'bits']);
    expect(report.metrics.log_loss!.value).toBeCloseTo(4 / 3, 14);
    expect(report.notices[0]!.message).toMatch(/1 of 2 records say how many bytes/);
  });

  it('tells of stand-ins, and keeps an impossible token', async () => {
    expect((await of(tokens(-9999))).notices[0]!.code).toBe('floored-logprobs');
    const text = '{"logprobs":{"content":[{"token":"a","logprob":-Infinity}]}}';
    const { metrics } = await perplexityOf(stream(text), loadCore);
    expect(metrics.perplexity!.value).toBe(Infinity);
    expect(metrics.perplexity).not.toHaveProperty('low');
  });

  it.each<[string, unknown[], RegExp]>([
    ['probabilities', [tokens(0.5)], /can be none; found 0\.5; expected a number up to 0/],
    ['text', [tokens('much')], /not a number; found.*much/],
    ['no number', [{ logprobs: { content: [{ token: 'a' }] } }], /not a number; found none/],
    ['no tokens', [tokens()], /no token with a log-probability/],
    [
      'a token that is none',
      [{ logprobs: { content: [3] } }],
      /no log-probabilities|no form that is known/,
    ],
    [
      'lists of two lengths',
      [{ token_logprobs: [-1, -2], tokens: ['a'] }],
      /2 log-probabilities, 1 tokens/,
    ],
    ['NaN', [{ filtered_resps: ['nan'], target: 'x' }], /can be none; found NaN/],
    [
      'choices',
      [
        {
          filtered_resps: [
            ['-1', 'True'],
            ['-2', 'False'],
          ],
        },
      ],
      /2 answers.*logitscope score/,
    ],
    ['other records', [{ id: 1, label: 2 }], /holds no log-probabilities.*"id", "label"/],
    ['no object', [tokens(-1), [1]], /row 1, line 2.*no object/],
    [
      'filters',
      [
        { ...tokens(-1), filter: 'a' },
        { ...tokens(-1), filter: 'b' },
      ],
      /several filters/,
    ],
  ])('refuses %s', async (_, records, message) => {
    await expect(of(...records)).rejects.toThrow(message);
  });

  it('refuses other formats', async () => {
    await expect(perplexityOf(stream('a,b\n1,2\n', 'a.csv'), loadCore)).rejects.toThrow(
      /JSON Lines/,
    );
    await expect(
      perplexityOf(stream('{"logprobs": {"content": [', 'a.jsonl'), loadCore),
    ).rejects.toThrow(/line 1/);
  });
});
