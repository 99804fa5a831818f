/** Mistakes that people make, and files that lie: one clear message each, never a stack trace. */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixture } from '../support/column-files.js';
import { logitscope } from '../support/command.js';
import { npyBytes, npyHead, zipBytes } from '../support/numpy.js';

let folder: string;
const write = (name: string, content: string | Uint8Array) =>
  writeFileSync(join(folder, name), content);

const ROWS = 20;
/** Logits with a clear winner; nothing about them is special. */
const logits = Array.from({ length: ROWS * 3 }, (_, i) => ((i * 7) % 11) / 2 - 2);
const targets = Array.from({ length: ROWS }, (_, i) => i % 3);
const npy = (values: number[], shape: number[], descr = '<f4') =>
  npyBytes({ descr, shape, values });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'logitscope-bad-'));
  mkdirSync(join(folder, 'folder'));
  const x = npy(logits, [ROWS, 3]);
  const y = npy(targets, [ROWS], '|u1');
  write('x.npy', x);
  write('y.npy', y);
  write('y19.npy', npy(targets.slice(1), [ROWS - 1], '|u1'));
  write('labels19.txt', `${targets.slice(1).join('\n')}\n`);
  write('labels21.txt', `${[...targets, 0].join('\n')}\n`);
  write(
    'one-based.npy',
    npy(
      targets.map((t) => t + 1),
      [ROWS],
      '<i8',
    ),
  );
  write(
    'masked.npy',
    npy(
      targets.map((t) => (t === 1 ? -100 : t)),
      [ROWS],
      '<i8',
    ),
  );
  const rows = (row: number, values: number[]) =>
    npy(
      targets.flatMap((t, i) => (i === row ? values : [0, 1, 2].map((c) => +(c === t)))),
      [ROWS, 3],
    );
  write('two-hot.npy', rows(5, [1, 1, 0]));
  write('none-hot.npy', rows(7, [0, 0, 0]));
  write('sums.npy', rows(3, [0.5, 0.25, 0]));
  write(
    'half-target.npy',
    npy(
      targets.map((t, i) => (i === 4 ? 0.5 : t)),
      [ROWS],
      '<f8',
    ),
  );
  write('cut.npy', x.subarray(0, x.length - 7));
  write('head-cut.npy', x.subarray(0, 40));
  write('no-magic.npy', 'this is no array');
  write('object.npy', npyHead("{'descr': '|O', 'fortran_order': False, 'shape': (2,), }"));
  write('code.npy', npyHead("__import__('os').system('touch owned')"));
  write(
    'nan.npy',
    npy(
      logits.map((z, i) => (i === 16 ? Number.NaN : i === 27 ? Number.POSITIVE_INFINITY : z)),
      [ROWS, 3],
    ),
  );
  write(
    'masks.npy',
    npy(
      logits.map((z, i) => (i >= 6 && i < 9 ? Number.NEGATIVE_INFINITY : z)),
      [ROWS, 3],
    ),
  );
  write('zero.npy', npy([], [0, 3]));
  write('column.npy', npy(targets, [ROWS, 1]));
  write('flat.npy', npy(targets, [ROWS]));
  write('empty.npy', '');
  write('empty.csv', '');
  write('empty.jsonl', '');
  write(
    'huge-shape.npy',
    npyHead("{'descr': '<f4', 'fortran_order': False, 'shape': (9007199254740993, 3), }"),
  );
  const p = Array.from({ length: 400 * 3 }, (_, i) => [0.5, 0.25, 0.25][i % 3]);
  write(
    'p-late.npy',
    npy(
      p.map((v, i) => (i === 390 * 3 ? 0.9 : v)),
      [400, 3],
    ),
  );
  write(
    'p-early.npy',
    npy(
      p.map((v, i) => (i === 7 * 3 ? 0.9 : v)),
      [400, 3],
    ),
  );
  write(
    'y400.npy',
    npy(
      Array.from({ length: 400 }, (_, i) => i % 3),
      [400],
      '|u1',
    ),
  );
  write('ragged.csv', 'p_a,p_b,label\n0.1,0.9,a\n0.2,0.8\n');
  write('word.csv', 'p_a,p_b,label\n0.1,0.9,a\n0.2,abc,b\n');
  write('escape.csv', 'p_a,p_b,label\n0.1,0.9,a\n0.2,\x1b[31mred,b\n');
  write('commas.csv', 'p_a;p_b;label\n0,1;0,9;a\n0.5;0,5;a\n');
  write('zebra.csv', 'p_a,p_b,label\n0.1,0.9,a\n0.2,0.8,zebra\n');
  write('missing.csv', 'p_a,p_b,label\n0.1,0.9,a\n0.2,0.8,\n');
  write('two.csv', 'p_a,p_b,label,y_true\n0.1,0.9,a,b\n');
  write('single.csv', 'y_true,y_score\n1,0.9\n');
  write('single-class.csv', 'p_a,label\n1,a\n');
  write('quote.csv', 'p_a,p_b,label\n0.1,0.9,"a\n');
  write('header.csv', 'p_a,p_b,label\n');
  write('names.csv', 'x,y1,z\n1,2,0\n');
  write('broken.jsonl', '{"logits":[1,2],"label":0}\n{"logits":[1,2\n');
  write('longer.jsonl', '{"logits":[1,2],"label":0}\n{"logits":[1,2,3],"label":0}\n');
  write('array.jsonl', '[{"logits":[1,2],"label":0}');
  write('no-labels.npz', zipBytes([{ name: 'logits.npy', bytes: x }]));
  write(
    'both.npz',
    zipBytes([
      { name: 'logits.npy', bytes: x },
      { name: 'probs.npy', bytes: x },
      { name: 'labels.npy', bytes: y },
    ]),
  );
  const zip = zipBytes([
    { name: 'logits.npy', bytes: x },
    { name: 'labels.npy', bytes: y },
  ]);
  write('cut.npz', zip.subarray(0, zip.length - 30));
  write('no-zip.npz', 'PK, or so it says');
  write('bomb.npz', bomb());
  const TENSORS = new URL('../formats/fixtures-tensors/', import.meta.url);
  const tensors = (name: string) => readFileSync(new URL(name, TENSORS));
  for (const name of ['evil.pt', 'script.pt', 'types.safetensors', 'types.h5']) {
    write(name, tensors(name));
  }
  write('cut.pt', tensors('dump.pt').subarray(0, 1500));
  write('cut.safetensors', tensors('dump.safetensors').subarray(0, 1500));
  write('cut.h5', tensors('dump.h5').subarray(0, 1500));
  write('npz.pt', zip);
  write('packed.pt.gz', gzipSync(tensors('dump.pt')));
  const parquet = fixture('codec-zstd.parquet');
  write('types.parquet', fixture('types.parquet'));
  write('cut.parquet', parquet.subarray(0, parquet.length - 9));
  write('named.arrow', parquet);
  const stream = fixture('plain.arrows');
  write('cut.arrows', stream.subarray(0, stream.length - 700));
  write('old.feather', 'FEA1, as it was before Arrow');
});

