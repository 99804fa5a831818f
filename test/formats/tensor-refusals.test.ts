/** Files of tensors that lie: one clear message each. */

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openDump } from '../../src/intake/open-dump.js';
import { InputError, LogitscopeError } from '../../src/types/errors.js';
import { errorOf, fieldsOf, readFields, readRows } from '../support/fields.js';
import { memoryBytes } from '../support/memory-bytes.js';
import { zipBytes } from '../support/numpy.js';
import { seeded } from '../support/rows.js';
import { latin, op, safetensorsBytes, tensorPickle, torchBytes } from '../support/tensors.js';

const FOLDER = new URL('fixtures-tensors/', import.meta.url);
const fixture = (name: string) => new Uint8Array(readFileSync(new URL(name, FOLDER)));

const data = new Uint8Array(64);
const tensor = (begin: number, end: number, shape: unknown = [2, 2], dtype: unknown = 'F32') => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});
const good = { a: tensor(0, 16), b: tensor(16, 64, [3, 4]) };

describe('a safetensors file', () => {
  it.each([
    ['empty', new Uint8Array(0), 'empty-input', /is empty/],
    ['of four bytes', data.subarray(0, 4), 'truncated', /length of the header; found 4 bytes/],
    [
      'with a header of 2^63 bytes',
      safetensorsBytes(good, data, 2n ** 63n),
      'not-safetensors',
      /found a header of 9223372036854775808 bytes/,
    ],
    ['with a header of no byte', safetensorsBytes('', data, 0n), 'not-safetensors', /of 0 bytes/],
    [
      'with a header longer than the file',
      safetensorsBytes(good, data, 100_000n),
      'truncated',
      /inside the header/,
    ],
    ['of something else', safetensorsBytes('hello, world', data), 'not-safetensors', /"hello/],
    ['without JSON', safetensorsBytes('{hello}', data), 'safetensors-header', /found no JSON/],
    ['of an open string', safetensorsBytes('{"hello', data), 'safetensors-header', /no JSON/],
    [
      'of deep JSON',
      safetensorsBytes(`{"a":${'['.repeat(1e5)}${']'.repeat(1e5)}}`, data),
      'safetensors-header',
      /no JSON/,
    ],
    [
      'with a name twice',
      safetensorsBytes(`{"a":${JSON.stringify(good.a)},"\\u0061":${JSON.stringify(good.b)}}`, data),
      'safetensors-header',
      /the key "a" twice/,
    ],
    [
      'with a key twice',
      safetensorsBytes(
        '{"a":{"dtype":"F32","shape":[16],"shape":[16],"data_offsets":[0,64]}}',
        data,
      ),
      'safetensors-header',
      /the key "shape" twice/,
    ],
    [
      'of overlapping tensors',
      safetensorsBytes({ a: tensor(0, 16), b: tensor(8, 56, [3, 4]) }, data),
      'safetensors-offsets',
      /\[b\]: tensors overlap/,
    ],
    [
      'with a gap',
      safetensorsBytes({ a: tensor(0, 16), b: tensor(24, 64, [10]) }, data),
      'safetensors-offsets',
      /there is a gap/,
    ],
    [
      'with more behind the tensors',
      safetensorsBytes({ a: tensor(0, 16) }, data),
      'safetensors-offsets',
      /48 bytes; expected the end/,
    ],
    [
      'with offsets outside',
      safetensorsBytes({ a: tensor(0, 16), b: tensor(16, 2 ** 50, [2 ** 47], 'F64') }, data),
      'truncated',
      /inside the tensors/,
    ],
    [
      'of another size than its shape',
      safetensorsBytes({ a: tensor(0, 64, [2, 2]) }, data),
      'safetensors-offsets',
      /found 64 bytes for F32 of shape \[2, 2\]; expected 16/,
    ],
    [
      'of a shape that overflows',
      safetensorsBytes({ a: tensor(0, 64, [2 ** 40, 2 ** 40]) }, data),
      'safetensors-header',
      /overflows/,
    ],
    [
      'of a negative axis',
      safetensorsBytes({ a: tensor(0, 64, [-4, -4]) }, data),
      'safetensors-header',
      /the shape "\[-4,-4\]"/,
    ],
    [
      'of offsets that go back',
      safetensorsBytes({ a: tensor(64, 0) }, data),
      'safetensors-header',
      /data_offsets "\[64,0\]"/,
    ],
    ['without a dtype', safetensorsBytes({ a: 7 }, data), 'safetensors-header', /without a dtype/],
    ['of a list', safetensorsBytes('{}', data).fill(0x5b, 8, 9), 'not-safetensors', /"\[\}/],
    ['of no tensor', safetensorsBytes({}, new Uint8Array(0)), 'no-tensors', /holds no tensor/],
  ] as [string, Uint8Array, string, RegExp][])('%s is refused', async (_, bytes, code, message) => {
    const error = await errorOf(fieldsOf(memoryBytes('x.safetensors', bytes)));
    expect(error).toBeInstanceOf(InputError);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });

  it('names a type that is not read where that tensor is chosen', async () => {
    const header = { a: tensor(0, 16), b: tensor(16, 64, [48], 'F8_E4M3') };
    const fields = await fieldsOf(memoryBytes('x.safetensors', safetensorsBytes(header, data)));
    expect((await readFields(fields, { numbers: ['a'] })).rows).toBe(2);
    const error = await errorOf(readFields(fields, { numbers: ['b'] }));
    expect(error.code).toBe('tensor-dtype');
    expect(error.message).toMatch(/x\.safetensors\[b\].*"F8_E4M3"/);
  });
});

const torch = (value: string, storages: Record<string, Uint8Array> = { 0: data }) =>
  torchBytes(op.pickle(value), storages);

describe('a file of torch.save', () => {
  it.each([
    ['empty', new Uint8Array(0), 'empty-input', /is empty/],
    ['of something else', latin('hello'), 'not-pt', /other bytes/],
    ['of a pickle alone', latin(op.pickle(op.dict({}))), 'not-pt', /Python pickle/],
    ['of arrays of NumPy', zipBytes([{ name: 'a.npy', bytes: data }]), 'not-pt', /data\.pkl/],
    ['cut off', fixture('dump.pt').subarray(0, 2000), 'not-zip', /as torch\.save writes/],
    ['of before 1.6, cut off', fixture('legacy.pt').subarray(0, 2000), 'truncated', /storage/],
    ['with code', fixture('evil.pt'), 'pickle-global', /"posix\.system"/],
    ['of before 1.6 with code', fixture('evil-legacy.pt'), 'pickle-global', /"posix\.system"/],
    ['of TorchScript', fixture('script.pt'), 'torchscript', /torch\.jit\.save/],
    ['of no tensors', torch(op.dict({ a: op.int(3) })), 'no-tensors', /holds no tensor/],
    [
      'of a name that is built',
      torch(`${op.text('os')}${op.text('system')}\x93(${op.text('id')}tR`),
      'pickle-global',
      /"os\.system"/,
    ],
    ['of an instance', torch(`(ios\nsystem\n`), 'pickle-opcode', /0x69/],
    ['of an extension', torch('\x82\x01'), 'pickle-opcode', /0x82/],
    ['of a reference to itself', torch(`]q\x00h\x00a`), 'no-tensors', /no tensor/],
    ['of an empty stack', torch('0'), 'pickle-data', /empty stack/],
    ['of no mark', torch('e'), 'pickle-data', /no mark/],
    ['of a memo without it', torch('h\x07'), 'pickle-data', /no value 7/],
    ['of a text of 4 GB', torch('X\xff\xff\xff\xff'), 'pickle-data', /4294967295 bytes/],
    ['of 2^64 bytes', torch(`\x8e${'\xff'.repeat(8)}`), 'pickle-data', /where/],
    ['without STOP', torchBytes('\x80\x02N'), 'pickle-data', /its end before STOP/],
    ['of a call of a type', torch(`${op.global('torch', 'float32')})R`), 'pickle-data', /float32/],
    [
      'of a storage that is a list',
      torch(`${op.global('torch._utils', '_rebuild_tensor_v2')}(]K\x00))tR`),
      'pickle-data',
      /cannot be right/,
    ],
    ['of many values', torch('N'.repeat(4_000_001)), 'pickle-data', /values at once/],
    ['of many objects', torch(']0'.repeat(1_000_001)), 'pickle-data', /objects/],
  ] as [string, Uint8Array, string, RegExp][])('%s is refused', async (_, bytes, code, message) => {
    const error = await errorOf(fieldsOf(memoryBytes('x.pt', bytes)));
    expect(error).toBeInstanceOf(InputError);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(existsSync('owned')).toBe(false);
  });

  it('does not go through lists that hold each other without end', async () => {
    // 2^40 paths to one tensor.
    const lists = Array.from({ length: 40 }, () => '0](h\x00h\x00eq\x00').join('');
    const bytes = torch(`${tensorPickle('0', [4])}q\x00${lists}`);
    const error = await errorOf(fieldsOf(memoryBytes('x.pt', bytes)));
    expect(['pickle-data', 'no-tensors']).toContain(error.code);
  });

  it.each([
    ['of another key', tensorPickle('1', [4]), 'tensor-storage', /no storage "1"/],
    ['longer than its storage', tensorPickle('0', [17]), 'truncated', /the tensor/],
    ['beyond its storage', tensorPickle('0', [4], { offset: 13 }), 'truncated', /the tensor/],
    [
      'of strides beyond its storage',
      tensorPickle('0', [4, 2], { strides: [5, 1] }),
      'truncated',
      /the tensor/,
    ],
    [
      'that repeats itself',
      tensorPickle('0', [2 ** 30, 4], { strides: [0, 1] }),
      'memory-budget',
      /repeats/,
    ],
    ['of no axes', tensorPickle('0', []), 'tensor-shape', /single number/],
    [
      'of too many elements',
      tensorPickle('0', [2 ** 31 - 1, 2 ** 31 - 1, 4], { strides: [4, 4, 1] }),
      'tensor-shape',
      /cannot be right/,
    ],
    [
      'of numbers that stand for others',
      tensorPickle('0', [4], { more: [op.dict({ neg: '\x88' })] }),
      'tensor-dtype',
      /"neg"/,
    ],
    [
      'of complex numbers',
      tensorPickle('0', [4], { type: 'ComplexFloatStorage' }),
      'tensor-dtype',
      /ComplexFloatStorage/,
    ],
  ] as [string, string, string, RegExp][])(
    'refuses a tensor %s where it is chosen',
    async (_, pickle, code, message) => {
      const bytes = torch(op.dict({ a: pickle, b: tensorPickle('0', [8, 2]) }));
      const fields = await fieldsOf(memoryBytes('x.pt', bytes));
      expect((await readFields(fields, { numbers: ['b'] })).rows).toBe(8);
      const error = await errorOf(readFields(fields, { numbers: ['a'] }));
      expect(error.code).toBe(code);
      expect(error.message).toMatch(message);
    },
  );

  it('holds no more than the memory budget of what cannot be streamed', async () => {
    const scattered = tensorPickle('0', [2, 2, 2], { strides: [8, 1, 4] });
    const bytes = torch(op.dict({ a: scattered }));
    const budget = { memoryBudget: 55 };
    const error = await errorOf(
      readFields(await fieldsOf(memoryBytes('x.pt', bytes), budget), { numbers: ['a'] }),
    );
    expect(error.code).toBe('memory-budget');
    const fields = await fieldsOf(memoryBytes('x.pt', bytes), { memoryBudget: 56 });
    expect((await readFields(fields, { numbers: ['a'] })).numbers.length).toBe(8);
  });

  it('reads big-endian storages, and compressed archives', async () => {
    const values = [1, 2, 3, 4, 5, 6];
    const big = new Uint8Array(24);
    for (const [i, value] of values.entries()) new DataView(big.buffer).setFloat32(i * 4, value);
    const bytes = torchBytes(op.pickle(op.dict({ a: tensorPickle('0', [3, 2]) })), { 0: big }, [
      { name: 'archive/byteorder', bytes: latin('big') },
    ]);
    const read = await readFields(await fieldsOf(memoryBytes('x.pt', bytes)), { numbers: ['a'] });
    expect(read.numbers).toStrictEqual(values);
    const little = new Uint8Array(Float32Array.from(values).buffer);
    const packed = zipBytes([
      { name: 'x/data.pkl', bytes: latin(op.pickle(tensorPickle('7', [3, 2]))), deflate: true },
      { name: 'x/data/7', bytes: little, deflate: true },
    ]);
    expect((await readFields(await fieldsOf(memoryBytes('x.pt', packed)))).numbers).toStrictEqual(
      values,
    );
  });
});

describe('damaged files of tensors', () => {
  it.each(['dump.safetensors', 'types.safetensors', 'dump.pt', 'legacy.pt', 'views.pt'])(
    '%s are refused or read',
    async (name) => {
      const random = seeded(11);
      const whole = fixture(name);
      const below = (end: number) => Math.floor(random() * end);
      const codes = new Set<string>();
      for (let round = 0; round < 400; round++) {
        let bytes = whole.slice();
        const kind = below(4);
        // Heads of files hold what lies; random bytes of scores are read.
        const place = () =>
          random() < 0.7 ? below(Math.min(bytes.length, 2200)) : below(bytes.length);
        if (kind === 0) bytes = bytes.slice(0, below(bytes.length));
        else {
          for (let i = 0; i <= below(4); i++) {
            bytes[place()] = kind === 1 ? below(256) : kind === 2 ? 0xff : bytes[place()]!;
          }
        }
        try {
          const dump = await openDump({
            predictions: memoryBytes(name, bytes),
            names:
              name === 'views.pt'
                ? { scores: 'scattered', target: 'shared.1' }
                : name[0] === 't'
                  ? { scores: 'bf16', target: 'i64' }
                  : {},
            memoryBudget: 1e6,
          });
          await readRows(dump.reader);
        } catch (error) {
          if (!(error instanceof LogitscopeError)) throw error;
          codes.add(error.code);
        }
      }
      expect(codes.size).toBeGreaterThan(3);
    },
    60_000,
  );
});
