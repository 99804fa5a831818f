/** Dumps in another format: the same bits, the same reports, and nothing half-written. */

import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { recognise } from '../../src/formats/formats.js';
import { encodeNpy, renderJson, scoreFile } from '../../src/index.js';
import { convertFile } from '../../src/node/convert-file.js';
import { logitscope } from '../support/command.js';
import { npyBytes, zipBytes } from '../support/numpy.js';
import { seeded } from '../support/rows.js';

const root = mkdtempSync(join(tmpdir(), 'logitscope-convert-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let folder = root;
beforeEach(() => {
  folder = mkdtempSync(join(root, 'test-'));
});
const path = (name: string) => join(folder, name);
function write(name: string, content: string | Uint8Array): string {
  writeFileSync(path(name), content);
  return path(name);
}
const bytesOf = (name: string) => new Uint8Array(readFileSync(path(name)));
const textOf = (name: string) => readFileSync(path(name), 'utf8');

/** What follows the header of an npy file, which says its length. */
function npyData(file: Uint8Array) {
  const length = file[8]! + 256 * file[9]!;
  const dict = new TextDecoder('latin1').decode(file.subarray(10, 10 + length)).trim();
  return { dict, data: file.slice(10 + length) };
}

/** Tensors of a safetensors file. */
function tensors(file: Uint8Array) {
  const length = Number(new DataView(file.buffer).getBigUint64(0, true));
  const head = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
  return Object.fromEntries(
    Object.entries<{ dtype: string; shape: number[]; data_offsets: [number, number] }>(head).map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [from, to],
        },
      ]) => [
        name,
        {
          dtype,
          shape,
          data: file.slice(8 + length + from, 8 + length + to),
          from: 8 + length + from,
        },
      ],
    ),
  );
}

async function sql(query: string): Promise<unknown[][]> {
  const database = await DuckDBInstance.create(':memory:');
  const connection = await database.connect();
  const reader = await connection.runAndReadAll(query);
  const rows = reader.getRows();
  connection.closeSync();
  database.closeSync();
  return rows as unknown[][];
}

const ROWS = 300;
const CLASSES = 3;
const random = seeded(11);
const LOGITS = Float64Array.from({ length: ROWS * CLASSES }, () => 8 * random() - 4);
const LABELS = Int32Array.from({ length: ROWS }, () => Math.floor(CLASSES * random()));
const SPECIAL = Float64Array.of(
  -0,
  5e-324,
  1.7976931348623157e308,
  Number.NaN,
  -Number.POSITIVE_INFINITY,
  0.1,
);

/** Whether files of such a name are read, too. */
const isRead = async (name: string) => {
  const { format } = await recognise({ name, size: 0, read: () => 0, close() {} }, undefined);
  return name.endsWith(`.${format}`);
};

