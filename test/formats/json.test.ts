import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { DecimalParser } from '../../src/types/decimals.js';
import { MISSING_TARGET } from '../../src/types/scores.js';
import { bytesOf, fieldsOf, readFields, readLabels } from '../support/fields.js';
import { PARSERS, readText, type TextCase } from '../support/text-dumps.js';

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
    const names = { scores: '__proto__', target: 'toString' };
    expect(await dump('{"__proto__":[1,2],"toString":1}\n', names)).toMatchObject({
      scores: [1, 2],
      targets: [1],
    });
  });

  it('gives pairs of labels', async () => {
    const text = '{"y_true":"a","y_pred":1.0}\n{"y_pred":true,"y_true":null}\n';
    const { pairs } = await readLabels({ predictions: bytesOf(text, 'dump.jsonl') });
    expect(pairs).toEqual([
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

  it('reads nested arrays of one row, and text that is a number, as what they hold', async () => {
    const read = await dump(
      '{"logits":[[0.5,"1e-3"]],"label":[[1]]}\n{"logits":["nan",[2]],"label":"0"}\n{"logits":[true,false],"label":[0.0]}\n',
    );
    expect(read.scores).toEqual([0.5, 0.001, Number.NaN, 2, 1, 0]);
    expect(read.targets).toEqual([1, 0, 0]);
    const single = '{"score":[[0.25]],"y":1}\n{"score":"0.75","y":0}\n{"score":null,"y":0}\n';
    const fields = await fieldsOf(bytesOf(single, 'x.jsonl'));
    const { numbers } = await readFields(fields, { numbers: ['score'], decimals });
    expect(numbers).toEqual([0.25, 0.75, Number.NaN]);
  });

  it('reads null for an array of scores as scores that are missing', async () => {
    const read = await dump('{"probs":[1,2],"y":0}\n{"probs":null,"y":1}\n{"probs":[3,4],"y":1}\n');
    expect(read.scores).toEqual([1, 2, Number.NaN, Number.NaN, 3, 4]);
    expect(read.targets).toEqual([0, 1, 1]);
  });

  it('reads objects with a number for each class, in any order of the classes', async () => {
    const read = await dump(
      '{"probs":{"cat":0.25,"dog":0.75},"label":"dog"}\n{"label":"cat","probs":{"dog":"1","cat":[0]}}\n{"probs":{"cat":null,"dog":NaN},"label":"dog"}\n',
    );
    expect(read.info).toMatchObject({ classes: 2, classNames: ['cat', 'dog'] });
    expect(read.scores).toEqual([0.25, 0.75, 0, 1, Number.NaN, Number.NaN]);
    expect(read.targets).toEqual([1, 0, 1]);
  });

  it('reads one array of objects, on one line or many', async () => {
    const rows = [
      { id: 'a ] , [ "', logits: [0.5, -1e-3], label: 1, note: { x: [1, { y: 2 }] } },
      { id: 'b\\', logits: [3, 4], label: 0, note: null },
    ];
    const expected = { scores: [0.5, -0.001, 3, 4], targets: [1, 0], rows: 2 };
    for (const space of [undefined, 1, '\t']) {
      for (const end of ['', '\n', '\r\n \n']) {
        const text = `\ufeff \n${JSON.stringify(rows, null, space).replace(/\n/g, '\r\n')}${end}`;
        for (const sizes of [undefined, [1], [7]]) {
          const read = await dump(text, { name: 'dump.json' }, sizes, 1);
          expect(read).toMatchObject(expected);
          expect(read.info).toMatchObject({ format: 'json', classes: 2 });
        }
        // Without an ending the first bytes tell.
        expect(await dump(text, { name: '-' })).toMatchObject(expected);
      }
    }
  });

  it('reads arrays without names as one field', async () => {
    const scores = [0.5, -1, 2, 3, 4, 5];
    const texts = {
      'a.json': '[[0.5,-1],[2,3],[4,5]]',
      'b.json': '[\n[0.5, -1],\n[2,\n3] ,[4,5]\n]\n',
      'c.jsonl': '[0.5,-1]\n[2,3]\n[4,5]\n',
    };
    for (const [name, text] of Object.entries(texts)) {
      const fields = await fieldsOf(bytesOf(text, name));
      expect(fields).toMatchObject({ named: false, fields: [{ name: null, inner: [2] }] });
      expect((await readFields(fields, { decimals })).numbers).toEqual(scores);
      const read = await dump(text, { name, target: null });
      expect([read.scores, read.info.classNames]).toEqual([scores, null]);
    }
  });

  it('reads lines of nested arrays, one row each', async () => {
    const texts = ['[[0.5,-1]]\n[[2,3]]\n', '[[0.5],-1]\n[2,[3]]', '["0.5",-1]\n["2",3]\n'];
    for (const text of texts) {
      const fields = await fieldsOf(bytesOf(text, 'x.jsonl'));
      expect(fields.fields).toMatchObject([{ name: null, inner: [2] }]);
      expect((await readFields(fields, { decimals })).numbers).toEqual([0.5, -1, 2, 3]);
    }
  });

  it('reads one line that is an array as one row', async () => {
    const fields = await fieldsOf(bytesOf('[0.5,-1]\n', 'x.jsonl'));
    expect(fields.fields).toMatchObject([{ name: null, inner: [2] }]);
    expect((await readFields(fields, { decimals })).numbers).toEqual([0.5, -1]);
  });

  it('reads values without names as one field', async () => {
    for (const [name, text] of [
      ['y.json', '["a", 1, 2.50, null, true, "x y"]'],
      ['y.json', '[\n  "a",\n  1,\n  2.50,\n  null,\n  true,\n  "x y"\n]\n'],
      ['y.jsonl', '"a"\n1\n2.50\nnull\ntrue\n"x y"'],
    ] as const) {
      for (const sizes of [undefined, [1]]) {
        const fields = await fieldsOf(bytesOf(text, name, sizes));
        const { texts, rows } = await readFields(fields, { numbers: [], texts: [null], batch: 2 });
        expect(rows).toBe(6);
        expect(texts).toEqual([['a', '1', '2.5', '', 'true', 'x y']]);
      }
    }
    const numbers = await fieldsOf(bytesOf('[1, 2.5, null, NaN, -Infinity]', 'w.json'));
    expect((await readFields(numbers)).numbers).toEqual([
      1,
      2.5,
      Number.NaN,
      Number.NaN,
      -Infinity,
    ]);
  });

  it('says where rows of an array stand', async () => {
    const fields = await fieldsOf(bytesOf('[\n{"a":\n1},{"a":2},\n\n{"a":3}]', 'x.json'));
    const reader = await fields.select({ numbers: [], texts: fields.fields });
    expect(await reader.read([], 9)).toBe(3);
    const places = [0, 1, 2].map((i) => reader.place(i));
    expect(places).toEqual([2, 3, 5].map((line, row) => ({ source: 'x.json', row, line })));
  });
});