/** A deflated member whose directory and header claim terabytes, and which holds zeros without end in sight. */
function bomb(): Uint8Array {
  const head = npyHead("{'descr': '<f4', 'fortran_order': True, 'shape': (1000000000, 1000), }");
  const body = new Uint8Array(head.length + 4_000_000);
  body.set(head);
  return zipBytes([
    { name: 'logits.npy', bytes: body, deflate: true },
    {
      name: 'labels.npy',
      bytes: npyHead("{'descr': '|u1', 'fortran_order': False, 'shape': (1000000000,), }"),
      deflate: true,
    },
  ]);
}

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const USAGE = 2;
const INPUT = 3;

/** Arguments, exit status, and what the one message must say. */
const CASES: [string, number, RegExp][] = [
  ['nowhere.npy -l y.npy', INPUT, /nowhere\.npy: there is no such file/],
  ['folder -l y.npy', INPUT, /folder: the directory holds no files/],
  ['cut.parquet', INPUT, /cut\.parquet, byte \d+: the file does not end as Parquet does/],
  ['named.arrow', INPUT, /named\.arrow, byte 0: the file does not begin as Arrow does/],
  ['cut.arrows', INPUT, /cut\.arrows, byte \d+: the input ends inside/],
  ['old.feather', INPUT, /old\.feather: .*Feather of version 1.*df\.to_feather/],
  [
    'types.parquet --scores stamp --target i8',
    INPUT,
    /types\.parquet, column "stamp": .*neither numbers nor text; found TIMESTAMP/,
  ],
  [
    'types.parquet --scores gap,f64 --target i8',
    INPUT,
    /types\.parquet, row 0, column "gap": the row has no value.*found null/,
  ],
  ['x.npy', USAGE, /x\.npy holds no targets.*--labels/],
  ['x.npy -l nowhere.npy', INPUT, /nowhere\.npy: there is no such file/],
  ['cut.npy -l y.npy', INPUT, /cut\.npy, byte \d+: .*found 233 bytes.*expected 240/],
  ['head-cut.npy -l y.npy', INPUT, /head-cut\.npy, byte 40/],
  ['no-magic.npy -l y.npy', INPUT, /no-magic\.npy, byte 0: this is no npy file; found "this is "/],
  ['object.npy -l y.npy', INPUT, /pickle.*never read/],
  ['code.npy -l y.npy', INPUT, /code\.npy.*header/],
  ['huge-shape.npy -l y.npy', INPUT, /huge-shape\.npy/],
  ['x.npy -l y19.npy', INPUT, /y19\.npy: .*found 19 rows; expected 20, as x\.npy has/],
  ['x.npy -l labels19.txt', INPUT, /labels19\.txt: .*found 19 rows/],
  ['x.npy -l labels21.txt', INPUT, /labels21\.txt: .*found more than 20 rows; expected 20/],
  [
    'x.npy -l two-hot.npy',
    INPUT,
    /two-hot\.npy, row 5: a one-hot row of targets must hold exactly one 1; found 2.*--task multilabel/,
  ],
  ['x.npy -l none-hot.npy', INPUT, /none-hot\.npy, row 7: a one-hot row .*found none/],
  [
    'x.npy -l sums.npy',
    INPUT,
    /sums\.npy, row 3: the row of targets .*found a row that sums to 0\.75.*add up to 1/,
  ],
  ['x.npy -l half-target.npy', INPUT, /half-target\.npy.*row 4.*0\.5/],
  [
    'x.npy -l one-based.npy',
    INPUT,
    /one-based\.npy, row 2: the target is no class; found 3; expected a class index from 0 to 2.*--labels-from 1/,
  ],
  [
    'x.npy -l y.npy --labels-from 1',
    INPUT,
    /y\.npy, row 0: the target is no class; found 0; expected a number from 1 to 3, as --labels-from 1 says/,
  ],
  ['x.npy -l masked.npy', INPUT, /masked\.npy, row 1: .*found -100; .*--ignore-index -100/],
  [
    'nan.npy -l y.npy',
    INPUT,
    /nan\.npy, row 5: .*1 other row.*found NaN in score column 1.*--invalid skip/,
  ],
  ['masks.npy -l y.npy', INPUT, /masks\.npy, row 2: .*found −∞ in every score column/],
  ['zero.npy -l y.npy', INPUT, /zero\.npy: the array holds no rows; found shape \(0, 3\)/],
  ['column.npy -l y.npy', INPUT, /column\.npy: .*one score per row.*shape \(20, 1\)/],
  ['flat.npy -l y.npy', INPUT, /flat\.npy: .*one score per row/],
  ['empty.npy -l y.npy', INPUT, /empty\.npy: the input is empty/],
  ['empty.csv', INPUT, /empty\.csv: the file is empty/],
  ['empty.jsonl', INPUT, /empty\.jsonl: .*empty/],
  ['header.csv', INPUT, /header\.csv: .*no rows/],
  [
    'p-early.npy -l y400.npy',
    INPUT,
    /p-early\.npy, row 7: most of the first 256 rows are probabilities.*--kind/,
  ],
  [
    'p-late.npy -l y400.npy',
    INPUT,
    /p-late\.npy, row 390: the scores are no probabilities, as the first rows of the file are; found a row that sums to 1\.39/,
  ],
  [
    'x.npy -l y.npy --kind probabilities',
    INPUT,
    /x\.npy, row 0: the scores are no probabilities, as --kind says/,
  ],
  [
    'x.npy -l y.npy --kind log-probabilities',
    INPUT,
    /x\.npy, row 0: the scores are no log-probabilities/,
  ],
  ['ragged.csv', INPUT, /ragged\.csv, row 1, line 3: .*found 2; expected 3/],
  ['word.csv', INPUT, /word\.csv, row 1, line 3, column "p_b": .*found "abc"; expected a number/],
  ['escape.csv', INPUT, /column "p_b": .*found "\\u001b\[31mred"/],
  [
    'commas.csv',
    INPUT,
    /commas\.csv, row 1, line 3, column "p_a": the column has decimal commas and decimal points.*"0,1" in line 2 and "0\.5" in line 3/,
  ],
  [
    'zebra.csv',
    INPUT,
    /zebra\.csv, row 1, line 3, column "label": .*"zebra"; expected one of "a", "b"/,
  ],
  ['missing.csv', INPUT, /missing\.csv, row 1: the row has no target.*--invalid skip/],
  [
    'two.csv',
    INPUT,
    /two\.csv: more than one column could be the target; found "label", "y_true".*--target/,
  ],
  ['single.csv --task classification', INPUT, /single\.csv, column "y_score": one score per row/],
  ['single-class.csv', INPUT, /single-class\.csv, column "p_a"/],
  [
    'quote.csv',
    INPUT,
    /quote\.csv, row 0, line 2: a quoted cell that opens on this line is never closed/,
  ],
  ['names.csv', INPUT, /names\.csv: no column holds scores.*--scores/],
  ['names.csv --scores x,q --target z', INPUT, /names\.csv: .*"q"/],
  ['broken.jsonl', INPUT, /broken\.jsonl, row 1, line 2/],
  ['longer.jsonl', INPUT, /longer\.jsonl, row 1, line 2.*found 3.*expected 2/],
  [
    'array.jsonl',
    INPUT,
    /array\.jsonl, .*byte 27: this is no JSON array.*found the end of the file.*jq/,
  ],
  ['no-labels.npz', USAGE, /holds no targets/],
  [
    'both.npz',
    INPUT,
    /both\.npz: more than one member could be the scores; found "logits", "probs".*--scores/,
  ],
  [
    'both.npz --scores nothing',
    INPUT,
    /both\.npz: there is no member "nothing"; found "logits", "probs", "labels"/,
  ],
  ['cut.npz', INPUT, /cut\.npz/],
  ['no-zip.npz', INPUT, /no-zip\.npz/],
  ['bomb.npz', INPUT, /bomb\.npz\[(logits|labels)\].*(memory|bytes)/],
  [
    'evil.pt',
    INPUT,
    /evil\.pt\[data\.pkl\], byte \d+: .*nothing of it was run; found "posix\.system".*torch\.save\(\{"logits"/,
  ],
  ['script.pt', INPUT, /script\.pt: this is a TorchScript program.*Run the model/],
  ['cut.pt', INPUT, /cut\.pt: this is no complete zip archive.*as torch\.save writes/],
  ['cut.safetensors', INPUT, /cut\.safetensors, byte 1500: the input ends inside the tensors/],
  ['cut.h5', INPUT, /cut\.h5: the file was cut off/],
  [
    'npz.pt',
    INPUT,
    /npz\.pt: this is no file of torch\.save; found a zip archive without data\.pkl/,
  ],
  ['packed.pt.gz', INPUT, /packed\.pt\.gz: .*cannot be read from a pipe/],
  [
    'types.safetensors --scores logits',
    INPUT,
    /types\.safetensors: there is no tensor "logits"; found "f64", "f32"/,
  ],
  ['types.safetensors --scores step', INPUT, /\[step\]: the array is a single number/],
  ['types.h5 --scores record', INPUT, /types\.h5\[record\]: .*found compound of 8 bytes/],
  ['types.h5 --scores claims', INPUT, /\[claims\]: the dataset claims more than the file can hold/],
  ['x.npy -l y.npy --kin logits', USAGE, /unknown option '--kin'[\s\S]*Did you mean --kind/],
  ['x.npy -l y.npy --eps 3', USAGE, /--eps <p>' argument '3' is invalid/],
  ['x.npy -l y.npy --kind sigmoid', USAGE, /Allowed choices are auto, logits/],
  ['x.npy -l y.npy --out report.txt', USAGE, /report\.txt: the ending must be \.json or \.csv/],
  ['x.npy -l y.npy --out nowhere/report.json', USAGE, /nowhere.*folder/],
  ['x.npy -l y.npy --class-weights 1,2', USAGE, /needs one number per class \(3\); found 2/],
  ['x.npy -l y.npy --class-weights 1,x,2', USAGE, /item 2 is "x"/],
  ['x.npy -l y.npy --class-names a,b', USAGE, /2 class names were given, but x\.npy has 3 classes/],
  ['x.npy -l y.npy --scores q', USAGE, /--scores .*x\.npy is a single array/],
  ['x.npy -l y.npy --weights q', USAGE, /--weights .*There is no file "q"/],
  ['', USAGE, /missing required argument 'predictions'/],
];

describe('a mistake', () => {
  it.concurrent.each(CASES)('score %s → %i', async (args, status, message) => {
    const outcome = await logitscope(['score', ...args.split(' ').filter(Boolean)], {
      cwd: folder,
    });
    expect(outcome.stderr).toMatch(message);
    expect(outcome.status).toBe(status);
    expect(outcome.stdout).toBe('');
    expect(outcome.stderr).not.toMatch(/^\s+at |internal error/m);
    expect(outcome.stderr).toMatch(/^logitscope: /);
  });

  it('leaves nothing behind', () => {
    const left = readdirSync(folder).filter((name) => /report|owned|\.tmp/.test(name));
    expect(left).toEqual([]);
  });
});