describe('numbers', () => {
  const forms = {
    f64: new Uint8Array(SPECIAL.buffer),
    f32: new Uint8Array(Float32Array.from(SPECIAL).buffer),
    f16: new Uint8Array(Uint16Array.of(0x8000, 1, 0x7bff, 0x7e01, 0xfc00, 0x2e66).buffer),
  };
  const descr = { f64: '<f8', f32: '<f4', f16: '<f2' };
  const file = (type: keyof typeof forms) => {
    const head = encodeNpy(new Float32Array(0), [0]);
    const text = new TextDecoder('latin1').decode(head).replace("'<f4'", `'${descr[type]}'`);
    const filled = text.replace('(0,)', '(3, 2)').replace(/ (?= \n)/, '');
    const bytes = Uint8Array.from(filled, (c) => c.charCodeAt(0));
    return new Uint8Array([...bytes.subarray(0, head.length - 2), 0x20, 0x0a, ...forms[type]]);
  };

  it.each(['f64', 'f32', 'f16'] as const)(
    'of %s keep their bits in npy, npz and safetensors',
    async (type) => {
      write('a.npy', file(type));
      await convertFile(path('a.npy'), path('b.npy'));
      const { dict, data } = npyData(bytesOf('b.npy'));
      expect(dict).toContain(descr[type]);
      expect(dict).toContain("'shape': (3, 2)");
      expect(data).toEqual(forms[type]);
      await convertFile(path('a.npy'), path('c.npz'));
      await convertFile(path('c.npz'), path('d.safetensors'));
      const { logits } = tensors(bytesOf('d.safetensors'));
      expect(logits).toMatchObject({ dtype: type.toUpperCase(), shape: [3, 2] });
      expect(logits!.data).toEqual(forms[type]);
      expect(logits!.from % 8).toBe(0);
    },
  );

  it('come back from CSV and JSON Lines as the doubles they were', async () => {
    write('a.npy', file('f64'));
    await convertFile(path('a.npy'), path('a.csv'));
    expect(textOf('a.csv').split('\n').slice(0, 3)).toEqual([
      'logit_0,logit_1',
      '-0.0,5e-324',
      '1.7976931348623157e+308,nan',
    ]);
    await convertFile(path('a.csv'), path('b.npy'));
    expect(npyData(bytesOf('b.npy')).data).toEqual(forms.f64);
    await convertFile(path('a.npy'), path('a.jsonl'));
    await convertFile(path('a.jsonl'), path('c.npy'));
    expect(npyData(bytesOf('c.npy')).data).toEqual(forms.f64);
  });

  it('of bfloat16 stay bfloat16 in safetensors, and become f32 in npz', async () => {
    const bits = Uint16Array.of(0x3f80, 0x8000, 0x7f80, 0xbf81, 1, 0x4049);
    write('a.npy', npyBytes({ descr: '<u2', shape: [3, 2], values: Array.from(bits) }));
    const options = { bfloat16: true };
    await convertFile(path('a.npy'), path('a.safetensors'), options);
    const { logits } = tensors(bytesOf('a.safetensors'));
    expect(logits).toMatchObject({ dtype: 'BF16', data: new Uint8Array(bits.buffer) });
    await convertFile(path('a.npy'), path('b.npy'), options);
    const wide = Uint32Array.from(bits, (value) => value << 16);
    expect(npyData(bytesOf('b.npy')).data).toEqual(new Uint8Array(wide.buffer));
  });

  it.each(['<i8', '>i4', '|i1', '|u1', '<u2', '|b1'])(
    'of %s are integers of 64 bits',
    async (type) => {
      write('a.npy', npyBytes({ descr: type, shape: [3], values: [0, 1, 1] }));
      await convertFile(path('a.npy'), path('b.npy'));
      const { dict, data } = npyData(bytesOf('b.npy'));
      expect(dict).toContain("'<i8'");
      expect(new BigInt64Array(data.buffer)).toEqual(BigInt64Array.of(0n, 1n, 1n));
    },
  );

  it('of 64 bits keep every digit', async () => {
    const ids = BigInt64Array.of(9007199254740993n, -9223372036854775808n, 7n);
    write('a.npy', encodeNpy(ids));
    await convertFile(path('a.npy'), path('a.csv'));
    expect(textOf('a.csv')).toBe('labels\n9007199254740993\n-9223372036854775808\n7\n');
    await convertFile(path('a.csv'), path('b.npz'));
    await convertFile(path('b.npz'), path('c.npy'));
    expect(new BigInt64Array(npyData(bytesOf('c.npy')).data.buffer)).toEqual(ids);
    await convertFile(path('b.npz'), path('c.parquet'));
    expect(await sql(`select * from '${path('c.parquet')}'`)).toEqual([...ids].map((id) => [id]));
  });
});

