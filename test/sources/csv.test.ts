import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { CoreDecimalParser } from '../../src/engine/decimal-parser.js';
import { loadCore } from '../../src/node/core.js';
import { type CsvOptions, openCsv } from '../../src/sources/csv.js';
import { openTextColumn } from '../../src/sources/labels.js';
import type { NameOptions } from '../../src/sources/names.js';
import {
  selectFromTable,
  tableColumn,
  tableDump,
  tableLabelPairs,
} from '../../src/sources/table-dump.js';
import type { DecimalParser } from '../../src/types/decimals.js';
import { InputError, LogitscopeError, UsageError } from '../../src/types/errors.js';
import { MISSING_TARGET } from '../../src/types/scores.js';
import { readDump, textStream } from '../support/text.js';

const oracle = (name: string) => readFileSync(new URL(`../oracles/dumps/${name}`, import.meta.url));

/** The whole suite runs with the table's own scanner and with the core's parser. */
const PARSERS = { 'its scanner': undefined, 'the core': new CoreDecimalParser(await loadCore()) };
let decimals: DecimalParser | undefined;

interface Case extends NameOptions, CsvOptions {
  readonly name?: string;
  readonly classNames?: readonly string[];
}

async function dump(
  text: string | Uint8Array,
  options: Case = {},
  sizes: number[] = [],
  capacity = 7,
) {
  const table = await openCsv(textStream(text, options.name ?? 'dump.csv', sizes), options);
  return readDump(
    tableDump(table, selectFromTable(table, options), { ...options, decimals }),
    capacity,
  );
}

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
    expect((await dump('p_cat,p_dog,label\n1,0,1\n0,1,cat\n')).targets).toEqual([1, 0]);
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
    expect(all.info).toMatchObject({ classes: 3, classNames: null, hasTargets: false });
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
    const column = tableColumn(await openCsv(textStream(text)), {
      role: 'weight',
      column: 'y_score',
    });
    const into = new Float64Array(2000);
    expect(await column.readNumbers(into, 2000)).toBe(1000);
    expect(into[0]).toBe(0.9140826069218104);
  });

  it('gives pairs of labels where there are no scores', async () => {
    const table = await openCsv(textStream('y_true,y_pred,weight\ncat,dog,2\n3.0,3,1\n,cat,.5\n'));
    const selection = selectFromTable(table);
    expect(selection).toMatchObject({ scores: null, prediction: 'y_pred', target: 'y_true' });
    const reader = tableLabelPairs(table, selection);
    expect(reader.hasWeights).toBe(true);
    expect(await reader.read()).toEqual([
      { target: 'cat', prediction: 'dog', weight: 2 },
      { target: '3', prediction: '3', weight: 1 },
      { target: '', prediction: 'cat', weight: 0.5 },
    ]);
    expect(await reader.read()).toEqual([]);
  });

  it('gives the same rows however the bytes are split', async () => {
    const text =
      '\ufeffid,p_a,"p_b\n2",label,w\r\n"x\r\n""1""",0.125,-1e-3,"b\n2",1\r\n2,1234567890.12345678,nan,a,2\r\r\n';
    const whole = await dump(text, { weight: 'w' });
    expect(whole.rows).toBe(2);
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
    for (const sizes of [[], [4093]]) {
      const read = await dump(text, {}, sizes, 1000);
      expect(read.scores).toEqual(rows.flatMap((row) => row.slice(0, 2)));
      expect(read.targets).toEqual(rows.map(([, b]) => b % 2));
      expect(read.done).toBe(text.length);
    }
  });

  it('reads a long cell and closes its stream', async () => {
    const stream = textStream(`p_a,p_b,note\n1,0,"${'x'.repeat(700_000)}"\n0,1,\n`);
    const table = await openCsv(stream);
    const read = await readDump(tableDump(table, selectFromTable(table), { decimals }));
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

  const head = 'p_a,p_b,label\n1,0,a\n';
  it.each<[string, string | Uint8Array, string, RegExp, Case?]>([
    ['nothing', '', 'empty-file', /empty/],
    ['only a mark', '\ufeff', 'empty-file', /blank/],
    ['a blank first line', '\np_a,p_b\n', 'blank-line', /line 1: .*blank/],
    [
      'UTF-16',
      new Uint8Array([0xff, 0xfe, 0x70, 0]),
      'not-utf8',
      /UTF-16 \(little-endian\).*iconv/,
    ],
    ['zero bytes', 'p_a\0', 'not-text', /byte 3: .*zero byte/],
    ['too few fields', `${head}1,0\n`, 'ragged-row', /row 1, line 3: .*found 2; expected 3/],
    ['too many fields', `${head}1,0,a,\n`, 'ragged-row', /row 1, line 3: .*found 4; expected 3/],
    [
      'decimal commas as delimiters',
      'p_a,p_b\n0,5,0,5\n',
      'ragged-row',
      /found 4; expected 2.*decimal comma/,
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
    ['an empty score', `${head},0,a\n`, 'empty-cell', /row 1, line 3, column "p_a": .*nan/],
    [
      'a decimal comma',
      'p_a;p_b;label\n1;0;a\n"0,5";0;a\n',
      'decimal-comma',
      /row 1, line 3.*"0,5".*point/,
    ],
    [
      'decimal commas and no header',
      '0,5;0,5;1\n',
      'decimal-comma',
      /row 0, line 1, column 0/,
      { target: '2' },
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
    ['a label with a space', `${head}1,0, a\n`, 'unknown-label', /" a"/],
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
      'unknown-label',
      /--class-names/,
      { header: false, target: '2' },
    ],
    [
      'two delimiters',
      'a;b,c\n',
      'ambiguous-delimiter',
      /1 × comma and 1 × semicolon.*--delimiter/,
    ],
    ['a row for a header', '0.1,0.9,cat\n', 'ambiguous-header', /line 1: .*mixes/],
    ['no scores', 'a,b\n1,2\n', 'missing-scores', /"a", "b".*--scores/],
    [
      'a bad weight',
      'p_a,p_b,weight\n1,0,heavy\n',
      'not-a-number',
      /column "weight"/,
      { target: null },
    ],
  ])('refuses %s', async (_, text, code, message, options = {}) => {
    for (const sizes of [[], [1]]) {
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
          const outcome = async (sizes: number[]) => {
            try {
              return await dump(content, { target }, sizes);
            } catch (error) {
              if (!(error instanceof LogitscopeError)) throw error;
              return error.message;
            }
          };
          expect(await outcome([size])).toEqual(await outcome([]));
        }
      }),
      { numRuns: 1500 },
    );
  });
});

