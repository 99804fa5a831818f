import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { DecimalParser } from '../../src/types/decimals.js';
import { InputError } from '../../src/types/errors.js';
import { outcome, PARSERS, readText, type TextCase } from '../support/text-dumps.js';

let decimals: DecimalParser | undefined;

const dump = (
  text: string | Uint8Array,
  options: TextCase = {},
  sizes?: readonly number[],
  capacity?: number,
) => readText(text, { name: 'dump.jsonl', ...options }, decimals, sizes, capacity);

describe.each(Object.entries(PARSERS))('JSON dumps through %s', (_, parser) => {
  beforeAll(() => {
    decimals = parser;
  });

  const good = '{"logits":[1,2],"label":0}\n';
  it.each<[string, string, string, RegExp, TextCase?]>([
    ['nothing', '', 'empty-file', /empty/],
    ['blank lines only', '\n \n', 'empty-file', /no rows/],
    [
      'an array further down',
      `${good}[1,2]\n`,
      'bad-json',
      /row 1, line 2, byte 27: .*found "\[1,2\]"; expected an object/,
    ],
    [
      'an object among arrays',
      '[[1,2],{"logits":[1,2]}]',
      'bad-scores',
      /row 1, line 1: .*an object; expected an array of 2 numbers/,
      { name: 'dump.json', target: null },
    ],
    [
      'an object over several lines',
      '{\n"logits":[1,2]}\n',
      'bad-json',
      /line 1, byte 1: .*end of the line.*jq -c/,
    ],
    ['a cut object', `${good}{"logits":[1,2`, 'bad-json', /row 1, line 2, byte 41: /],
    ['a trailing comma', `${good}{"logits":[1,2,],"label":0}`, 'bad-json', /row 1.*found "\],/],
    [
      'two objects on a line',
      `${good}{"logits":[1,2]} {}`,
      'bad-json',
      /found "\{\}"; expected the end of the line/,
    ],
    ['a leading zero', `${good}{"logits":[01,2]}`, 'bad-json', /as JSON writes it/],
    ['a bare point', `${good}{"logits":[.5,2]}`, 'bad-json', /found "\.5/],
    ['a bad escape', `${good}{"logits":[1,2],"label":"\\x"}`, 'bad-json', /escape/],
    ['text that is no object', 'logits\n', 'bad-json', /found "logits"/],
    [
      'another length',
      `${good}\n{"logits":[1,2,3],"label":0}`,
      'ragged-row',
      /row 1, line 3, column "logits": .*found 3; expected 2/,
    ],
    ['an empty array', `${good}{"logits":[]}`, 'ragged-row', /found 0; expected 2/],
    [
      'a string among scores',
      `${good}{"logits":["x",2]}`,
      'not-a-number',
      /row 1, line 2, column "logits": .*found "x"/,
    ],
    [
      'several rows in one',
      '{"logits":[[1,2],[3,4]],"label":0}\n',
      'nested-rows',
      /column "logits": .*shape \(2, 2\)/,
    ],
    [
      'nested scores of several lengths',
      '{"logits":[[1,2],[3]],"label":0}\n',
      'bad-scores',
      /array of other values.*flat array/,
      { scores: 'logits' },
    ],
    ['more nesting later', `${good}{"logits":[[[[1,2]]]]}`, 'not-a-number', /an array/],
    ['an object in an array', `${good}{"logits":[{"a":1},2]}`, 'not-a-number', /an object/],
    [
      'another class',
      '{"probs":{"a":1,"b":0},"y":"a"}\n{"probs":{"a":1,"c":0},"y":"a"}\n',
      'unknown-class',
      /row 1, line 2, column "probs": .*found "c"; expected the classes "a", "b"/,
    ],
    [
      'a class twice',
      '{"probs":{"a":1,"b":0},"y":"a"}\n{"probs":{"a":1,"b":0,"a":1},"y":"a"}\n',
      'unknown-class',
      /row 1, line 2, column "probs": .*twice; found "a"/,
    ],
    [
      'a class that is missing',
      '{"probs":{"a":1,"b":0},"y":"a"}\n{"probs":{"b":0},"y":"a"}\n',
      'missing-class',
      /row 1, line 2, column "probs": .*none for "a"/,
    ],
    ['scores that are no array', `${good}{"logits":{"a":1}}`, 'bad-scores', /an object/],
    [
      'one score per row',
      '{"y_score":0.5,"label":1}\n',
      'single-score',
      /one score per row; logitscope needs/,
    ],
    ['one number for scores', '{"scores":0.5,"label":1}\n', 'single-score', /--task binary/],
    ['an array of one', '{"scores":[0.5],"label":1}\n', 'single-score', /one score per row/],
    [
      'a row without scores',
      `${good}{"label":1}`,
      'missing-field',
      /row 1, line 2, column "logits"/,
    ],
    ['scores twice', `${good}{"logits":[1,2],"logits":[1,2]}`, 'duplicate-field', /row 1/],
    [
      'a weight that appears late',
      `${good}{"logits":[1,2],"label":0,"weight":1}`,
      'late-field',
      /row 1, line 2, column "weight": .*"weight": null/,
    ],
    [
      'a string label without names',
      '{"logits":[1,2],"label":"cat"}\n',
      'label-count',
      /"cat".*--class-names/,
    ],
    [
      'a string label without names past the rows that tell which they are',
      `${good.repeat(300)}{"logits":[1,2],"label":"cat"}\n`,
      'unknown-label',
      /row 300, line 301, column "label": .*"cat".*--class-names/,
    ],
    [
      'an unknown label',
      '{"logits":[1,2],"label":"cow"}\n',
      'unknown-label',
      /"cow".*"cat", "dog"/,
      { classNames: ['cat', 'dog'] },
    ],
    [
      'a label that becomes an array',
      `${good}{"logits":[1,2],"label":[0,1]}\n`,
      'bad-label',
      /row 1, line 2, column "label": .*an array/,
    ],
    ['a label that is an object', `${good}{"logits":[1,2],"label":{}}\n`, 'bad-label', /an object/],
    [
      'two kinds of scores',
      '{"logits":[1,2],"probs":[0,1]}\n',
      'ambiguous-column',
      /"logits", "probs".*--scores/,
    ],
    ['no scores', '{"a":1}\n', 'missing-scores', /"a".*logits/, { target: null }],
    ['deep nesting', `{"x":${'['.repeat(5000)}`, 'bad-json', /512 levels/],
  ])('refuses %s', async (_, text, code, message, options = {}) => {
    for (const sizes of [undefined, [], [1]]) {
      const error = await dump(text, options, sizes).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(InputError);
      expect((error as InputError).code).toBe(code);
      expect((error as InputError).message).toMatch(message);
    }
  });

  it('throws nothing but its own errors, whatever the bytes', async () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '"logits":[1,2]',
      '"label":',
      '0',
      'NaN',
      '-',
      '.',
      'e',
      '\\u00',
      '\n',
      ' ',
      'null',
      'true',
      '\u0001',
      'é',
    );
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.array(piece, { maxLength: 30 }).map((all) => good + all.join('')),
    );
    await fc.assert(
      fc.asyncProperty(bytes, fc.integer({ min: 1, max: 50 }), async (content, size) => {
        const name = 'dump.jsonl';
        const read = (sizes?: number[]) => outcome(content, { name }, decimals, sizes);
        const whole = await read([]);
        expect(await read([size])).toEqual(whole);
        expect(await read()).toEqual(whole);
      }),
      { numRuns: 1500 },
    );
  });
});
