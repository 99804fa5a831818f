// Writes files.json: one small dump in every format, written by NumPy, PyTorch, apache-arrow, zstd, iconv and
// the command line. Needs them, and a build.
//   node test/runtimes/make-files.mjs

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as arrow from 'apache-arrow';

const folder = mkdtempSync(join(tmpdir(), 'logitscope-files-'));
const path = (name) => join(folder, name);
const run = (program, ...args) => execFileSync(program, args, { cwd: folder });
const logitscope = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

run(
  '/usr/bin/python3',
  '-c',
  `
import numpy as np, torch
rng = np.random.default_rng(5)
z, y = (rng.standard_normal((24, 3)) * 2).astype('f4'), rng.integers(0, 3, 24)
np.savez('dump.npz', logits=z, labels=y)
torch.save({'logits': torch.tensor(z), 'labels': torch.tensor(y)}, 'dump.pt')
`,
);
for (const format of ['safetensors', 'parquet', 'csv', 'jsonl']) {
  run(process.execPath, logitscope, 'convert', 'dump.npz', `dump.${format}`);
}
run('zstd', '-q', '-19', 'dump.csv', '-o', 'dump.csv.zst');
writeFileSync(path('dump-utf16.csv'), run('iconv', '-f', 'utf-8', '-t', 'utf-16', 'dump.csv'));
const [head, ...lines] = readFileSync(path('dump.csv'), 'utf8').trim().split('\n');
const columns = head.split(',').map((name, c) => {
  const values = lines.map((line) => Number(line.split(',')[c]));
  return [name, name === 'labels' ? Int32Array.from(values) : Float32Array.from(values)];
});
const table = arrow.tableFromArrays(Object.fromEntries(columns));
writeFileSync(path('dump.arrow'), arrow.tableToIPC(table, 'file'));
writeFileSync(path('dump.arrows'), arrow.tableToIPC(table, 'stream'));

const names = ['npz', 'safetensors', 'pt', 'parquet', 'arrow', 'arrows', 'jsonl', 'csv.zst'];
const files = [...names.map((ending) => `dump.${ending}`), 'dump-utf16.csv'];
const packed = files.map((name) => [name, readFileSync(path(name)).toString('base64')]);
const out = new URL('files.json', import.meta.url);
writeFileSync(out, `${JSON.stringify(Object.fromEntries(packed), null, 2)}\n`);
rmSync(folder, { recursive: true });
