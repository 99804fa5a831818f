/** JSON arrays and lines that come in pieces, or are cut. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/types/errors.js';
import type { FormatName } from '../../src/types/fields.js';
import { bytesOf, errorOf, fieldsOf, readFields } from '../support/fields.js';
import { slowStream } from '../support/numpy.js';

/** All rows of text, as numbers and as text; a stream of at most `piece` bytes at a time. */
async function rows(text: string, name = 'x.json', piece?: number, batch = 3) {
  const bytes = new TextEncoder().encode(text);
  const input = piece === undefined ? bytesOf(bytes, name) : slowStream(name, bytes, piece);
  const fields = await fieldsOf(input);
  const names = fields.fields.map((field) => field.name);
  const { done: _, ...read } = await readFields(fields, {
    numbers: names.filter((field) => field !== 'note'),
    texts: names.filter((field) => field === 'note'),
    batch,
  });
  return { ...read, format: fields.format };
}

/** A value of JSON whose strings hold all that could be taken for the end of one. */
const note = fc
  .array(fc.constantFrom('"', '\\', '[', ']', '{', '}', ',', '\n', ' ', 'a', 'é', '\u{1f600}'), {
    maxLength: 12,
  })
  .map((parts) => parts.join(''));
const row = fc.record({
  p: fc.tuple(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  ),
  note,
  y: fc.nat(9),
});

/** The values of rows side by side, −0 as JSON.stringify has it. */
const expected = (all: readonly { p: readonly number[]; note: string; y: number }[]) => ({
  rows: all.length,
  numbers: all.flatMap(({ p, y }) => [...p, y]).map((x) => (Object.is(x, -0) ? 0 : x)),
  texts: [all.map((one) => one.note)],
});

describe('a JSON array', () => {
  it('is read the same in pieces of any size, pretty or not', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 1, maxLength: 8 }),
        fc.constantFrom(undefined, 1, '\t'),
        fc.constantFrom('', '\n', ' \r\n\t'),
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 1, max: 4 }),
        async (all, space, around, piece, batch) => {
          const text = `${around}${JSON.stringify(all, null, space)}${around}`;
          for (const size of [undefined, piece]) {
            expect(await rows(text, 'x.json', size, batch)).toEqual({
              ...expected(all),
              format: 'json',
            });
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('is read wherever its window ends', async () => {
    const all = Array.from({ length: 4 }, (_, i) => ({
      p: [i / 3, -i],
      note: `"]}\\${i}\n`,
      y: i,
    }));
    const body = JSON.stringify(all, null, 1);
    // The window holds 2^18 bytes: blanks before the rows move its end through them, byte by byte.
    for (let before = 0; before <= body.length; before++) {
      const text = `[${' '.repeat(2 ** 18 - 1 - before)}${body.slice(1)}`;
      expect(await rows(text)).toEqual({ ...expected(all), format: 'json' });
    }
  });

  it('is read where rows are larger than its window', async () => {
    const long = '[{"'.repeat(150_000);
    const all = [0, 1, 2].map((i) => ({ p: [i, i + 0.5], note: i === 1 ? long : '', y: i }));
    expect(await rows(JSON.stringify(all), 'x.json', 65_537)).toEqual({
      ...expected(all),
      format: 'json',
    });
  });

  it('keeps up with many small values and with one large one', async () => {
    const begin = performance.now();
    const numbers = Array.from({ length: 300_000 }, (_, i) => i);
    expect((await rows(JSON.stringify(numbers), 'x.json', 4099, 5000)).numbers).toEqual(numbers);
    const wide = await rows(`[${JSON.stringify(numbers)}]`, 'x.json', 4099, 1);
    expect(wide.rows).toBe(1);
    expect(wide.numbers).toEqual(numbers);
    expect(performance.now() - begin).toBeLessThan(10_000);
  });

  it.each<[string, RegExp]>([
    ['[1, 2,]', /row 2, line 1, byte 6: .*found "\]"/],
    ['[{"p":1},\n]', /row 1, line 2, byte 10: .*found "\]"/],
    ['[,1]', /byte 1: .*found ",1\]"/],
    ['[1,,2]', /row 1, line 1, byte 3: .*found ",2\]"/],
    ['[1 2]', /byte 3: .*found "2\]"; expected a comma or a closing bracket/],
    ['[1]]', /byte 3: .*expected nothing behind the array/],
    ['[1] [2]', /byte 4: .*expected nothing behind the array/],
    ['[{"p":1} {"p":2}]', /byte 9: .*a comma or a closing bracket/],
    ['[1}', /line 1, byte 2: .*a comma or a closing bracket/],
    ['[{"p":1}}', /byte 8: .*a comma or a closing bracket/],
    ['[{"p":[1}]', /row 0, line 1/],
    ['[{"p":1]]', /row 0, line 1/],
    ['[{"p":1,}]', /row 0, line 1, byte 8/],
    ['[{"p":tru}]', /row 0, line 1, byte 6/],
    ['[{"p":"a\nb"}]', /row 0, line 1/],
    ['[\n\n{"p":1},\n{"p":01}]', /row 1, line 4, byte 17: .*as JSON writes it/],
    ['[{"p":1}, 7]', /row 1, line 1, byte 10: .*an object/],
  ])('is refused where it is damaged: %j', async (text, message) => {
    for (const piece of [undefined, 1, 3]) {
      const error = await errorOf(rows(text, 'x.json', piece, 1));
      expect(error).toBeInstanceOf(InputError);
      expect(error.message).toMatch(message);
      expect(error.code).toBe('bad-json');
    }
  });

  it('is refused where it is cut, at every byte', async () => {
    const all = [
      { p: [0.25, -1e-3], note: 'a "] \\ é', y: 1 },
      { p: [3, 4], note: '', y: 0 },
      { p: [5, 6], note: '}', y: 2 },
    ];
    for (const text of [JSON.stringify(all), `${JSON.stringify(all, null, 2)}\n`]) {
      const bytes = new TextEncoder().encode(text);
      const length = bytes.lastIndexOf(0x5d) + 1;
      for (let cut = 0; cut < length; cut++) {
        for (const piece of [undefined, 1 + (cut % 7)]) {
          const input = bytes.subarray(0, cut);
          const opening = fieldsOf(
            piece === undefined ? bytesOf(input, 'x.json') : slowStream('x.json', input, piece),
          );
          const error = await errorOf(opening.then((fields) => readFields(fields, { batch: 1 })));
          expect(error, `cut at ${cut}`).toBeInstanceOf(InputError);
          if (cut > 0) expect(error.message, `cut at ${cut}`).toMatch(/^x\.json/);
        }
      }
    }
  });

  it('holds no rows where it is empty', async () => {
    for (const text of ['[]', '[ ]', ' [\n]\n', '[\r\n\t]']) {
      for (const piece of [undefined, 1]) {
        expect(await errorOf(rows(text, 'x.json', piece))).toMatchObject({
          code: 'empty-file',
          message: expect.stringMatching(/no rows/),
        });
      }
    }
  });
});

