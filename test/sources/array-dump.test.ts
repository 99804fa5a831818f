import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type ArrayDumpParts, arrayColumn, arrayDump } from '../../src/sources/array-dump.js';
import { memoryBytes } from '../../src/sources/bytes.js';
import { type NumberArray, openNpy } from '../../src/sources/npy.js';
import { openNpz } from '../../src/sources/npz.js';
import type { DumpReader } from '../../src/types/dump.js';
import { InputError, UsageError } from '../../src/types/errors.js';
import type { RowBuffers } from '../../src/types/scores.js';
import { npyBytes } from '../support/numpy.js';

const DUMPS = new URL('../oracles/dumps/', import.meta.url);

function array(
  name: string,
  descr: string,
  shape: readonly number[],
  values: readonly (number | bigint)[],
  fortran = false,
): Promise<NumberArray> {
  return openNpy(memoryBytes(name, npyBytes({ descr, shape, values, fortran })));
}

const scoresOf = (shape: readonly number[], descr = '<f4'): Promise<NumberArray> => {
  const length = shape.reduce((a, b) => a * b, 1);
  return array(
    'scores.npy',
    descr,
    shape,
    Array.from({ length }, (_, i) => i),
  );
};

function buffers(dump: DumpReader, capacity: number): RowBuffers {
  const size = capacity * dump.info.classes;
  return {
    capacity,
    scores: dump.info.dtype === 'f32' ? new Float32Array(size) : new Float64Array(size),
    targets: new Int32Array(capacity),
    weights: new Float64Array(capacity),
  };
}

async function all(dump: DumpReader, capacity: number) {
  const into = buffers(dump, capacity);
  const rows = { scores: [] as number[], targets: [] as number[], weights: [] as number[] };
  const counts: number[] = [];
  for (;;) {
    const count = await dump.read(into);
    if (count === 0) return { ...rows, counts };
    counts.push(count);
    rows.scores.push(...into.scores.subarray(0, count * dump.info.classes));
    rows.targets.push(...into.targets.subarray(0, count));
    rows.weights.push(...into.weights.subarray(0, count));
  }
}

