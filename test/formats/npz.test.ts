import { readFileSync } from 'node:fs';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blobBytes } from '../../src/formats/blob.js';
import { crc32 } from '../../src/formats/zip-crc.js';
import { InputError } from '../../src/types/errors.js';
import type { Fields, FormatOptions } from '../../src/types/fields.js';
import {
  bytesOf,
  errorOf,
  fieldsOf,
  named,
  readDump,
  readFields,
  select,
} from '../support/fields.js';
import { memoryBytes } from '../support/memory-bytes.js';
import {
  joined,
  npyBytes,
  npyHead,
  plainCrc,
  slowSource,
  type ZipMember,
  zipBytes,
} from '../support/numpy.js';

const DUMPS = new URL('../oracles/dumps/', import.meta.url);
const VALUES = Array.from({ length: 600 }, (_, i) => (i * 7) % 64);
const ARRAY = npyBytes({ descr: '<f4', shape: [100, 6], values: VALUES });
const LABELS = npyBytes({ descr: '<i8', shape: [100], values: VALUES.slice(0, 100) });

const open = (bytes: Uint8Array, name = 'x.npz', options: FormatOptions = {}): Promise<Fields> =>
  fieldsOf(memoryBytes(name, bytes), options);
const members = ({ fields }: Fields) => fields.map(({ name }) => name);

/** All numbers of a member. */
async function all(fields: Fields, member = 'a'): Promise<number[]> {
  return (await readFields(fields, { numbers: [member], batch: 17 })).numbers;
}

async function readMember(bytes: Uint8Array, member = 'a', options = {}): Promise<number[]> {
  return all(await open(bytes, 'x.npz', options), member);
}

describe('npz', () => {
  it('reads the reference archives, stored and compressed, alike', async () => {
    const plain = readFileSync(new URL('digits-epochs/epoch-160.npy', DUMPS));
    const scores = await readMember(zipBytes([{ name: 'a.npy', bytes: plain }]));
    for (const name of ['digits.npz', 'digits-compressed.npz']) {
      const archive = await open(readFileSync(new URL(name, DUMPS)), name);
      expect(archive).toMatchObject({ name, format: 'npz', unit: 'member', named: true });
      expect(members(archive)).toStrictEqual(['logits', 'labels']);
      const fields = named(archive, ['logits', 'labels']);
      expect(fields[0]).toMatchObject({ content: 'real', rows: 1000, inner: [10], dtype: 'f32' });
      // Both open at once, read in turns.
      const { reader } = await select(archive, { numbers: ['labels'] });
      const groups = fields.map((field, i) => ({
        fields: [field],
        width: [10, 1][i]!,
        required: true,
      }));
      const both = await archive.select({ numbers: groups, texts: [] });
      const [logits, labels] = [new Float32Array(17 * 10), new Float64Array(17)];
      const read: number[][] = [[], []];
      for (let rows = 0; rows < 1000; ) {
        const alone = new Float64Array(17);
        const count = await both.read([logits, labels], 17);
        expect(await reader.read([alone], 17)).toBe(count);
        expect(alone).toStrictEqual(labels);
        read[0]!.push(...logits.subarray(0, 10 * count));
        read[1]!.push(...labels.subarray(0, count));
        rows += count;
        labels.fill(0);
      }
      expect(await both.read([logits, labels], 17)).toBe(0);
      expect(read[1]!.length).toBe(1000);
      expect(read[0]).toStrictEqual(scores);
    }
  });

  const layouts: readonly (readonly [string, Partial<ZipMember>, object])[] = [
    ['plain', {}, {}],
    ['a comment', {}, { comment: 'PK\x05\x06 is not the end' }],
    ['zip64 in the local header only', { localZip64: true }, {}],
    ['zip64 everywhere', { zip64: true }, { zip64: true }],
  ];
  it.each(layouts)('reads %s', async (_, member, archive) => {
    for (const deflate of [false, true]) {
      const parts = [
        // Members before it move the array to an odd offset.
        { name: 'notes.txt', bytes: new Uint8Array(3) },
        { name: 'a.npy', bytes: ARRAY, deflate, ...member },
        { name: 'folder/ü.npy', bytes: LABELS, deflate, ...member },
      ];
      const bytes = zipBytes(parts, archive);
      const opened = await open(bytes);
      expect(members(opened)).toStrictEqual(['a', 'folder/ü']);
      expect(await all(opened)).toStrictEqual(VALUES);
      expect(await readMember(bytes, 'folder/ü')).toStrictEqual(VALUES.slice(0, 100));
    }
  });

  it('reads through short pieces and from a Blob', async () => {
    const bytes = zipBytes([{ name: 'a.npy', bytes: ARRAY, deflate: true }]);
    for (const source of [
      slowSource('x', bytes, 5),
      blobBytes('x', new Blob([bytes as BlobPart])),
    ]) {
      expect(await all(await fieldsOf(source))).toStrictEqual(VALUES);
    }
  });

  it('reads Fortran order, stored and deflated', async () => {
    const bytes = npyBytes({ descr: '<f4', shape: [100, 6], values: VALUES, fortran: true });
    for (const deflate of [false, true]) {
      const zip = zipBytes([{ name: 'a.npy', bytes, deflate }]);
      expect(await readMember(zip)).toStrictEqual(VALUES);
      const tight = readMember(zip, 'a', { memoryBudget: 1000 });
      if (deflate) await expect(tight).rejects.toThrow(/found 2400 bytes; expected at most 1000/);
      else expect(await tight).toStrictEqual(VALUES);
    }
  });

  it('unpacks what deflates to many pieces', async () => {
    const values = Array.from({ length: 400_000 }, (_, i) => (i * i) % 251);
    const bytes = npyBytes({ descr: '<u2', shape: [40_000, 10], values });
    const got = await readMember(zipBytes([{ name: 'a.npy', bytes, deflate: true }]));
    expect(got.findIndex((value, i) => value !== values[i])).toBe(-1);
    expect(got.length).toBe(values.length);
  });

  it('computes CRC-32 as the polynomial says, however it is split', () => {
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (bytes, cut) => {
        expect(crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut)))).toBe(plainCrc(bytes));
      }),
    );
  });
});

