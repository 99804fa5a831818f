/** Structured arrays of NumPy, field by field, and bfloat16 without a word of it. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { scoreFile } from '../../src/index.js';
import { bytesOf, errorOf, fieldsOf, readDump, readFields, select } from '../support/fields.js';
import { memoryBytes } from '../support/memory-bytes.js';
import { joined, npyHead } from '../support/numpy.js';

const FOLDER = new URL('fixtures-tensors/', import.meta.url);
const path = (name: string) => fileURLToPath(new URL(name, FOLDER));
const bytes = (name: string) => new Uint8Array(readFileSync(path(name)));
const open = (name: string, options = {}) => fieldsOf(memoryBytes(name, bytes(name)), options);
const twin = async (name: string) =>
  (await readFields(await open('twin.npz'), { numbers: [name] })).numbers;

const head = (descr: string, shape = '(2,)') =>
  npyHead(`{'descr': ${descr}, 'fortran_order': False, 'shape': ${shape}, }`);

describe('an array of records', () => {
  it.each([
    ['records.npy', {}],
    ['records.npz', {}],
    ['records-packed.npz', { scores: 'dump.logits', target: 'dump.label' }],
    ['records-packed.npz', { scores: 'dump.logits', target: 'extra' }],
  ] as [string, object][])('of %s %j is reported as its fields are', async (name, options) => {
    const { source: _, ...expected } = await scoreFile(path('twin.npz'));
    const { source, ...report } = await scoreFile(path(name), options);
    expect(JSON.stringify(report)).toBe(JSON.stringify(expected));
    expect(source.stored).toBe('<f4');
  });

  it('is read through pipes and gzip, held in memory', async () => {
    const [scores, targets] = [await twin('logits'), await twin('labels')];
    for (const predictions of [
      bytesOf(bytes('records.npy'), 'x.npy', [1000, 7]),
      memoryBytes('x.npy.gz', new Uint8Array(gzipSync(bytes('records.npy')))),
    ]) {
      const read = await readDump({ predictions });
      expect(read.scores).toStrictEqual(scores);
      expect(read.targets).toStrictEqual(targets);
    }
    const piped = bytesOf(bytes('records.npy'), 'x.npy', [1000]);
    const fields = await fieldsOf(piped, { memoryBudget: 4000 });
    expect((await errorOf(readFields(fields, { numbers: ['logits'] }))).code).toBe('memory-budget');
    const cut = bytesOf(bytes('records.npy').subarray(0, -3), 'x.npy', [1000]);
    const short = await fieldsOf(cut);
    expect((await errorOf(readFields(short, { numbers: ['logits'] }))).code).toBe('truncated');
  });

  it('gives text, numbers and any rows that are selected', async () => {
    const labels = await twin('labels');
    const wanted = { numbers: ['id', 'flag'], texts: ['word', 'label'] };
    const all = await readFields(await open('records.npy'), wanted);
    expect(all.numbers).toStrictEqual(labels.flatMap((label, i) => [i, Number(label === 1)]));
    const words = labels.map((label) => (label === 1 ? 'class' : 'other'));
    expect(all.texts).toStrictEqual([words, labels.map(String)]);
    const { reader } = await select(await open('records.npy'), wanted);
    reader.selectRows!(40, 5);
    const into = new Float64Array(20);
    expect(await reader.read([into], 10)).toBe(5);
    expect([...into.subarray(0, 10)]).toStrictEqual(all.numbers.slice(80, 90));
    expect(reader.texts[0]).toStrictEqual(words.slice(40, 45));
  });

  it('tells what a field is that cannot be read where it is chosen', async () => {
    const { fields } = await open('records.npy');
    const problems = fields.filter(({ problem }) => problem).map((f) => [f.name, f.problem!.code]);
    expect(problems).toStrictEqual([
      ['when', 'npy-dtype'],
      ['both', 'npy-structured'],
    ]);
  });

  it.each([
    ["[('a', '|O'), ('b', '<f4')]", 'npy-object-array'],
    ["[('a', '<f4', (-1,))]", 'npy-structured'],
    ["[('a',)]", 'npy-structured'],
    ["[('a', '<f4', (9007199254740991, 2))]", 'npy-structured'],
    ["[('a', '<f')]", 'npy-structured'],
    ["[('a', '<f4'), ('b', '<f4')]", 'truncated'],
  ])('of %s without its rows is refused', async (descr, code) => {
    const file = joined([head(descr), new Uint8Array(15)]);
    const error = await errorOf(
      fieldsOf(memoryBytes('x.npy', file)).then((fields) => readFields(fields, { numbers: ['a'] })),
    );
    expect(error.code).toBe(code);
  });
});

describe('two raw bytes', () => {
  it('are bfloat16 where they are rows of scores, and the notice says so', async () => {
    const labels = memoryBytes('labels.pt', bytes('labels.pt'));
    const predictions = memoryBytes('bfloat16.npy', bytes('bfloat16.npy'));
    const read = await readDump({ predictions, labels });
    const expected = await readFields(await open('twin-coarse.npz'), { numbers: ['logits'] });
    expect(read.scores).toStrictEqual(expected.numbers);
    expect(read.info).toMatchObject({ dtype: 'bf16', stored: '|V2 as bfloat16' });
    expect(read.notices.map(({ code, message }) => `${code}: ${message}`).join()).toMatch(
      /roles: .*bfloat16, as ml_dtypes saves them/,
    );
    const said = await readDump({ predictions, labels, bfloat16: true });
    expect(said.scores).toStrictEqual(expected.numbers);
    expect(said.notices).toStrictEqual([]);
  });

  it('are refused where they are one per row', async () => {
    expect((await errorOf(open('bfloat16-column.npy'))).code).toBe('npy-structured');
  });
});