describe('a round trip', () => {
  const names = ['npy', 'csv', 'npy', 'parquet', 'npz', 'jsonl', 'safetensors', 'npy'];

  it('gives the same report, in bits', async () => {
    const labels = write('y.npy', encodeNpy(LABELS));
    let at = write('0.npy', encodeNpy(LOGITS, [ROWS, CLASSES]));
    const reportOf = async (file: string) => {
      const { source: _, classNames: __, ...report } = await scoreFile(file, { labels });
      const plain = JSON.parse(renderJson(report as never));
      // Columns are called as their classes, and arrays have no names for them.
      for (const offset of plain.diagnosis.offsets.values) delete offset.name;
      return plain;
    };
    const wanted = await reportOf(at);
    expect(wanted.rows.scored).toBe(ROWS);
    for (const [i, ending] of names.entries()) {
      const next = path(`${i + 1}.${ending}`);
      await convertFile(at, next);
      // Formats that are only written end the trip by themselves.
      if (!(await isRead(next))) continue;
      expect(await reportOf(next), ending).toEqual(wanted);
      at = next;
    }
    expect(npyData(bytesOf(`${names.length}.npy`)).data).toEqual(new Uint8Array(LOGITS.buffer));
  });

  it('keeps text, integers and gaps', async () => {
    const table = [
      'id,text,n,gaps,x,code',
      'a1,"one, ""two""",3,1,0.5,007',
      'a2,"three\nfour",-4,,1e300,008',
      'a3,ünï😀,5,3,nan,009',
      '',
    ].join('\n');
    write('a.csv', table);
    await convertFile(path('a.csv'), path('b.csv'));
    expect(textOf('b.csv')).toBe(table.replace('1e300', '1e+300'));
    await convertFile(path('a.csv'), path('b.jsonl'));
    expect(textOf('b.jsonl').split('\n')[1]).toBe(
      '{"id":"a2","text":"three\\nfour","n":-4,"gaps":null,"x":1e+300,"code":"008"}',
    );
    await convertFile(path('b.jsonl'), path('c.csv'));
    expect(textOf('c.csv')).toBe(textOf('b.csv'));
    const { fields } = await convertFile(path('a.csv'), path('b.npz'));
    expect(fields.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'id text',
      'text text',
      'n i64',
      'gaps f64',
      'x f64',
      'code text',
    ]);
    await convertFile(path('b.npz'), path('d.csv'));
    expect(textOf('d.csv')).toBe(
      textOf('b.csv').replace(',3,1,', ',3,1,').replace('-4,,', '-4,nan,'),
    );
    await convertFile(path('a.csv'), path('b.parquet'));
    expect(await sql(`select * from '${path('b.parquet')}'`)).toEqual([
      ['a1', 'one, "two"', 3n, 1n, 0.5, '007'],
      ['a2', 'three\nfour', -4n, null, 1e300, '008'],
      ['a3', 'ünï😀', 5n, 3n, Number.NaN, '009'],
    ]);
  });
});

