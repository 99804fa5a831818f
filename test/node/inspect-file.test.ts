/** What inspect says of files: their fields, roles, the command that scores them, and what is wrong with them. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type InspectOptions, inspectFile } from '../../src/node/inspect-file.js';
import { scoreFile } from '../../src/node/score-file.js';
import { renderInspectText } from '../../src/render/inspect-text.js';
import { errorOf } from '../support/fields.js';
import { npyBytes, zipBytes } from '../support/numpy.js';

const root = mkdtempSync(join(tmpdir(), 'logitscope-inspect-'));
afterAll(() => rmSync(root, { recursive: true }));

function write(name: string, content: string | Uint8Array): string {
  const path = join(root, name);
  writeFileSync(path, content);
  return path;
}

const inspect = async (name: string, content: string | Uint8Array, options?: InspectOptions) => {
  const report = await inspectFile(write(name, content), options);
  return { ...report, text: renderInspectText(report).replaceAll(`${root}/`, '') };
};

const LOGITS = npyBytes({ descr: '<f4', shape: [3, 2], values: [1, -2, 0.5, 4, Number.NaN, 2] });
const LABELS = npyBytes({ descr: '<i8', shape: [3], values: [1n, 0n, 1n] });

describe('inspect', () => {
  it('tells shapes, values, ranges, counts and roles', async () => {
    const report = await inspect(
      'dump.npz',
      zipBytes([
        { name: 'logits.npy', bytes: LOGITS },
        { name: 'labels.npy', bytes: LABELS },
      ]),
    );
    expect(report.fields).toEqual([
      {
        ...{ name: 'logits', stored: '<f4', shape: [3, 2], holds: 'fractions' },
        ...{ first: [1, -2, 0.5, 4], min: -2, max: 4, nan: 1, infinite: 0, empty: 0 },
        ...{ role: 'scores', why: 'its name is known' },
      },
      {
        ...{ name: 'labels', stored: '<i8', shape: [3], holds: 'whole numbers', first: [1, 0, 1] },
        ...{ min: 0, max: 1, nan: 0, infinite: 0, empty: 0, distinct: 2 },
        ...{ role: 'target', why: 'its name is known' },
      },
    ]);
    expect(report).toMatchObject({ rows: 3, looked: 3, task: 'classification', kind: 'logits' });
    expect(report.command).toEqual(['logitscope', 'score', join(root, 'dump.npz')]);
    expect(report.text).toMatch(
      /logits {2}\(3, 2\) {2}<f4 .*−2 … 4 +1 NaN +scores: its name is known/,
    );
  });

  it.each([
    ['z.npy', LOGITS, ['score', 'z.npy', '--labels', 'LABELS'], 'scores'],
    ['y.npy', LABELS, ['score', 'PREDICTIONS', '--labels', 'y.npy'], 'targets or labels'],
    ['y.csv', 'id,label\na,x\nb,y\n', ['score', 'PREDICTIONS', '--labels', 'y.csv'], 'target'],
    ['p.csv', 'id,p_x,p_y\na,.1,.9\nb,.2,.8\n', ['score', 'p.csv', '--labels', 'LABELS'], 'scores'],
    [
      's.npy',
      npyBytes({ descr: '<f8', shape: [2], values: [0.25, 1] }),
      ['score', 's.npy', '--labels', 'LABELS'],
      'single score',
    ],
    ['v.csv', 'y_true,y_pred\n1.5,2\n3,4\n', ['score', 'v.csv'], 'target'],
  ] as const)('%s has its command', async (name, content, command, role) => {
    const report = await inspect(name, content);
    expect(report.command.slice(1).map((word) => word.replace(`${root}/`, ''))).toEqual(command);
    expect(report.fields.map((field) => field.role)).toContain(role);
    expect(report.problem).toBeNull();
  });

  it('names a command that runs', async () => {
    const path = write('run.csv', 'id,p_x,p_y,label\na,.1,.9,x\nb,.2,.8,y\n');
    const { command, rows } = await inspectFile(path);
    const { rows: scored } = await scoreFile(command[2]!);
    expect(scored.total).toBe(rows);
  });

  it('says what stands in the way', async () => {
    const twice = await inspect('two.csv', 'y,label,p_a,p_b\na,a,.5,.5\n');
    expect(twice.problem).toMatchObject({ code: 'ambiguous-column' });
    expect(twice.text).toMatch(/Not clear: .*"y", "label"[\s\S]*It would be scored with/);
    const chosen = await inspect('two.csv', 'y,label,p_a,p_b\na,a,.5,.5\n', {
      names: { target: 'y' },
    });
    expect(chosen.problem).toBeNull();
  });

  it('shows text of files without what terminals obey', async () => {
    const report = await inspect('esc.csv', 'id,\u001b[31mred,label\n\u001b]0;x\u0007,1,b\n');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(report.text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });

  it('looks at as many rows as it is told', async () => {
    const rows = Array.from({ length: 5000 }, (_, i) => `${i},0.5,0.5,a`).join('\n');
    const report = await inspect('long.csv', `id,p_a,p_b,label\n${rows}\n`, { rows: 10 });
    expect(report).toMatchObject({ rows: null, looked: 10 });
    expect(report.fields[0]).toMatchObject({ max: 9, distinct: 10 });
    expect(report.text).toMatch(/more than 10 rows[\s\S]*of the first 10 rows/);
  });
});

describe('broken files', () => {
  it.each([
    [
      'cut.npy',
      LABELS.subarray(0, 140),
      /Cannot be read: cut\.npy, byte 140: the input ends inside the array/,
    ],
    ['open.csv', 'a,b\n1,2\n"x', /Not clear: open\.csv, row 1, line 3: a quoted cell/],
    ['cut.jsonl', '{"logits":[1,2],"label":0}\n{"logits":[1],', /row 1, line 2, column "logits"/],
    ['cut.json', '[1,2', /Cannot be read: cut\.json, row 1/],
    ['bad.csv', 'p_a,p_b,label\n.1,.9,a\n.3,oops,b\n', /found "oops"/],
    ['twice.csv', 'a,a,a\n1,2,3\n', /Not clear: .*no column holds scores/],
  ] as const)('%s is told of as far as it goes', async (name, content, message) => {
    const { text } = await inspect(name, content);
    expect(text).toMatch(message);
    expect(text).not.toMatch(/^Score it with/m);
  });

  it.each([
    ['empty.csv', '', 'empty-file'],
    ['cut.npz', zipBytes([{ name: 'a.npy', bytes: LABELS }]).subarray(0, 100), 'not-zip'],
    ['noise', Uint8Array.of(1, 0, 200, 0, 7, 9), 'not-text'],
    ['x.pkl', Uint8Array.of(0x80, 4, 0x95), 'foreign-format'],
  ] as const)('%s is refused', async (name, content, code) => {
    expect(await errorOf(inspectFile(write(name, content)))).toMatchObject({ code });
  });

  it('are standard input, which can be read once', async () => {
    expect(await errorOf(inspectFile('-'))).toMatchObject({ code: 'cannot-read-again' });
  });
});
