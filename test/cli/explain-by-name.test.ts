/** `explain --id`: rows matched by name, against the same rows matched by place; and mistakes. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explainFiles } from '../../src/index.js';
import { logitscope } from '../support/command.js';
import { npyBytes, zipBytes } from '../support/numpy.js';
import { normal, seeded } from '../support/rows.js';

let folder: string;
const at = (name: string) => join(folder, name);
const explain = (args: string) => logitscope(['explain', ...args.split(' ')], { cwd: folder });

interface Row {
  readonly id: string;
  readonly logits: readonly number[];
  readonly label: number;
  readonly weight: number;
}

const random = seeded(11);
/** More than the first rows, which are read ahead of the others. */
const ROWS = 700;
const before: Row[] = Array.from({ length: ROWS }, (_, i) => ({
  id: `né "${i}"`,
  logits: [0, 1, 2].map(() => Math.fround(2 * normal(random))),
  label: Math.floor(random() * 3),
  weight: 0.5 + (i % 4),
}));
const after: Row[] = before.map((row) => ({
  ...row,
  logits: row.logits.map((z) => Math.fround(1.5 * z + 0.3 * normal(random))),
}));
const shuffled = after
  .map((row) => [random(), row] as const)
  .sort(([a], [b]) => a - b)
  .map(([, row]) => row);

const jsonl = (rows: readonly (Partial<Row> | Row)[]) =>
  rows.map((row) => `${JSON.stringify(row)}\n`).join('');
