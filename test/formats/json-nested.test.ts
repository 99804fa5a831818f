/** Values deeper in the objects of JSON Lines, by their paths. */

import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { init, scoreBlob } from '../../src/browser/index.js';

beforeAll(() => init(readFileSync(new URL('../../build/core.wasm', import.meta.url))));

type Json = Record<string, unknown>;
const rows = (doc: (i: number) => unknown, more: (i: number) => Json = () => ({})) =>
  Array.from({ length: 8 }, (_, i) => ({
    logits: [i % 3, 1],
    doc: doc(i),
    label: i % 2,
    ...more(i),
  }));
const score = (records: readonly Json[], options: object, name = 'a.jsonl') => {
  const text = name.endsWith('.json')
    ? JSON.stringify(records)
    : records.map((one) => JSON.stringify(one)).join('\n');
  return scoreBlob(new File([text], name), { diagnose: false, ...options });
};
const slices = async (...given: Parameters<typeof score>) =>
  (await score(...given)).slices!.of.map(({ value, rows }) => [value, rows]).sort();

describe('nested fields of JSON', () => {
  it('part rows, cluster them, weigh them and hold their targets', async () => {
    const records = rows((i) => ({
      meta: { site: i < 3 ? 'a' : 'b', list: [{ n: i % 2 }] },
      answer: i % 2,
      weight: 2,
    }));
    expect(await slices(records, { by: 'doc.meta.site' })).toEqual([
      ['a', 3],
      ['b', 5],
    ]);
    expect(await slices(records, { by: 'doc.meta.site' }, 'a.json')).toEqual([
      ['a', 3],
      ['b', 5],
    ]);
    expect(await slices(records, { by: 'doc.meta.list.0.n' })).toEqual([
      ['0', 4],
      ['1', 4],
    ]);
    const clustered = await score(records, { cluster: 'doc.meta.site', by: 'doc.answer' });
    expect(clustered.clusters!.count).toBe(2);
    const plain = await score(records, {});
    const nested = await score(records, { target: 'doc.answer', weights: 'doc.weight' });
    expect(nested.metrics.log_loss!.value).toBeCloseTo(plain.metrics.log_loss!.value as number, 14);
    expect(nested.options.weighted).toBe(true);
  });

  it('are missing where a row has none, and where it has no parent', async () => {
    const records = rows((i) =>
      i === 0 ? { site: 'a' } : i === 1 ? null : i === 2 ? {} : { site: 'b' },
    );
    delete (records[3] as Json).doc;
    expect(await slices(records, { by: 'doc.site' })).toEqual([
      ['', 3],
      ['a', 1],
      ['b', 4],
    ]);
  });

  it('come after a field of the whole name', async () => {
    const records = rows(
      () => ({ site: 'inner' }),
      () => ({ 'doc.site': 'outer' }),
    );
    expect(await slices(records, { by: 'doc.site' })).toEqual([['outer', 8]]);
    const dots = rows(() => ({ 'a.b': { c: 'deep' } }));
    expect(await slices(dots, { by: 'doc.a.b.c' })).toEqual([['deep', 8]]);
  });

  it('stand beside an object of scores by class', async () => {
    const records = rows(
      () => ({ site: 'a' }),
      (i) => ({ logits: { cat: i % 3, dog: 1 }, label: i % 2 ? 'dog' : 'cat' }),
    );
    const report = await score(records, { by: 'logits.cat' });
    expect(report.classNames).toEqual(['cat', 'dog']);
    expect(report.slices!.of.map(({ value }) => value).sort()).toEqual(['0', '1', '2']);
  });

  it('are refused where they are none', async () => {
    const records = rows((i) => ({
      site: i === 4 ? { x: 1 } : 'a',
      n: i === 5 ? 'many' : 1,
      __proto__x: 1,
    }));
    await expect(score(records, { by: 'doc.site' })).rejects.toThrow(
      /row 4.*"doc\.site".*no single value/,
    );
    await expect(score(records, { weights: 'doc.n' })).rejects.toThrow(
      /row 5.*"doc\.n".*not a number/,
    );
    await expect(score(records, { by: 'doc.sites' })).rejects.toThrow(/no field "doc\.sites"/);
    await expect(score(records, { by: 'doc' })).rejects.toThrow(/neither a value nor/);
    await expect(score(records, { by: 'doc.constructor.name' })).rejects.toThrow(/no field/);
    await expect(score(records, { by: 'doc.site.length' })).rejects.toThrow(/no field/);
  });
});
