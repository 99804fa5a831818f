/** Lists of numbers in one cell. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ListCell, listLength } from '../../src/formats/list-cell.js';
import { bytesOf, errorOf, fieldsOf, readFields } from '../support/fields.js';
import { PARSERS, readText } from '../support/text-dumps.js';

const NAN = Number.NaN;

/** Reads a list as a column of its own, from bytes and as text. */
function read(text: string, width = listLength(text) ?? 2) {
  const cell = new ListCell(width);
  const into = new Float64Array(width + 2).fill(-7);
  const fault = cell.read(text, into, 1);
  // What lies beside stays as it is.
  expect([into[0], into.at(-1)]).toEqual([-7, -7]);
  const values = [...into.subarray(1, -1)];
  const bytes = new TextEncoder().encode(`${text}\n`);
  const scanned = new Float64Array(width + 2).fill(-7);
  if (cell.scan(bytes, 0, bytes.length - 1, scanned, 1)) {
    expect(fault).toBeNull();
    expect([...scanned.subarray(1, -1)]).toEqual(values);
  }
  return fault ?? values;
}

describe('lists in cells', () => {
  it.each<[string, number[]]>([
    ['[0.1, -2e3]', [0.1, -2000]],
    ['[0.1,-2e3,]', [0.1, -2000]],
    ['  [ 0.1\t-2e3 ]  ', [0.1, -2000]],
    ['(0.25, 0.75)', [0.25, 0.75]],
    ['[0.25 0.75\n 1.   ]', [0.25, 0.75, 1]],
    ['[ 2.5000000e-01  7.5000000e-01\r\n -1.0000000e+00]', [0.25, 0.75, -1]],
    ['[[0.1, 0.9]]', [0.1, 0.9]],
    ['[[[0.1 0.9]]]', [0.1, 0.9]],
    ['([0.1, 0.9],)', [0.1, 0.9]],
    ['array([0.1, 0.9])', [0.1, 0.9]],
    ['array([[0.1, 0.9]], dtype=float32)', [0.1, 0.9]],
    ['array([0.1, 0.9],\n      dtype=float32)', [0.1, 0.9]],
    ['np.array([0.1, 0.9])', [0.1, 0.9]],
    ['numpy.asarray([0.1, 0.9])', [0.1, 0.9]],
    ['tensor([0.1, 0.9])', [0.1, 0.9]],
    ["tensor([0.1000, 0.9000], device='cuda:0', dtype=torch.float64)", [0.1, 0.9]],
    ['tensor([[0.1, 0.9]], grad_fn=<SoftmaxBackward0>)', [0.1, 0.9]],
    ['[np.float32(0.1), np.float64(0.9)]', [0.1, 0.9]],
    ['[numpy.float32(0.1), float(0.9)]', [0.1, 0.9]],
    ['[np.int64(3), 4]', [3, 4]],
    ['[nan, inf, -inf, None, null]', [NAN, Infinity, -Infinity, NAN, NAN]],
    ['[True, False, true, false]', [1, 0, 1, 0]],
    ['["0.1", \'0.9\']', [0.1, 0.9]],
    ['[1.0]', [1]],
  ])('are read: %j', (text, expected) => {
    expect(listLength(text)).toBe(expected.length);
    expect(read(text)).toEqual(expected);
  });

  it.each([
    '', 'x', '1', '[]', '[x]', '[1, x]', '[1, 2', '1, 2]', '[1, 2)', '[1, 2]]', '[[1, 2]', '[[1, 2], [3, 4]]',
    '[[1], [2]]', '[1, [2]]', '[1, 2] 3', '3 [1, 2]', '{1, 2}', 'f([1, 2])', 'np.log(0.5)', '[np.log(1), 2]',
    '[__import__("os"), 1]', 'array([1, 2]', '[1 2, 0x3]', 'array()', '[np.float32(0.1, 2)]', '[1_0, 2]',
  ])('are not found: %j', (text) => {
    expect(listLength(text)).toBeNull();
  }); // biome-ignore format: a table

  it('may be missing', () => {
    for (const text of ['', ' ', 'nan', 'NaN', 'None', 'null', 'NA', 'N/A']) {
      expect(read(text, 2)).toEqual([NAN, NAN]);
    }
  });

  it.each<[string, string, RegExp]>([
    ['[1, 2, 3]', 'ragged-row', /another length/],
    ['[1]', 'ragged-row', /another length/],
    ['[]', 'ragged-row', /another length/],
    ['[1 2 ... 8 9]', 'bad-list', /left numbers out/],
    ['[1, ...]', 'bad-list', /left numbers out/],
    ['[1, …]', 'bad-list', /left numbers out/],
    ['x', 'bad-list', /no list/],
    ['[1, 2', 'bad-list', /no list/],
    ['[[1, 2], [3, 4]]', 'bad-list', /no list/],
    ['[1, x]', 'bad-list', /no number/],
  ])('of two are refused: %j', (text, code, problem) => {
    expect(read(text, 2)).toMatchObject({ code, problem: expect.stringMatching(problem) });
  });

  it('that NumPy has cut are known, so that they can be refused', () => {
    expect(listLength('[1. 2. ... 3.]')).toBe(4);
  });

  const number = fc.oneof(
    fc.double().map((x) => (Object.is(x, -0) ? 0 : x)),
    fc.float().map((x) => (Object.is(x, -0) ? 0 : x)),
    fc.integer(),
  );
  const python = (x: number) =>
    Number.isNaN(x) ? 'nan' : Number.isFinite(x) ? String(x) : x > 0 ? 'inf' : '-inf';
  it('are the numbers that were written, in every spelling', () => {
    const spelling = fc.constantFrom<(numbers: readonly string[]) => string>(
      (numbers) => `[${numbers.join(', ')}]`,
      (numbers) => `[${numbers.join(' ')}]`,
      (numbers) => `[${numbers.join('\n ')}]`,
      (numbers) => `[[${numbers.join(',')}]]`,
      (numbers) => `array([${numbers.join(',\n       ')}], dtype=float32)`,
      (numbers) => `tensor([${numbers.join(', ')}], dtype=torch.float64)`,
      (numbers) => `[${numbers.map((item) => `np.float64(${item})`).join(', ')}]`,
      (numbers) => `(${numbers.join(',')},)`,
    );
    fc.assert(
      fc.property(fc.array(number, { minLength: 1, maxLength: 20 }), spelling, (numbers, spell) => {
        const text = spell(numbers.map(python));
        expect(listLength(text)).toBe(numbers.length);
        expect(read(text)).toEqual(numbers);
      }),
      { numRuns: 1000 },
    );
  });

  it('are read from files in rows of one length', async () => {
    const line = fc.array(number, { minLength: 3, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { minLength: 1, maxLength: 30 }),
        fc.constantFrom(' ', ', ', '\n '),
        async (rows, between) => {
          const cells = rows.map((row, i) => `${i % 2},"[${row.map(python).join(between)}]"`);
          for (const decimals of Object.values(PARSERS)) {
            for (const sizes of [undefined, [1], [13]]) {
              const text = `y,probs\n${cells.join('\n')}\n`;
              const fields = await fieldsOf(bytesOf(text, 'x.csv', sizes));
              expect(fields.fields[1]).toMatchObject({ content: 'number', inner: [3] });
              const got = await readFields(fields, { numbers: ['probs', 'y'], decimals });
              expect(got.numbers).toEqual(rows.flatMap((row, i) => [...row, i % 2]));
            }
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('are scores of classes', async () => {
    const text = 'id,probs,label\na,"[0.25 0.75]",1\nb,"[0.5, 0.5]",0\nc,,1\n';
    const dump = await readText(text);
    expect(dump.info).toMatchObject({ classes: 2, classNames: null });
    expect(dump.scores).toEqual([0.25, 0.75, 0.5, 0.5, NAN, NAN]);
    expect(dump.targets).toEqual([1, 0, 1]);
    const cut = 'probs,label\n[0.1 0.2 ... 0.3],1\n';
    expect(await errorOf(readText(cut))).toMatchObject({ code: 'bad-list' });
  });
});

describe('cells that are hostile', () => {
  const size = 1 << 17;
  it.each([
    ['brackets', '['.repeat(size)],
    ['parentheses', '('.repeat(size)],
    ['brackets in pairs', `${'['.repeat(size)}1${']'.repeat(size)}`],
    ['blanks', ' '.repeat(size)],
    ['blanks and a word', `${' '.repeat(size)}x`],
    ['a word, blanks and a word', `x${' '.repeat(size)}x`],
    ['blanks in a list', `[1${' '.repeat(size)}x`],
    ['a list of blanks', `[1,${' '.repeat(size)}2]`],
    ['commas', `[1${','.repeat(size)}2]`],
    ['one long number', `[${'1'.repeat(size)}, 2]`],
    ['many numbers', `[${'1,'.repeat(size / 2)}2]`],
    ['dots', `[${'...'.repeat(size / 3)}]`],
    ['quotes', `[${'"'.repeat(size)}]`],
    ['calls', 'array('.repeat(size / 6)],
    ['line breaks', `[1${'\n'.repeat(size)}x`],
  ])('take no longer than reading them: %s', (_, text) => {
    const begin = performance.now();
    listLength(text);
    read(text, 2);
    expect(performance.now() - begin).toBeLessThan(1000);
  });
});