const one = (member: Partial<ZipMember>, archive = {}): Uint8Array =>
  zipBytes([{ name: 'a.npy', bytes: ARRAY, ...member }], archive);
const patched = (bytes: Uint8Array, fromEnd: number, ...values: number[]): Uint8Array => {
  const copy = bytes.slice();
  copy.set(values, copy.length - fromEnd);
  return copy;
};
const damagedData = deflateRawSync(ARRAY).fill(0xff, 20, 60);
const bomb = joined([
  npyHead("{'descr': '<f4', 'fortran_order': False, 'shape': (100, 6)}"),
  new Uint8Array(50_000_000),
]);

const REFUSED: readonly (readonly [
  what: string,
  bytes: Uint8Array,
  code: string,
  message: RegExp,
])[] = [
  ['nothing', new Uint8Array(0), 'empty-input', /npz/],
  ['text', new TextEncoder().encode('id,p_0,p_1\n'.repeat(9)), 'not-zip', /no complete zip/],
  ['a cut archive', one({}).subarray(0, -30), 'not-zip', /cut off/],
  ['no arrays', zipBytes([{ name: 'a.txt', bytes: ARRAY }]), 'npz-no-arrays', /no npy member/],
  ['an empty archive', zipBytes([]), 'npz-no-arrays', /no npy member/],
  ['encryption', one({ flags: 1 }), 'zip-encrypted', /x\.npz\[a\]: the member is encrypted/],
  ['another method', one({ method: 12 }), 'zip-method', /method 12/],
  ['a part of a set', patched(one({}), 18, 1), 'zip-spanned', /several files/],
  ['entries on other disks', patched(one({}), 14, 0), 'zip-spanned', /several files/],
  [
    'more entries than there are',
    patched(one({}), 14, 9, 0, 9, 0),
    'zip-directory',
    /found 9 members in a directory/,
  ],
  [
    'two entries in the place of one',
    zipBytes([{ name: `${'n'.repeat(60)}.npy`, bytes: ARRAY }]).map((byte, i, z) =>
      i === z.length - 14 || i === z.length - 12 ? 2 : byte,
    ),
    'zip-directory',
    /no entry 1/,
  ],
  ['a directory elsewhere', patched(one({}), 6, 0, 0, 0, 0), 'zip-directory', /one that ends at/],
  [
    'bytes before the archive',
    joined([new Uint8Array(7), one({})]),
    'zip-directory',
    /one that ends at/,
  ],
  [
    'a name twice',
    zipBytes([
      { name: 'a.npy', bytes: ARRAY },
      { name: 'a.npy', bytes: LABELS },
    ]),
    'zip-directory',
    /second member "a\.npy"/,
  ],
  [
    'members on the same bytes',
    zipBytes([
      { name: 'a.npy', bytes: ARRAY },
      { name: 'b.npy', bytes: LABELS, claimedOffset: 0 },
    ]),
    'zip-overlap',
    /overlap/,
  ],
  [
    'a member that runs into the next',
    zipBytes([
      { name: 'a.npy', bytes: ARRAY, claimedPacked: ARRAY.length + 1 },
      { name: 'b.npy', bytes: LABELS },
    ]),
    'zip-overlap',
    /"a\.npy"; expected an end before/,
  ],
  ['a member past the end', one({ claimedOffset: 1e9 }), 'zip-overlap', /overlap/],
  [
    'a member of petabytes',
    one({ zip64: true, claimedPacked: 2 ** 52 }, { zip64: true }),
    'zip-overlap',
    /4503599627370496 bytes/,
  ],
  [
    'other bytes than a member',
    zipBytes([{ name: 'a.npy', bytes: ARRAY, claimedOffset: 3 }]),
    'zip-overlap',
    /overlap/,
  ],
  ['another local name', one({ localName: 'b.npy' }), 'zip-directory', /header for "b\.npy"/],
  ['a stored size that differs', one({ claimedSize: 5 }), 'zip-directory', /stored; expected 5/],
  [
    'a cut deflate stream',
    one({ deflate: true, packed: deflateRawSync(ARRAY).subarray(0, 40) }),
    'zip-data',
    /compressed data is damaged/,
  ],
  [
    'damaged deflate data',
    one({ deflate: true, packed: damagedData }),
    'zip-data',
    /compressed data is damaged/,
  ],
  ['a wrong checksum', one({ deflate: true, crc: 1 }), 'zip-checksum', /expected 00000001/],
  [
    'more than the directory says',
    one({ deflate: true, packed: deflateRawSync(bomb), bytes: ARRAY }),
    'zip-size',
    /found more; expected 2528 bytes/,
  ],
  [
    'less than the directory says',
    one({ deflate: true, bytes: ARRAY, claimedSize: ARRAY.length + 9 }),
    'zip-size',
    /found 2528 bytes; expected 2537/,
  ],
  [
    'a directory that claims terabytes',
    one({ deflate: true, zip64: true, claimedSize: 2 ** 45 }, { zip64: true }),
    'trailing-bytes',
    /byte 2528/,
  ],
  [
    'an array shorter than its header',
    one({ bytes: ARRAY.subarray(0, -4) }),
    'truncated',
    /x\.npz\[a\], byte 2524: .*found 2396 bytes of it; expected 2400/,
  ],
  [
    'the same, deflated',
    one({ bytes: ARRAY.subarray(0, -4), deflate: true }),
    'truncated',
    /found 2396 bytes of it; expected 2400/,
  ],
  [
    'two arrays in a member',
    one({ bytes: joined([ARRAY, ARRAY]), deflate: true }),
    'trailing-bytes',
    /byte 2528/,
  ],
  [
    'an empty member',
    one({ bytes: new Uint8Array(0) }),
    'empty-input',
    /x\.npz\[a\]: the input is empty/,
  ],
];