describe('what is copied', () => {
  const TABLE = 'id,p_cat,p_dog,label\na,0.25,0.75,dog\nb,0.5,0.5,cat\n';

  it('is chosen by role or name', async () => {
    write('a.csv', TABLE);
    await convertFile(path('a.csv'), path('b.csv'), { id: 'id', target: 'label' });
    expect(textOf('b.csv')).toBe('id,label\na,dog\nb,cat\n');
    await convertFile(path('a.csv'), path('c.csv'), { fields: 'label,p_*' });
    expect(textOf('c.csv')).toBe('p_cat,p_dog,label\n0.25,0.75,dog\n0.5,0.5,cat\n');
    const { fields } = await convertFile(path('a.csv'), path('d.npz'), { scores: 'p_*', id: 'id' });
    expect(fields).toEqual([
      { name: 'id', type: 'text', shape: [2] },
      // An array has no names for its classes.
      { name: 'p_cat', type: 'f64', shape: [2] },
      { name: 'p_dog', type: 'f64', shape: [2] },
    ]);
  });

  it('is the scores where only one array fits', async () => {
    write('a.csv', TABLE);
    await convertFile(path('a.csv'), path('a.npy'));
    const { dict, data } = npyData(bytesOf('a.npy'));
    expect(dict).toContain('(2, 2)');
    expect(new Float64Array(data.buffer)).toEqual(Float64Array.of(0.25, 0.75, 0.5, 0.5));
    await convertFile(path('a.csv'), path('y.npy'), { target: 'label' });
    expect(npyData(bytesOf('y.npy')).dict).toContain("'<U3'");
  });

  it('is read from anything: standard input, gzip, a table without names', async () => {
    write('a.csv.gz', gzipSync(TABLE));
    await convertFile(path('a.csv.gz'), path('b.csv'));
    expect(textOf('b.csv')).toBe(TABLE);
    const { status, stdout } = await logitscope(['convert', '-', path('c.npz'), '--json'], {
      input: gzipSync(TABLE),
    });
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ source: 'standard input', format: 'npz', rows: 2 });
    write('d.csv', '1.5,2\n-3,4\n');
    await convertFile(path('d.csv'), path('e.csv'));
    expect(textOf('e.csv')).toBe('1.5,2\n-3,4\n');
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('is told in text', async () => {
    write('a.csv', TABLE);
    const { stdout, stderr } = await logitscope(['convert', 'a.csv', 'b.out', '--to', 'parquet'], {
      cwd: folder,
    });
    expect(stderr).toBe('');
    expect(stdout).toBe(
      'b.out: 2 rows of a.csv\n  id     text\n  p_cat  f64\n  p_dog  f64\n  label  text\n',
    );
  });

  it('keeps the names of classes: columns in npz, a note in npy', async () => {
    const lines = [
      '{"p":{"fox":0.25,"cat":0.75},"y":"fox"}',
      '{"p":{"fox":0.5,"cat":0.5},"y":"cat"}',
    ];
    write('a.jsonl', `${lines.join('\n')}\n`);
    const { fields, notices } = await convertFile(path('a.jsonl'), path('a.npz'));
    expect(fields.map(({ name }) => name)).toEqual(['logit_fox', 'logit_cat', 'y']);
    expect(notices).toEqual([]);
    await convertFile(path('a.jsonl'), path('b.jsonl'));
    expect(textOf('b.jsonl')).toBe(textOf('a.jsonl'));
    const one = await convertFile(path('a.jsonl'), path('a.npy'), { scores: 'p' });
    expect(one.notices.map(({ code }) => code)).toEqual(['names-lost']);
    expect(one.notices[0]!.message).toContain('"fox", "cat"');
    expect(npyData(bytesOf('a.npy')).data).toEqual(
      new Uint8Array(Float64Array.of(0.25, 0.75, 0.5, 0.5).buffer),
    );
  });

  it('keeps arrays that are no scores in one column of a table', async () => {
    const logits = encodeNpy(Float64Array.of(1, 2, 3, -4), [2, 2]);
    const onehot = encodeNpy(Int32Array.of(0, 1, 1, 0), [2, 2]);
    write(
      'a.npz',
      zipBytes([
        { name: 'logits.npy', bytes: logits },
        { name: 'labels.npy', bytes: onehot },
      ]),
    );
    await convertFile(path('a.npz'), path('a.csv'));
    expect(textOf('a.csv')).toBe('logit_0,logit_1,labels\n1,2,"[0, 1]"\n3,-4,"[1, 0]"\n');
    const plain = await scoreFile(path('a.npz'));
    expect((await scoreFile(path('a.csv'))).metrics).toEqual(plain.metrics);
    await convertFile(path('a.npz'), path('a.parquet'));
    const rows = await sql(`select logit_1, labels[1], labels[2] from '${path('a.parquet')}'`);
    expect(rows).toEqual([
      [2, 0n, 1n],
      [-4, 1n, 0n],
    ]);
    await convertFile(path('a.csv'), path('b.npz'));
    expect((await scoreFile(path('b.npz'))).metrics).toEqual(plain.metrics);
  });

  it('takes lists of one for what is in them', async () => {
    write('y.npy', encodeNpy(Int32Array.of(2, 0), [2, 1]));
    await convertFile(path('y.npy'), path('y.csv'));
    expect(textOf('y.csv')).toBe('labels\n2\n0\n');
  });

  it('keeps scores in one column beside targets that are names, which numbered columns are not', async () => {
    const lines = ['{"logits":[2,-1],"label":"dog"}', '{"logits":[0.5,3],"label":"cat"}'];
    write('a.jsonl', `${lines.join('\n')}\n`);
    await convertFile(path('a.jsonl'), path('a.csv'));
    expect(textOf('a.csv')).toBe('logits,label\n"[2, -1]",dog\n"[0.5, 3]",cat\n');
    const plain = await scoreFile(path('a.jsonl'));
    expect((await scoreFile(path('a.csv'))).metrics).toEqual(plain.metrics);
    await convertFile(path('a.csv'), path('b.jsonl'));
    expect(textOf('b.jsonl')).toBe(textOf('a.jsonl'));
  });

  it('leaves out what cannot be read, and says so', async () => {
    const one = npyBytes({ descr: '<f8', shape: [2], values: [1, 2] });
    const bad = npyBytes({ descr: '<f8', shape: [], values: [1] });
    write(
      'a.npz',
      zipBytes([
        { name: 'u.npy', bytes: one },
        { name: 'test_loss.npy', bytes: bad },
      ]),
    );
    const { fields, notices } = await convertFile(path('a.npz'), path('b.csv'));
    expect(fields.map(({ name }) => name)).toEqual(['u']);
    expect(notices).toHaveLength(1);
    expect(notices[0]!.message).toMatch(/"test_loss" is not copied.*single number/);
    const asked = convertFile(path('a.npz'), path('c.csv'), { fields: 'u,test_loss' });
    await expect(asked).rejects.toThrow('single number');
  });

  it('can have no rows', async () => {
    write('a.npy', encodeNpy(new Float64Array(0), [0, 3]));
    for (const ending of ['npy', 'npz', 'csv', 'jsonl', 'parquet', 'safetensors']) {
      expect((await convertFile(path('a.npy'), path(`b.${ending}`))).rows).toBe(0);
    }
    expect(textOf('b.csv')).toBe('logit_0,logit_1,logit_2\n');
    expect(await sql(`select * from '${path('b.parquet')}'`)).toEqual([]);
  });

  it('has rows that prove a guess wrong late', async () => {
    const lines = Array.from({ length: 40_000 }, (_, i) => `${i},${i},${i}`);
    write('a.csv', ['n,x,t', ...lines, '7,0.5,seven', ''].join('\n'));
    const { fields } = await convertFile(path('a.csv'), path('b.npz'));
    expect(fields.map(({ type }) => type)).toEqual(['i64', 'f64', 'text']);
    await convertFile(path('b.npz'), path('c.csv'));
    expect(textOf('c.csv')).toBe(textOf('a.csv'));
  });
});

