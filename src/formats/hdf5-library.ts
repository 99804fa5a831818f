/** The HDF5 library, compiled to WebAssembly: an optional package, loaded when a file needs it. */

import type { ByteSource } from '../types/dump.js';
import { InputError, quote } from '../types/errors.js';
import { readExactly } from './bytes.js';

/** What is used of a dataset's description. */
export interface DatasetType {
  /** Class: 0 integer, 1 float, 3 string, 8 enumeration; others are not read. */
  readonly type: number;
  readonly size: number;
  readonly signed: boolean;
  readonly vlen: boolean;
  readonly shape: readonly number[] | null;
  readonly chunks: readonly number[] | null;
  readonly enum_type?: { readonly members: Readonly<Record<string, number>> };
}

/** What is used of the package. */
interface Library {
  readonly ready: Promise<Module>;
}

interface Module {
  readonly HEAPU8: Uint8Array;
  readonly FS: FileSystem;
  readonly H5G_GROUP: number;
  readonly H5G_DATASET: number;
  _malloc(bytes: number): number;
  _free(at: number): void;
  open(name: string, mode: number, order: boolean, low: number, high: number): bigint;
  close_file(file: bigint): number;
  get_names(file: bigint, path: string, recursive: boolean): string[];
  get_type(file: bigint, path: string): number;
  get_symbolic_link(file: bigint, path: string): string | null;
  get_dataset_metadata(file: bigint, path: string): DatasetType;
  get_dataset_data(
    file: bigint,
    path: string,
    count: readonly bigint[],
    offset: readonly bigint[],
    strides: readonly bigint[],
    at: bigint,
  ): number;
}

interface FileNode {
  stream_ops: { read: unknown };
}

interface FileSystem {
  createFile(folder: string, name: string, props: object, read: boolean, write: boolean): FileNode;
  writeFile(path: string, bytes: Uint8Array): void;
  unlink(path: string): void;
  getStream(descriptor: number): { tty?: { ops: object } } | null;
}

/** Files answer shorter reads at once, even where long ones are left to other threads. */
const PIECE = 64 * 1024;

/** What the library says of an error is longer; its last words tell. */
const LONGEST_COMPLAINT = 16 * 1024;

let files = 0;
/** What the library wrote to standard error since it was last asked. */
let complaint = '';

/** Forgets files that nobody reads any more. */
const forgotten = new FinalizationRegistry<() => void>((forget) => forget());

/** @throws InputError `hdf5-library` */
async function loadLibrary(source: string): Promise<Module> {
  try {
    const library = (await import('h5wasm')) as unknown as Library;
    const module = await library.ready;
    const tty = module.FS.getStream(2)?.tty;
    if (tty) {
      tty.ops = {
        put_char(_: unknown, code: number | null) {
          if (code !== null && complaint.length < LONGEST_COMPLAINT) {
            complaint += String.fromCharCode(code);
          }
        },
        fsync() {},
      };
    }
    return module;
  } catch (cause) {
    throw new InputError('hdf5-library', {
      source,
      problem: 'HDF5 is read by the package h5wasm, which cannot be loaded',
      found: quote(cause instanceof Error ? cause.message : String(cause)),
      expected: 'h5wasm beside logitscope',
      advice: 'Install it: npm install h5wasm.',
      cause,
    });
  }
}

/** An open file. What the library cannot do is told as an InputError. */
export class Hdf5File {
  private constructor(
    private readonly name: string,
    private readonly module: Module,
    private readonly file: bigint,
  ) {}

  /**
   * Opens a file; one that cannot be read at once, a Blob, is held in memory whole.
   * @throws InputError `hdf5-library`, `hdf5-data`, `truncated`, `memory-budget`
   */
  static async open(source: ByteSource, memoryBudget: number): Promise<Hdf5File> {
    const { name } = source;
    const module = await loadLibrary(name);
    const path = `file${files++}`;
    await mount(module.FS, path, source, memoryBudget);
    const forget = () => module.FS.unlink(`/${path}`);
    const file = attempt(name, () => module.open(`/${path}`, 0, false, -1, -1));
    if (file < 0n) {
      forget();
      throw refused(name, null);
    }
    const opened = new Hdf5File(name, module, file);
    forgotten.register(opened, () => {
      module.close_file(file);
      forget();
    });
    return opened;
  }