const csv = (rows: readonly Row[]) =>
  `logit_0,id,logit_1,logit_2,weight,label\n${rows
    .map(({ id, logits: [a, b, c], label, weight }) =>
      [a, `"${id.replaceAll('"', '""')}"`, b, c, weight, label].join(','),
    )
    .join('\n')}\n`;
/** Strings as NumPy has them: `width` code points of four bytes each. */
function npyStrings(texts: readonly string[]): Uint8Array {
  const width = Math.max(...texts.map((text) => [...text].length));
  const codes = texts.flatMap((text) =>
    Array.from({ length: width }, (_, i) => [...text][i]?.codePointAt(0) ?? 0),
  );
  const bytes = npyBytes({ descr: '<u4', shape: [texts.length * width], values: codes });
  const head = new TextDecoder('latin1')
    .decode(bytes.subarray(0, 128))
    .replace('<u4', `<U${width}`)
    .replace(`(${texts.length * width},)`, `(${texts.length},)`);
  const end = head.indexOf('}') + 1;
  const newline = head.indexOf('\n');
  const fixed = head.slice(0, end) + ' '.repeat(newline - end) + head.slice(newline);
  const padded = fixed.slice(0, end) + ' '.repeat(128 - fixed.length) + fixed.slice(end);
  bytes.set(Uint8Array.from(padded.slice(0, 128), (c) => c.charCodeAt(0)));
  return bytes;
}
const npz = (rows: readonly Row[]) => {
  const n = rows.length;
  const member = (name: string, bytes: Uint8Array) => ({ name: `${name}.npy`, bytes });
  return zipBytes([
    member(
      'logits',
      npyBytes({ descr: '<f4', shape: [n, 3], values: rows.flatMap((r) => r.logits) }),
    ),
    member(
      'label',
      npyBytes({ descr: '<i8', shape: [n], values: rows.map((r) => BigInt(r.label)) }),
    ),
    member('weight', npyBytes({ descr: '<f8', shape: [n], values: rows.map((r) => r.weight) })),
    member('id', npyStrings(rows.map((r) => r.id))),
  ]);
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'logitscope-by-name-'));
  const write = (name: string, content: string | Uint8Array) => writeFileSync(at(name), content);
  write('before.jsonl', jsonl(before));
  write('before.csv', csv(before));
  write('before.npz', npz(before));
  write('after.jsonl', jsonl(after));
  write('after.npz', npz(after));
  write('shuffled.jsonl', jsonl(shuffled));
  write('shuffled.csv', csv(shuffled));
  write('shuffled.npz', npz(shuffled));
  // Without the third and the last, and with rows of its own.
  const others = [5, 6, 7, 8, 9, 10].map((i) => ({ ...shuffled[0]!, id: `other ${i}` }));
  write('most.jsonl', jsonl([...others, ...shuffled.filter(({ id }) => !/"(2|69)"/.test(id))]));
  write('kept.jsonl', jsonl(before.filter((_, i) => i !== 2 && i !== 69)));
  write('kept-after.jsonl', jsonl(after.filter((_, i) => i !== 2 && i !== 69)));
  write('ids.txt', before.map(({ id }) => `${id}\n`).join(''));
  write(
    'ids-699.txt',
    before
      .slice(1)
      .map(({ id }) => `${id}\n`)
      .join(''),
  );
  const change = (i: number, how: (row: Row) => object) =>
    jsonl(shuffled.map((row, j) => (j === i ? { ...row, ...how(row) } : row)));
  write(
    'twice.jsonl',
    change(40, () => ({ id: shuffled[3]!.id })),
  );
  write(
    'nameless.jsonl',
    change(17, () => ({ id: null })),
  );
  write(
    'relabelled.jsonl',
    change(23, ({ label }) => ({ label: (label + 1) % 3 })),
  );
  write(
    'broken.jsonl',
    change(31, () => ({ logits: [1, null, 2] })),
  );
  write('strangers.jsonl', jsonl(shuffled.map((row, i) => ({ ...row, id: `s${i}` }))));
  write('plain.jsonl', jsonl(shuffled.map(({ id: _, ...row }) => row)));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const kind = 'logits' as const;
const forget = ({ source: _, ...reading }: { source: unknown }) => reading;

describe('explain --id', () => {
  it.each([
    ['before.jsonl', 'shuffled.jsonl'],
    ['before.csv', 'shuffled.csv'],
    ['before.csv', 'shuffled.jsonl'],
    ['before.npz', 'shuffled.npz'],
  ])('of %s and %s finds what stands there in order', async (was, is) => {
    const format = was.slice(was.indexOf('.'));
    const inOrder = await explainFiles(
      at(was),
      at(format === '.npz' ? 'after.npz' : 'after.jsonl'),
      { kind },
    );
    const matched = await explainFiles(at(was), at(is), { kind, id: 'id' });
    expect(forget(matched.before)).toEqual(forget(inOrder.before));
    expect(forget(matched.after)).toEqual(forget(inOrder.after));
    const named = (rows: typeof inOrder.rose) =>
      rows.map(({ row, ...more }) => ({ row, id: before[row]!.id, ...more }));
    expect(matched.rose).toEqual(named(inOrder.rose));
    expect(matched.fell).toEqual(named(inOrder.fell));
    const { before: _b, after: _a, rose: _r, fell: _f, ...others } = inOrder;
    expect(matched).toMatchObject(others);
    expect(matched.rows.paired).toBe(ROWS);
  });

  it('leaves out what only one dump has, and says what', async () => {
    const inOrder = await explainFiles(at('kept.jsonl'), at('kept-after.jsonl'), { kind });
    const matched = await explainFiles(at('before.jsonl'), at('most.jsonl'), {
      kind,
      id: 'id',
      join: 'inner',
    });
    expect(matched.loss).toEqual(inOrder.loss);
    expect(matched.accuracy).toEqual(inOrder.accuracy);
    expect(matched.rows).toMatchObject({
      total: ROWS + 6,
      paired: ROWS - 2,
      onlyBefore: 2,
      onlyAfter: 6,
    });
    for (const { row, id } of [...matched.rose, ...matched.fell]) expect(id).toBe(before[row]!.id);
    expect(matched.notices.slice(0, 2).map(({ code, evidence }) => [code, evidence!.rows])).toEqual(
      [
        ['rows-not-matched', 2],
        ['rows-not-matched', 6],
      ],
    );
    expect(matched.notices[0]!.message).toContain('("né \\"2\\"", "né \\"69\\"")');
    expect(matched.notices[1]!.message).toMatch(/"other 9", …\); these rows/);
  });

  it('names rows that stand in order by a file, and matches by place', async () => {
    const { status, stdout } = await explain(
      'before.npz after.jsonl --id ids.txt --kind logits --json',
    );
    expect(status).toBe(0);
    const { rose, fell } = JSON.parse(stdout);
    expect(rose.length).toBeGreaterThan(0);
    for (const { row, id } of [...rose, ...fell]) expect(id).toBe(before[row]!.id);
  });

  it.each([
    [
      'names that stand twice',
      'shuffled.jsonl twice.jsonl --id id',
      3,
      /twice\.jsonl, row 40: the name .* stands twice; found it in row 3, too/,
    ],
    [
      'rows without a name',
      'before.jsonl nameless.jsonl --id id',
      3,
      /nameless\.jsonl, row 17: the row has no name/,
    ],
    [
      'other targets',
      'before.jsonl relabelled.jsonl --id id',
      3,
      /relabelled\.jsonl, row 23: the target of "né .* is another than in row \d+ of before/,
    ],
    [
      'rows that cannot be scored, by their own index',
      'before.jsonl broken.jsonl --id id',
      3,
      /broken\.jsonl, row 31: /,
    ],
    [
      'the same the other way round',
      'broken.jsonl most.jsonl --id id --join inner',
      3,
      /broken\.jsonl, row 31: /,
    ],
    [
      'no name in common',
      'before.jsonl strangers.jsonl --id id',
      3,
      /strangers\.jsonl: no row has the name of a row of before\.jsonl; found "s0", "s1"/,
    ],
    [
      'a dump without the column',
      'before.jsonl plain.jsonl --id id',
      3,
      /plain\.jsonl: there is no field "id"/,
    ],
    [
      'more than there is memory for',
      'before.jsonl shuffled.jsonl --id id --memory-budget 100K',
      3,
      /shuffled\.jsonl: matching rows by name .*more than 102400 bytes after 700 rows.*leave --id out/,
    ],
    [
      'a file of too few names',
      'before.jsonl after.jsonl --id ids-699.txt',
      3,
      /ids-699\.txt: there must be as many names.*699 rows/,
    ],
    [
      'rows of one dump alone',
      'before.jsonl most.jsonl --id id',
      3,
      /most\.jsonl: there are rows that only one of the files has; found 2 in before\.jsonl .* and 6 in most\.jsonl.*--join inner/,
    ],
    [
      'shuffled rows without --id',
      'before.jsonl shuffled.jsonl',
      3,
      /shuffled\.jsonl, row 0, column "id": .*in another order.*--id id.*--join place/,
    ],
    [
      'shuffled rows by place',
      'before.jsonl shuffled.jsonl --join place',
      3,
      /its target is another.*--id/,
    ],
  ])('refuses %s', async (_, args, status, message) => {
    const outcome = await explain(`${args} --kind logits`);
    expect(outcome.stderr).toMatch(message);
    expect([outcome.status, outcome.stdout]).toEqual([status, '']);
  });
});
