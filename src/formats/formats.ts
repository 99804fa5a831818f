/** The formats that are read. A new one is a file beside this one and an entry here. */

import type { ByteSource, ByteStream } from '../types/dump.js';
import { InputError } from '../types/errors.js';
import type { Fields, FormatName, FormatOptions } from '../types/fields.js';
import { isByteSource, pullUpTo, streamOf } from './bytes.js';
import { refuseForeignName, refuseForeignStart } from './foreign.js';
import { gunzip, isGzip } from './gzip.js';
import { type Input, inputOf } from './input.js';
import { utf16Of } from './utf16-order.js';
import { isZstd } from './zstd-magic.js';

/** How a format is known, and opened. */
interface Format {
  /** What the names of its files end in, without `.gz`. */
  readonly endings: RegExp;
  /** Whether the first bytes of a file without such a name are of it; in the order of the list. */
  readonly starts: RegExp;
  /** Opens an input; loaded on demand, for most runs read one format alone. */
  readonly open: (input: Input, options: FormatOptions) => Promise<Fields>;
}

const csv: Format['open'] = async (input, options) =>
  (await import('./csv.js')).openCsv(input, options);
const json: Format['open'] = async (input, options) =>
  (await import('./json.js')).openJson(input, options);
/** Matches nothing, an empty file neither. */
const NEVER = /(?!)/;

const FORMATS: Readonly<Record<FormatName, Format>> = {
  npy: {
    endings: /\.npy$/i,
    starts: /^\x93NUMPY/,
    open: async (input, options) => (await import('./npy-fields.js')).openNpyFile(input, options),
  },
  npz: {
    endings: /\.npz$/i,
    starts: /^PK/,
    open: async (input, options) => (await import('./npz.js')).openNpz(input, options),
  },
  pt: {
    endings: /\.(?:pt|pth)$/i,
    // The layout of before PyTorch 1.6; a zip archive is looked into as npz.
    starts: /^\x80.\x8a\nl\xfc\x9cF\xf9/,
    open: async (input, options) => (await import('./pytorch.js')).openPytorch(input, options),
  },
  hdf5: {
    endings: /\.(?:h5|hdf5|he5|hdf)$/i,
    // Files of MATLAB begin with words of their own.
    starts: /^(?:\x89HDF\r\n|MATLAB 7\.3 MAT-file)/,
    open: async (input, options) => (await import('./hdf5.js')).openHdf5(input, options),
  },
  safetensors: {
    endings: /\.safetensors$/i,
    // A header of less than 16 MiB, in JSON.
    starts: /^[\s\S]{3}\0{5}\{/,
    open: async (input, options) =>
      (await import('./safetensors.js')).openSafetensors(input, options),
  },
  eval: {
    endings: /\.eval$/i,
    starts: NEVER,
    open: async (input, options) =>
      (await import('./inspect-log.js')).openLogArchive(input, options),
  },
  parquet: {
    endings: /\.(?:parquet|pq)$/i,
    starts: /^PAR[1E]/,
    open: async (input, options) => (await import('./parquet.js')).openParquet(input, options),
  },
  arrow: {
    endings: /\.(?:arrows?|feather|ipc)$/i,
    // A file, the older Feather, or a stream.
    starts: /^(?:ARROW1|FEA1|\xff\xff\xff\xff)/,
    open: async (input, options) => (await import('./arrow.js')).openArrow(input, options),
  },
  jsonl: { endings: /\.(?:jsonl|ndjson)$/i, starts: /^(?:\xef\xbb\xbf)?\s*\{/, open: json },
  json: { endings: /\.json$/i, starts: /^(?:\xef\xbb\xbf)?\s*\[/, open: json },
  tsv: {
    endings: /\.(?:tsv|tab)$/i,
    starts: NEVER,
    open: (input, options) => csv(input, { ...options, delimiter: options.delimiter ?? 'tab' }),
  },
  txt: {
    endings: /\.(?:txt|text|labels)$/i,
    starts: NEVER,
    open: async (input, options) => (await import('./csv.js')).openLines(input, options),
  },
  csv: { endings: /\.csv$/i, starts: /^/, open: csv },
};

/** Enough to tell the formats apart. */
const HEAD_BYTES = 64;

/** A file whose format is known. */
export interface KnownInput {
  readonly input: Input;
  readonly format: FormatName;
}

/** Packings around one another: more are no file that anyone made. */
const MOST_LAYERS = 4;

/**
 * Finds the format: as given, by the name, else by the first bytes. gzip, Zstandard and UTF-16
 * around it are taken off.
 * @throws InputError `foreign-format`, `many-layers`
 */
export async function recognise(
  bytes: ByteSource | ByteStream,
  given: FormatName | undefined,
): Promise<KnownInput> {
  let input = inputOf(bytes);
  let name = input.name;
  let head = await headOf(input);
  for (let layers = 0; ; layers++) {
    const layer = await layerOf(head);
    if (layer === null) break;
    if (layers === MOST_LAYERS) throw manyLayers(input.name);
    input = taken(input, layer.open);
    name = name.replace(layer.ending, '');
    head = await headOf(input);
  }
  const formats = Object.entries(FORMATS) as [FormatName, Format][];
  const byName = formats.find(([, { endings }]) => endings.test(name));
  const format = given ?? byName?.[0];
  if (format !== undefined) return { input, format };
  const start = String.fromCharCode(...head);
  refuseForeignName(name);
  const [found] = formats.find(([, { starts }]) => starts.test(start))!;
  // What nothing else begins like is taken for text.
  if (found === 'csv') refuseForeignStart(name, start);
  return { input, format: found };
}

/** What is around a format. */
interface Layer {
  /** What names end in because of it. */
  readonly ending: RegExp;
  readonly open: (packed: ByteStream) => ByteStream;
}

async function layerOf(head: Uint8Array): Promise<Layer | null> {
  if (isGzip(head)) return { ending: /\.gz(?:ip)?$/i, open: gunzip };
  if (isZstd(head)) {
    const { unzstd } = await import('./zstd.js');
    return { ending: /\.zst(?:d)?$/i, open: unzstd };
  }
  const order = utf16Of(head);
  if (order === null) return null;
  const { fromUtf16 } = await import('./utf16.js');
  return { ending: /$^/, open: (packed) => fromUtf16(packed, order) };
}

/** The bytes inside of a layer. They cannot seek, but begin again where the input does. */
function taken(input: Input, open: Layer['open']): Input {
  return {
    ...input,
    open() {
      const packed = input.open();
      return open(isByteSource(packed) ? streamOf(packed) : packed);
    },
  };
}

function manyLayers(source: string): InputError {
  return new InputError('many-layers', {
    source,
    problem: `the file is packed more than ${MOST_LAYERS} times`,
    advice: 'Unpack it first.',
  });
}

async function headOf(input: Input): Promise<Uint8Array> {
  const head = new Uint8Array(HEAD_BYTES);
  const bytes = input.open();
  const got = await pullUpTo(isByteSource(bytes) ? streamOf(bytes) : bytes, head);
  bytes.close();
  return head.subarray(0, got);
}

/**
 * Opens the fields of a file.
 * @throws InputError where the file is refused
 */
export function openFields(
  { input, format }: KnownInput,
  options: FormatOptions = {},
): Promise<Fields> {
  return FORMATS[format].open(input, options);
}
