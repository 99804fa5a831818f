import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { DecimalParser } from '../../src/types/decimals.js';
import { InputError, UsageError } from '../../src/types/errors.js';
import { outcome, PARSERS, readText, type TextCase } from '../support/text-dumps.js';

let decimals: DecimalParser | undefined;

const dump = (
  text: string | Uint8Array,
  options: TextCase = {},
  sizes?: readonly number[],
  capacity?: number,
) => readText(text, options, decimals, sizes, capacity);

describe.each(Object.entries(PARSERS))('CSV dumps through %s', (_, parser) => {
  beforeAll(() => {
    decimals = parser;
  });

  const head = 'p_a,p_b,label\n1,0,a\n';
  it.each<[string, string | Uint8Array, string, RegExp, TextCase?]>([
    ['nothing', '', 'empty-file', /empty/],
    ['only a mark', '\ufeff', 'empty-file', /blank/],
    ['a blank first line', '\np_a,p_b\n', 'blank-line', /line 1: .*blank/],
    ['zero bytes', 'p_a\0', 'not-text', /byte 3: .*zero byte/],
    ['too few fields', `${head}1,0\n`, 'ragged-row', /row 1, line 3: .*found 2; expected 3/],
    ['too many fields', `${head}1,0,a,\n`, 'ragged-row', /row 1, line 3: .*found 4; expected 3/],
    [
      'decimal commas as delimiters',
      'p_a,p_b\n0,5,0,5\n',
      'ragged-row',
      /found 4; expected 2.*decimal comma/,
      { target: null },
    ],
    ['a shifted row', `${head}1,x,0,a\n`, 'ragged-row', /found 4/],
    [
      'a word for a score',
      `${head}1,0.5x,a\n`,
      'not-a-number',
      /row 1, line 3, column "p_b": .*found "0.5x"/,
    ],
    [
      'a word behind line breaks',
      'p_a,p_b,note\n1,0,"x\ny\r\nz"\n1,z,n\n',
      'not-a-number',
      /row 1, line 5, column "p_b"/,
      { target: null },
    ],
    ['hexadecimal', `${head}0x10,0,a\n`, 'not-a-number', /column "p_a".*"0x10"/],
    ['underscores', `${head}1_000,0,a\n`, 'not-a-number', /"1_000"/],
    ['terminal escapes', `${head}\u001b[31m,0,a\n`, 'not-a-number', /\\u001b\[31m/],
    [
      'a decimal comma past the rows that tell how numbers are written',
      `p_a,p_b,label\n${'1,0,a\n'.repeat(300)}"0,5",0,a\n`,
      'decimal-comma',
      /row 300, line 302, column "p_a": .*"0,5"; expected a decimal point/,
    ],
    [
      'decimal commas and points in one column',
      'p_a;p_b;label\n1.5;0;a\n1;0;a\n0,5;0;a\n',
      'mixed-number-styles',
      /line 4, column "p_a": .*decimal points and decimal commas.*found "1.5" in line 2 and "0,5" in line 4/,
    ],
    [
      'percentages and plain numbers in one column',
      'p_a;p_b;label\n50%;.5;a\n0.5;.5;a\n',
      'mixed-number-styles',
      /line 3, column "p_a": .*percentages and numbers without.*"50%" in line 2 and "0.5" in line 3/,
    ],
    [
      'a list of another length',
      'scores;label\n[1, 2];0\n[1, 2, 3];0\n',
      'ragged-row',
      /row 1, line 3, column "scores": .*found 3 numbers; expected 2/,
    ],
    [
      'a word for a list',
      'scores;label\n[1, 2];0\nx;0\n',
      'bad-list',
      /row 1, line 3, column "scores": .*no list; found "x"/,
    ],
    ['a blank line between rows', `${head}\n\n1,0,a\n`, 'blank-line', /row 1, line 3/],
    ['an open quote', `${head}1,0,"a\nb\n1,0,a\n`, 'unterminated-quote', /row 1, line 3: .*opens/],
    ['an open quote behind breaks', `${head}1,"\n",1,"x\n`, 'unterminated-quote', /line 4/],
    ['text after a quote', `${head}1,0,"a"b\n`, 'bad-quote', /row 1, line 3, byte 27: .*found "b"/],
    [
      'Latin-1',
      new Uint8Array([...new TextEncoder().encode(`${head}1,0,`), 0xe9, 10]),
      'not-utf8',
      /row 1, line 3/,
    ],
    [
      'an unknown label',
      `${head}1,0,c\n`,
      'unknown-label',
      /row 1, line 3, column "label": .*"c".*"a", "b"/,
    ],
    ['a label with a space', `${head}1,0,a b\n`, 'unknown-label', /"a b"/],
    ['a fraction as label', `${head}1,0,0.5\n`, 'unknown-label', /"0.5"/],
    [
      'an index for a class of another name',
      'p_1,p_2,label\n1,0,0\n',
      'unknown-label',
      /"0".*"1", "2"/,
    ],
    [
      'a label past int32',
      `${head}1,0,2147483648\n`,
      'label-out-of-range',
      /row 1, line 3.*2147483648/,
    ],
    [
      'the value that means missing',
      `${head}1,0,-2147483648\n`,
      'label-out-of-range',
      /-2147483648/,
    ],
    [
      'words for numbered classes',
      '1,0,cat\n',
      'label-count',
      /column "2": .*1 different labels.*"cat"; expected 2.*--class-names/,
      { header: false, target: '2' },
    ],
    [
      'words for numbered classes past the rows that tell which they are',
      `${'1,0,0\n'.repeat(300)}1,0,cat\n`,
      'unknown-label',
      /row 300, line 301, column "2": .*"cat".*--class-names/,
      { header: false, target: '2' },
    ],
    [
      'two delimiters',
      'a;b,c\n',
      'ambiguous-delimiter',
      /1 × comma and 1 × semicolon.*--delimiter/,
    ],
    ['a row for a header', '0.1,0.9,cat\n', 'ambiguous-header', /line 1: .*mixes/],
    ['no scores', 'a,b\n1,2\n', 'missing-scores', /"a", "b".*--scores/, { target: null }],
    [
      'a bad weight',
      'p_a,p_b,weight\n1,0,heavy\n',
      'not-a-number',
      /column "weight"/,
      { target: null },
    ],
  ])('refuses %s', async (_, text, code, message, options = {}) => {
    for (const sizes of [undefined, [], [1]]) {
      const error = await dump(text, options, sizes).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(InputError);
      expect((error as InputError).code).toBe(code);
      expect((error as InputError).message).toMatch(message);
      expect((error as InputError).message.startsWith('dump.csv')).toBe(true);
    }
  });

  it('refuses lines without end, and quotes that swallow the file, in bounded memory', async () => {
    const long = '1'.repeat(6 << 20);
    await expect(dump(`p_a,p_b\n1,${long}`, { target: null })).rejects.toMatchObject({
      code: 'line-too-long',
    });
    await expect(dump(`p_a,p_b\n1,"${long}`, { target: null })).rejects.toMatchObject({
      code: 'unterminated-quote',
      place: { row: 0, line: 2 },
    });
  });

  it.each(['', 'ab', '"', '1', '.', 'x', 'é', '\n'])(
    'refuses the delimiter %j',
    async (delimiter) => {
      await expect(dump('p_a,p_b\n', { delimiter })).rejects.toBeInstanceOf(UsageError);
    },
  );

  it('refuses class names that do not fit', async () => {
    await expect(dump(head, { classNames: ['a'] })).rejects.toMatchObject({ code: 'class-names' });
    await expect(dump(head, { classNames: ['a', 'a'] })).rejects.toMatchObject({
      code: 'class-names',
    });
  });

  it('throws nothing but its own errors, whatever the bytes', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc
        .string({ unit: fc.constantFrom(...'01.e-,;"\r\n\tap_é '), maxLength: 200 })
        .map((s) => `p_a,p_b\n${s}`),
      fc.string({ unit: fc.constantFrom(...'01.e-,;"\r\n\tap_ '), maxLength: 200 }),
    );
    await fc.assert(
      fc.asyncProperty(bytes, fc.integer({ min: 1, max: 50 }), async (content, size) => {
        for (const target of [null, undefined]) {
          const read = (sizes?: number[]) => outcome(content, { target }, decimals, sizes);
          const whole = await read([]);
          expect(await read([size])).toEqual(whole);
          expect(await read()).toEqual(whole);
        }
      }),
      { numRuns: 1500 },
    );
  });
});