describe('label files', () => {
  const labels = async (text: string, name: string, options = {}) => {
    const column = await openTextColumn(textStream(text, name, [3]), {
      role: 'target',
      ...options,
    });
    return [
      await column.readLabels(2),
      await column.readLabels(99),
      await column.readLabels(1),
    ].flat();
  };

  it.each([
    ['label\ncat\ndog\n', 'y.csv', {}, ['cat', 'dog']],
    ['cat\ndog\ncat', 'y.csv', {}, ['cat', 'dog', 'cat']],
    ['3\n1.0\n+2\n', 'y.csv', {}, ['3', '1', '2']],
    ['0\n1\n', 'y.csv', {}, ['0', '1']],
    ['id,y_true\n7,cat\n8,"a,b"\n', 'y.csv', {}, ['cat', 'a,b']],
    ['class\ncat\n', 'y.csv', { column: 'class' }, ['cat']],
    ['class\ncat\n', 'y.csv', { header: true }, ['cat']],
    [
      'sea lion, big\n"quoted" one\r\nlabel\n\n',
      'y.txt',
      {},
      ['sea lion, big', '"quoted" one', 'label'],
    ],
    ['labels\ncat\n', 'y.txt', {}, ['cat']],
    ['{"label": 3}\n{"label": "cat"}\n{"label": null}\n', 'y.jsonl', {}, ['3', 'cat', '']],
  ])('reads %j of %s', async (text, name, options, expected) => {
    expect(await labels(text, name, options)).toEqual(expected);
  });

  it('maps labels to class indices', async () => {
    const column = await openTextColumn(textStream('dog\ncat\n1\n-1\n', 'y.csv'), {
      role: 'target',
    });
    const into = new Int32Array(8);
    expect(await column.readTargets(into, 8, ['cat', 'dog'])).toBe(4);
    expect([...into.subarray(0, 4)]).toEqual([1, 0, 1, -1]);
    expect(await column.readTargets(into, 8, ['cat', 'dog'])).toBe(0);
    await expect(column.readNumbers(new Float64Array(1), 1)).rejects.toMatchObject({
      code: 'mixed-reads',
    });
  });

  it('names the row of a label that no class has', async () => {
    const column = await openTextColumn(textStream('cat\nbird\n', 'y.txt'), { role: 'target' });
    await expect(column.readTargets(new Int32Array(8), 8, ['cat', 'dog'])).rejects.toThrow(
      /y\.txt, row 1, line 2, .*found "bird".*"cat", "dog"/,
    );
  });

  it('reads weights', async () => {
    const into = new Float64Array(4);
    for (const text of ['weight\n1\n.5\n', '1\n.5\n']) {
      const column = await openTextColumn(textStream(text, 'w.txt'), { role: 'weight' });
      expect(await column.readNumbers(into, 4)).toBe(2);
      expect([...into.subarray(0, 2)]).toEqual([1, 0.5]);
    }
  });

  it('does not guess among several columns', async () => {
    for (const text of ['a,b\nx,y\n', '1,2\n3,4\n']) {
      await expect(labels(text, 'y.csv')).rejects.toMatchObject({ code: 'missing-column' });
    }
    expect(await labels('1,2\n3,4\n', 'y.csv', { column: '1' })).toEqual(['2', '4']);
  });
});
