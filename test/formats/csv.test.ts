import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { DecimalParser } from '../../src/types/decimals.js';
import { MISSING_TARGET } from '../../src/types/scores.js';
import { bytesOf, fieldsOf, readDump, readFields, readLabels } from '../support/fields.js';
import { textStream } from '../support/text.js';
import { PARSERS, readText, type TextCase } from '../support/text-dumps.js';

const oracle = (name: string) => readFileSync(new URL(`../oracles/dumps/${name}`, import.meta.url));

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

  it('reads class probabilities with ids and string labels', async () => {
    const text = oracle('digits-forest.csv');
    const read = await dump(text);
    expect(read.info).toMatchObject({
      format: 'csv',
      stored: 'text',
      dtype: 'f64',
      epsilon: 2 ** -52,
      classes: 10,
      rows: null,
      hasTargets: true,
      hasWeights: false,
    });
    const names = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
    expect(read.info.classNames).toEqual(names);
    const rows = text
      .toString()
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.split(','));
    expect(read.rows).toBe(1000);
    expect(read.scores).toEqual(rows.flatMap((row) => row.slice(1, 11).map(Number)));
    expect(read.targets).toEqual(rows.map((row) => names.indexOf(row[11]!)));
  });

  it('matches labels with class names, whatever the order of the columns', async () => {
    const read = await dump(
      'p_0,p_1,p_10,p_2,label\n.1,.2,.3,.4,10\n.1,.2,.3,.4,2\n.1,.2,.3,.4,2.0\n.1,.2,.3,.4,-100\n',
    );
    expect(read.info.classNames).toEqual(['0', '1', '10', '2']);
    expect(read.targets).toEqual([2, 3, 3, -100]);
    const bare = await dump('label,2,0,1\n0,5,6,7\n2,5,6,7\n');
    expect(bare.info.classNames).toEqual(['2', '0', '1']);
    expect(bare.targets).toEqual([1, 0]);
    const fromOne = await dump('p_1,p_2,p_3,y\n1,0,0,3\n1,0,0,1\n1,0,0,\n1,0,0,255\n');
    expect(fromOne.targets).toEqual([2, 0, MISSING_TARGET, 255]);
  });

  it('takes integer labels as indices where classes are words', async () => {
    expect((await dump('p_cat,p_dog,label\n1,0,1\n0,1,0\n')).targets).toEqual([1, 0]);
    // But either words or numbers: a column of both was put together from two.
    await expect(dump('p_cat,p_dog,label\n1,0,1\n0,1,cat\n')).rejects.toMatchObject({
      code: 'unknown-label',
      place: { row: 1, line: 3 },
    });
  });

  it('reads weights, quoted cells, line breaks within them, CRLF and a byte order mark', async () => {
    const read = await dump(
      '\ufeff"p_a ""x"", y",p_b,weight,note,label\r\n"0.25",.75, 2 ,"two\r\nlines, ""q""","a ""x"", y"\r\n1e-3,+inf,0.5,,b\r\n\r\n',
    );
    expect(read.info.classNames).toEqual(['a "x", y', 'b']);
    expect(read.scores).toEqual([0.25, 0.75, 0.001, Infinity]);
    expect(read.weights).toEqual([2, 0.5]);
    expect(read.targets).toEqual([0, 1]);
  });

  it.each([
    ['p_a;p_b;label\n1;0;a\n', 'dump.csv', 'csv'],
    ['p_a\tp_b\tlabel\n1\t0\ta\n', 'dump.csv', 'tsv'],
    ['p_a|p_b|label\n1|0|a\n', '-', 'csv'],
    ['p_a,p_b,label\r1,0,a\r', 'dump.csv', 'csv'],
    ['p_a,p_b,label\n1,0,a', 'dump.csv', 'csv'],
    ['p_a\tp_b\tlabel;,|\n1\t0\ta\n', 'dump.TSV', 'tsv'],
  ])('finds the delimiter and line ends of %j', async (text, name, format) => {
    const read = await dump(text, { name, ...(text.includes(';,') && { target: 'label;,|' }) });
    expect([read.info.format, read.scores, read.targets]).toEqual([format, [1, 0], [0]]);
  });

  it('reads NaN and infinity in every spelling; the kernel judges the row', async () => {
    const read = await dump('logit_a,logit_b,y\nnan,NaN,a\n-inf,Infinity,b\n-Infinity,inf,a\n');
    expect(read.scores).toEqual([Number.NaN, Number.NaN, -Infinity, Infinity, -Infinity, Infinity]);
  });

  it('reads files without a header by position', async () => {
    const text = '0,.9,.1\n1,.2,.8\n';
    expect(await dump(text, { target: '0' })).toMatchObject({
      scores: [0.9, 0.1, 0.2, 0.8],
      targets: [0, 1],
    });
    const all = await dump(text, { target: null });
    expect(all.info).toMatchObject({ classes: 3, classNames: null });
    expect(all.scores).toEqual([0, 0.9, 0.1, 1, 0.2, 0.8]);
    const words = await dump('.9,.1,b\n', { header: false, target: '2', classNames: ['a', 'b'] });
    expect(words.targets).toEqual([1]);
    await expect(dump(text)).rejects.toMatchObject({ code: 'unnamed-columns' });
  });

  it('takes a first line 0 … C−1 as the header that pandas writes', async () => {
    const read = await dump(',0,1,2\n0,5,6,7\n1,8,9,10\n', { target: null });
    expect(read.scores).toEqual([5, 6, 7, 8, 9, 10]);
    await expect(dump('0,1\n1,0\n', { target: null })).rejects.toMatchObject({
      code: 'ambiguous-header',
    });
    expect((await dump('0,1\n1,0\n', { target: null, header: true })).scores).toEqual([1, 0]);
    expect((await dump('0,1\n1,0\n', { target: null, header: false })).scores).toEqual([
      0, 1, 1, 0,
    ]);
  });

  it('refuses single scores, and still reads them as a column', async () => {
    const text = oracle('eights-binary.csv');
    await expect(dump(text)).rejects.toThrow(
      /one score per row; logitscope needs one column per class/,
    );
    await expect(dump(text, { scores: 'y_score' })).rejects.toMatchObject({ code: 'single-score' });
    const fields = await fieldsOf(bytesOf(text));
    const column = await readFields(fields, { numbers: ['y_score'], decimals });
    expect(column.rows).toBe(1000);
    expect(column.numbers[0]).toBe(0.9140826069218104);
    const both = await readDump({
      predictions: bytesOf(text),
      task: 'binary',
      decimals: async () => decimals!,
    });
    expect(both.scores).toEqual(column.numbers);
    expect(new Set(both.targets)).toEqual(new Set([0, 1]));
  });

  it('gives pairs of labels where there are no scores', async () => {
    const text = 'y_true,y_pred,weight\ncat,dog,2\n3.0,3,1\n,cat,.5\n';
    for (const sizes of [undefined, [1], [5]]) {
      const { pairs } = await readLabels({ predictions: bytesOf(text, 'dump.csv', sizes) });
      expect(pairs).toEqual([
        { target: 'cat', prediction: 'dog', weight: 2 },
        { target: '3', prediction: '3', weight: 1 },
        { target: '', prediction: 'cat', weight: 0.5 },
      ]);
    }
  });

  it('knows fields by their first row and reads those that are asked for', async () => {
    const text = 'id,a,list,b,"c\nd"\n1,.5,"[1, 2]",x,7\n2,,"[3,4]",,8\n';
    for (const sizes of [undefined, [1]]) {
      const fields = await fieldsOf(bytesOf(text, 'dump.csv', sizes));
      expect(fields).toMatchObject({ format: 'csv', unit: 'column', named: true });
      expect(fields.fields.map(({ name, content, inner }) => [name, content, inner])).toEqual([
        ['id', 'written', []],
        ['a', 'written', []],
        ['list', 'number', [2]],
        ['b', 'written', []],
        ['c\nd', 'written', []],
      ]);
      const wanted = { numbers: ['c\nd', 'list', 'a'], texts: ['b', 'id', 'b'], decimals };
      expect(await readFields(fields, { ...wanted, batch: 1 })).toEqual({
        rows: 2,
        numbers: [7, 1, 2, 0.5, 8, 3, 4, Number.NaN],
        texts: [
          ['x', ''],
          ['1', '2'],
          ['x', ''],
        ],
        done: text.length,
      });
    }
  });

  it('reads groups of numbers into buffers of any kind', async () => {
    const fields = await fieldsOf(bytesOf('a,b,c\n1,.1,3\n4,.5,6\n'));
    const [a, b, c] = fields.fields;
    const groups = [
      { fields: [c!, a!], width: 2, required: true },
      { fields: [b!], width: 1, required: true },
    ];
    const reader = await fields.select({ numbers: groups, texts: [], decimals });
    const [whole, single] = [new Int32Array(4), new Float32Array(2)];
    expect(await reader.read([whole, single], 2)).toBe(2);
    expect([...whole]).toEqual([3, 1, 6, 4]);
    expect([...single]).toEqual([Math.fround(0.1), 0.5]);
    const again = await fieldsOf(bytesOf('a,b,c\n1,.1,3\n4,.5,6\n'));
    const one = await again.select({
      numbers: [{ fields: [again.fields[1]!, again.fields[0]!], width: 2, required: true }],
      texts: [],
      decimals,
    });
    const into = new Float32Array(4);
    expect(await one.read([into], 9)).toBe(2);
    expect([...into]).toEqual([Math.fround(0.1), 1, 0.5, 4]);
  });

  it('says where rows stand', async () => {
    const text = 'a,b\n1,"x\ny"\n2,z\n3,w\n';
    const fields = await fieldsOf(bytesOf(text));
    const reader = await fields.select({ numbers: [], texts: [fields.fields[1]!], decimals });
    expect(await reader.read([], 2)).toBe(2);
    expect([0, 1].map((i) => reader.place(i))).toEqual([
      { source: 'dump.csv', row: 0, line: 2 },
      { source: 'dump.csv', row: 1, line: 4 },
    ]);
    expect(await reader.read([], 2)).toBe(1);
    expect(reader.place(0)).toEqual({ source: 'dump.csv', row: 2, line: 5 });
  });

  it('reads empty cells and words for them as numbers that are missing', async () => {
    const words = ['', 'NA', 'N/A', 'n/a', '#N/A', '<NA>', 'null', 'NULL', 'None', 'nan', ' '];
    const text = `p_a,p_b,label\n${words.map((word) => `${word},1,a`).join('\n')}\n"",0,b\n`;
    for (const sizes of [undefined, [1]]) {
      const read = await dump(text, {}, sizes);
      expect(read.scores).toEqual([...words.flatMap(() => [Number.NaN, 1]), Number.NaN, 0]);
    }
  });

  it('reads decimal commas where nothing else can be meant', async () => {
    const quoted = await dump('p_a;p_b;label\n1;0;a\n"0,5";0;a\n');
    expect(quoted.scores).toEqual([1, 0, 0.5, 0]);
    const bare = await dump('0,5;0,5;1\n', { target: '2' });
    expect([bare.scores, bare.targets]).toEqual([[0.5, 0.5], [1]]);
    const named = await dump('p_a;p_b;label;note\n0,25;,75;a;1,5\n-1,5e-3;+1;b;x\n');
    expect(named.scores).toEqual([0.25, 0.75, -0.0015, 1]);
  });

  it('reads decimal commas in quotes beside whole numbers without', async () => {
    const read = await dump('p_a,p_b,label\n"0,5","0,5",a\n1,0,b\n');
    expect(read.scores).toEqual([0.5, 0.5, 1, 0]);
  });

  it('gives the same rows however the bytes are split', async () => {
    const text =
      '\ufeffid,p_a,"p_b\n2",label,w\r\n"x\r\n""1""",0.125,-1e-3,"b\n2",1\r\n2,1234567890.12345678,nan,a,2\r\r\n';
    const whole = await dump(text, { weight: 'w' });
    expect(whole.rows).toBe(2);
    expect(whole.scores).toEqual([0.125, -0.001, 1234567890.1234567, Number.NaN]);
    expect([whole.targets, whole.weights]).toEqual([
      [1, 0],
      [1, 2],
    ]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 4 }),
        async (sizes, capacity) => {
          expect(await dump(text, { weight: 'w' }, sizes, capacity)).toEqual(whole);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('reads records that are cut by the end of its window', async () => {
    // 1.3 MB of rows of odd length: every window ends within a row, a number, a quote or CRLF.
    const rows = Array.from(
      { length: 30_000 },
      (_, i) => [i / 7, i % 3, `"n${'"",\r\n'.repeat(i % 5)}"`] as const,
    );
    const text = `p_a,p_b,note,label\r\n${rows.map((r) => `${r.join(',')},${'ab'[r[1] % 2]}`).join('\r\n')}`;
    for (const sizes of [undefined, [], [4093]]) {
      const read = await dump(text, {}, sizes, 1000);
      expect(read.scores).toEqual(rows.flatMap((row) => row.slice(0, 2)));
      expect(read.targets).toEqual(rows.map(([, b]) => b % 2));
      expect(read.done).toBe(text.length);
    }
  });

  it('reads a long cell and closes its stream', async () => {
    const stream = textStream(`p_a,p_b,note\n1,0,"${'x'.repeat(700_000)}"\n0,1,\n`);
    const read = await readDump({
      predictions: stream,
      targets: new Int32Array(9),
      decimals: async () => decimals!,
    });
    expect(read.scores).toEqual([1, 0, 0, 1]);
    expect(stream.closed).toBe(true);
  });

  it('reads a row larger than its window', async () => {
    const classes = 60_000;
    const header = Array.from({ length: classes }, (_, c) => `p_${c}`).join(',');
    const values = Array.from({ length: classes }, (_, c) => c / 3);
    const read = await dump(`${header},label\n${values.join(',')},59999\n`);
    expect(read.scores).toEqual(values);
    expect(read.targets).toEqual([59_999]);
  });
});
