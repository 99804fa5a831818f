import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { CoreDecimalParser } from '../../src/engine/decimal-parser.js';
import { loadCore } from '../../src/node/core.js';
import { openJsonl } from '../../src/sources/jsonl.js';
import type { NameOptions } from '../../src/sources/names.js';
import { selectFromTable, tableDump, tableLabelPairs } from '../../src/sources/table-dump.js';
import { JsonFault, JsonScanner } from '../../src/sources/table-json.js';
import type { DecimalParser } from '../../src/types/decimals.js';
import { InputError, LogitscopeError } from '../../src/types/errors.js';
import { MISSING_TARGET } from '../../src/types/scores.js';
import { readDump, textStream } from '../support/text.js';

/** The whole suite runs with the table's own scanner and with the core's parser. */
const PARSERS = { 'its scanner': undefined, 'the core': new CoreDecimalParser(await loadCore()) };
let decimals: DecimalParser | undefined;

interface Case extends NameOptions {
  readonly classNames?: readonly string[];
}

async function dump(
  text: string | Uint8Array,
  options: Case = {},
  sizes: number[] = [],
  capacity = 7,
) {
  const table = await openJsonl(textStream(text, 'dump.jsonl', sizes));
  return readDump(
    tableDump(table, selectFromTable(table, options), { ...options, decimals }),
    capacity,
  );
}

describe.each(Object.entries(PARSERS))('JSON Lines dumps through %s', (_, parser) => {
  beforeAll(() => {
    decimals = parser;
  });

  it('reads one object per row', async () => {
    const text = readFileSync(new URL('../oracles/dumps/digits-records.jsonl', import.meta.url));
    const rows = text
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const read = await dump(text);
    expect(read.info).toMatchObject({
      format: 'jsonl',
      stored: 'text',
      classes: 10,
      classNames: null,
      rows: null,
    });
    expect(read.scores).toEqual(rows.flatMap((row) => row.logits));
    expect(read.targets).toEqual(rows.map((row) => row.label));
  });

  it('reads null, NaN and infinities as Python writes them', async () => {
    const read = await dump('{"probs": [null, NaN, Infinity, -Infinity, -0.0, 1E-3], "y": 0}\n');
    expect(read.scores).toEqual([Number.NaN, Number.NaN, Infinity, -Infinity, -0, 0.001]);
  });

  it('reads fields in any order, blank lines, CRLF, escapes, a byte order mark and no last line end', async () => {
    const read = await dump(
      '\ufeff\n{"logits":[1,2],"label":"b","weight":2}\r\n \t\r\n{"l\\u0061bel":"\\u0061",\t"x":{"a":[{}, [], "\\"}", true, false, null]} , "weight" : 0.5, "logits" : [ 3 ,\t4 ]}',
      { classNames: ['a', 'b'] },
    );
    expect(read).toMatchObject({
      rows: 2,
      scores: [1, 2, 3, 4],
      targets: [1, 0],
      weights: [2, 0.5],
    });
  });

  it('takes a missing or null label as a missing target', async () => {
    const read = await dump(
      '{"logits":[1,2],"label":null}\n{"logits":[1,2]}\n{"logits":[1,2],"label":1.0}\n{"logits":[1,2],"label":"1"}\n',
    );
    expect(read.targets).toEqual([MISSING_TARGET, MISSING_TARGET, 1, 1]);
  });

  it('reads rows with prototype names as any other', async () => {
    const read = await dump(
      '{"__proto__":{"x":1},"constructor":1,"logits":[1,2],"label":0}\n{"logits":[1,2],"__proto__":null,"label":1}\n',
    );
    expect(read.targets).toEqual([0, 1]);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
    const table = await openJsonl(textStream('{"__proto__":[1,2],"toString":1}\n'));
    const chosen = selectFromTable(table, { scores: '__proto__', target: 'toString' });
    expect(await readDump(tableDump(table, chosen, { decimals }))).toMatchObject({
      scores: [1, 2],
      targets: [1],
    });
  });

  it('gives pairs of labels', async () => {
    const table = await openJsonl(
      textStream('{"y_true":"a","y_pred":1.0}\n{"y_pred":true,"y_true":null}\n'),
    );
    const reader = tableLabelPairs(table, selectFromTable(table));
    expect(await reader.read()).toEqual([
      { target: 'a', prediction: '1', weight: 1 },
      { target: '', prediction: 'true', weight: 1 },
    ]);
  });

  it('gives the same rows however the bytes are split', async () => {
    const text =
      '{"id":"é","logits":[0.1,-2e3],"label":1}\r\n\n{"logits":[NaN,1234567.25],"label":0,"id":7}';
    const whole = await dump(text);
    expect(whole.rows).toBe(2);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
        async (sizes) => {
          expect(await dump(text, {}, sizes, 1)).toEqual(whole);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('reads lines that are cut by the end of its window, and longer ones', async () => {
    const rows = Array.from({ length: 3000 }, (_, i) => ({
      note: 'é'.repeat(i % 300),
      probs: [i / 7, i],
      label: i % 2,
    }));
    const big = { probs: [1, 2], label: 1, note: 'x'.repeat(1 << 20) };
    const text = [...rows, big, ...rows].map((row) => `${JSON.stringify(row)}\n`).join('');
    const read = await dump(text, {}, [5003], 1000);
    expect(read.scores).toEqual([...rows, big, ...rows].flatMap((row) => row.probs));
  });

  const good = '{"logits":[1,2],"label":0}\n';
  it.each<[string, string, string, RegExp, Case?]>([
    ['nothing', '', 'empty-file', /empty/],
    ['blank lines only', '\n \n', 'empty-file', /no rows/],
    ['an array of objects', '[{"logits":[1,2]}]', 'json-array', /line 1: .*jq -c '\.\[\]'/],
    ['an array further down', `${good}[1,2]\n`, 'json-array', /row 1, line 2/],
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
      `${good}{"logits":["1",2]}`,
      'not-a-number',
      /row 1, line 2, column "logits": .*found "1"/,
    ],
    ['nested scores', '{"logits":[[1,2]],"label":0}\n', 'bad-scores', /flat array/],
    ['nested scores later', `${good}{"logits":[[1,2]]}`, 'not-a-number', /an array/],
    ['scores that are no array', `${good}{"logits":{"a":1}}`, 'bad-scores', /an object/],
    [
      'one score per row',
      '{"y_score":0.5,"label":1}\n',
      'single-score',
      /one score per row; logitscope needs/,
    ],
    ['one number for scores', '{"scores":0.5,"label":1}\n', 'single-score', /\[1 − p, p\]/],
    ['an array of one', '{"scores":[0.5],"label":1}\n', 'single-score', /one score per row/],
    [
      'a row without scores',
      `${good}{"label":1}`,
      'missing-field',
      /row 1, line 2, column "logits"/,
    ],
    ['scores twice', `${good}{"logits":[1,2],"logits":[1,2]}`, 'duplicate-field', /row 1/],
    [
      'a label that appears late',
      '{"logits":[1,2]}\n{"logits":[1,2],"label":0}',
      'late-field',
      /row 1, line 2, column "label": .*"label": null/,
    ],
    [
      'a string label without names',
      '{"logits":[1,2],"label":"cat"}\n',
      'unknown-label',
      /"cat".*--class-names/,
    ],
    [
      'an unknown label',
      '{"logits":[1,2],"label":"cow"}\n',
      'unknown-label',
      /"cow".*"cat", "dog"/,
      { classNames: ['cat', 'dog'] },
    ],
    ['a label that is an array', '{"logits":[1,2],"label":[0]}\n', 'bad-label', /an array/],
    [
      'two kinds of scores',
      '{"logits":[1,2],"probs":[0,1]}\n',
      'ambiguous-column',
      /"logits", "probs".*--scores/,
    ],
    ['no scores', '{"a":1}\n', 'missing-scores', /"a".*logits/],
    ['deep nesting', `{"x":${'['.repeat(5000)}`, 'bad-json', /512 levels/],
  ])('refuses %s', async (_, text, code, message, options = {}) => {
    for (const sizes of [[], [1]]) {
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
        const outcome = async (sizes: number[]) => {
          try {
            return await dump(content, {}, sizes);
          } catch (error) {
            if (!(error instanceof LogitscopeError)) throw error;
            return error.message;
          }
        };
        expect(await outcome([size])).toEqual(await outcome([]));
      }),
      { numRuns: 1500 },
    );
  });
});

