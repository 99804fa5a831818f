/** Parquet and Arrow files as DuckDB, Apache Arrow and Flechette write them. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  CLASSES,
  fixture,
  fixturePath,
  scoreBytes,
  scoreOf,
  twinOf,
} from '../support/column-files.js';
import { bytesOf, errorOf, fieldsOf, named, readFields, select } from '../support/fields.js';

const open = (name: string) => fieldsOf(bytesOf(fixture(name), name));
const column = async (name: string, field: string) =>
  (await readFields(await open(name), { numbers: [field], required: false })).numbers;
const texts = async (name: string, field: string) =>
  (await readFields(await open(name), { numbers: [], texts: [field] })).texts[0]!;
const range = (count: number) => Array.from({ length: count }, (_, i) => i);

/** What a report says apart from the file that it is of. */
async function reportOf(name: string, bytes: Uint8Array, threads = 1) {
  return scoreBytes(name, bytes, threads);
}

const TWINS = [
  ...['uncompressed', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4', 'lz4_raw'].map(
    (codec) => `codec-${codec}.parquet`,
  ),
  ...['plain.arrow', 'plain.arrows', 'zstd.arrow', 'zstd.arrows', 'lz4.arrow', 'lz4.arrows'],
];

describe('reports of Parquet and Arrow', () => {
  it.each(TWINS)('%s has that of the same rows in npz', async (name) => {
    const report = await reportOf(name, fixture(name));
    expect(report).toStrictEqual(await reportOf('twin.npz', twinOf(300)));
  });

  it.each(['groups.parquet', 'plain.arrow'])('%s has one report for any threads', async (name) => {
    const rows = name === 'groups.parquet' ? 5000 : 300;
    const alone = await reportOf(name, fixture(name));
    expect(alone).toStrictEqual(await reportOf('twin.npz', twinOf(rows)));
    for (const threads of [2, 3]) {
      expect(await reportOf(name, fixture(name), threads)).toStrictEqual(alone);
    }
  });
});

describe.each([
  ['lists.parquet', ['scores', 'fixed'], 300],
  ['types.arrow', ['fixed', 'list'], 100],
  ['types.arrows', ['fixed', 'list'], 100],
] as const)('lists of %s', (name, fields, rows) => {
  const expected = range(rows).flatMap((r) => CLASSES.map((_, c) => scoreOf(r, c)));

  it.each(fields)('are rows of scores: %s', async (field) => {
    const file = await open(name);
    expect(named(file, [field])[0]).toMatchObject({ inner: [3], dtype: 'f32', content: 'real' });
    expect(await column(name, field)).toStrictEqual(expected);
  });

  it('of different lengths are refused with the row', async () => {
    const error = await errorOf(column(name, 'ragged'));
    expect(error).toMatchObject({ code: 'ragged-row', place: { row: 1, column: 'ragged' } });
  });
});

describe('types of Parquet', () => {
  const name = 'types.parquet';
  const numbers: readonly [string, (r: number) => number, string, string][] = [
    ['i8', (r) => r, 'whole', 'INT8'],
    ['i16', (r) => r, 'whole', 'INT16'],
    ['i32', (r) => 0 - r, 'whole', 'INT32'],
    ['u8', (r) => r, 'whole', 'UINT8'],
    ['u16', (r) => r, 'whole', 'UINT16'],
    ['u32', (r) => 4294967000 + r, 'whole', 'UINT32'],
    ['f64', (r) => r / 3, 'real', 'DOUBLE'],
    ['flag', (r) => 1 - (r % 2), 'whole', 'BOOLEAN'],
    ['d9', (r) => r / 100, 'real', 'DECIMAL(9,2)'],
    ['d18', (r) => r / 100, 'real', 'DECIMAL(18,2)'],
    ['d38', (r) => r + 1e20, 'real', 'DECIMAL(38,2)'],
    ['gap', (r) => (r % 3 === 0 ? Number.NaN : r), 'whole', 'INT64'],
  ];

  it.each(numbers)('%s', async (field, expected, content, stored) => {
    expect(named(await open(name), [field])[0]).toMatchObject({ content, stored, rows: 100 });
    expect(await column(name, field)).toStrictEqual(range(100).map(expected));
  });

  it('are texts, exact to the last digit', async () => {
    expect(await texts(name, 'i64')).toStrictEqual(
      range(100).map((r) => String(9007199254740993n + BigInt(r))),
    );
    expect((await texts(name, 'u64'))[7]).toBe('18446744073709550007');
    expect((await texts(name, 'd9')).slice(0, 2)).toStrictEqual(['0.00', '0.01']);
    expect((await texts(name, 'd38'))[3]).toBe('100000000000000000003.00');
    expect((await texts(name, 'name'))[5]).toBe('é5');
    expect((await texts(name, 'gaps')).slice(0, 4)).toStrictEqual(['', 'x1', 'x2', '']);
    expect((await texts(name, 'uuid'))[0]).toBe('00000000-0000-0000-0000-0000000000ff');
  });

  it('that are no scores have a problem, and the file has none', async () => {
    const file = await open(name);
    const problems = file.fields.filter(({ problem }) => problem).map((field) => field.name);
    expect(problems).toStrictEqual(['struct', 'map', 'stamp']);
    const error = await errorOf(column(name, 'stamp'));
    expect(error).toMatchObject({ code: 'unsupported-type', place: { column: 'stamp' } });
  });

  it('are refused where a number is missing that may not be', async () => {
    const error = await errorOf(readFields(await open(name), { numbers: ['gap'] }));
    expect(error).toMatchObject({ code: 'missing-value', place: { row: 0, column: 'gap' } });
  });

  it('are refused where a number is no double', async () => {
    const error = await errorOf(column(name, 'i64'));
    expect(error).toMatchObject({ code: 'value-out-of-range', place: { row: 0 } });
  });
});

