/** Several files read as one dump: the report is that of one file, to the last bit. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { compareFiles } from '../../src/node/compare-files.js';
import { epochsFiles } from '../../src/node/epochs-files.js';
import { explainFiles } from '../../src/node/explain-files.js';
import { followEpochs } from '../../src/node/follow-epochs.js';
import { type ScoreFileOptions, scoreFile } from '../../src/node/score-file.js';
import { errorOf } from '../support/fields.js';
import { npyBytes, zipBytes } from '../support/numpy.js';

const root = mkdtempSync(join(tmpdir(), 'logitscope-several-'));
afterAll(() => rmSync(root, { recursive: true }));

const CLASSES = 3;
const ROWS = 700;
const scoreAt = (row: number, c: number) => Math.sin(7 * row + 3 * c) * 3;
const targetAt = (row: number) => (row * 7919) % CLASSES;
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

/** A part of the rows, in one of the formats. */
type MakePart = (from: number, to: number) => string | Uint8Array;

const text = (content: string | Uint8Array) => content as string;
const scores = (from: number, to: number) =>
  range(from, to).flatMap((row) => range(0, CLASSES).map((c) => scoreAt(row, c)));
const npy: MakePart = (from, to) =>
  npyBytes({ descr: '<f4', shape: [to - from, CLASSES], values: scores(from, to) });
const labels: MakePart = (from, to) =>
  npyBytes({
    descr: '<i8',
    shape: [to - from],
    values: range(from, to).map((r) => BigInt(targetAt(r))),
  });
const csv: MakePart = (from, to) =>
  `id,p_0,p_1,p_2,label,site\n${range(from, to)
    .map((r) => `r${r},${scores(r, r + 1).join()},${targetAt(r)},${r % 5}`)
    .join('\n')}\n`;
const jsonl: MakePart = (from, to) =>
  range(from, to)
    .map((r) => JSON.stringify({ logits: scores(r, r + 1), label: targetAt(r) }))
    .join('\n');
const npz: MakePart = (from, to) =>
  zipBytes([
    { name: 'logits.npy', bytes: npy(from, to) as Uint8Array },
    { name: 'labels.npy', bytes: labels(from, to) as Uint8Array },
  ]);

function write(path: string, content: string | Uint8Array): string {
  const full = join(root, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, content);
  return full;
}

/** Writes parts that end at these rows. @returns their directory */
function writeParts(name: string, ending: string, cuts: readonly number[], make: MakePart): string {
  let from = 0;
  for (const [i, to] of [...cuts, ROWS].entries()) {
    // Not in the order of text: part-10 comes after part-9.
    write(`${name}/part-${i}.${ending}`, make(from, to));
    from = to;
  }
  return join(root, name);
}

const CUTS = [1, 20, 21, 300, 301, 302, 303, 400, 500, 550, 650];

async function reportOf(path: string | string[], options: ScoreFileOptions = {}) {
  const { source: _, ...report } = await scoreFile(path, options);
  return JSON.stringify(report).replaceAll(/"by":"[^"]*"|cluster of \\"[^"]*\\"/g, 'beside');
}

describe.each([
  ['npy', npy],
  ['npz', npz],
  ['csv', csv],
  ['jsonl', jsonl],
  ['csv.gz', ((from, to) => gzipSync(csv(from, to))) as MakePart],
])('parts of %s', (ending, make) => {
  const whole = write(`whole.${ending}`, make(0, ROWS));
  const y = write('y.npy', labels(0, ROWS));
  const options = ending === 'npy' ? { labels: y } : {};

  it('give the report of the whole', async () => {
    const directory = writeParts(`parts-${ending}`, ending, CUTS, make);
    const expected = await reportOf(whole, options);
    expect(await reportOf(directory, options)).toBe(expected);
    expect(await reportOf(`${directory}/part-*.${ending}`, options)).toBe(expected);
    const files = [...CUTS, ROWS].map((_, i) => `${directory}/part-${i}.${ending}`);
    expect(await reportOf(files, options)).toBe(expected);
    for (const threads of [2, 3]) {
      expect(await reportOf(directory, { ...options, threads, stripeBytes: 1000 })).toBe(expected);
    }
  });

  it('wherever they are cut', async () => {
    const expected = await reportOf(whole, options);
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 1, max: ROWS - 1 }), { maxLength: 6 }),
        async (cuts) => {
          const sorted = cuts.sort((a, b) => a - b);
          const directory = writeParts(`cut-${ending}-${run++}`, ending, sorted, make);
          expect(await reportOf(directory, { ...options, threads: 1 })).toBe(expected);
        },
      ),
      { numRuns: 15 },
    );
  });
});

