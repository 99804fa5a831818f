import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DecimalParser } from '../../src/types/decimals.js';
import { bytesOf, errorOf, fieldsOf, readFields } from '../support/fields.js';
import { outcome, PARSERS } from '../support/text-dumps.js';

const core = PARSERS['the core'] as DecimalParser;

async function expectSame(name: string, text: string, capacity: number): Promise<void> {
  const parsed = await outcome(text, { name }, core, [], capacity);
  expect(parsed).toEqual(await outcome(text, { name }, undefined, [], capacity));
  // And of the fields themselves, all of which are read as numbers.
  const fields = async (decimals?: DecimalParser) => {
    const reading = fieldsOf(bytesOf(text, name)).then((opened) =>
      readFields(opened, { decimals, batch: capacity, texts: [opened.fields.at(-1)!.name] }),
    );
    return reading.catch(() => errorOf(reading).then(({ message }) => message));
  };
  expect(await fields(core)).toEqual(await fields());
}

const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.float({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.constantFrom(
    '0',
    '-0.0',
    '1e-5',
    '12345678901234567890.5',
    '0.1000000000000000055511151231257827',
  ),
);
const lineEnd = { weight: 1, arbitrary: fc.constantFrom('\r\n', '\r', '\n\n', '\n \n', '') };

describe('tables read with the core and without', () => {
  it('hold the same values or are refused for the same, row by row', async () => {
    const odd = fc.constantFrom(
      'nan',
      '-inf',
      '"1.5"',
      ' 2 ',
      '',
      '+.5',
      '5.',
      '007',
      'x',
      '1,2',
      '"1,2"',
      '"1,234.5"',
      '5%',
      'NA',
      '[1]',
      '"a\nb"',
      '0x1',
    );
    const cell = fc.oneof({ weight: 60, arbitrary: number }, { weight: 1, arbitrary: odd });
    const label = fc.constantFrom('a', 'b', '0', '"a"', '"b"', '', 'c', '"a""', '"a"x', '\u00e9');
    const usual = fc.constantFrom('a', 'b', '"a"', '1');
    const end = fc.oneof({ weight: 40, arbitrary: fc.constant('\n') }, lineEnd);
    const row = fc
      .tuple(
        cell,
        fc.oneof({ weight: 30, arbitrary: usual }, { weight: 1, arbitrary: label }),
        cell,
        cell,
        end,
      )
      .map(([a, y, b, w, last]) => `${a},${y},${b},${w}${last}`);
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { maxLength: 40 }),
        fc.integer({ min: 1, max: 9 }),
        (rows, capacity) =>
          expectSame('dump.csv', `p_a,label,p_b,weight\n${rows.join('')}`, capacity),
      ),
      { numRuns: 500 },
    );
  });

  it('hold the same values or are refused for the same, object by object', async () => {
    const odd = fc.constantFrom(
      'null',
      'NaN',
      '-Infinity',
      '+1',
      '01',
      '.5',
      '5.',
      '"1"',
      '',
      '[1]',
      '1,2',
    );
    const value = fc.oneof({ weight: 60, arbitrary: number }, { weight: 1, arbitrary: odd });
    const row = fc
      .tuple(
        value,
        fc.constantFrom(',', ', ', ' ,\t'),
        value,
        fc.oneof(
          { weight: 40, arbitrary: fc.constantFrom(']', ' ]') },
          { weight: 1, arbitrary: fc.constantFrom(']]', '') },
        ),
      )
      .map(([a, comma, b, close]) => `{"logits": [${a}${comma}${b}${close}, "label": 1}\n`);
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { maxLength: 12 }),
        fc.integer({ min: 1, max: 9 }),
        (rows, capacity) =>
          expectSame('dump.jsonl', `{"logits": [0, 1], "label": 0}\n${rows.join('')}`, capacity),
      ),
      { numRuns: 500 },
    );
  });

  it('are the same wherever the window ends in a row', async () => {
    const row = '-0.12345678901234566,"a",1.5e-7,0.25\r\n';
    const header = 'p_a,label,p_b,weight\n';
    // The window holds 2^18 bytes: one more before it moves its end through a row, byte by byte.
    for (let shift = 0; shift <= row.length; shift++) {
      const first = `0.5${'0'.repeat(shift)},b,1,1\n`;
      const text = header + first + row.repeat(Math.ceil(2 ** 18 / row.length) + 2);
      const read = await outcome(text, {}, core, [], 4000);
      if (typeof read === 'string') throw new Error(read);
      expect(read.rows).toBe(Math.ceil(2 ** 18 / row.length) + 3);
      expect(new Set(read.scores.slice(2))).toEqual(new Set([-0.12345678901234566, 1.5e-7]));
      expect(new Set(read.weights)).toEqual(new Set([1, 0.25]));
    }
  });
});
