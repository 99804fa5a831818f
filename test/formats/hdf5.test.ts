/** HDF5 files by the library of the HDF Group. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { blobBytes } from '../../src/formats/blob.js';
import { openDump } from '../../src/intake/open-dump.js';
import { InputError, LogitscopeError } from '../../src/types/errors.js';
import { errorOf, fieldsOf, readFields, readRows } from '../support/fields.js';
import { memoryBytes } from '../support/memory-bytes.js';
import { seeded } from '../support/rows.js';

const FOLDER = new URL('fixtures-tensors/', import.meta.url);
const bytes = (name: string) => new Uint8Array(readFileSync(new URL(name, FOLDER)));
const open = (name: string, options = {}) => fieldsOf(memoryBytes(name, bytes(name)), options);
const twin = async (name: string) =>
  (await readFields(await open('twin.npz'), { numbers: [name] })).numbers;

describe('an HDF5 file', () => {
  it('gives datasets by their paths', async () => {
    const { fields, format, unit, named } = await open('types.h5');
    expect({ format, unit, named }).toStrictEqual({
      format: 'hdf5',
      unit: 'dataset',
      named: true,
    });
    const names = fields.map(({ name }) => name);
    // What links lead to elsewhere is left out.
    expect(names).toStrictEqual([
      ...['big', 'claims', 'complex', 'fixed', 'flag', 'labels', 'packed', 'record', 'step'],
      ...['word', 'val/cube', 'val/cube_labels', 'val/half'],
    ]);
    const problems = fields.filter(({ problem }) => problem).map((f) => [f.name, f.problem!.code]);
    expect(problems).toStrictEqual([
      ['claims', 'hdf5-size'],
      ['complex', 'tensor-dtype'],
      ['record', 'tensor-dtype'],
      ['step', 'tensor-shape'],
      ['word', 'tensor-dtype'],
    ]);
  });

  it('gives numbers, booleans and strings, in batches of any size', async () => {
    const [logits, labels] = [await twin('logits'), await twin('labels')];
    const is = labels.map((label) => label === 1);
    for (const batch of [1, 7, 100]) {
      const read = await readFields(await open('types.h5'), {
        numbers: ['packed', 'labels', 'flag'],
        texts: ['fixed', 'labels'],
        batch,
      });
      const expected = labels.flatMap((label, i) => [
        ...logits.slice(i * 5, i * 5 + 5),
        label,
        Number(is[i]),
      ]);
      expect(read.numbers).toStrictEqual(expected);
      expect(read.texts).toStrictEqual([
        is.map((one) => (one ? 'class' : 'oth')),
        labels.map(String),
      ]);
    }
    const cube = await readFields(await open('types.h5'), { numbers: ['val/cube'], batch: 1 });
    expect(cube).toMatchObject({ rows: 3, numbers: logits });
  });

  it('is held in memory where it cannot be read at once, within the budget', async () => {
    const blob = () => blobBytes('types.h5', new Blob([bytes('types.h5')]));
    const read = await readFields(await fieldsOf(blob()), { numbers: ['packed'] });
    expect(read.numbers).toStrictEqual(await twin('logits'));
    const error = await errorOf(fieldsOf(blob(), { memoryBudget: 1000 }));
    expect(error.code).toBe('memory-budget');
  });

  it.each([
    ['empty', new Uint8Array(0), 'empty-input', /is empty/],
    ['of something else', new Uint8Array(100), 'hdf5-data', /file signature not found/],
    ['cut off', bytes('dump.h5').subarray(0, 2000), 'truncated', /truncated file/],
  ])('that is %s is refused', async (_, content, code, message) => {
    const error = await errorOf(fieldsOf(memoryBytes('x.h5', content)));
    expect(error).toBeInstanceOf(InputError);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });

  it('with chunks or rows larger than the memory budget is refused', async () => {
    const fields = await open('types.h5', { memoryBudget: 50 });
    const error = await errorOf(readFields(fields, { numbers: ['packed'] }));
    expect(error.code).toBe('memory-budget');
  });

  it('that is damaged is refused or read', async () => {
    const random = seeded(5);
    const codes = new Set<string>();
    for (const name of ['dump.h5', 'types.h5']) {
      const whole = bytes(name);
      for (let round = 0; round < 200; round++) {
        let content = whole.slice();
        if (round % 4 === 0) content = content.slice(0, Math.floor(random() * content.length));
        else {
          for (let i = 0; i < 1 + (round % 5); i++) {
            content[Math.floor(random() * content.length)] = Math.floor(random() * 256);
          }
        }
        try {
          const dump = await openDump({
            predictions: memoryBytes(name, content),
            names: name === 'types.h5' ? { scores: 'packed', target: 'labels', by: 'fixed' } : {},
            memoryBudget: 1e6,
          });
          await readRows(dump.reader);
        } catch (error) {
          if (!(error instanceof LogitscopeError)) throw error;
          codes.add(error.code);
        }
      }
    }
    expect(codes.size).toBeGreaterThan(2);
    // The library goes on as before.
    const read = await readFields(await open('dump.h5'), { numbers: ['logits'] });
    expect(read.numbers).toStrictEqual(await twin('logits'));
  }, 120_000);
});
