/** Files that are nearly what they should be: read as meant, or refused; never misread. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logitscope } from '../support/command.js';

const FILES: Readonly<Record<string, string>> = {
  'blanks.csv': 'p_0, p_1, label\n0.9, 0.1, 0\n0.2, 0.8, 1\n0.3, 0.7, 0\n',
  'p.csv': 'sample,p_0,p_1\na,0.9,0.1\nb,0.2,0.8\nc,0.3,0.7\n',
  'case.csv': 'Sample,label\nb,1\na,0\nc,0\n',
  'id.csv': 'id,label\nb,1\na,0\nc,0\n',
  'key.csv': 'key,label\nb,1\na,0\nc,0\n',
  'alone.csv': 'label\n0\n1\n0\n',
  'twice.csv': 'id,id,label\nb,b,1\na,a,0\nc,c,0\n',
  'flags.csv': 'pred,label\ntrue,True\nfalse,False\nTRUE,false\n',
  'disjoint.csv': 'pred,label\ncat,0\ndog,1\ncat,1\n',
  'fraction.csv': 'pred,label\n0,0\n1,1.5\n1,1\n2,2\n',
  'none.csv': 'pred,label\n0,None\n1,1\n1,1\n2,2\n',
  'none-class.csv': 'pred,label\nnone,none\nbook,none\nbook,book\n',
  'odd.csv': 'p_0,p_1,p_value,label\n0.9,0.1,0.05,0\n0.2,0.8,0.2,1\n',
  'features.csv': '0,1,2,y_pred,label\n0.9,2.1,0.05,0,0\n0.2,0.8,0.2,1,1\n0.2,0.8,0.2,1,0\n',
  'pets.csv': 'p_cat,p_dog,label\n0.9,0.1,cat\n0.2,0.8,dog\n0.3,0.7,cat\n',
  'index.csv': ',0,1\n0,0.9,0.1\n1,0.2,0.8\n2,0.3,0.7\n',
  'yes-no.csv': 'p_n,p_y\n0.1,0.9\n0.8,0.2\n0.7,0.3\n',
  'y.csv': 'y\nn\ny\n',
  'dummies.csv': 'id,cat,dog\n0,True,False\n1,False,True\n2,True,False\n',
  'p-pets.csv': 'id,p_cat,p_dog\n0,0.9,0.1\n1,0.2,0.8\n2,0.3,0.7\n',
  'signs.csv': 'a_0,a_1,label\n0.9,0.1,-1\n0.2,0.8,1\n0.3,0.7,-1\n',
  'from-1.csv': 'a_0,a_1,label\n0.9,0.1,1\n0.2,0.8,2\n0.3,0.7,1\n',
  'percent.jsonl': '{"p":0.5,"y":1}\n{"p":"51%","y":0}\n',
  'commas.csv': 'probs,label\n"[0.1 0.9]",1\n"[0.1,,0.9]",1\n',
  'glued.csv': 'probs,label\n"[0.1 0.9]",1\n"[0.20.8]",0\n',
  'truth.csv': ',ant,bee,true\n0,0.9,0.1,ant\n1,0.2,0.8,bee\n2,0.3,0.7,ant\n',
  'kind.csv': 'p_ant,p_bee,note,kind\n0.9,0.1,x,ant\n0.2,0.8,y,bee\n0.3,0.7,z,ant\n',
  'kinds.csv': 'p_ant,p_bee,kind,other\n0.9,0.1,ant,bee\n0.2,0.8,bee,bee\n',
  'columns.json': '{"p_0":{"0":0.9,"1":0.2},"p_1":{"0":0.1,"1":0.8},"label":{"0":"a","1":"b"}}',
  'split.json': '{"columns":["p_0","p_1"],"index":[0],"data":[[0.9,0.1]]}',
  'comma.tsv': 'p_0\tp_1\tlabel\n0,9\t0,1\t0\n0,2\t0,8\t1\n0,3\t0,7\t0\n',
};

/** All of them have three rows, of which two are right. */
const READ = [
  'blanks.csv',
  'p.csv -l case.csv --id sample',
  'p.csv -l id.csv --id sample',
  'p.csv -l alone.csv --id sample',
  'flags.csv',
  'none-class.csv',
  'features.csv --prediction y_pred',
  'index.csv -l alone.csv',
  'p-pets.csv -l dummies.csv',
  'signs.csv',
  'from-1.csv --labels-from 1',
  'yes-no.csv -l y.csv',
  'truth.csv',
  'kind.csv',
  'comma.tsv',
  'comma.tsv.gz',
];

const REFUSED: readonly (readonly [command: string, message: RegExp])[] = [
  [
    'p.csv -l key.csv --id sample',
    /key\.csv: .*no such column; found "key", "label".*--join place/,
  ],
  ['p.csv -l twice.csv --id id', /twice\.csv, column "id": the column name stands twice/],
  ['disjoint.csv', /no predicted label occurs among the targets.*"cat", "dog".*"0", "1"/],
  ['fraction.csv --task classification', /one of them has a fraction; found "1\.5"/],
  ['none.csv', /row 0: the row has no target/],
  ['odd.csv', /could be the scores; found "p_0", "p_value"/],
  ['features.csv', /could be the scores; found "0", "1", "2", "y_pred"/],
  ['pets.csv --class-names dog,cat', /in another order: "cat", "dog" there/],
  ['percent.jsonl --task binary --scores p', /"0\.5" in line 1 and "51%" in line 2/],
  ['commas.csv', /row 1, line 3, column "probs": the cell holds no list/],
  ['kinds.csv', /could be the target; found "kind", "other"/],
  ['columns.json', /holds a whole table.*orient='records'/],
  ['split.json', /holds a whole table.*orient='records'/],
  ['glued.csv', /row 1, line 3, column "probs": .*another length/],
];

describe('files that are nearly right', () => {
  const folder = mkdtempSync(join(tmpdir(), 'near-misses-'));
  beforeAll(() => {
    for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
    writeFileSync(join(folder, 'comma.tsv.gz'), gzipSync(FILES['comma.tsv']!));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const score = (command: string) =>
    logitscope(['score', ...command.split(' '), '--json'], { cwd: folder });

  it.each(READ)('score %s', async (command) => {
    const { stdout, stderr } = await score(command);
    expect(stderr).toBe('');
    const report = JSON.parse(stdout);
    expect(report.rows.scored).toBe(3);
    expect(report.metrics.accuracy.value).toBeCloseTo(2 / 3, 12);
  });

  it.each(REFUSED)('score %s is refused', async (command, message) => {
    const { status, stdout, stderr } = await score(command);
    expect(stderr).toMatch(message);
    expect(status === 2 || status === 3).toBe(true);
    expect(stdout).toBe('');
  });
});
