/** Numbers as people write them. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { looksLikeNumber, NumberStyle } from '../../src/formats/number-style.js';
import { InputError } from '../../src/types/errors.js';
import { bytesOf, fieldsOf, readFields } from '../support/fields.js';
import { PARSERS } from '../support/text-dumps.js';

const style = (delimiter: string | null = ';') =>
  new NumberStyle({ source: 'x.csv', column: 'p', delimiter });

/** Reads the cells of a column, the first in line 2. */
function readAll(cells: readonly string[], delimiter: string | null = ';'): (number | null)[] {
  const column = style(delimiter);
  return cells.map((cell, row) => column.number(cell, { row, line: row + 2 }));
}

const NAN = Number.NaN;

describe('numbers in one style', () => {
  it.each<[string, string[], (number | null)[]]>([
    ['points', ['0.5', '-1.25e3', '+.5', '5.', '7', '1e5'], [0.5, -1250, 0.5, 5, 7, 1e5]],
    ['decimal commas', ['0,5', '-1,25e3', '+,5', '7', '1E5', '12,'], [0.5, -1250, 0.5, 7, 1e5, 12]],
    [
      'thousands by commas',
      ['1,234.5', '12,345,678', '-1,000.25', '3'],
      [1234.5, 12345678, -1000.25, 3],
    ],
    [
      'thousands by points',
      ['1.234,5', '12.345.678', '-1.000,25', '3'],
      [1234.5, 12345678, -1000.25, 3],
    ],
    ['thousands by blanks', ['1 234,5', '12 345 678', '-1 000', '3'], [1234.5, 12345678, -1000, 3]],
    [
      'thousands by blanks that do not break',
      ['1\u00a0234.5', '12\u202f345\u202f678', '1\u2009000'],
      [1234.5, 12345678, 1000],
    ],
    ['thousands by apostrophes', ["1'234.5", '12’345’678', '3'], [1234.5, 12345678, 3]],
    ['percentages', ['50%', '12.5 %', '-0.1%', '100%', '0%'], [0.5, 0.125, -0.001, 1, 0]],
    ['percentages with commas', ['12,5%', '0,01 %'], [0.125, 0.0001]],
    ['a real minus', ['\u22125', '\u22120.5'], [-5, -0.5]],
    ['blanks around', [' 0.5 ', '\t7'], [0.5, 7]],
    ['nothing', ['', ' ', 'NA', 'n/a', '#N/A', '<NA>', 'null', 'None', 'nan'], Array(9).fill(NAN)],
    ['infinities', ['inf', '-Infinity', '+inf'], [Infinity, -Infinity, Infinity]],
  ])('are read: %s', (_, cells, expected) => {
    expect(readAll(cells)).toEqual(expected);
    const numbers = cells.filter((_cell, i) => !Number.isNaN(expected[i]));
    expect(numbers.every(looksLikeNumber)).toBe(true);
  });

  it.each([
    'x', '1x', '0x10', '1_000', '--1', '1 2', '12 34', '1 2345', '1,23,456.5', '1,2345.6', '1.2.3', '1.23.456,5',
    "1'23", '1 234 56', '5%%', '%', '% 5', '1e', 'e5', '.', ',', '-', '1,,000', '1..5', '٣', "1'000 000",
  ])('are not read: %j', (cell) => {
    expect(style().number(cell, { row: 0, line: 1 })).toBeNull();
    expect(looksLikeNumber(cell)).toBe(false);
  }); // biome-ignore format: a table

  it('read a comma between one to three digits and three more by the rest of the column', () => {
    // Another cell tells.
    expect(readAll(['0,5', '1,234'])).toEqual([0.5, 1.234]);
    expect(readAll(['0.5', '1,234'])).toEqual([0.5, 1234]);
    expect(readAll(['1,234.5', '1,234'])).toEqual([1234.5, 1234]);
    expect(readAll(['1.234,5', '1.234'])).toEqual([1234.5, 1234]);
    // Nothing tells: points are decimal, commas are where cells are not parted by them.
    expect(readAll(['1.234', '7'])).toEqual([1.234, 7]);
    expect(readAll(['1,234', '7'], ';')).toEqual([1.234, 7]);
    expect(readAll(['1,234', '7'], ',')).toEqual([1234, 7]);
    // In JSON there is no telling.
    expect(readAll(['1,234'], null)).toEqual([null]);
    // A leading zero, or other groups, are no thousands.
    expect(readAll(['0,234', '12,5'], ',')).toEqual([0.234, 12.5]);
  });

  it('are bound by what was read before', () => {
    const column = style(',');
    expect(column.number('1,234', { row: 0, line: 2 })).toBe(1234);
    expect(() => column.number('0,5', { row: 1, line: 3 })).toThrow(/mixed|decimal/);
  });
});