describe('JSON Lines', () => {
  it('are read the same in pieces of any size', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 1, maxLength: 8 }),
        fc.constantFrom('\n', '\r\n', '\n\n', ' \n\t\n'),
        fc.boolean(),
        fc.integer({ min: 1, max: 7 }),
        async (all, end, ends, piece) => {
          const text = all.map((one) => JSON.stringify(one)).join(end) + (ends ? end : '');
          for (const [name, size] of [
            ['x.jsonl', undefined],
            ['x.ndjson', piece],
            // A file may be called json and hold lines.
            ['x.json', piece],
            ['-', piece],
          ] as const) {
            expect(await rows(text, name, size)).toEqual({ ...expected(all), format: 'jsonl' });
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('are refused where they are cut, but for the end of a row', async () => {
    const text = '{"p":[1,2],"y":"é\\n"}\n{"y":"b","p":[3,4]}';
    const bytes = new TextEncoder().encode(text);
    const ends = [bytes.indexOf(0x0a), bytes.indexOf(0x0a) + 1];
    for (let cut = 0; cut < bytes.length; cut++) {
      const input = bytes.subarray(0, cut);
      for (const source of [bytesOf(input, 'x.jsonl'), slowStream('x.jsonl', input, 3)]) {
        const opening = fieldsOf(source);
        const reading = opening.then((fields) =>
          readFields(fields, { numbers: ['p'], texts: ['y'] }),
        );
        if (ends.includes(cut)) expect(await reading).toMatchObject({ rows: 1, numbers: [1, 2] });
        else expect(await errorOf(reading), `cut at ${cut}`).toBeInstanceOf(InputError);
      }
    }
  });
});

describe('JSON by its first bytes', () => {
  it.each<[string, string, FormatName]>([
    ['[{"a":1}]', '-', 'json'],
    ['\ufeff\n [1, 2]', '-', 'json'],
    ['{"a":1}\n{"a":2}', '-', 'jsonl'],
    [' \r\n{"a":1}', 'dump', 'jsonl'],
    ['[{"a":1}]', 'x.JSON', 'json'],
    ['[{"a":1}]', 'x.jsonl', 'json'],
  ])('is known: %j of %s', async (text, name, format) => {
    expect((await fieldsOf(bytesOf(text, name))).format).toBe(format);
  });
});
