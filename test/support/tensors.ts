/** Builds safetensors files and archives of torch.save, and broken ones for the tests that need them. */

import { joined, type ZipMember, zipBytes } from './numpy.js';

const encode = (text: string) => new TextEncoder().encode(text);

/** Bytes of each character, as pickles are written here. */
export const latin = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));

/** A safetensors file of any header: an object, or its text. */
export function safetensorsBytes(
  header: object | string,
  data: Uint8Array,
  claimed?: bigint,
): Uint8Array {
  const text = encode(typeof header === 'string' ? header : JSON.stringify(header));
  const length = new DataView(new ArrayBuffer(8));
  length.setBigUint64(0, claimed ?? BigInt(text.length), true);
  return joined([new Uint8Array(length.buffer), text, data]);
}

/** An archive of torch.save around a pickle. */
export function torchBytes(
  pickle: string | Uint8Array,
  storages: Readonly<Record<string, Uint8Array>> = {},
  others: readonly ZipMember[] = [],
): Uint8Array {
  const bytes = typeof pickle === 'string' ? latin(pickle) : pickle;
  return zipBytes([
    { name: 'archive/data.pkl', bytes },
    ...Object.entries(storages).map(([key, own]) => ({ name: `archive/data/${key}`, bytes: own })),
    ...others,
  ]);
}

const u32 = (value: number) => String.fromCharCode(...new Uint8Array(Uint32Array.of(value).buffer));

/** Opcodes of pickles. */
export const op = {
  text: (text: string) => `X${u32(encode(text).length)}${text}`,
  int: (value: number) => `J${u32(value)}`,
  tuple: (...items: string[]) => `(${items.join('')}t`,
  dict: (items: Readonly<Record<string, string>>) =>
    `}(${Object.entries(items)
      .map(([key, value]) => op.text(key) + value)
      .join('')}u`,
  global: (module: string, name: string) => `c${module}\n${name}\n`,
  pickle: (value: string) => `\x80\x02${value}.`,
};

/** A tensor as torch.save writes it. */
export function tensorPickle(
  key: string,
  shape: readonly number[],
  {
    type = 'FloatStorage',
    offset = 0,
    strides = shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * b, 1)),
    more = [],
  }: {
    type?: string;
    offset?: number;
    strides?: readonly number[];
    more?: readonly string[];
  } = {},
): string {
  const storage = op.tuple(
    op.text('storage'),
    op.global('torch', type),
    op.text(key),
    op.text('cpu'),
    op.int(0),
  );
  const args = op.tuple(
    `${storage}Q`,
    op.int(offset),
    op.tuple(...shape.map(op.int)),
    op.tuple(...strides.map(op.int)),
    '\x89',
    `${op.global('collections', 'OrderedDict')})R`,
    ...more,
  );
  return `${op.global('torch._utils', '_rebuild_tensor_v2')}${args}R`;
}