describe('numbers in several styles', () => {
  const refusal = (cells: readonly string[], delimiter: string | null = ';') => {
    try {
      readAll(cells, delimiter);
    } catch (error) {
      expect(error).toBeInstanceOf(InputError);
      return error as InputError;
    }
    return expect.fail(`${cells} were read`);
  };

  it.each<[string[], string, string, number]>([
    [['0.5', '1', '0,5'], '"0.5" in line 2', '"0,5" in line 4', 2],
    [['0,5', '0.5'], '"0,5" in line 2', '"0.5" in line 3', 1],
    [['1,234.5', '0,5'], '"1,234.5" in line 2', '"0,5" in line 3', 1],
    [['1.234,5', '1,234.5'], '"1.234,5" in line 2', '"1,234.5" in line 3', 1],
    [['50%', '0.5'], '"50%" in line 2', '"0.5" in line 3', 1],
    [['0.5', '50%'], '"0.5" in line 2', '"50%" in line 3', 1],
    [['12', '50%'], '"12" in line 2', '"50%" in line 3', 1],
    [['1,234', '0.5'], '"1,234" in line 2', '"0.5" in line 3', 1],
  ])('are refused with both places: %j', (cells, before, after, row) => {
    const error = refusal(cells);
    expect(error.code).toBe('mixed-number-styles');
    expect(error.message).toContain(`found ${before} and ${after}`);
    expect(error.place).toEqual({ source: 'x.csv', column: 'p', row, line: row + 2 });
  });

  it('may have zeros and missing numbers among percentages', () => {
    expect(readAll(['0', '50%', '', '0.0', 'nan'])).toEqual([0, 0.5, NAN, 0, NAN]);
  });
});

describe('styles that are learnt before numbers are read', () => {
  it('know the sign of later rows', () => {
    const column = style();
    column.learn('1,234', { row: 0, line: 2 });
    column.learn('x', { row: 1, line: 3 });
    expect(column.sign).toBeNull();
    column.learn('0.25', { row: 2, line: 4 });
    expect(column.sign).toBe('.');
    column.settle({ row: 0, line: 2 });
    expect([column.isPlain, column.isScannable]).toEqual([true, true]);
    expect(column.number('1,234', { row: 0, line: 2 })).toBe(1234);
  });

  it('are plain where scanners read them', () => {
    const settled = (cells: readonly string[], delimiter: string) => {
      const column = style(delimiter);
      for (const [row, cell] of cells.entries()) column.learn(cell, { row, line: row + 2 });
      column.settle({ row: 0, line: 2 });
      return [column.isPlain, column.isScannable, column.sign];
    };
    expect(settled(['1', '2'], ',')).toEqual([true, true, null]);
    expect(settled(['1', '2'], ';')).toEqual([false, false, null]);
    expect(settled(['0.5'], ';')).toEqual([true, true, '.']);
    expect(settled(['0,5'], ';')).toEqual([false, true, ',']);
    expect(settled(['5%'], ';')).toEqual([false, false, null]);
    expect(settled(['0.5%'], ',')).toEqual([false, false, '.']);
  });

  it('refuse decimal commas that come after points may have been read', () => {
    const column = style(',');
    column.learn('1', { row: 0, line: 2 });
    column.settle({ row: 0, line: 2 });
    expect(column.number('0,5', { row: 300, line: 302 })).toBeNull();
    expect(column.number('1,234.5', { row: 301, line: 303 })).toBe(1234.5);
    expect(() => column.number('50%', { row: 302, line: 304 })).toThrow(/percent/);
    const semicolons = style(';');
    semicolons.settle({ row: 0, line: 2 });
    expect(semicolons.number('0,5', { row: 300, line: 302 })).toBe(0.5);
  });
});

/** A decimal number by its digits. */
const decimal = fc.record({
  minus: fc.constantFrom('', '-', '+'),
  whole: fc.oneof(fc.nat(999), fc.nat(10 ** 9)).map(String),
  fraction: fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 17 }),
  isWhole: fc.boolean(),
  exponent: fc.constantFrom('', '', '', 'e-3', 'E+5'),
});
type Decimal = typeof decimal extends fc.Arbitrary<infer T> ? T : never;