describe('the JSON scanner', () => {
  const accepts = (text: string) => {
    const scanner = new JsonScanner();
    scanner.bytes = new TextEncoder().encode(`${text}\n`);
    try {
      scanner.skip();
      scanner.expect(0x0a, 'the end');
      return true;
    } catch (fault) {
      if (!(fault instanceof JsonFault)) throw fault;
      return false;
    }
  };
  const parses = (text: string) => {
    try {
      JSON.parse(text);
      return true;
    } catch {
      return false;
    }
  };

  it('accepts what JSON.parse accepts, on one line', () => {
    fc.assert(
      fc.property(fc.json(), (text) => accepts(text)),
      { numRuns: 500 },
    );
  });

  it('refuses what JSON.parse refuses', () => {
    const piece = fc.constantFrom(
      ...'{}[],:"\\0123.eE+- \tunlatrfs',
      'null',
      'true',
      '"a":',
      '\\n',
      '\\u00e9',
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 9 }),
        (pieces) => accepts(pieces.join('')) === parses(pieces.join('')),
      ),
      { numRuns: 5000 },
    );
    fc.assert(
      fc.property(fc.json({ maxDepth: 2 }), fc.nat(), piece, (text, at, other) => {
        const cut = at % (text.length + 1);
        const changed = text.slice(0, cut) + other + text.slice(cut + 1);
        return accepts(changed) === parses(changed);
      }),
      { numRuns: 3000 },
    );
  });

  it('reads strings and numbers as JSON.parse does', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        (text, number) => {
          const scanner = new JsonScanner();
          scanner.bytes = new TextEncoder().encode(
            `${JSON.stringify(text)} ${JSON.stringify(number)}\n`,
          );
          return (
            scanner.string() === JSON.parse(JSON.stringify(text)) && scanner.number() === number
          );
        },
      ),
    );
  });
});
