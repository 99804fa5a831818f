/** Zstandard and UTF-16 around text, several layers, and files that are known not to be read. */

import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blobBytes } from '../../src/formats/blob.js';
import { pullUpTo } from '../../src/formats/bytes.js';
import { unzstd } from '../../src/formats/zstd.js';
import { InputError } from '../../src/types/errors.js';
import { bytesOf, errorOf, fieldsOf, readDump, readFields } from '../support/fields.js';
import { npyBytes, slowSource, slowStream } from '../support/numpy.js';

const DIR = new URL('fixtures-packed/', import.meta.url);
const fixture = (name: string) => new Uint8Array(readFileSync(new URL(name, DIR)));
const CSV = fixture('rows.csv');
const READ = readdirSync(DIR).filter(
  (name) => name.endsWith('.zst') && !['zeros.zst', 'window-28.zst'].includes(name),
);
const TEXT = new TextDecoder().decode(CSV);

/** Everything a stream gives. */
async function all(stream: ReturnType<typeof unzstd>): Promise<Uint8Array> {
  const into = new Uint8Array(1_000_000);
  return into.subarray(0, await pullUpTo(stream, into));
}

describe('zstd', () => {
  const unpack = (bytes: Uint8Array, piece = 700) =>
    all(unzstd(slowStream('x.csv.zst', bytes, piece)));

  it.each(READ)('unpacks %s', async (name) => {
    for (const piece of [1, 7, 100_000]) expect(await unpack(fixture(name), piece)).toEqual(CSV);
  });

  it('is refused where it is cut, at every byte', async () => {
    const packed = fixture('several.zst');
    // Between frames it ends as it may.
    const ends = new Set<number>();
    for (let cut = 1; cut < packed.length; cut++) {
      const outcome = await unpack(packed.subarray(0, cut)).catch((error: unknown) => error);
      if (outcome instanceof Uint8Array) ends.add(cut);
      else expect(outcome, `cut at ${cut}`).toMatchObject({ code: 'zstd-data' });
    }
    expect(ends.size).toBeLessThanOrEqual(2);
  });

  it('whichever byte is another, ends in an error or in text', async () => {
    const packed = fixture('no-check.zst');
    await fc.assert(
      fc.asyncProperty(
        fc.nat(packed.length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (at, flip) => {
          const copy = packed.slice();
          copy[at]! ^= flip;
          const outcome = await unpack(copy).catch((error: unknown) => error);
          expect(outcome instanceof Uint8Array || outcome instanceof InputError).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('whichever byte is another, ends in an error or the same text where there is a checksum', async () => {
    const packed = fixture('piped.zst');
    await fc.assert(
      fc.asyncProperty(
        fc.nat(packed.length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (at, flip) => {
          const copy = packed.slice();
          copy[at]! ^= flip;
          const outcome = await unpack(copy).catch((error: unknown) => error);
          if (outcome instanceof Uint8Array) expect(outcome).toEqual(CSV);
          else expect(outcome).toBeInstanceOf(InputError);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('refuses too wide a window', async () => {
    const error = await errorOf(unpack(fixture('window-28.zst')));
    expect(error.code).toBe('zstd-window');
  });

  it('unpacks a bomb piece by piece', async () => {
    const stream = unzstd(slowStream('x', fixture('zeros.zst'), 1 << 16));
    const before = process.memoryUsage().rss;
    const into = new Uint8Array(1 << 20);
    let [total, most] = [0, 0];
    for (;;) {
      const got = await pullUpTo(stream, into);
      total += got;
      most = Math.max(most, process.memoryUsage().rss - before);
      if (got < into.length) break;
    }
    expect(total).toBe(2 ** 28);
    expect(most).toBeLessThan(200 * 2 ** 20);
  });
});

describe('a frame', () => {
  it('with the number of a dictionary is refused', async () => {
    const packed = fixture('level-3.zst');
    const named = new Uint8Array([...packed.subarray(0, 5), 9, ...packed.subarray(5)]);
    named[4]! |= 1;
    const error = await errorOf(all(unzstd(slowStream('x', named, 9))));
    expect(error).toMatchObject({ code: 'zstd-dictionary' });
  });
});

function utf16(text: string, isBig: boolean, mark = true): Uint8Array {
  const bytes = Buffer.from(mark ? `\ufeff${text}` : text, 'utf16le');
  return new Uint8Array(isBig ? bytes.swap16() : bytes);
}

describe('files that are packed, or in UTF-16', () => {
  it.each([
    ['x.csv.zst', fixture('level-3.zst')],
    ['x.csv', fixture('piped.zst')],
    ['x.csv', utf16(TEXT, false)],
    ['x.csv', utf16(TEXT, true)],
    ['x.csv', utf16(TEXT, false, false)],
    ['-', utf16(TEXT, true, false)],
    ['x.csv.gz', new Uint8Array(gzipSync(utf16(TEXT, false)))],
    ['x.csv.zst.gz', new Uint8Array(gzipSync(fixture('level-19.zst')))],
  ])('are read as the text is: %s', async (name, bytes) => {
    const plain = await readDump({ predictions: bytesOf(CSV, 'x.csv') });
    const inputs = [
      bytesOf(bytes, name),
      slowSource(name, bytes, 13),
      slowStream(name, bytes, 5),
      blobBytes(name, new Blob([bytes.slice()])),
    ];
    for (const input of inputs) {
      const read = await readDump({ predictions: input });
      expect(read.info.classNames).toEqual(['a', 'b']);
      expect([read.scores, read.targets]).toEqual([plain.scores, plain.targets]);
    }
  });

  it("tell a spreadsheet's letters of any alphabet", async () => {
    const text = 'label\tp_größe\tp_猫\nгрöße\t1\t2\n猫\t3\t4\n';
    const fields = await fieldsOf(bytesOf(utf16(text, false), 'x.tsv'));
    expect(fields.fields.map(({ name }) => name)).toEqual(['label', 'p_größe', 'p_猫']);
  });

  it('are refused where the text is no UTF-16, or half of a letter is missing', async () => {
    const bytes = utf16('a,b\n1,2\n'.repeat(40), false);
    bytes[101] = 0xd8;
    for (const broken of [bytes, utf16(TEXT, true).subarray(0, 999)]) {
      const reading = fieldsOf(bytesOf(broken, 'x.csv')).then((fields) => readFields(fields));
      expect(await errorOf(reading)).toMatchObject({ code: 'utf16-data' });
    }
  });

  it('are refused from the fifth layer on', async () => {
    let bytes: Uint8Array = CSV;
    for (let i = 0; i < 5; i++) bytes = new Uint8Array(gzipSync(bytes));
    expect(await errorOf(fieldsOf(bytesOf(bytes, 'x.csv.gz')))).toMatchObject({
      code: 'many-layers',
    });
  });

  it('may be arrays', async () => {
    const array = npyBytes({ descr: '<f4', shape: [2, 2], values: [1, 2, 3, 4] });
    const fields = await fieldsOf(bytesOf(gzipSync(array), 'x.npy.gz'));
    expect((await readFields(fields)).numbers).toEqual([1, 2, 3, 4]);
  });
});

describe('files of other programs', () => {
  const bytes = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));
  it.each([
    ['x.csv.bz2', bytes('BZh91AY&SY\x01\x02'), /bzip2/],
    ['x.csv.xz', bytes('\xfd7zXZ\0\0\x04'), /xz/],
    ['x', bytes('\x04"M\x18\x64\x40'), /lz4/],
    ['x.xlsx', bytes('PK\x03\x04'), /a spreadsheet.*Export the sheet/],
    ['x.db', bytes('SQLite format 3\0'), /SQLite/],
    ['x.orc', bytes('ORC'), /an ORC file/],
    ['x', bytes('Obj\x01'), /Avro/],
    ['x.pkl', bytes('\x80\x04\x95'), /pickle.*np\.savez/],
    ['x', bytes('\x80\x05\x95'), /pickle.*not run/],
    ['old.mat', bytes('MATLAB 5.0 MAT-file, Platform'), /before version 7\.3/],
    ['x.rds', bytes('RDX3\nX'), /an R data file/],
  ])('are refused by what they are: %s', async (name, content, message) => {
    const error = await errorOf(fieldsOf(bytesOf(content, name)));
    expect(error).toMatchObject({ code: 'foreign-format' });
    expect(error.message).toMatch(message);
  });

  it('are not taken for an empty file, which is said to be empty', async () => {
    for (const input of [bytesOf('', 'x'), slowStream('-', new Uint8Array(0), 5)]) {
      expect(await errorOf(fieldsOf(input))).toMatchObject({ code: 'empty-file' });
    }
  });

  it('are not text that begins alike', async () => {
    const fields = await fieldsOf(bytesOf('ORCID,p_0,p_1\na,1,2\n', 'x'));
    expect(fields.format).toBe('csv');
  });
});
