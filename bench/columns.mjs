/**
 * Files of columns: Parquet beside DuckDB, which reads the same columns into the same scorer on one
 * thread, and Arrow beside npy. All are timed in turn, several rounds of them, in one run: by the clock,
 * and by the work of all threads, which other programs on the machine disturb less.
 *
 *     node bench/columns.mjs [millions of rows]
 */

import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import * as arrow from 'apache-arrow';
import { createScorer, scoreFile } from '../dist/index.js';

const CLASSES = 10;
const ROUNDS = 5;
const rows = Math.round(Number(process.argv[2] ?? 5) * 1e6);
const names = Array.from({ length: CLASSES }, (_, c) => `p_${c}`);
const folder = mkdtempSync(join(tmpdir(), 'logitscope-bench-'));
const path = (name) => join(folder, name);

const connection = await (await DuckDBInstance.create(':memory:')).connect();
await connection.run('set threads = 1');
await connection.run('select setseed(0.5)');
const logits = names.map((name) => `cast(-ln(random() + 1e-9) as float) as ${name}`);
await connection.run(
  `create table t as select ${logits}, cast(floor(random() * ${CLASSES}) as integer) as label from range(${rows})`,
);
for (const codec of ['zstd', 'snappy', 'uncompressed']) {
  await connection.run(
    `copy t to '${path(`${codec}.parquet`)}' (format parquet, compression ${codec})`,
  );
}

/** Calls with the columns of each chunk, as typed arrays. */
async function readChunks(query, onChunk) {
  const result = await connection.stream(query);
  for (;;) {
    const chunk = await result.fetchChunk();
    if (!chunk || chunk.rowCount === 0) return;
    const columns = [];
    for (let c = 0; c < chunk.columnCount; c++) columns.push(chunk.getColumnVector(c).items);
    onChunk(columns, chunk.rowCount);
  }
}