describe('what is refused', () => {
  const cases: readonly (readonly [
    why: string,
    args: readonly string[],
    code: number,
    words: string,
  ])[] = [
    ['the input itself', ['a.csv', './a.csv'], 2, 'is a.csv itself'],
    ['an unknown ending', ['a.csv', 'b.xlsx'], 2, '.safetensors'],
    ['text in safetensors', ['a.csv', 'b.safetensors'], 3, 'column "id": the column is text'],
    ['several fields in npy', ['a.npz', 'b.npy'], 3, 'npz file, which holds several'],
    [
      'a name that is not there',
      ['a.csv', 'b.csv', '--fields', 'lable'],
      3,
      'Did you mean "label"?',
    ],
    ['arrays of several axes in a table', ['s.npy', 'b.csv'], 3, 'shape (rows, 2, 2)'],
    ['a row that is cut off', ['cut.csv', 'b.npz'], 3, 'line 4'],
    ['a file that is cut off', ['cut.npy', 'b.csv'], 3, 'cut.npy'],
    ['fields of different lengths', ['uneven.npz', 'b.npz'], 3, 'different numbers of rows'],
    [
      'an integer that is too large',
      ['u8.npy', 'b.npz'],
      3,
      '18446744073709551615 is no integer of 64 bits',
    ],
    ['a file that is not there', ['none.csv', 'b.npz'], 3, 'none.csv'],
    ['a folder that is not there', ['a.csv', 'none/b.npz'], 2, 'Cannot write'],
    ['nothing to read', ['-', 'b.npz'], 3, 'nothing to read'],
  ];

  it.each(cases)('%s', async (_, args, code, words) => {
    write('a.csv', 'id,label\na,1\nb,2\n');
    const one = npyBytes({ descr: '<f8', shape: [2], values: [1, 2] });
    const two = npyBytes({ descr: '<f8', shape: [3], values: [1, 2, 3] });
    write(
      'a.npz',
      zipBytes([
        { name: 'u.npy', bytes: one },
        { name: 'v.npy', bytes: one },
      ]),
    );
    write(
      'uneven.npz',
      zipBytes([
        { name: 'u.npy', bytes: one },
        { name: 'v.npy', bytes: two },
      ]),
    );
    write('s.npy', encodeNpy(new Float64Array(8), [2, 2, 2]));
    write('cut.csv', 'a,b\n1,2\n3,4\n5\n');
    write('cut.npy', encodeNpy(new Float64Array(8)).subarray(0, 150));
    write('u8.npy', encodeNpy(BigUint64Array.of(1n, 2n ** 64n - 1n)));
    const before = readdirSync(folder);
    const { status, stdout, stderr } = await logitscope(['convert', ...args], { cwd: folder });
    expect(stderr).toContain(words);
    expect(stderr).not.toMatch(/^ {4}at /m);
    expect({ status, stdout }).toEqual({ status: code, stdout: '' });
    expect(readdirSync(folder)).toEqual(before);
  });

  it('leaves what was there before as it was', async () => {
    write('out.npz', 'precious');
    write('cut.csv', 'a,b\n1,2\n3\n');
    await expect(convertFile(path('cut.csv'), path('out.npz'))).rejects.toThrow('line 3');
    expect(textOf('out.npz')).toBe('precious');
    write('whole.csv', 'a,b\n1,2\n');
    await convertFile(path('whole.csv'), path('out.npz'));
    expect(textOf('out.npz')).not.toBe('precious');
  });
});

