/**
 * Writes the Parquet and Arrow files of this folder with software that people use: DuckDB, Apache
 * Arrow and Flechette, and the programs `zstd` and `lz4`.
 *
 *     node test/formats/fixtures-columns/make.mjs
 */

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import * as flechette from '@uwdata/flechette';
import * as arrow from 'apache-arrow';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));

/** Row r, column c; the tests have the same line. */
const score = (r, c) => Math.fround((((r * 7919 + c * 104729) % 2003) - 1000) / 300);
const ROWS = 300;
const CLASSES = ['cat', 'dog', 'fox'];

const duck = await (await DuckDBInstance.create(':memory:')).connect();
const sqlScore = (c) =>
  `cast((((r * 7919 + ${c} * 104729) % 2003) - 1000) / 300.0::double as float)`;
const scores = CLASSES.map((name, c) => `${sqlScore(c)} as p_${name}`).join(', ');
const label = 'cast((r * 7) % 3 as integer) as label';
const copy = (select, name, options = '') =>
  duck.run(`copy (${select}) to '${path(name)}' (format parquet ${options})`);

for (const codec of ['uncompressed', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4', 'lz4_raw']) {
  const select = `select ${scores}, ${label} from range(${ROWS}) t(r)`;
  await copy(select, `codec-${codec}.parquet`, `, compression ${codec}`);
}
const words = "['cat', 'dog', 'fox'][(r * 7) % 3 + 1] as animal, 'row ' || r as name";
await copy(
  `select ${scores}, ${words} from range(${ROWS}) t(r)`,
  'version-2.parquet',
  ', parquet_version v2, compression zstd',
);
await copy(
  `select ${scores}, ${label} from range(5000) t(r)`,
  'groups.parquet',
  ', row_group_size 2048, compression zstd',
);
await copy(
  `select [${CLASSES.map((_, c) => sqlScore(c)).join(', ')}] as scores, ${label},
     [${CLASSES.map((_, c) => sqlScore(c)).join(', ')}]::float[3] as fixed,
     range(r % 3 + 1) as ragged, ['a'] as words, [[1, 2]] as nested
   from range(${ROWS}) t(r)`,
  'lists.parquet',
);
await copy(
  `select r::tinyint as i8, r::smallint as i16, -r::integer as i32, 9007199254740993 + r as i64,
     r::utinyint as u8, r::usmallint as u16, (4294967000 + r)::uinteger as u32,
     (18446744073709550000 + r)::ubigint as u64, r / 3.0::double as f64, r % 2 = 0 as flag,
     (r / 100.0)::decimal(9, 2) as d9, (r / 100.0)::decimal(18, 2) as d18,
     ('100000000000000000000'::decimal(38, 2) + r)::decimal(38, 2) as d38, 'é' || r as name,
     case when r % 3 = 0 then null else r end as gap, case when r % 3 = 0 then null else 'x' || r end as gaps,
     {a: r} as struct, map {'a': r} as map, timestamp '2024-01-01' as stamp, 'a'::blob as blob,
     uuid() is null as never, '00000000-0000-0000-0000-0000000000ff'::uuid as uuid
   from range(100) t(r)`,
  'types.parquet',
);

const columns = (rows) => ({
  ...Object.fromEntries(
    CLASSES.map((name, c) => [`p_${name}`, Float32Array.from(rows, (r) => score(r, c))]),
  ),
  label: Int32Array.from(rows, (r) => (r * 7) % 3),
});
const range = (from, to) => Array.from({ length: to - from }, (_, i) => from + i);
const batches = [
  [0, 100],
  [100, 250],
  [250, 300],
].map(([from, to]) => arrow.tableFromArrays(columns(range(from, to))).batches[0]);
const table = new arrow.Table(batches);
writeFileSync(path('plain.arrow'), arrow.tableToIPC(table, 'file'));
writeFileSync(path('plain.arrows'), arrow.tableToIPC(table, 'stream'));

const run = (command) => ({
  encode: (bytes) => new Uint8Array(execFileSync(command, ['-c', '-q'], { input: bytes })),
  decode: (bytes) => bytes,
});
flechette.setCompressionCodec(flechette.CompressionType.ZSTD, run('zstd'));
flechette.setCompressionCodec(flechette.CompressionType.LZ4_FRAME, run('lz4'));
for (const [name, codec] of [
  ['zstd', flechette.CompressionType.ZSTD],
  ['lz4', flechette.CompressionType.LZ4_FRAME],
]) {
  const packed = flechette.tableFromArrays(columns(range(0, ROWS)));
  writeFileSync(path(`${name}.arrow`), flechette.tableToIPC(packed, { format: 'file', codec }));
  writeFileSync(path(`${name}.arrows`), flechette.tableToIPC(packed, { format: 'stream', codec }));
}

/** Text for which Zstandard uses all that it has; the tests have the same line. */
const text = range(0, 3000)
  .map((r) => `{"row": ${r}, "p": ${score(r, 1).toFixed(3)}}\n`)
  .join('');
for (const level of ['-1', '-19']) {
  const packed = execFileSync('zstd', [level, '-c', '-q'], { input: text });
  writeFileSync(path(`text${level}.zst`), packed);
}

const r100 = range(0, 100);
const list = r100.map((r) => CLASSES.map((_, c) => score(r, c)));
const gap = r100.map((r) => (r % 3 === 0 ? null : r));
const types = flechette.tableFromArrays(
  {
    i8: r100,
    u16: r100,
    u32: r100.map((r) => 4294967000 + r),
    i64: r100.map((r) => 9007199254740993n + BigInt(r)),
    f16: r100.map((r) => r / 8),
    f32: r100.map((r) => score(r, 0)),
    f64: r100.map((r) => r / 3),
    flag: r100.map((r) => r % 2 === 0),
    decimal: r100.map((r) => r / 4),
    name: r100.map((r) => `é${r}`),
    long: r100.map((r) => `é${r}`),
    animal: r100.map((r) => CLASSES[(r * 7) % 3]),
    gap,
    gaps: gap.map((r) => (r === null ? null : `x${r}`)),
    fixed: list,
    list,
    longList: list,
    missing: list.map((row, r) => (r % 3 === 0 ? null : row)),
    ragged: r100.map((r) => range(0, (r % 3) + 1)),
    words: r100.map((r) => [`w${r}`]),
    struct: r100.map((r) => ({ a: r })),
    stamp: r100.map((r) => new Date(r * 1e6)),
  },
  {
    types: {
      i8: flechette.int8(),
      u16: flechette.uint16(),
      u32: flechette.uint32(),
      i64: flechette.int64(),
      f16: flechette.float16(),
      f32: flechette.float32(),
      f64: flechette.float64(),
      flag: flechette.bool(),
      decimal: flechette.decimal(9, 2, 128),
      name: flechette.utf8(),
      long: flechette.largeUtf8(),
      animal: flechette.dictionary(flechette.utf8()),
      gap: flechette.int32(),
      gaps: flechette.utf8(),
      fixed: flechette.fixedSizeList(flechette.float32(), 3),
      list: flechette.list(flechette.float32()),
      longList: flechette.largeList(flechette.float16()),
      missing: flechette.list(flechette.float32()),
      ragged: flechette.list(flechette.int32()),
      words: flechette.list(flechette.utf8()),
      struct: flechette.struct({ a: flechette.int32() }),
      stamp: flechette.timestamp(),
    },
  },
);
writeFileSync(path('types.arrow'), flechette.tableToIPC(types, { format: 'file' }));
writeFileSync(path('types.arrows'), flechette.tableToIPC(types, { format: 'stream' }));