describe('targets and what else stands beside', () => {
  const expected = (options: ScoreFileOptions) => reportOf(write('all.npy', npy(0, ROWS)), options);
  const parts = writeParts('preds', 'npy', CUTS, npy);
  const y = write('labels.npy', labels(0, ROWS));

  it('may be in as many files, or others', async () => {
    const ys = writeParts('targets', 'npy', [300], labels);
    const whole = await expected({ labels: y });
    expect(await reportOf(parts, { labels: ys })).toBe(whole);
    expect(await reportOf(parts, { labels: `${ys}/*.npy`, threads: 2, stripeBytes: 500 })).toBe(
      whole,
    );
    expect(await reportOf(join(root, 'all.npy'), { labels: ys })).toBe(whole);
  });

  it('are slices and clusters, too', async () => {
    const text = (from: number, to: number) =>
      `${range(from, to)
        .map((r) => `s${r % 4}`)
        .join('\n')}\n`;
    const site = write('site.txt', text(0, ROWS));
    const sites = writeParts('sites', 'txt', [123, 456], text);
    const whole = await expected({ labels: y, by: site, cluster: site });
    expect(
      await reportOf(parts, { labels: y, by: `${sites}/*.txt`, cluster: `${sites}/*.txt` }),
    ).toBe(whole);
  });

  it('are explained as one', async () => {
    const before = join(root, 'all.npy');
    const other = write(
      'other.npy',
      npyBytes({ descr: '<f4', shape: [ROWS, CLASSES], values: scores(0, ROWS).map((z) => z / 2) }),
    );
    const one = await explainFiles(before, other, { labels: y });
    const several = await explainFiles(parts, other, { labels: y });
    expect({ ...several, before: { ...several.before, source: null } }).toEqual({
      ...one,
      before: { ...one.before, source: null },
    });
  });
});

describe('a data set in directories', () => {
  it('is read to the last of them, without what programs leave beside it', async () => {
    write('set/_SUCCESS', '');
    write('set/.part.crc', 'x');
    write('set/day=1/part-0.csv', csv(0, 300));
    write('set/day=2/part-0.csv', csv(300, 600));
    write('set/day=10/part-0.csv', csv(600, ROWS));
    const whole = write('set.csv', csv(0, ROWS));
    expect(await reportOf(join(root, 'set'))).toBe(await reportOf(whole));
  });
});

describe('what is refused', () => {
  const codeOf = async (paths: string | string[], options: ScoreFileOptions = {}) => {
    const error = await errorOf(scoreFile(paths, options));
    return [error.code, error.message.replaceAll(root, '')];
  };

  it('is a file that holds something else', async () => {
    const a = write('bad/a.csv', csv(0, 10));
    const cases: (readonly [string, string | Uint8Array, RegExp])[] = [
      ['fewer.csv', 'id,p_0,p_1,label\nx,1,2,0\n', /4 columns; expected 6/],
      ['other.csv', text(csv(10, 20)).replace('site', 'place'), /no column "site"/],
      ['array.npy', npy(0, 5), /found npy; expected csv as .*a\.csv/],
    ];
    for (const [name, content, message] of cases) {
      const found = await codeOf([a, write(`bad/${name}`, content)]);
      expect(found[0]).toBe('parts-differ');
      expect(found[1]).toMatch(message);
    }
  });

  it('is an array of other rows or numbers, before anything is scored', async () => {
    const a = write('bad/a.npy', npy(0, 10));
    const y = write('bad/y.npy', labels(0, 10));
    expect(await codeOf([a, y])).toEqual([
      'parts-differ',
      expect.stringMatching(/shape \(10,\); expected rows as in .*\(10, 3\).*--labels/),
    ]);
    const f8 = write(
      'bad/f8.npy',
      npyBytes({ descr: '<f8', shape: [2, 3], values: [1, 2, 3, 4, 5, 6] }),
    );
    expect((await codeOf([a, f8]))[1]).toMatch(/of <f8; expected <f4/);
    expect((await codeOf([a, a], { labels: y }))[0]).toBe('shape-mismatch');
  });

  it('names the file and the row in it', async () => {
    const a = write('rows/a.csv', csv(0, 10));
    const b = write('rows/b.csv', text(csv(10, 20)).replace('r15,', 'r15,x'));
    expect((await codeOf([a, b]))[1]).toMatch(/b\.csv, row 5, line 7/);
  });

  it('is a pattern or a directory without files', async () => {
    mkdirSync(join(root, 'empty'), { recursive: true });
    expect((await codeOf(join(root, 'empty')))[0]).toBe('no-parts');
    expect((await codeOf(join(root, 'none-*.npy')))[0]).toBe('no-such-file');
    expect((await codeOf([join(root, 'a.csv'), join(root, 'not-there.csv')]))[0]).toBe(
      'file-not-found',
    );
  });
});

describe('a folder of dumps', () => {
  it('is an epoch or a model each, where several are asked for, but for the targets in it', async () => {
    for (const [i, name] of ['val-1', 'val-2', 'val-10'].entries()) {
      const values = scores(0, ROWS).map((z) => z / (i + 1));
      write(`run/${name}.npy`, npyBytes({ descr: '<f4', shape: [ROWS, CLASSES], values }));
    }
    const y = write('run/labels.npy', labels(0, ROWS));
    write('run/notes.md', '# no dump');
    const folder = join(root, 'run');
    const { epochs } = await epochsFiles([folder], { labels: y });
    expect(epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 10]);
    const { models } = await compareFiles([folder], { labels: y });
    expect(models.map(({ name }) => name).sort()).toEqual(['val-1', 'val-10', 'val-2']);
    const followed = followEpochs([folder], { labels: y, interval: 30, idle: 300 });
    const seen: number[] = [];
    for await (const report of followed) seen.push(report.epochs.length);
    expect(seen).toEqual([1, 2, 3]);
  });

  it('is one dump where one is asked for, but for the targets in it', async () => {
    writeParts('one', 'npy', [100, 400], npy);
    const y = write('one/labels.npy', labels(0, ROWS));
    const report = await scoreFile(join(root, 'one'), { labels: y });
    expect(report.rows.total).toBe(ROWS);
  });
});