describe('a signal', () => {
  const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
  const unfinished = () => readdirSync(folder).filter((name) => name.endsWith('.tmp'));

  /** Runs until there is something half-written, then sends a signal. */
  async function interrupted(args: readonly string[], input: Uint8Array, signal: NodeJS.Signals) {
    const child = spawn(process.execPath, [MAIN, ...args], {
      cwd: folder,
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    const ended = new Promise<NodeJS.Signals | null>((resolve) => {
      child.on('exit', (_, by) => resolve(by));
    });
    child.stdin.on('error', () => {});
    // More is to come, so that it does not end by itself.
    child.stdin.write(input);
    for (let i = 0; i < 200 && unfinished().length === 0; i++) {
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    expect(unfinished().length).toBe(1);
    child.kill(signal);
    expect(await ended).toBe(signal);
  }

  it.each(['SIGINT', 'SIGTERM'] as const)('leaves nothing of convert: %s', async (signal) => {
    await interrupted(['convert', '-', 'out.npz'], new TextEncoder().encode('a,b\n1,2\n'), signal);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'leaves nothing of calibrate --apply: %s',
    async (signal) => {
      const labels = write('y.npy', encodeNpy(LABELS));
      const dump = write('z.npy', encodeNpy(LOGITS, [ROWS, CLASSES]));
      const fitted = await logitscope([
        'calibrate',
        dump,
        '--labels',
        labels,
        '--out',
        path('fit.json'),
      ]);
      expect(fitted.stderr).toBe('');
      const half = encodeNpy(LOGITS, [ROWS, CLASSES]).subarray(0, 128 + 8 * CLASSES * (ROWS - 10));
      const args = ['calibrate', '-', '--format', 'npy', '--apply', 'fit.json', '--out', 'out.npy'];
      await interrupted(args, half, signal);
      expect(readdirSync(folder).sort()).toEqual(['fit.json', 'y.npy', 'z.npy']);
    },
  );
});
