/** Tensors in safetensors files and files of torch.save: the same reports as of their twins in npz. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { scoreFile } from '../../src/index.js';
import { bytesOf, errorOf, fieldsOf, readFields, select } from '../support/fields.js';
import { memoryBytes } from '../support/memory-bytes.js';

const FOLDER = new URL('fixtures-tensors/', import.meta.url);
const path = (name: string) => fileURLToPath(new URL(name, FOLDER));
const bytes = (name: string) => new Uint8Array(readFileSync(path(name)));
const open = (name: string, options = {}) => fieldsOf(memoryBytes(name, bytes(name)), options);

/** A report without what says which file it is of. */
async function reportOf(name: string, options: object = {}): Promise<string> {
  const { source, ...report } = await scoreFile(path(name), options);
  const { name: _, format: _f, stored: _s, labels: _l, ...of } = source;
  return JSON.stringify({ ...report, source: of });
}

describe('files of tensors', () => {
  it.each([
    ['dump.safetensors', {}],
    ['dump.pt', {}],
    ['dump.h5', {}],
    ['protocol-5.pt', {}],
    ['types.h5', { scores: 'packed', target: 'labels' }],
    ['legacy.pt', {}],
    ['logits.pt', { labels: path('labels.pt') }],
    ['logits.pt', { labels: path('twin.npz') }],
    ['twin.npz', { labels: path('labels.pt') }],
    ...['transposed', 'slice', 'scattered', 'parameter', 'numpy', 'numpy_fortran'].map(
      (scores) => ['views.pt', { scores, target: 'numpy_labels' }] as [string, object],
    ),
    ...['shared.0', 'shared.1', 'types.i64', 'types.i8', 'types.u8', 'column'].map(
      (target) => ['views.pt', { scores: 'parameter', target }] as [string, object],
    ),
  ] as [string, object][])('report %s %j as npz, byte for byte', async (name, options) => {
    expect(await reportOf(name, options)).toBe(await reportOf('twin.npz'));
  });

  it.each([
    ['f64', 'twin-double.npz'],
    ['f32', 'twin-coarse.npz'],
    ['f16', 'twin-half.npz'],
  ])('report numbers of %s as npz, byte for byte', async (type, twin) => {
    const expected = await reportOf(twin);
    expect(await reportOf('types.safetensors', { scores: type, target: 'i64' })).toBe(expected);
    if (type !== 'f32') {
      const scores = type === 'f64' ? 'big' : 'val/half';
      expect(await reportOf('types.h5', { scores, target: 'labels' })).toBe(expected);
    }
    const options = { scores: `types.${type}`, target: 'types.i32' };
    expect(await reportOf('views.pt', options)).toBe(expected);
  });

  it('read bfloat16 as what it is', async () => {
    const own = await open('types.safetensors');
    expect(own.fields.find(({ name }) => name === 'bf16')).toMatchObject({
      stored: 'BF16',
      dtype: 'bf16',
      inner: [5],
      rows: 60,
    });
    const of = async (name: string, type: string) =>
      (await readFields(await open(name), { numbers: [type] })).numbers;
    const expected = await of('types.safetensors', 'f32');
    expect(await of('types.safetensors', 'bf16')).toStrictEqual(expected);
    expect(await of('views.pt', 'types.bf16')).toStrictEqual(expected);
  });

  it('read integers and booleans, as text too', async () => {
    const types = ['i64', 'i32', 'i16', 'i8', 'u8', 'bool'];
    const [twin, safe, torch] = [
      await open('twin.npz'),
      await open('types.safetensors'),
      await open('views.pt'),
    ];
    const { numbers: labels } = await readFields(twin, { numbers: ['labels'] });
    for (const type of types) {
      const expected = type === 'bool' ? labels.map((label) => Number(label === 1)) : labels;
      for (const [file, name] of [[safe, type] as const, [torch, `types.${type}`] as const]) {
        const read = await readFields(file, { numbers: [name], texts: [name] });
        expect(read.numbers).toStrictEqual(expected);
        expect(read.texts[0]).toStrictEqual(expected.map(String));
      }
    }
  });

  it('read lists of numbers and words as columns', async () => {
    const { numbers: labels } = await readFields(await open('twin.npz'), { numbers: ['labels'] });
    const read = await readFields(await open('lists.pt'), {
      numbers: ['labels', 'weights'],
      texts: ['words', 'labels'],
    });
    expect(read.numbers).toStrictEqual(labels.flatMap((label) => [label, 0.5]));
    const words = labels.map((label) => (label === 1 ? 'one' : 'other'));
    expect(read.texts).toStrictEqual([words, labels.map(String)]);
    const array = await readFields(await open('protocol-5.pt'), {
      numbers: ['labels'],
      texts: ['words'],
    });
    expect(array.texts).toStrictEqual([words]);
    const report = JSON.parse(await reportOf('lists.pt', { by: 'words' }));
    expect(JSON.stringify(report.slices)).toContain('"other"');
  });

  it('read views: permuted axes, expanded rows', async () => {
    const { numbers } = await readFields(await open('twin.npz'), { numbers: ['logits'] });
    const views = await open('views.pt');
    const { numbers: cube } = await readFields(views, { numbers: ['cube'] });
    expect(views.fields.find(({ name }) => name === 'cube')).toMatchObject({
      rows: 20,
      inner: [3, 5],
    });
    const expected: number[] = [];
    for (let j = 0; j < 20; j++) {
      for (let i = 0; i < 3; i++) expected.push(...numbers.slice((i * 20 + j) * 5).slice(0, 5));
    }
    expect(cube).toStrictEqual(expected);
    const labels = await readFields(await open('twin.npz'), { numbers: ['labels'] });
    const expanded = await readFields(views, { numbers: ['expanded'] });
    expect(expanded.numbers).toStrictEqual(Array(60).fill(labels.numbers[0]));
  });

  it('give any rows that are selected', async () => {
    for (const [name, fields] of [
      ['dump.safetensors', ['logits', 'labels']],
      ['dump.pt', ['logits', 'labels']],
      ['legacy.pt', ['logits', 'labels']],
      ['views.pt', ['transposed', 'shared.1']],
      ['views.pt', ['slice', 'column']],
    ] as [string, string[]][]) {
      const all = await readFields(await open(name), { numbers: fields });
      const { reader } = await select(await open(name), { numbers: fields });
      for (const [first, count] of [
        [50, 10],
        [3, 7],
        [0, 1],
      ] as [number, number][]) {
        reader.selectRows!(first, count);
        const into = new Float64Array(6 * 60);
        expect(await reader.read([into], 60)).toBe(count);
        const expected = all.numbers.slice(first * 6, (first + count) * 6);
        expect([...into.subarray(0, count * 6)]).toStrictEqual(expected);
        expect(await reader.read([into], 60)).toBe(0);
      }
    }
  });

  it('are known by what they hold, whatever their names', async () => {
    for (const [name, format] of [
      ['dump.safetensors', 'safetensors'],
      ['dump.pt', 'pt'],
      ['legacy.pt', 'pt'],
      ['logits.pt', 'pt'],
      ['dump.h5', 'hdf5'],
    ] as const) {
      for (const other of ['dump.bin', 'dump', 'x.ckpt', 'x.mat']) {
        expect((await fieldsOf(memoryBytes(other, bytes(name)))).format).toBe(format);
      }
    }
  });

  it('name the tensors by their paths, and nothing else', async () => {
    const { fields, unit, named } = await open('views.pt');
    expect({ unit, named }).toStrictEqual({ unit: 'tensor', named: true });
    const names = fields.map(({ name }) => name);
    expect(names).toContain('types.f64');
    expect(names).toContain('shared.1');
    for (const other of ['size', 'dtype', 'epoch', 'mean', 'note', 'flag', 'none']) {
      expect(names).not.toContain(other);
    }
    const problems = fields.filter(({ problem }) => problem).map((f) => [f.name, f.problem!.code]);
    expect(problems).toStrictEqual([
      ['types.step', 'tensor-shape'],
      ['complex', 'tensor-dtype'],
    ]);
    expect((await open('logits.pt')).unit).toBe('array');
    expect((await open('pair.pt')).fields.map(({ name }) => name)).toStrictEqual(['0', '1']);
  });

  it('cannot be read from a pipe', async () => {
    for (const name of ['dump.safetensors', 'dump.pt', 'legacy.pt', 'dump.h5']) {
      const error = await errorOf(fieldsOf(bytesOf(bytes(name), name, [100]), {}));
      expect(error.code).toBe('tensors-from-stream');
    }
  });
});
