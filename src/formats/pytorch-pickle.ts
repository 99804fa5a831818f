/** What a pickle of PyTorch may ask for, and what stands for it. */

import type { PickleRules } from './pickle.js';
import { OPAQUE, PickleDict, PickleGlobal, PickleList, PickleTuple } from './pickle-values.js';

/** Numbers of one type in a piece of the file. */
export interface Storage {
  /** `FloatStorage`; untyped ones are of bytes. */
  readonly type: string;
  readonly key: string;
  /** Elements, as the pickle claims. */
  readonly length: number;
  /** Whether it is a part of another, as very old versions wrote. */
  readonly isView: boolean;
}

/** A tensor as the pickle describes it: claims, not checked yet. */
export class Tensor {
  constructor(
    readonly storage: Storage,
    /** In elements. */
    readonly offset: number,
    readonly shape: readonly number[],
    /** In elements. */
    readonly strides: readonly number[],
    /** Where the storage does not say it: `torch.uint16`. */
    readonly dtype: string | null,
  ) {}
}

/** A NumPy array among the tensors: its elements stand in the pickle. */
export class PickledArray {
  shape: readonly unknown[] = [];
  descr: NumpyType | null = null;
  fortranOrder = false;
  data: unknown = null;
}

/** A dtype of NumPy; its byte order comes with its state. */
export class NumpyType {
  order = '|';
  constructor(readonly code: string) {}
}

class StorageRef {
  constructor(readonly storage: Storage) {}
}

const DTYPES =
  'float64 double float32 float float16 half bfloat16 int64 long int32 int int16 short int8 uint8 uint16 uint32 uint64 bool complex64 complex128 float8_e4m3fn float8_e5m2'.split(
    ' ',
  );
const STORAGES =
  'Double Float Half BFloat16 Long Int Short Char Byte Bool ComplexFloat ComplexDouble Untyped'.split(
    ' ',
  );

/** Names that stand for a value or a type, and are never called. */
const VALUES: ReadonlySet<string> = new Set([
  ...DTYPES.map((name) => `torch.${name}`),
  ...STORAGES.map((name) => `torch.${name}Storage`),
  'torch.storage.UntypedStorage',
  'torch.storage._UntypedStorage',
  'torch.storage.TypedStorage',
  'torch.storage._TypedStorage',
  'numpy.ndarray',
  // What a defaultdict makes.
  ...['list', 'dict', 'int', 'float', 'str'].flatMap((name) => [
    `__builtin__.${name}`,
    `builtins.${name}`,
  ]),
  'torch.strided',
]);

type Call = (args: readonly unknown[]) => unknown;

const isWhole = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
const isSizes = (value: unknown): value is PickleTuple & { readonly items: readonly number[] } =>
  value instanceof PickleTuple && value.items.length <= 64 && value.items.every(isWhole);

const tensor: Call = ([ref, offset, shape, strides, , , dtype]) => {
  if (!(ref instanceof StorageRef) || !isWhole(offset)) return null;
  if (!isSizes(shape) || !isSizes(strides) || shape.items.length !== strides.items.length) {
    return null;
  }
  const own = dtype instanceof PickleGlobal ? dtype.name : null;
  return new Tensor(ref.storage, offset, shape.items, strides.items, own);
};
/** What it may say beside is that the numbers stand for others: negated, conjugated. */
const tensorOf2: Call = (args) => {
  const more = args[6];
  const isOther = more instanceof PickleDict && more.entries.size > 0;
  const dtype = isOther ? new PickleGlobal([...more.entries.keys()].join(', ')) : null;
  return tensor([...args.slice(0, 4), null, null, dtype]);
};
const first: Call = ([value]) => (value instanceof Tensor ? value : null);
const opaque: Call = () => OPAQUE;
const set: Call = ([items]) =>
  items === undefined || items instanceof PickleList ? opaque([]) : null;