/** The same rows as npy and Arrow. */
async function writeTwins() {
  const files = [openSync(path('dump.npy'), 'w'), openSync(path('labels.npy'), 'w')];
  const head = (descr, shape) => {
    const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape}), }`;
    const bytes = Buffer.alloc(128, ' ');
    bytes.write('\x93NUMPY\x01\x00', 'latin1');
    bytes.writeUInt16LE(118, 8);
    bytes.write(text, 10, 'latin1');
    bytes[127] = 10;
    return bytes;
  };
  writeSync(files[0], head('<f4', `${rows}, ${CLASSES}`));
  writeSync(files[1], head('<i4', `${rows},`));
  const batches = [];
  let kept = names.map(() => []);
  let labels = [];
  let count = 0;
  const flush = () => {
    if (count === 0) return;
    const columns = Object.fromEntries(names.map((name, c) => [name, Float32Array.from(kept[c])]));
    batches.push(arrow.tableFromArrays({ ...columns, label: Int32Array.from(labels) }).batches[0]);
    kept = names.map(() => []);
    labels = [];
    count = 0;
  };
  await readChunks('select * from t', (columns, chunkRows) => {
    const flat = new Float32Array(chunkRows * CLASSES);
    for (let c = 0; c < CLASSES; c++) {
      for (let r = 0; r < chunkRows; r++) {
        flat[r * CLASSES + c] = columns[c][r];
        kept[c].push(columns[c][r]);
      }
    }
    for (let r = 0; r < chunkRows; r++) labels.push(columns[CLASSES][r]);
    writeSync(files[0], new Uint8Array(flat.buffer));
    writeSync(files[1], new Uint8Array(columns[CLASSES].slice(0, chunkRows).buffer));
    count += chunkRows;
    if (count >= 65536) flush();
  });
  flush();
  for (const file of files) closeSync(file);
  const file = openSync(path('dump.arrow'), 'w');
  writeSync(file, arrow.tableToIPC(new arrow.Table(batches), 'file'));
  closeSync(file);
}
await writeTwins();

const options = { kind: 'logits', threads: 1, diagnose: false, ranking: false };
const own =
  (name, more = {}) =>
  async () => {
    const { metrics } = await scoreFile(path(name), { ...options, ...more });
    return metrics.log_loss.value;
  };

/** DuckDB reads, and the rows go to the scorer of this package. */
const duck = (name) => async () => {
  const { threads: _, ...scoring } = options;
  const scorer = await createScorer({ classes: CLASSES, ...scoring });
  const capacity = 16384;
  let lease = scorer.lease(capacity);
  let held = 0;
  await readChunks(`select ${names}, label from '${path(name)}'`, (columns, count) => {
    if (held + count > capacity) {
      scorer.update(lease, held);
      lease = scorer.lease(capacity);
      held = 0;
    }
    const { scores, targets } = lease;
    for (let c = 0; c < CLASSES; c++) {
      const column = columns[c];
      for (let r = 0, at = held * CLASSES + c; r < count; r++, at += CLASSES)
        scores[at] = column[r];
    }
    targets.set(columns[CLASSES].subarray(0, count), held);
    held += count;
  });
  if (held > 0) scorer.update(lease, held);
  return scorer.report().metrics.log_loss.value;
};

/** DuckDB alone: the loss in SQL. */
const sql = (name) => async () => {
  const sum = names.map((column) => `exp(${column}::double)`).join(' + ');
  const target = names.map((column, c) => `when ${c} then ${column}`).join(' ');
  const query = `select avg(ln(${sum}) - case label ${target} end) from '${path(name)}'`;
  return Number((await connection.runAndReadAll(query)).getRows()[0][0]);
};

const cases = {
  npy: own('dump.npy', { labels: path('labels.npy') }),
  arrow: own('dump.arrow'),
  'parquet uncompressed': own('uncompressed.parquet'),
  'duckdb uncompressed': duck('uncompressed.parquet'),
  'parquet snappy': own('snappy.parquet'),
  'duckdb snappy': duck('snappy.parquet'),
  'parquet zstd': own('zstd.parquet'),
  'duckdb zstd': duck('zstd.parquet'),
  'duckdb zstd, SQL': sql('zstd.parquet'),
};
const times = Object.fromEntries(Object.keys(cases).map((name) => [name, []]));
const work = Object.fromEntries(Object.keys(cases).map((name) => [name, []]));
const losses = {};
for (let round = 0; round <= ROUNDS; round++) {
  for (const [name, run] of Object.entries(cases)) {
    const start = performance.now();
    const before = process.cpuUsage();
    losses[name] = await run();
    const { user, system } = process.cpuUsage(before);
    // The first round warms up.
    if (round === 0) continue;
    times[name].push((performance.now() - start) / 1000);
    work[name].push((user + system) / 1e6);
  }
}
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const ratio = (of, a, b) => median(of[b].map((time, i) => time / of[a][i])).toFixed(2);
console.log(`${rows} rows of ${CLASSES} classes, float32; seconds are medians of ${ROUNDS} rounds`);
for (const [name, list] of Object.entries(times)) {
  const loss = losses[name].toFixed(6);
  const cpu = median(work[name]).toFixed(3);
  console.log(`${name.padEnd(22)} ${median(list).toFixed(3)} s, ${cpu} s of work  loss ${loss}`);
}
for (const file of ['zstd.parquet', 'dump.arrow', 'dump.npy']) {
  console.log(`${file}: ${(statSync(path(file)).size / 1e6).toFixed(0)} MB`);
}
for (const [a, b] of [
  ['parquet zstd', 'duckdb zstd'],
  ['parquet snappy', 'duckdb snappy'],
  ['parquet uncompressed', 'duckdb uncompressed'],
  ['parquet zstd', 'duckdb zstd, SQL'],
  ['arrow', 'npy'],
]) {
  const byWork = ratio(work, a, b);
  console.log(`${a} : ${b} = ${ratio(times, a, b)} × as fast, ${byWork} × by work`);
}
rmSync(folder, { recursive: true });