const grouped = (whole: string, by: string) => whole.replace(/\B(?=(?:\d{3})+$)/g, by);

/** Each way to write a number, and the delimiter of a file that it can stand in without quotes. */
const STYLES: Record<
  string,
  { readonly point: string; readonly by: string; readonly after: string }
> = {
  points: { point: '.', by: '', after: '' },
  commas: { point: ',', by: '', after: '' },
  'thousands by commas': { point: '.', by: ',', after: '' },
  'thousands by points': { point: ',', by: '.', after: '' },
  'thousands by blanks': { point: ',', by: ' ', after: '' },
  'thousands by blanks and points': { point: '.', by: '\u202f', after: '' },
  'thousands by apostrophes': { point: '.', by: '’', after: '' },
  percent: { point: '.', by: '', after: '%' },
  'percent with commas': { point: ',', by: '', after: ' %' },
};

describe.each(Object.keys(STYLES))('columns of %s', (name) => {
  const { point, by, after } = STYLES[name]!;
  const canHaveExponent = after === '';
  const written = ({ minus, whole, fraction, isWhole, exponent }: Decimal) =>
    `${minus}${grouped(whole, by)}${isWhole ? '' : point + fraction}${canHaveExponent ? exponent : ''}${after}`;
  const numberOf = ({ minus, whole, fraction, isWhole, exponent }: Decimal) => {
    const digits = `${minus}${whole}${isWhole ? '' : `.${fraction}`}`;
    if (canHaveExponent) return Number(`${digits}${exponent}`);
    return Number(`${digits}e-2`);
  };
  // A first cell that leaves no doubt.
  const first: Decimal = {
    minus: '',
    whole: '1234567',
    fraction: '25',
    isWhole: false,
    exponent: '',
  };

  it('are read to the same doubles as Number() reads them', () => {
    fc.assert(
      fc.property(fc.array(decimal, { maxLength: 20 }), (numbers) => {
        const all = [first, ...numbers];
        expect(readAll(all.map(written))).toEqual(all.map(numberOf));
      }),
      { numRuns: 300 },
    );
  });

  it('are read from files of any delimiter, with the core and without, however long', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(decimal, { minLength: 1, maxLength: 300 }),
        fc.constantFrom(',', ';', '\t', '|'),
        fc.boolean(),
        async (numbers, delimiter, quoted) => {
          const all = [first, ...numbers];
          const needsQuotes = (cell: string) => quoted || cell.includes(delimiter);
          const rows = all.map((number, i) => {
            const cell = written(number);
            return `${needsQuotes(cell) ? `"${cell}"` : cell}${delimiter}${i % 2 ? '7' : '0.5'}`;
          });
          const text = `p${delimiter}q\n${rows.join('\n')}\n`;
          const expected = all.flatMap((number, i) => [numberOf(number), i % 2 ? 7 : 0.5]);
          for (const decimals of Object.values(PARSERS)) {
            for (const sizes of [undefined, [37]]) {
              const fields = await fieldsOf(bytesOf(text, 'x.csv', sizes), { delimiter });
              expect((await readFields(fields, { decimals, batch: 50 })).numbers).toEqual(expected);
            }
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('percentages', () => {
  it('with an exponent are rounded once', () => {
    fc.assert(
      fc.property(decimal, ({ whole, fraction }) => {
        const cell = `${whole}.${fraction}e-7%`;
        expect(style().number(cell, { row: 0, line: 1 })).toBe(Number(`${whole}.${fraction}e-9`));
      }),
    );
  });
});

describe('text that is hostile', () => {
  it.each([
    ['digits', '1'.repeat(1 << 16)],
    ['blanks between', `1${' '.repeat(1 << 16)}1`],
    ['groups without end', '1,234'.repeat(1 << 14)],
    ['blanks and a word', `${' '.repeat(1 << 16)}x`],
    ['commas', ','.repeat(1 << 16)],
    ['digits and blanks', `${'1 '.repeat(1 << 15)}x`],
    ['tabs between', `1${'\t'.repeat(1 << 16)}1`],
  ])('takes no longer than reading it: %s', (_, cell) => {
    const begin = performance.now();
    looksLikeNumber(cell);
    style().number(cell, { row: 0, line: 1 });
    expect(performance.now() - begin).toBeLessThan(300);
  });
});
