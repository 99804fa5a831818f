import { describe, expect, it } from 'vitest';
import { openNpy } from '../../src/formats/npy.js';
import { InputError, UsageError } from '../../src/types/errors.js';
import { bytesOf, errorOf, fieldsOf, readFields, readLabels } from '../support/fields.js';
import { memoryBytes } from '../support/memory-bytes.js';
import { joined, type NpySpec, npyBytes, npyHead, slowStream } from '../support/numpy.js';

const head = (descr: string, shape: string, rest = ''): string =>
  `{'descr': ${descr}, 'fortran_order': False, 'shape': ${shape}${rest}}`;
const file = (header: string, bytes = 0, version = 1): Uint8Array =>
  joined([npyHead(header, version), new Uint8Array(bytes)]);
const text = (content: string): Uint8Array => new TextEncoder().encode(content);
const good = npyBytes({ descr: '<f4', shape: [3, 2], values: [1, 2, 3, 4, 5, 6] });
const longHeader = new Uint8Array([
  0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 2, 0, 0xff, 0xff, 0xff, 0x7f,
]);

const REFUSED: readonly (readonly [
  what: string,
  bytes: Uint8Array,
  code: string,
  message: RegExp,
])[] = [
  ['nothing', text(''), 'empty-input', /^x\.npy: the input is empty/],
  ['a few bytes', text('\x01\x02'), 'not-npy', /found "\\u0001\\u0002"/],
  ['text', text('id,p_0,p_1\n'), 'not-npy', /no npy file; found "id,p_0,p"/],
  ['a zip', text('PK\x03\x04aaaaaa'), 'not-npy', /zip archive.*Name it \.npz/],
  ['a pickle', new Uint8Array([0x80, 4, 0x95, 1, 2, 3, 4, 5]), 'not-npy', /pickle.*never read/],
  ['version 4', file(head("'<f4'", '(1,)'), 4, 4), 'npy-version', /found 4\.0.*1\.0, 2\.0 or 3\.0/],
  [
    'a magic alone',
    good.subarray(0, 8),
    'truncated',
    /byte 8: .* inside the header; found 0 bytes of it; expected 2/,
  ],
  [
    'half a header',
    good.subarray(0, 50),
    'truncated',
    /byte 50: .* found 40 bytes of it; expected 118/,
  ],
  ['a header of 2 GiB', longHeader, 'npy-header', /found a header of 2147483647 bytes/],
  ['no literal', file('import os'), 'npy-header', /byte 10: .* found "import os/],
  [
    'a call',
    file(head("__import__('os').system('id')", '(1,)')),
    'npy-header',
    /byte 20: .*"__import__\('os'\)/,
  ],
  ['no dict', file('(1, 2)'), 'npy-header', /expected a dict with the keys descr/],
  ['a key too many', file(head("'<f4'", '(1,)', ", 'more': 1")), 'npy-header', /keys .*"more"/],
  ['a key too few', file("{'descr': '<f4', 'shape': (1,)}"), 'npy-header', /keys "descr", "shape"/],
  [
    'a key twice',
    file(head("'<f4'", '(1,)', ", 'shape': (2,)")),
    'npy-header',
    /each key only once/,
  ],
  [
    'more after the dict',
    file(`${head("'<f4'", '(1,)')} + 1`),
    'npy-header',
    /nothing after the dict/,
  ],
  ['an open string', file("{'descr': '<f4"), 'npy-header', /the end of a string/],
  ['deep nesting', file('['.repeat(5000)), 'npy-header', /less nesting/],
  [
    'order that is no boolean',
    file("{'descr': '<f4', 'fortran_order': 1, 'shape': (1,)}"),
    'npy-header',
    /True or False/,
  ],
  [
    'bytes that are no UTF-8',
    (() => {
      const bytes = file(head("'<f4'", '(1,)'), 4, 3);
      bytes[14] = 0xff;
      return bytes;
    })(),
    'npy-header',
    /no UTF-8/,
  ],
  ['control characters', file(`${head("'<f4'", '(1,)')} \x1b[31m`), 'npy-header', /\\u001b\[31m/],
  ['objects', file(head("'|O'", '(1,)'), 8), 'npy-object-array', /pickle.*never read here/],
  [
    'objects in a structure',
    file(head("[('a', '<f4'), ('b', '|O')]", '(1,)'), 12),
    'npy-object-array',
    /pickle/,
  ],
  [
    'a structure',
    file(head("[('a', '<f4'), ('b', '<i8')]", '(1,)'), 12),
    'npy-structured',
    /one field/,
  ],
  ['bfloat16', file(head("'<V2'", '(1,)'), 2), 'npy-structured', /bfloat16/],
  ['strings', file(head("'<U5'", '(1,)'), 20), 'npy-strings', /found dtype "<U5".*np\.unique/],
  ['byte strings', file(head("'|S5'", '(1,)'), 5), 'npy-strings', /np\.unique/],
  ['complex numbers', file(head("'<c8'", '(1,)'), 8), 'npy-complex', /array\.real/],
  ['dates', file(head("'<M8[ns]'", '(1,)'), 8), 'npy-dtype', /dates/],
  ['long doubles', file(head("'<f16'", '(1,)'), 16), 'npy-dtype', /found dtype "<f16".*astype/],
  ['native order', file(head("'=f4'", '(1,)'), 4), 'npy-dtype', /"=f4"/],
  ['no order', file(head("'|f4'", '(1,)'), 4), 'npy-dtype', /"\|f4"/],
  ['a type that is nonsense', file(head("'constructor'", '(1,)'), 4), 'npy-dtype', /"constructor"/],
  ['a shape that is a list', file(head("'<f4'", '[1, 2]')), 'npy-shape', /no tuple/],
  ['a negative shape', file(head("'<f4'", '(-1, 2)')), 'npy-shape', /a dimension of -1/],
  ['a fractional shape', file(head("'<f4'", "('1', 2)")), 'npy-shape', /no integer/],
  [
    'a shape that overflows',
    file(head("'<f4'", '(4294967296, 4294967296)')),
    'npy-shape',
    /overflows/,
  ],
  [
    'a huge dimension',
    file(head("'<f4'", '(0, 18446744073709551615)')),
    'npy-shape',
    /18446744073709551615/,
  ],
  [
    'a dimension of many digits',
    file(head("'<f4'", `(${'9'.repeat(40)},)`)),
    'npy-header',
    /99999/,
  ],
  ['65 axes', file(head("'<f4'", `(${'1,'.repeat(65)})`)), 'npy-shape', /65 dimensions/],
  ['a single number', file(head("'<f4'", '()'), 4), 'npy-shape', /single number/],
  [
    'missing elements',
    good.subarray(0, -5),
    'truncated',
    /byte 147: the input ends inside the array; found 19 bytes of it; expected 24/,
  ],
  ['a second array', joined([good, good]), 'trailing-bytes', /byte 152: more bytes follow/],
  ['one byte too many', joined([good, new Uint8Array([1])]), 'trailing-bytes', /byte 152/],
  ['much padding', joined([good, new Uint8Array(4097)]), 'trailing-bytes', /byte 152/],
  [
    'three axes in Fortran order',
    file("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2, 2)}", 32),
    'npy-shape',
    /ascontiguousarray/,
  ],
];

/** Opens and reads to the end. */
async function drain(opening: ReturnType<typeof openNpy>): Promise<void> {
  const array = await opening;
  const into = new Float64Array(array.columns);
  while ((await array.readRows(into, 1)) > 0);
}

describe('npy refuses', () => {
  it.each(REFUSED)('%s', async (_, bytes, code, message) => {
    for (const input of [memoryBytes('x.npy', bytes), slowStream('x.npy', bytes, 7)]) {
      const error = await errorOf(drain(openNpy(input)));
      expect(error).toBeInstanceOf(InputError);
      expect(error.code).toBe(code);
      expect(error.message).toMatch(message);
    }
  });

  // A structure is as many fields there.
  const ofFields = REFUSED.filter(([what]) => what !== 'a structure');
  it.each(ofFields)('%s, as a file of fields', async (_, bytes, code, message) => {
    // Strings are fields of text there.
    if (code === 'npy-strings') {
      const { fields } = await fieldsOf(bytesOf(bytes, 'x.npy'));
      expect(fields[0]).toMatchObject({ content: 'text', rows: 1 });
      return;
    }
    for (const sizes of [undefined, [7]]) {
      const opening = fieldsOf(bytesOf(bytes, 'x.npy', sizes));
      const error = await errorOf(opening.then((fields) => readFields(fields)));
      expect(error).toBeInstanceOf(InputError);
      expect(error.code).toBe(code);
      expect(error.message).toMatch(message);
    }
  });

  it('a file that is too short before any row is read', async () => {
    const error = await errorOf(openNpy(memoryBytes('x.npy', good.subarray(0, -1))));
    expect(error.code).toBe('truncated');
  });

  it('a claim of terabytes from a pipe, without taking memory for it', async () => {
    const header = "{'descr': '<f4', 'fortran_order': True, 'shape': (200000000, 1000)}";
    const input = slowStream('x.npy', npyHead(header), 100);
    const error = await errorOf(openNpy(input));
    expect(error.code).toBe('memory-budget');
    expect(error.message).toMatch(/800000000000 bytes; expected at most 1073741824/);
    const short = slowStream('x.npy', joined([npyHead(header), new Uint8Array(9)]), 100);
    expect((await errorOf(openNpy(short, { memoryBudget: 2 ** 50 }))).code).toBe('truncated');
  });

  const read = async (spec: NpySpec, into: Int32Array | Float64Array | Float32Array) => {
    const array = await openNpy(memoryBytes('x.npy', npyBytes(spec)));
    return errorOf(array.readRows(into, spec.shape[0]!));
  };

  it.each([
    ['<f8', [0, 1, 1.5], 'not-an-integer', /row 2: .*found 1\.5/],
    ['<f4', [0, Number.POSITIVE_INFINITY, 1], 'not-an-integer', /row 1: .*found Infinity/],
    ['<f8', [0, 1, Number.POSITIVE_INFINITY], 'not-an-integer', /row 2: .*found Infinity/],
    ['<f8', [0, 1, 1e300], 'value-out-of-range', /row 2: .*found 1e\+300/],
    [
      '<i8',
      [0, 2n ** 31n, 1],
      'value-out-of-range',
      /row 1: .*found 2147483648; expected .*2147483647/,
    ],
    ['<i8', [0, 1, 2n ** 63n - 1n], 'value-out-of-range', /row 2: .*found 9223372036854775807;/],
    ['<u8', [0, 1, 2n ** 64n - 1n], 'value-out-of-range', /row 2: .*found 18446744073709551615;/],
    ['>i8', [-(2n ** 63n), 1, 0], 'value-out-of-range', /row 0: .*found -9223372036854775808;/],
    ['<i4', [0, -(2 ** 31), 0], 'value-out-of-range', /row 1: .*found -2147483648/],
    ['<u4', [0, 0, 2 ** 32 - 1], 'value-out-of-range', /row 2: .*found 4294967295/],
    ['|b1', [0, 1, 7], 'not-an-integer', /row 2: .*a boolean stored as 7/],
  ] as const)('targets that are none: %s %s', async (descr, values, code, message) => {
    const error = await read({ descr, shape: [3], values }, new Int32Array(3));
    expect(error).toBeInstanceOf(InputError);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });

  it('integers that a double would round, with row and column', async () => {
    for (const fortran of [false, true]) {
      const values = [1, 2, 3, 2n ** 53n + 1n];
      const spec = { descr: '<u8', shape: [2, 2], values, fortran };
      const error = await read(spec, new Float64Array(4));
      expect(error.code).toBe('value-out-of-range');
      expect(error.message).toMatch(/row 1, column 1: .*found 9007199254740993;/);
    }
  });

  it('labels that are no integers', async () => {
    const bytes = npyBytes({ descr: '<f8', shape: [2], values: [1, 0.5] });
    const predictions = memoryBytes('x.npy', bytes);
    const labels = memoryBytes('y.npy', npyBytes({ descr: '<i8', shape: [2], values: [1, 0] }));
    const error = await errorOf(readLabels({ predictions, labels, asLabels: true }));
    expect(error.code).toBe('not-an-integer');
    expect(error.message).toMatch(/row 1: .*found 0\.5/);
  });

  it('buffers that would round or hold no row', async () => {
    const spec = { descr: '<f8', shape: [1, 2], values: [1, 2] };
    const rounding = await read(spec, new Float32Array(2));
    expect(rounding).toBeInstanceOf(UsageError);
    expect(rounding.code).toBe('inexact-read');
    expect((await read(spec, new Float64Array(1))).code).toBe('buffer-too-small');
  });
});