describe.each(['types.arrow', 'types.arrows'])('types of %s', (name) => {
  const numbers: readonly [string, (r: number) => number, string, string][] = [
    ['i8', (r) => r, 'whole', 'int8'],
    ['u16', (r) => r, 'whole', 'uint16'],
    ['u32', (r) => 4294967000 + r, 'whole', 'uint32'],
    ['f16', (r) => r / 8, 'real', 'float16'],
    ['f32', (r) => scoreOf(r, 0), 'real', 'float32'],
    ['f64', (r) => r / 3, 'real', 'float64'],
    ['flag', (r) => 1 - (r % 2), 'whole', 'bool'],
    ['decimal', (r) => r / 4, 'real', 'decimal128'],
    ['gap', (r) => (r % 3 === 0 ? Number.NaN : r), 'whole', 'int32'],
  ];

  it.each(numbers)('%s', async (field, expected, content, stored) => {
    const rows = name.endsWith('s') ? null : 100;
    expect(named(await open(name), [field])[0]).toMatchObject({ content, stored, rows });
    expect(await column(name, field)).toStrictEqual(range(100).map(expected));
  });

  it('are texts, exact to the last digit', async () => {
    expect(await texts(name, 'i64')).toStrictEqual(
      range(100).map((r) => String(9007199254740993n + BigInt(r))),
    );
    expect(await texts(name, 'animal')).toStrictEqual(range(100).map((r) => CLASSES[(r * 7) % 3]));
    expect((await texts(name, 'decimal')).slice(0, 2)).toStrictEqual(['0.00', '0.25']);
    for (const field of ['name', 'long']) expect((await texts(name, field))[5]).toBe('é5');
    expect((await texts(name, 'gaps')).slice(0, 4)).toStrictEqual(['', 'x1', 'x2', '']);
  });

  it('that are no scores have a problem, and the file has none', async () => {
    const file = await open(name);
    const problems = file.fields.filter(({ problem }) => problem).map((field) => field.name);
    expect(problems).toStrictEqual(['words', 'struct', 'stamp']);
  });

  it('has NaN for a list that is missing', async () => {
    const rows = await column(name, 'missing');
    expect(rows.slice(0, 6)).toStrictEqual([
      ...[Number.NaN, Number.NaN, Number.NaN],
      ...CLASSES.map((_, c) => scoreOf(1, c)),
    ]);
  });
});

describe('rows from the middle', () => {
  it.each([
    ['groups.parquet', ['p_cat', 'label'], [0, 2047, 2048, 2100, 4096, 4999]],
    ['plain.arrow', ['p_cat', 'label'], [0, 99, 100, 130, 299]],
    ['lists.parquet', ['scores'], [0, 1, 150, 299]],
    ['types.arrow', ['list'], [0, 50, 99]],
    ['types.arrow', ['missing'], [0, 50, 99]],
  ])('of %s', async (name, fields, starts) => {
    const all = (await readFields(await open(name), { numbers: fields, required: false })).numbers;
    const { reader, width } = await select(await open(name), { numbers: fields, required: false });
    for (const first of [...starts, ...starts.reverse()]) {
      reader.selectRows!(first, 3);
      const into = new Float64Array(10 * width);
      const rows = await reader.read([into], 10);
      expect(rows).toBe(Math.min(3, all.length / width - first));
      expect(Array.from(into.subarray(0, rows * width))).toStrictEqual(
        all.slice(first * width, (first + rows) * width),
      );
      expect(reader.place(0).row).toBe(first);
    }
  });
});

describe('float32', () => {
  it('arrives bit for bit', async () => {
    for (const name of ['codec-zstd.parquet', 'plain.arrow']) {
      const { reader } = await select(await open(name), { numbers: ['p_cat', 'p_dog'] });
      const into = new Float32Array(600);
      expect(await reader.read([into], 300)).toBe(300);
      const expected = Float32Array.from(range(600), (i) => scoreOf(i >> 1, i & 1));
      expect(new Uint32Array(into.buffer)).toStrictEqual(new Uint32Array(expected.buffer));
    }
  });

  it('is the text of its nearest double, as in npy', async () => {
    expect((await texts('plain.arrow', 'p_cat'))[3]).toBe(String(scoreOf(3, 0)));
  });
});

describe('pipes', () => {
  it('read streams of Arrow, and refuse Parquet', async () => {
    const file = await fieldsOf(bytesOf(fixture('plain.arrows'), '-', [7, 1, 64]));
    const { numbers } = await readFields(file, { numbers: ['label'] });
    expect(numbers).toStrictEqual(range(300).map((r) => (r * 7) % 3));
    const parquet = fieldsOf(bytesOf(fixture('codec-zstd.parquet'), '-', [1000]));
    expect(await errorOf(parquet)).toMatchObject({ code: 'parquet-from-stream' });
    const arrow = fieldsOf(bytesOf(fixture('plain.arrow'), '-', [1000]));
    expect(await errorOf(arrow)).toMatchObject({ code: 'arrow-from-stream' });
  });

  it('are known by their first bytes', async () => {
    for (const [name, format] of [
      ['codec-zstd.parquet', 'parquet'],
      ['plain.arrow', 'arrow'],
      ['plain.arrows', 'arrow'],
    ]) {
      const file = await fieldsOf(bytesOf(readFileSync(fixturePath(name!)), 'dump'));
      expect(file.format).toBe(format);
    }
  });
});
