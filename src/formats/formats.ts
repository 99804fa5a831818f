/** The formats that are read. A new one is a file beside this one and an entry here. */

import type { ByteSource, ByteStream } from '../types/dump.js';
import type { Fields, FormatName, FormatOptions } from '../types/fields.js';
import { isByteSource, pullUpTo, streamOf } from './bytes.js';
import { gunzipped, isGzip } from './gzip.js';
import { type Input, inputOf } from './input.js';

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
const json: Format['open'] = async (input) => (await import('./json.js')).openJson(input);
const NEVER = /$^/;

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

/**
 * Finds the format: as given, by the name, else by the first bytes. gzip around
 * it is taken off.
 */
export async function recognise(
  bytes: ByteSource | ByteStream,
  given: FormatName | undefined,
): Promise<KnownInput> {
  let input = inputOf(bytes);
  let name = input.name;
  const head = await headOf(input);
  if (isGzip(head)) {
    input = gunzipped(input);
    name = name.replace(/\.gz(?:ip)?$/i, '');
  }
  const formats = Object.entries(FORMATS) as [FormatName, Format][];
  const byName = formats.find(([, { endings }]) => endings.test(name));
  if (given !== undefined || byName !== undefined) return { input, format: given ?? byName![0] };
  const start = String.fromCharCode(...(isGzip(head) ? await headOf(input) : head));
  return { input, format: formats.find(([, { starts }]) => starts.test(start))![0] };
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
