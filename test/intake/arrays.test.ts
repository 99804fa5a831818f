/** Dumps of NumPy arrays: scores, targets and weights in files or members of their own. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { DumpRequest } from '../../src/intake/dump-request.js';
import { openDump } from '../../src/intake/open-dump.js';
import type { ByteSource } from '../../src/types/dump.js';
import { InputError, UsageError } from '../../src/types/errors.js';
import {
  errorOf,
  readDump,
  readLabels,
  readRows,
  rowBuffers,
  scoreReader,
} from '../support/fields.js';
import { memoryBytes } from '../support/memory-bytes.js';
import { npyBytes, zipBytes } from '../support/numpy.js';

const DUMPS = new URL('../oracles/dumps/', import.meta.url);

function array(
  name: string,
  descr: string,
  shape: readonly number[],
  values: readonly (number | bigint)[],
  fortran = false,
): ByteSource {
  return memoryBytes(name, npyBytes({ descr, shape, values, fortran }));
}

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
const scoresOf = (shape: readonly number[], descr = '<f4') =>
  array(
    'scores.npy',
    descr,
    shape,
    Array.from({ length: sizeOf(shape) }, (_, i) => i),
  );
const y = (shape: readonly number[], descr = '<i8') =>
  array('y.npy', descr, shape, new Array(sizeOf(shape)).fill(0));

describe('dumps of arrays', () => {
  it('deliver scores, targets and weights side by side, as many rows as fit', async () => {
    const dump = await scoreReader({
      predictions: scoresOf([5, 3]),
      labels: array('y.npy', '<i8', [5], [2, -100, 0, 1, 1]),
      weights: array('w.npy', '<f4', [5, 1], [0.5, 1, 2, 4, 0]),
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
    expect(dump.progress()).toStrictEqual({ done: 0, total: 60 });
    expect(await readRows(dump, 2)).toMatchObject({
      scores: Array.from({ length: 15 }, (_, i) => i),
      targets: [2, -100, 0, 1, 1],
      weights: [0.5, 1, 2, 4, 0],
      counts: [2, 2, 1],
      done: 60,
    });
  });

  it('count the bytes of all members of an archive', async () => {
    const bytes = zipBytes([
      {
        name: 'logits.npy',
        bytes: npyBytes({ descr: '<f4', shape: [2, 2], values: [1, 2, 3, 4] }),
      },
      { name: 'y.npy', bytes: npyBytes({ descr: '<i8', shape: [2], values: [1, 0] }) },
      { name: 'weight.npy', bytes: npyBytes({ descr: '<f8', shape: [2], values: [1, 0.5] }) },
    ]);
    const dump = await scoreReader({ predictions: memoryBytes('x.npz', bytes) });
    expect(dump.info).toMatchObject({ name: 'x.npz[logits]', format: 'npz', hasWeights: true });
    expect(dump.progress()).toStrictEqual({ done: 0, total: 16 + 16 + 16 });
    expect(await readRows(dump)).toMatchObject({ targets: [1, 0], weights: [1, 0.5], done: 48 });
  });

  it.each([
    ['>f4', 'f32', 2 ** -23],
    ['<f8', 'f64', 2 ** -52],
    ['<i2', 'f64', 2 ** -52],
    ['|u1', 'f64', 2 ** -52],
  ])('deliver %s as %s', async (descr, dtype, epsilon) => {
    const read = await readDump({ predictions: scoresOf([4, 3], descr), labels: y([4]) }, 10);
    expect(read.info).toMatchObject({ stored: descr, dtype, epsilon });
    expect(read.scores).toStrictEqual(Array.from({ length: 12 }, (_, i) => i));
  });

  it('deliver 16-bit floats as they are, or widened', async () => {
    for (const [descr, dtype, one] of [
      ['<f2', 'f16', 0x3c00],
      ['>f2', 'f16', 0x3c00],
    ] as const) {
      const request = () => ({ predictions: scoresOf([1, 3], descr), labels: y([1]) });
      const dump = await scoreReader(request());
      expect(dump.info).toMatchObject({ stored: descr, dtype, epsilon: 2 ** -23 });
      const bits = new Uint16Array(3);
      const rest = { capacity: 1, targets: new Int32Array(1), weights: new Float64Array(1) };
      expect(await dump.read({ scores: bits, ...rest })).toBe(1);
      expect([...bits]).toStrictEqual([0, one, 0x4000]);
      const again = await scoreReader(request());
      const wide = new Float32Array(3);
      expect(await again.read({ scores: wide, ...rest })).toBe(1);
      expect([...wide]).toStrictEqual([0, 1, 2]);
    }
  });

  it('deliver bfloat16 where it is said, of raw bytes and of their bits', async () => {
    for (const descr of ['<V2', '<u2']) {
      const bits = [0x3f80, 0xc000, 0x0000];
      const bytes = npyBytes({ descr: '<u2', shape: [1, 3], values: bits });
      const named = new TextDecoder('latin1').decode(bytes).replace('<u2', descr);
      const predictions = memoryBytes(
        'x.npy',
        Uint8Array.from(named, (c) => c.charCodeAt(0)),
      );
      const read = await readDump({ predictions, labels: y([1]), bfloat16: true });
      expect(read.info).toMatchObject({ dtype: 'bf16', stored: `${descr} as bfloat16` });
      expect(read.scores).toStrictEqual([1, -2, 0]);
    }
  });

  it('flatten (batch, sequence, classes) with targets of either shape', async () => {
    const targets = [1, 0, 1, 0, 0, 1];
    for (const shape of [[6], [6, 1], [2, 3], [2, 3, 1]]) {
      for (const fortran of [false, shape.length === 1]) {
        const labels = array('y.npy', '<u1', shape, targets, fortran);
        const read = await readDump({ predictions: scoresOf([2, 3, 2]), labels }, 4);
        expect(read.info).toMatchObject({ rows: 6, classes: 2 });
        expect(read.scores).toStrictEqual(Array.from({ length: 12 }, (_, i) => i));
        expect(read.targets).toStrictEqual(targets);
      }
    }
  });

  it('take weights and texts of (batch, sequence) beside (batch, sequence, classes)', async () => {
    const read = await readDump({
      predictions: scoresOf([2, 3, 2]),
      labels: y([2, 3]),
      weights: array('w.npy', '<f8', [2, 3], [1, 2, 3, 4, 5, 6]),
      texts: { by: array('by.npy', '<i8', [2, 3], [7, 7, 8, 8, 9, 9]) },
    });
    expect(read.weights).toStrictEqual([1, 2, 3, 4, 5, 6]);
    expect(read.texts).toStrictEqual({ by: ['7', '7', '8', '8', '9', '9'] });
  });

  it('take booleans and whole floats as targets', async () => {
    for (const descr of ['|b1', '<f8', '<f2']) {
      const labels = array('y.npy', descr, [3], [1, 0, 1]);
      expect((await readDump({ predictions: scoresOf([3, 2]), labels })).targets).toStrictEqual([
        1, 0, 1,
      ]);
    }
  });

  it('read the reference archives and close what they were given', async () => {
    const results = [];
    for (const name of ['digits.npz', 'digits-compressed.npz']) {
      let closed = 0;
      const predictions = {
        ...memoryBytes(name, readFileSync(new URL(name, DUMPS))),
        close: () => void closed++,
      };
      results.push(await readDump({ predictions }, 300));
      expect(closed).toBe(1);
    }
    expect(results[0]!.counts).toStrictEqual([300, 300, 300, 100]);
    const [stored, packed] = results.map(({ info: _, ...rows }) => rows);
    expect(packed).toStrictEqual(stored);
  });

  it('close everything when they are refused', async () => {
    const closed: string[] = [];
    const watched = (source: ByteSource) => ({
      ...source,
      close: () => void closed.push(source.name),
    });
    await errorOf(
      openDump({
        predictions: watched(scoresOf([5, 3])),
        labels: watched(y([4])),
        weights: watched(array('w.npy', '<f4', [5], [1, 1, 1, 1, 1])),
      }),
    );
    expect(closed.sort()).toStrictEqual(['scores.npy', 'w.npy', 'y.npy']);
  });

  it('refuse memory of another type', async () => {
    const dump = await scoreReader({ predictions: scoresOf([2, 2], '<f8'), labels: y([2]) });
    const into = { ...rowBuffers(dump, 2), scores: new Float32Array(4) };
    await expect(dump.read(into)).rejects.toThrow(UsageError);
  });

  const refused: readonly (readonly [string, () => DumpRequest, string, RegExp])[] = [
    [
      'one axis',
      () => ({ predictions: scoresOf([5]), labels: y([5]) }),
      'one-score-per-row',
      /one score per row; logitscope needs one column per class; found shape \(5,\).*--task binary/,
    ],
    [
      'one column',
      () => ({ predictions: scoresOf([5, 1]), labels: y([5]) }),
      'one-score-per-row',
      /one score per row/,
    ],
    [
      'no column',
      () => ({ predictions: scoresOf([5, 0]), labels: y([5]) }),
      'one-score-per-row',
      /one score per row/,
    ],
    [
      'no rows',
      () => ({ predictions: scoresOf([0, 5]), labels: y([0]) }),
      'no-rows',
      /holds no rows; found shape \(0, 5\)/,
    ],
    [
      'too many classes',
      () => ({ predictions: scoresOf([1, 262_145]), labels: y([1]) }),
      'too-many-classes',
      /262145 columns.*transposed/,
    ],
    [
      'fewer targets',
      () => ({ predictions: scoresOf([5, 3]), labels: y([4]) }),
      'shape-mismatch',
      /^y\.npy: .* as many targets .* found 4 rows; expected 5, as scores\.npy has/,
    ],
    [
      'fewer weights',
      () => ({
        predictions: scoresOf([5, 3]),
        labels: y([5]),
        weights: array('w.npy', '<f8', [6], [1, 1, 1, 1, 1, 1]),
      }),
      'shape-mismatch',
      /^w\.npy: .*as many weights.*found 6 rows; expected 5/,
    ],
    [
      'several weights per row',
      () => ({
        predictions: scoresOf([2, 3]),
        labels: y([2]),
        weights: array('w.npy', '<f8', [2, 3], [1, 1, 1, 1, 1, 1]),
      }),
      'shape-mismatch',
      /^w\.npy: .*found .*; expected/,
    ],
    [
      'targets of other leading axes',
      () => ({ predictions: scoresOf([2, 3, 4]), labels: y([3, 2]) }),
      'shape-mismatch',
      /shape \(3, 2\).*\(2, 3, 4\)/,
    ],
    [
      'rows of as many targets as there are classes without a 1 among them',
      () => ({ predictions: scoresOf([5, 3]), labels: y([5, 3]) }),
      'one-hot-row',
      /y\.npy, row 0: .*exactly one 1; found none/,
    ],
    [
      'classes on the axis before the last',
      () => ({ predictions: scoresOf([2, 4, 3]), labels: y([2, 3]) }),
      'shape-mismatch',
      /np\.moveaxis\(logits, 1, -1\)/,
    ],
  ];
  it.each(refused)('refuse %s', async (_, request, code, message) => {
    const error = await errorOf(readDump(request()));
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toMatch(message);
    expect(error.code).toBe(code);
  });

  it('take one axis or column with a task for it', async () => {
    for (const shape of [[5], [5, 1]]) {
      const labels = () => array('y.npy', '<i8', [5], [0, 1, 1, 0, 1]);
      const single = await readDump({
        predictions: scoresOf(shape),
        labels: labels(),
        task: 'binary',
      });
      expect(single).toMatchObject({ task: 'binary', scores: [0, 1, 2, 3, 4] });
      expect(single.targets).toStrictEqual([0, 1, 1, 0, 1]);
    }
  });

  it('name the row of a target that is no integer', async () => {
    const dump = await scoreReader({
      predictions: scoresOf([4, 2]),
      labels: array('y.npy', '<f4', [4], [0, 1, 1, 0.5]),
    });
    const into = rowBuffers(dump, 2);
    await dump.read(into);
    await expect(dump.read(into)).rejects.toThrow(/y\.npy, row 3: .*found 0\.5/);
  });
});

describe('arrays of targets', () => {
  const targets = async (values: readonly number[], classNames: readonly string[] | undefined) => {
    const predictions = scoresOf([values.length, classNames?.length ?? 4]);
    const labels = array('y.npy', '<i8', [values.length], values);
    return (await readDump({ predictions, labels, classNames }, 2)).targets;
  };

  it('are read as numbers or labels', async () => {
    expect(await targets([3, -100, 0], undefined)).toStrictEqual([3, -100, 0]);
    const pairs = async (descr: string, values: number[], shape = [values.length]) => {
      const predictions = array('p.npy', '<i8', shape, values);
      const labels = array('y.npy', descr, shape, values);
      const read = await readLabels({ predictions, labels });
      return read.pairs.map(({ target }) => target);
    };
    expect(await pairs('|b1', [1, 0], [2, 1])).toStrictEqual(['1', '0']);
    expect(await pairs('<f8', [3, 0])).toStrictEqual(['3', '0']);
  });

  it('match class names that are integers, and are indices otherwise', async () => {
    expect(await targets([0, 2, 1], ['cat', 'dog', 'cow'])).toStrictEqual([0, 2, 1]);
    expect(await targets([0, 2, 1], ['0', '1', '2'])).toStrictEqual([0, 2, 1]);
    expect(await targets([2, 10, -1, 255], ['10', '2'])).toStrictEqual([1, 0, -1, 255]);
    await expect(targets([10, 2, 1], ['10', '2'])).rejects.toThrow(
      /y\.npy, row 2: .*found "1"; expected one of "10", "2"\./,
    );
  });

  it('are refused with several values per row, and without rows', async () => {
    const refusal = async (labels: ByteSource, shape: number[]) =>
      errorOf(readDump({ predictions: scoresOf(shape), labels }));
    const matrix = await refusal(array('y.npy', '<i8', [2, 2], [0, 1, 1, 0]), [2, 3]);
    expect(matrix.message).toMatch(/as many targets as rows.*found shape \(2, 2\)/);
    const none = await refusal(array('y.npy', '<i8', [0], []), [2, 3]);
    expect(none.message).toMatch(/found 0 rows; expected 2/);
    const pairs = readLabels({
      predictions: array('p.npy', '<i8', [0], []),
      labels: array('y.npy', '<i8', [0], []),
    });
    expect((await pairs).pairs).toStrictEqual([]);
    const several = readLabels({
      predictions: array('p.npy', '<i8', [2], [0, 1]),
      labels: array('y.npy', '<i8', [2, 2], [0, 1, 1, 0]),
    });
    expect((await errorOf(several)).message).toMatch(/one target per row; found shape \(2, 2\)/);
  });

  it('of text are classes by name or in sorted order', async () => {
    const head = new TextEncoder();
    const words = (type: string, values: readonly string[]) => {
      const width = Number(type.slice(2));
      const four = type[1] === 'U';
      const size = four ? 4 * width : width;
      const body = new Uint8Array(values.length * size);
      values.forEach((value, row) => {
        const codes = four ? [...value].map((c) => c.codePointAt(0)!) : [...head.encode(value)];
        codes.forEach((code, i) => {
          const at = row * size + (four ? 4 * i : i);
          if (four) new DataView(body.buffer).setUint32(at, code, type[0] === '<');
          else body[at] = code;
        });
      });
      const bytes = npyBytes({ descr: '|u1', shape: [values.length], values: [] });
      const text = new TextDecoder('latin1').decode(bytes).replace('|u1', type);
      const file = new Uint8Array(text.length + body.length);
      file.set(Uint8Array.from(text, (c) => c.charCodeAt(0)));
      file.set(body, text.length);
      return memoryBytes('y.npy', file);
    };
    for (const type of ['<U4', '>U4', '|S4']) {
      const values = ['dog', 'cat', '', 'dog', 'elk'];
      const sorted = await readDump({ predictions: scoresOf([5, 3]), labels: words(type, values) });
      expect(sorted.targets).toStrictEqual([1, 0, -2147483648, 1, 2]);
      expect(sorted.info.classNames).toStrictEqual(['cat', 'dog', 'elk']);
      expect(sorted.notices[0]).toMatchObject({ code: 'roles' });
      const classNames = ['elk', 'dog', 'cat'];
      const named = await readDump({
        predictions: scoresOf([5, 3]),
        labels: words(type, values),
        classNames,
      });
      expect(named.targets).toStrictEqual([1, 2, -2147483648, 1, 0]);
      expect(named.notices).toStrictEqual([]);
    }
  });
});