describe('npz refuses', () => {
  it.each(REFUSED)('%s', async (_, bytes, code, message) => {
    const error = await errorOf(readMember(bytes));
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toMatch(message);
    expect(error.code).toBe(code);
  });

  it('a member that is not there, and lists those that are', async () => {
    const bytes = zipBytes([
      { name: 'a.npy', bytes: ARRAY },
      { name: 'b\x1b[2J.npy', bytes: LABELS },
    ]);
    const dump = (scores: string) =>
      readDump({ predictions: memoryBytes('x.npz', bytes), names: { scores, target: 'a' } });
    await expect(dump('c')).rejects.toThrow(/no member "c"; found "a", "b\\u001b\[2J"/);
    await expect(dump('constructor')).rejects.toThrow(/no member "constructor"/);
  });

  it('a pipe, for its directory is at the end', async () => {
    await expect(fieldsOf(bytesOf(one({}), 'x.npz', [100]))).rejects.toMatchObject({
      code: 'npz-from-stream',
    });
  });

  it('members that cannot be read only where they are chosen', async () => {
    const bytes = zipBytes([
      { name: 'a.npy', bytes: ARRAY },
      { name: 'b.npy', bytes: npyHead("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}") },
      { name: 'c.npy', bytes: LABELS, method: 12 },
      { name: 'd.npy', bytes: npyHead("{'descr': '<f4', 'fortran_order': False, 'shape': ()}") },
    ]);
    expect(await readMember(bytes)).toStrictEqual(VALUES);
    for (const [member, code] of [
      ['b', 'npy-object-array'],
      ['c', 'zip-method'],
      ['d', 'npy-shape'],
    ] as const) {
      await expect(readMember(bytes, member)).rejects.toMatchObject({ code });
      const wanted = { numbers: ['a'], texts: [member] };
      await expect(open(bytes).then((fields) => readFields(fields, wanted))).rejects.toMatchObject({
        code,
      });
    }
  });

  it('any damage with an InputError, or reads the right numbers', async () => {
    for (const deflate of [false, true]) {
      const bytes = zipBytes(
        [
          { name: 'a.npy', bytes: ARRAY, deflate },
          { name: 'b.npy', bytes: LABELS, deflate, localZip64: true },
        ],
        { zip64: deflate },
      );
      const place = fc.nat(bytes.length - 1);
      await fc.assert(
        fc.asyncProperty(place, fc.integer({ min: 1, max: 255 }), async (at, flip) => {
          const copy = bytes.slice();
          copy[at]! ^= flip;
          try {
            const values = await readMember(copy);
            // Stored members have no checksum of their own that is read: only lengths are certain.
            // A shape that holds nothing is none of a dump's: what opens dumps refuses it.
            if (values.length === 0) return;
            if (deflate) expect(values).toStrictEqual(VALUES);
          } catch (error) {
            expect(error).toBeInstanceOf(InputError);
          }
        }),
        { numRuns: 400 },
      );
    }
  });

  it('reads members of several types as the widest of them', async () => {
    const columns = { '<f2': [0.5, 2], '<f4': [0.1, 3], '<f8': [0.7, 1 / 3] };
    const labels = {
      name: 'label.npy',
      bytes: npyBytes({ descr: '|u1', shape: [2], values: [0, 1] }),
    };
    const dumpOf = async (types: readonly (keyof typeof columns)[]) => {
      const members = types.map((descr, c) => ({
        name: `p_${c}.npy`,
        bytes: npyBytes({ descr, shape: [2], values: columns[descr] }),
      }));
      return readDump({ predictions: bytesOf(zipBytes([...members, labels]), 'x.npz') });
    };
    const mixed = await dumpOf(['<f2', '<f4', '<f8']);
    expect(mixed.info.dtype).toBe('f64');
    expect(mixed.scores).toStrictEqual([0.5, Math.fround(0.1), 0.7, 2, 3, 1 / 3]);
    const short = await dumpOf(['<f2', '<f4']);
    expect(short.info.dtype).toBe('f32');
    expect(short.scores).toStrictEqual([0.5, Math.fround(0.1), 2, 3]);
  });
});
