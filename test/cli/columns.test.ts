/** Names, slices and clusters of rows from the command line: every place they may lie in, and mistakes. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scoreBlob } from '../../src/browser/index.js';
import { scoreArrays } from '../../src/index.js';
import { logitscope } from '../support/command.js';
import { npyBytes, zipBytes } from '../support/numpy.js';
import { seeded } from '../support/rows.js';

const data = JSON.parse(
  readFileSync(new URL('../run/fixtures-slices.json', import.meta.url), 'utf8'),
);
const saved = (name: string) => new Uint8Array(Buffer.from(data.npy[name], 'base64'));

let folder: string;
const write = (name: string, content: string | Uint8Array) =>
  writeFileSync(join(folder, name), content);
const score = (args: string) => logitscope(['score', ...args.split(' ')], { cwd: folder });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'logitscope-columns-'));
  const logits = (row: number) => data.logits.slice(3 * row, 3 * row + 3);
  const rows: number[] = data.targets.map((_: number, row: number) => row);
  const cells = (row: number) => [
    data.ids[row],
    `"${data.by[row]}"`,
    ...logits(row),
    data.targets[row],
    data.cluster[row],
  ];
  const csv = `id,place,logit_0,logit_1,logit_2,label,user\n${rows.map((row) => cells(row).join(',')).join('\n')}\n`;
  write('a.csv', csv);
  write('a.tsv', csv.replaceAll(',', '\t'));
  write(
    'a.jsonl',
    rows
      .map((row) => {
        const by = data.by[row];
        const place = by === '' ? (row % 2 === 0 ? { place: null } : {}) : { place: by };
        const first = row === 0 ? { place: by || null } : place;
        return `${JSON.stringify({ user: data.cluster[row], ...first, logits: logits(row), label: data.targets[row], id: data.ids[row] })}\n`;
      })
      .join(''),
  );
  for (const name of Object.keys(data.npy)) write(`${name}.npy`, saved(name));
  const members = (by: string, cluster: string, deflate: boolean) =>
    zipBytes(
      [
        ['logits', 'logits'],
        ['labels', 'targets'],
        ['id', 'ids'],
        ['place', by],
        ['user', cluster],
      ].map(([name, array]) => ({ name: `${name}.npy`, bytes: saved(array), deflate })),
    );
  write('a.npz', members('by', 'cluster', false));
  write('packed.npz', members('by_bytes', 'cluster_float', true));
  write('big.npz', members('by_big_endian', 'cluster', false));
  write('by.npz', zipBytes([{ name: 'by.npy', bytes: saved('by') }]));
  const lines = (values: readonly unknown[]) => `${values.join('\n')}\n`;
  const quoted = data.by.map((text: string) => `"${text}"`);
  write('by.csv', lines(['group', ...quoted]));
  write('by-plain.csv', lines(quoted));
  write(
    'by-several.csv',
    lines(['row,slice', ...quoted.map((t: string, i: number) => `${i},${t}`)]),
  );
  write('by.jsonl', lines(data.by.map((text: string) => JSON.stringify({ x: text || null }))));
  write('user.txt', lines(data.cluster));
  write('ids.txt', lines(data.ids));
  write('short.txt', lines(data.cluster.slice(1)));
  write('long.txt', lines(['user', ...data.cluster]));
  write('one.txt', 'x\n');
  write(
    'hostile.csv',
    csv.replaceAll('north', '\u001b]0;x\u0007\u001b[2J').replace('place', 'pl\u001bace'),
  );
  write(
    'many.csv',
    `p_a,p_b,label,n\n${Array.from({ length: 10_001 }, (_, i) => `0.5,0.5,a,${i}`).join('\n')}\n`,
  );
  write(
    'twice.jsonl',
    '{"logits":[1,2],"label":0,"id":1}\n{"id":1,"logits":[1,2],"label":0,"id":2}\n',
  );
  write(
    'nested.jsonl',
    '{"logits":[1,2],"label":0,"id":1}\n{"logits":[1,2],"label":0,"id":[2,3]}\n',
  );
  write(
    'ints.jsonl',
    '{"id":12345678901234567890,"logits":[1,2],"label":0}\n{"id":12345678901234567891,"logits":[1,2],"label":0}\n',
  );
  write('single.csv', 'y_score,y_true,place\n0.25,0,x\n0.75,1,y\n');
  write('labels.csv', 'y_pred,y_true,place\na,b,x\nb,a,y\n');
  const broken = saved('by_bytes');
  broken.fill(0xe9, broken.length - 3);
  write('broken.npy', broken);
  mkdirSync(join(folder, 'user'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const LABELS = '-l targets.npy';
const COLUMNS = '--id id --by place --cluster user';

describe('names, slices and clusters', () => {
  it.each([
    ['columns of CSV', `a.csv ${COLUMNS}`],
    ['columns of TSV', `a.tsv ${COLUMNS}`],
    ['fields of JSON Lines', `a.jsonl ${COLUMNS}`],
    ['members of npz', `a.npz ${COLUMNS}`],
    ['packed members, bytes and floats', `packed.npz ${COLUMNS}`],
    ['big-endian members', `big.npz ${COLUMNS}`],
    ['npy', `logits.npy ${LABELS} --id ids.npy --by by.npy --cluster cluster.npy`],
    ['text', `logits.npy ${LABELS} --id ids.txt --by by.csv --cluster user.txt`],
    [
      'CSV without a header',
      `logits.npy ${LABELS} --id ids.txt --by by-plain.csv --cluster user.txt`,
    ],
    [
      'one column of several',
      `logits.npy ${LABELS} --id ids.txt --by by-several.csv --cluster user.txt`,
    ],
    ['JSON Lines', `logits.npy ${LABELS} --id ids.txt --by by.jsonl --cluster user.txt`],
    ['an npz of one member', `a.npz --id ids.npy --by by.npz --cluster user`],
    ['a file and columns', 'a.csv --id id --by by.npy --cluster user'],
  ])('are read from %s', async (_, args) => {
    const { status, stdout, stderr } = await score(`${args} --json --kind logits`);
    expect([status, stderr]).toEqual([0, '']);
    const report = JSON.parse(stdout);
    const expected = await scoreArrays(Float64Array.from(data.logits), data.targets, {
      kind: 'logits',
      ids: data.ids,
      by: data.by,
      clusters: data.cluster,
    });
    expect(report.slices.of).toEqual(JSON.parse(JSON.stringify(expected.slices!.of)));
    expect(report.clusters.count).toBe(expected.clusters!.count);
    expect(report.metrics.log_loss.low).toBe(expected.metrics.log_loss.low);
    expect(report.diagnosis.worst.map(({ id }: { id: string }) => id)).toEqual(
      expected.diagnosis!.worst.map(({ id }) => id),
    );
  });

  it('are read from Blobs', async () => {
    const blob = (name: string) => new File([readFileSync(join(folder, name))], name);
    const report = await scoreBlob(blob('logits.npy'), {
      labels: blob('targets.npy'),
      id: blob('ids.txt'),
      by: blob('by.csv'),
      cluster: new Blob([saved('cluster') as BlobPart]),
      kernel: 'reference',
    });
    expect(report.slices!.by).toBe('by.csv');
    expect(report.slices!.of).toHaveLength(4);
    expect(report.clusters!.by).toBe('cluster');
    expect(report.diagnosis!.worst[0].id).toMatch(/^zeile-\d+·$/);
    const columns = await scoreBlob(blob('a.csv'), { by: 'place', kernel: 'reference' });
    expect(columns.slices!.of.map(({ rows }) => rows)).toEqual(
      report.slices!.of.map(({ rows }) => rows),
    );
  });

  it('stand in the text, and hostile ones are spelled out', async () => {
    const { status, stdout } = await score('hostile.csv --id id --by pl\u001bace --cluster user');
    expect(status).toBe(0);
    expect(stdout).toContain('Slices by pl\\u001bace');
    expect(stdout).toContain('\\u001b]0;x\\u0007\\u001b[2J');
    expect(stdout).toMatch(/ {2}zeile-\d+· .* \d\.\d{4}/);
    expect(stdout).toContain(
      'Note (clustered-errors): The intervals of log_loss and accuracy take rows of one cluster',
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is the point
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });

  it('may be the targets, or one column for all', async () => {
    const { stdout } = await score('a.csv --by label --cluster user --id user --json');
    expect(
      JSON.parse(stdout)
        .slices.of.map(({ value }: { value: string }) => value)
        .sort(),
    ).toEqual(['0', '1', '2']);
  });

  it('go with their rows through as many batches as there are', async () => {
    const rows = 40_000;
    const random = seeded(5);
    const p = Float64Array.from({ length: rows }, () => Math.round(random() * 1e6) / 1e6);
    const targets = Int32Array.from(p, (x) => (random() < x ? 1 : 0));
    const by = Array.from(p, (_, i) => `s${(i * i) % 7}`);
    const users = Array.from(p, (_, i) => i % 1013);
    const lines = by.map((s, i) => `r${i},${1 - p[i]},${p[i]},${targets[i]},${s},${users[i]}`);
    write('long.csv', `id,p_0,p_1,label,place,user\n${lines.join('\n')}\n`);
    write('by-long.txt', `${by.join('\n')}\n`);
    write('user-long.npy', npyBytes({ descr: '<i4', shape: [rows], values: users }));
    const scores = Float64Array.from({ length: 2 * rows }, (_, i) =>
      i % 2 === 1 ? p[i >> 1] : 1 - p[i >> 1],
    );
    const ids = by.map((_, i) => `r${i}`);
    const expected = await scoreArrays(scores, targets, { ids, by, clusters: users });
    for (const columns of [COLUMNS, '--id id --by by-long.txt --cluster user-long.npy']) {
      const { status, stdout, stderr } = await score(`long.csv ${columns} --json`);
      expect([status, stderr]).toEqual([0, '']);
      const { slices, clusters, diagnosis } = JSON.parse(stdout);
      expect(slices.of).toEqual(expected.slices!.of);
      expect(clusters.log_loss).toEqual(expected.clusters!.log_loss);
      expect(diagnosis.worst).toEqual(expected.diagnosis!.worst);
      expect(clusters.count).toBe(1013);
    }
  });

  it('keep every digit of long integers', async () => {
    const { stdout } = await score('ints.jsonl --by id --json');
    expect(JSON.parse(stdout).slices.of.map(({ value }: { value: string }) => value)).toEqual([
      '12345678901234567890',
      '12345678901234567891',
    ]);
  });

  it('count with the chosen metrics, too', async () => {
    const { stdout } = await score(`a.csv ${COLUMNS} --metrics accuracy --no-diagnose --json`);
    const report = JSON.parse(stdout);
    expect(Object.keys(report.metrics)).toEqual(['accuracy']);
    expect(report.slices.of).toHaveLength(4);
    expect(report.clusters.accuracy.ratio).toBeCloseTo(data.cases.plain.accuracy.ratio, 9);
  });
});

describe('are refused:', () => {
  it.each([
    ['a column that is not there', 'a.csv --by plce', 3, /no column "plce".*--by.*mean "place"/],
    [
      'a member that is not there',
      'a.npz --cluster users',
      3,
      /no member "users".*--cluster.*mean "user"/,
    ],
    [
      'a score column',
      'a.csv --scores logit_0,logit_1,logit_2 --by logit_1',
      3,
      /"logit_1": .*both as --by and as scores/,
    ],
    [
      'a column beside an array',
      `logits.npy ${LABELS} --by place`,
      2,
      /--by names .*single array.*no file "place"/,
    ],
    [
      'too few',
      `logits.npy ${LABELS} --cluster short.txt`,
      3,
      /short\.txt: there must be as many clusters.*59 rows; expected 60/,
    ],
    [
      'too many, of a header',
      `a.csv --cluster long.txt`,
      3,
      /long\.txt.*more than 60 rows; expected 60.*first line is a row, unless it is cluster/,
    ],
    [
      'too few names',
      'a.npz --id one.txt',
      3,
      /one\.txt: there must be as many names.*found 1 rows/,
    ],
    [
      'several columns',
      'a.npz --by a.csv',
      3,
      /a\.csv: no column is known to hold what --by needs.*slice/,
    ],
    ['several members', 'a.csv --by a.npz', 3, /a\.npz: no member is known.*or a single member/],
    [
      'arrays of two columns',
      'a.csv --by two_columns.npy',
      3,
      /one value per row; found shape \(60, 2\)/,
    ],
    [
      'bytes that are no text',
      'a.csv --by broken.npy',
      3,
      /broken\.npy, row 59: the bytes are no UTF-8/,
    ],
    [
      'too many values',
      'many.csv --by n',
      3,
      /row 10000, column "n": there are more than 10000 .*Cut numbers into ranges/,
    ],
    [
      'fields that stand twice',
      'twice.jsonl --id id',
      3,
      /row 1, line 2, column "id": the field stands twice/,
    ],
    ['fields of lists', 'nested.jsonl --id id', 3, /row 1, line 2, column "id".*found an array/],
    [
      'names from a file of another length for single scores',
      'single.csv --id one.txt',
      3,
      /one\.txt: there must be as many names as rows of predictions/,
    ],
  ])('%s', async (_, args, status, message) => {
    const outcome = await score(args);
    expect(outcome.stderr).toMatch(message);
    expect([outcome.status, outcome.stdout]).toEqual([status, '']);
    expect(outcome.stderr.trim().split('\n')).toHaveLength(1);
  });
});