function ordered([pairs]: readonly unknown[]): PickleDict | null {
  const dict = new PickleDict();
  if (pairs === undefined) return dict;
  if (!(pairs instanceof PickleList)) return null;
  for (const pair of pairs.items) {
    const isPair = pair instanceof PickleTuple || pair instanceof PickleList;
    if (!isPair || pair.items.length !== 2) return null;
    dict.entries.set(pair.items[0], pair.items[1]);
  }
  return dict;
}

/** Bytes, as pickles of protocol 2 write them: text of as many characters. */
const encoded: Call = ([text, how]) => {
  if (typeof text !== 'string' || (how !== 'latin1' && how !== 'latin-1')) return null;
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0xff) return null;
    bytes[i] = code;
  }
  return bytes;
};

/** As pickles of protocol 5 hold arrays. */
const fromBuffer: Call = ([data, descr, shape, order]) => {
  const array = new PickledArray();
  if (!(descr instanceof NumpyType) || !(shape instanceof PickleTuple)) return null;
  array.shape = shape.items;
  array.descr = descr;
  array.fortranOrder = order === 'F';
  array.data = data;
  return array;
};

/** Names that may be called, and what stands for it. */
const CALLS: ReadonlyMap<string, Call> = new Map<string, Call>([
  ['torch._utils._rebuild_tensor', tensor],
  ['torch._utils._rebuild_tensor_v2', tensorOf2],
  ['torch._utils._rebuild_tensor_v3', tensor],
  ['torch._utils._rebuild_parameter', first],
  ['torch._utils._rebuild_parameter_with_state', first],
  ['torch.Size', ([sizes]) => (sizes instanceof PickleTuple ? sizes : null)],
  ['torch.device', opaque],
  ['collections.OrderedDict', ordered],
  ['collections.defaultdict', () => new PickleDict()],
  ['__builtin__.set', set],
  ['builtins.set', set],
  ['__builtin__.bytes', () => new Uint8Array(0)],
  ['builtins.bytes', () => new Uint8Array(0)],
  ['_codecs.encode', encoded],
  ...['numpy', 'numpy.core', 'numpy._core'].flatMap((numpy): [string, Call][] => [
    [`${numpy}.multiarray._reconstruct`, () => new PickledArray()],
    [`${numpy}.multiarray.scalar`, opaque],
    [`${numpy}.numeric._frombuffer`, fromBuffer],
  ]),
  ['numpy.dtype', ([code]) => (typeof code === 'string' ? new NumpyType(code) : null)],
]);

const RULES: Omit<PickleRules, 'load'> = {
  allows: (name) => CALLS.has(name) || VALUES.has(name),
  call(name, args) {
    return CALLS.get(name)?.(args) ?? null;
  },
  build(object, state) {
    if (!(state instanceof PickleTuple)) return;
    if (object instanceof NumpyType && typeof state.items[1] === 'string') {
      object.order = state.items[1];
    }
    if (!(object instanceof PickledArray)) return;
    const [, shape, descr, fortranOrder, data] = state.items;
    object.shape = shape instanceof PickleTuple ? shape.items : [OPAQUE];
    object.descr = descr instanceof NumpyType ? descr : null;
    object.fortranOrder = fortranOrder === true;
    object.data = data;
  },
};

/**
 * Reads tensors of a pickle, and nothing else.
 * @param onStorage called with each storage that a tensor is in
 */
export function tensorRules(onStorage: (storage: Storage) => void = () => {}): PickleRules {
  const load = (id: unknown) => {
    if (!(id instanceof PickleTuple)) return null;
    const [kind, type, key, , length, view] = id.items;
    if (kind !== 'storage' || !(type instanceof PickleGlobal)) return null;
    if (typeof key !== 'string' || !isWhole(length)) return null;
    const own = type.name.slice(type.name.lastIndexOf('.') + 1).replace(/^_/, '');
    const isView = view !== undefined && view !== null;
    const storage = { type: own, key, length, isView };
    onStorage(storage);
    return new StorageRef(storage);
  };
  return { ...RULES, load };
}