describe('arrayDump', () => {
  it('delivers scores, targets and weights side by side, as many rows as fit', async () => {
    const dump = arrayDump({
      scores: await scoresOf([5, 3]),
      targets: await array('y.npy', '<i8', [5], [2, -100, 0, 1, 1]),
      weights: await array('w.npy', '<f4', [5, 1], [0.5, 1, 2, 4, 0]),
      format: 'npy',
    });
    expect(dump.info).toStrictEqual({
      name: 'scores.npy',
      format: 'npy',
      stored: '<f4',
      dtype: 'f32',
      epsilon: 2 ** -23,
      classes: 3,
      classNames: null,
      rows: 5,
      hasTargets: true,
      hasWeights: true,
    });
    expect(dump.progress()).toStrictEqual({ done: 0, total: 60 + 40 + 20 });
    expect(await all(dump, 2)).toStrictEqual({
      scores: Array.from({ length: 15 }, (_, i) => i),
      targets: [2, -100, 0, 1, 1],
      weights: [0.5, 1, 2, 4, 0],
      counts: [2, 2, 1],
    });
    expect(dump.progress().done).toBe(120);
  });

  it.each([
    ['>f4', 'f32', 2 ** -23],
    ['<f8', 'f64', 2 ** -52],
    ['<i2', 'f64', 2 ** -52],
    ['|u1', 'f64', 2 ** -52],
  ])('delivers %s as %s', async (descr, dtype, epsilon) => {
    const dump = arrayDump({ scores: await scoresOf([4, 3], descr), format: 'npy' });
    expect(dump.info).toMatchObject({ stored: descr, dtype, epsilon, hasTargets: false });
    expect((await all(dump, 10)).scores).toStrictEqual(Array.from({ length: 12 }, (_, i) => i));
  });

  it('delivers 16-bit floats as they are, or widened', async () => {
    for (const [descr, dtype, one] of [
      ['<f2', 'f16', 0x3c00],
      ['>f2', 'f16', 0x3c00],
    ] as const) {
      const dump = arrayDump({ scores: await scoresOf([1, 3], descr), format: 'npy' });
      expect(dump.info).toMatchObject({ stored: descr, dtype, epsilon: 2 ** -23 });
      const bits = new Uint16Array(3);
      const rest = { capacity: 1, targets: new Int32Array(1), weights: new Float64Array(1) };
      expect(await dump.read({ scores: bits, ...rest })).toBe(1);
      expect([...bits]).toStrictEqual([0, one, 0x4000]);
      const again = arrayDump({ scores: await scoresOf([1, 3], descr), format: 'npy' });
      const wide = new Float32Array(3);
      expect(await again.read({ scores: wide, ...rest })).toBe(1);
      expect([...wide]).toStrictEqual([0, 1, 2]);
    }
  });

  it('flattens (batch, sequence, classes) with targets of either shape', async () => {
    const targets = [1, 0, 1, 0, 0, 1];
    for (const shape of [[6], [6, 1], [2, 3], [2, 3, 1]]) {
      const dump = arrayDump({
        scores: await scoresOf([2, 3, 2]),
        targets: await array('y.npy', '<u1', shape, targets),
        format: 'npy',
      });
      expect(dump.info.rows).toBe(6);
      expect((await all(dump, 4)).targets).toStrictEqual(targets);
    }
  });

  it('takes booleans and whole floats as targets', async () => {
    for (const descr of ['|b1', '<f8', '<f2']) {
      const dump = arrayDump({
        scores: await scoresOf([3, 2]),
        targets: await array('y.npy', descr, [3], [1, 0, 1]),
        format: 'npy',
      });
      expect((await all(dump, 3)).targets).toStrictEqual([1, 0, 1]);
    }
  });

  it('reads the reference archives and closes what it was given', async () => {
    const results = [];
    for (const name of ['digits.npz', 'digits-compressed.npz']) {
      let closed = 0;
      const source = {
        ...memoryBytes(name, readFileSync(new URL(name, DUMPS))),
        close: () => void closed++,
      };
      const archive = await openNpz(source);
      const [scores, targets] = [await archive.open('logits'), await archive.open('labels')];
      const dump = arrayDump({ scores, targets, format: 'npz', archive });
      results.push(await all(dump, 300));
      await dump.close();
      expect(closed).toBe(1);
    }
    expect(results[0]!.counts).toStrictEqual([300, 300, 300, 100]);
    expect(results[1]).toStrictEqual(results[0]);
  });

  it('refuses memory of another type', async () => {
    const dump = arrayDump({ scores: await scoresOf([2, 2], '<f8'), format: 'npy' });
    const into = { ...buffers(dump, 2), scores: new Float32Array(4) };
    await expect(dump.read(into)).rejects.toThrow(UsageError);
  });

  const y = (shape: readonly number[], descr = '<i8') =>
    array('y.npy', descr, shape, new Array(shape.reduce((a, b) => a * b, 1)).fill(0));
  const refused: readonly (readonly [
    string,
    () => Promise<Omit<ArrayDumpParts, 'format'>>,
    string,
    RegExp,
  ])[] = [
    [
      'one axis',
      async () => ({ scores: await scoresOf([5]) }),
      'one-score-per-row',
      /one score per row; logitscope needs one column per class; found shape \(5,\).*column_stack/,
    ],
    [
      'one column',
      async () => ({ scores: await scoresOf([5, 1]) }),
      'one-score-per-row',
      /shape \(5, 1\)/,
    ],
    [
      'no column',
      async () => ({ scores: await scoresOf([5, 0]) }),
      'one-score-per-row',
      /shape \(5, 0\)/,
    ],
    [
      'no rows',
      async () => ({ scores: await scoresOf([0, 5]) }),
      'no-rows',
      /holds no rows; found shape \(0, 5\)/,
    ],
    [
      'too many classes',
      async () => ({ scores: await scoresOf([1, 262_145]) }),
      'too-many-classes',
      /262145 columns.*transposed/,
    ],
    [
      'fewer targets',
      async () => ({ scores: await scoresOf([5, 3]), targets: await y([4]) }),
      'shape-mismatch',
      /^y\.npy: .* as many targets .* found shape \(4,\); expected \(5,\), as scores\.npy has shape \(5, 3\)/,
    ],
    [
      'fewer weights',
      async () => ({ scores: await scoresOf([5, 3]), weights: await y([6]) }),
      'shape-mismatch',
      /as many weights/,
    ],
    [
      'targets of other leading axes',
      async () => ({ scores: await scoresOf([2, 3, 4]), targets: await y([3, 2]) }),
      'shape-mismatch',
      /shape \(3, 2\).*\(2, 3, 4\)/,
    ],
    [
      'one-hot targets',
      async () => ({ scores: await scoresOf([5, 3]), targets: await y([5, 3]) }),
      'one-hot-targets',
      /np\.argmax\(targets, axis=1\)/,
    ],
  ];
  it.each(refused)('refuses %s', async (_, parts, code, message) => {
    const given = await parts();
    let error: unknown;
    try {
      arrayDump({ ...given, format: 'npy' });
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(InputError);
    expect((error as InputError).code).toBe(code);
    expect((error as InputError).message).toMatch(message);
  });

  it('names the row of a target that is no integer', async () => {
    const dump = arrayDump({
      scores: await scoresOf([4, 2]),
      targets: await array('y.npy', '<f4', [4], [0, 1, 1, 0.5]),
      format: 'npy',
    });
    const into = buffers(dump, 2);
    await dump.read(into);
    await expect(dump.read(into)).rejects.toThrow(/y\.npy, row 3: .*found 0\.5/);
  });
});

describe('arrayColumn', () => {
  const labels = (descr: string, values: readonly number[], shape = [values.length]) =>
    array('y.npy', descr, shape, values);
  const targets = async (values: readonly number[], classNames: readonly string[] | null) => {
    const column = arrayColumn(await labels('<i8', values), 'npy');
    const into = new Int32Array(values.length);
    expect(await column.readTargets(into, values.length, classNames)).toBe(values.length);
    expect(await column.readTargets(into, values.length, classNames)).toBe(0);
    return [...into];
  };

  it('reads targets, numbers or labels', async () => {
    expect(await targets([3, -100, 0], null)).toStrictEqual([3, -100, 0]);
    const weights = arrayColumn(await labels('<f8', [0.5, 2]), 'npy');
    expect(weights).toMatchObject({ name: 'y.npy', format: 'npy', rows: 2 });
    const numbers = new Float64Array(9);
    expect(await weights.readNumbers(numbers, 9)).toBe(2);
    expect([...numbers.subarray(0, 2)]).toStrictEqual([0.5, 2]);
    const column = arrayColumn(await labels('|b1', [1, 0], [2, 1]), 'npy');
    expect(await column.readLabels(9)).toStrictEqual(['1', '0']);
    expect(await column.readLabels(9)).toStrictEqual([]);
  });

  it('matches class names that are integers, and takes indices otherwise', async () => {
    expect(await targets([0, 2, 1], ['cat', 'dog', 'cow'])).toStrictEqual([0, 2, 1]);
    expect(await targets([0, 2, 1], ['0', '1', '2'])).toStrictEqual([0, 2, 1]);
    expect(await targets([2, 10, -1, 255], ['10', '2'])).toStrictEqual([1, 0, -1, 255]);
    await expect(targets([10, 2, 1], ['10', '2'])).rejects.toThrow(
      /y\.npy, row 2: .*found 1; expected one of 10, 2\./,
    );
  });

  it('refuses several columns and no rows', async () => {
    const matrix = await labels('<i8', [0, 1, 1, 0], [2, 2]);
    expect(() => arrayColumn(matrix, 'npy')).toThrow(/several values per row.*np\.argmax/);
    const none = await labels('<i8', []);
    expect(() => arrayColumn(none, 'npy')).toThrow(/holds no rows/);
  });
});
