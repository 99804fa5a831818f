/** What Parquet and Arrow files are refused for: by name, with the place and what to do. */

import { describe, expect, it } from 'vitest';
import { PackedFault } from '../../src/formats/packed-block.js';
import { type Codec, unpackerOf } from '../../src/formats/unpack.js';
import { fixture, scoreOf } from '../support/column-files.js';
import { bytesOf, errorOf, fieldsOf, readFields } from '../support/fields.js';
import { joined } from '../support/numpy.js';

/** The error of reading the first column. */
async function refusal(name: string, bytes: Uint8Array, options = {}) {
  return errorOf(
    fieldsOf(bytesOf(bytes, name), options).then((file) =>
      readFields(file, { numbers: [file.fields[0]!.name] }),
    ),
  );
}

/** A file with the first occurrence of some bytes replaced by others. */
function patched(bytes: Uint8Array, from: number[], to: number[]): Uint8Array {
  const at = Buffer.from(bytes).indexOf(Buffer.from(from));
  if (at < 0) throw new Error('these bytes are not there');
  const copy = bytes.slice();
  copy.set(to, at);
  return copy;
}

const ascii = (text: string) => Array.from(Buffer.from(text, 'latin1'));
const parquet = fixture('codec-snappy.parquet');

describe('Parquet is refused', () => {
  it('where it is encrypted', async () => {
    const bytes = parquet.slice();
    bytes.set(ascii('PARE'), bytes.length - 4);
    expect(await refusal('x.parquet', bytes)).toMatchObject({ code: 'parquet-encrypted' });
  });

  it('where a codec is not read, by its name', async () => {
    const path = ascii('p_cat');
    const bytes = patched(parquet, [...path, 0x15, 0x02], [...path, 0x15, 0x06]);
    const error = await refusal('x.parquet', bytes);
    expect(error).toMatchObject({ code: 'parquet-compression', place: { column: 'p_cat' } });
    expect(error.message).toContain('LZO');
  });

  it('where a row group has another type than the schema', async () => {
    const tail = [0x18, 5, ...ascii('p_cat')];
    const at = Buffer.from(parquet).lastIndexOf(Buffer.from(tail));
    const bytes = parquet.slice();
    // The type stands before the encodings, and these before the path.
    const type = Buffer.from(bytes).lastIndexOf(Buffer.from([0x15, 0x08, 0x19]), at);
    bytes[type + 1] = 0x02;
    const error = await refusal('x.parquet', bytes);
    expect(error).toMatchObject({ code: 'parquet-metadata' });
    expect(error.message).toContain('another type');
  });

  it('where a page takes more memory than there may be', async () => {
    const error = await refusal('x.parquet', fixture('groups.parquet'), { memoryBudget: 20_000 });
    expect(error).toMatchObject({ code: 'memory-budget' });
  });

  it('where it is something else', async () => {
    expect(await refusal('x.parquet', fixture('plain.arrow'))).toMatchObject({
      code: 'not-parquet',
    });
    expect(await refusal('x.parquet', new Uint8Array(0))).toMatchObject({ code: 'empty-input' });
  });

  it('where it was cut off', async () => {
    const error = await refusal('x.parquet', parquet.subarray(0, parquet.length - 1));
    expect(error).toMatchObject({ code: 'truncated' });
  });
});

describe('Arrow is refused', () => {
  const stream = fixture('plain.arrows');

  it('where the end mark is missing, or something follows it', async () => {
    const cut = stream.subarray(0, stream.length - 8);
    expect(await refusal('x.arrows', cut)).toMatchObject({ code: 'truncated' });
    const twice = joined([stream, stream]);
    expect(await refusal('x.arrows', twice)).toMatchObject({ code: 'trailing-bytes' });
  });

  it('where it is Feather of version 1', async () => {
    const bytes = new Uint8Array([...ascii('FEA1'), 0, 0, 0, 0, ...ascii('FEA1')]);
    expect(await refusal('x.feather', bytes)).toMatchObject({ code: 'feather-v1' });
  });

  it('where it is something else', async () => {
    expect(await refusal('x.arrow', parquet)).toMatchObject({ code: 'not-arrow' });
    expect(await refusal('x.arrow', new Uint8Array(0))).toMatchObject({ code: 'empty-input' });
  });

  it('where a batch takes more memory than there may be', async () => {
    for (const name of ['plain.arrow', 'plain.arrows']) {
      const error = await refusal(name, fixture(name), { memoryBudget: 300 });
      expect(error).toMatchObject({ code: 'memory-budget' });
    }
  });
});

describe('what is packed', () => {
  const text = Array.from(
    { length: 3000 },
    (_, r) => `{"row": ${r}, "p": ${scoreOf(r, 1).toFixed(3)}}\n`,
  ).join('');

  it.each(['-1', '-19'])('comes out of zstd %s as it was', async (level) => {
    const unpack = await unpackerOf('zstd');
    const out = unpack(fixture(`text${level}.zst`), text.length);
    expect(Buffer.from(out).toString()).toBe(text);
  });

  it.each(['snappy', 'gzip', 'brotli', 'lz4', 'hadoop-lz4', 'lz4-frame', 'zstd'] as Codec[])(
    'must be %s, and of the size that is said',
    async (codec) => {
      const unpack = await unpackerOf(codec);
      const noise = Uint8Array.from({ length: 100 }, (_, i) => (i * 37) & 255);
      expect(() => unpack(noise, 1000)).toThrow(PackedFault);
      expect(() => unpack(new Uint8Array(0), 10)).toThrow(PackedFault);
      // Nothing so small holds so much.
      expect(() => unpack(noise, 2 ** 40)).toThrow(PackedFault);
    },
  );

  it('is refused where it says another size', async () => {
    const unpack = await unpackerOf('zstd');
    const packed = fixture('text-1.zst');
    for (const size of [text.length - 1, text.length + 1]) {
      expect(() => unpack(packed, size)).toThrow(PackedFault);
    }
  });
});