  /** Names in a group, and what they stand for. */
  list(group: string): readonly (readonly [name: string, is: 'group' | 'dataset' | null])[] {
    const { module, file } = this;
    return attempt(this.name, () =>
      module.get_names(file, group, false).map((name) => {
        const path = `${group === '/' ? '' : group}/${name}`;
        const type = module.get_type(file, path);
        if (type === module.H5G_DATASET) return [name, 'dataset'] as const;
        // What a link leads to has a place of its own; it may lead back here.
        const isGroup = type === module.H5G_GROUP && module.get_symbolic_link(file, path) === null;
        return [name, isGroup ? 'group' : null] as const;
      }),
    );
  }

  typeOf(path: string): DatasetType {
    return attempt(this.name, () => this.module.get_dataset_metadata(this.file, path));
  }

  /** Reads rows as they are stored, but in little-endian order, into `into`, which they fill. */
  read(path: string, shape: readonly number[], first: number, into: Uint8Array, rows: number) {
    const { module, file, name } = this;
    const [, ...inner] = shape;
    const count = [rows, ...inner].map(BigInt);
    const offset = [first, ...inner.map(() => 0)].map(BigInt);
    const at = module._malloc(into.length);
    if (at === 0) throw refused(name, 'no memory is left');
    try {
      const strides = shape.map(() => 1n);
      const status = attempt(name, () =>
        module.get_dataset_data(file, path, count, offset, strides, BigInt(at)),
      );
      if (status < 0) throw refused(name, null);
      into.set(module.HEAPU8.subarray(at, at + into.length));
    } finally {
      module._free(at);
    }
  }
}

/** Makes the source a file of the library: read when asked where it answers at once. */
async function mount(
  system: FileSystem,
  path: string,
  source: ByteSource,
  memoryBudget: number,
): Promise<void> {
  const { name, size } = source;
  const first = source.read(new Uint8Array(1), 0);
  if (typeof first === 'number') {
    const node = system.createFile('/', path, {}, true, false);
    Object.defineProperty(node, 'usedBytes', { get: () => size });
    const read = (_: unknown, heap: Uint8Array, at: number, length: number, position: number) => {
      const wanted = Math.max(0, Math.min(length, size - position));
      let done = 0;
      while (done < wanted) {
        const piece = heap.subarray(at + done, at + Math.min(wanted, done + PIECE));
        const got = source.read(piece, position + done);
        if (typeof got !== 'number' || got === 0) break;
        done += got;
      }
      return done;
    };
    node.stream_ops = { ...node.stream_ops, read };
    return;
  }
  await first;
  if (size > memoryBudget) {
    throw new InputError('memory-budget', {
      source: name,
      problem: 'an HDF5 file that is no file on disk must be held in memory whole',
      found: `${size} bytes`,
      expected: `at most ${memoryBudget} (the memory budget)`,
      advice: 'Raise the memory budget, or save the scores as npy.',
    });
  }
  const bytes = new Uint8Array(size);
  await readExactly(source, bytes, 0, 'the file');
  system.writeFile(`/${path}`, bytes);
}

/** What the library throws, and what it says without throwing, is one error. */
function attempt<T>(source: string, work: () => T): T {
  complaint = '';
  try {
    return work();
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw refused(source, cause instanceof Error ? cause.message : null, cause);
  }
}

function refused(source: string, said: string | null, cause?: unknown): InputError {
  // The innermost call stands last: `#006: …c line 577 in H5F__super_read(): truncated file: …`.
  const reasons = [...complaint.matchAll(/^ *#\d+: \S+ line \d+ in \w+\(\): (.+)$/gm)];
  const reason = reasons.at(-1)?.[1] ?? said?.split('\n')[0];
  const isCut = /truncated file/.test(reason ?? '');
  return new InputError(isCut ? 'truncated' : 'hdf5-data', {
    source,
    problem: isCut ? 'the file was cut off' : 'the HDF5 library cannot read this',
    found: reason === undefined ? undefined : quote(reason),
    expected: 'a whole HDF5 file (`h5dump -H` shows what one holds)',
    advice: 'Copy the file again, or save it again.',
    cause,
  });
}
