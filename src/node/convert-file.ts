/** Files converted to other formats. */

import { decimalsOf } from '../engine/decimals.js';
import { openAgainFile } from '../intake/files.js';
import type { ConvertFields, TargetForm } from '../run/convert-columns.js';
import { convertDump } from '../run/convert-dump.js';
import type { Progress } from '../run/dump-options.js';
import type { Converted, OutFormat } from '../types/converted.js';
import type { ByteSource } from '../types/dump.js';
import { InputError, UsageError } from '../types/errors.js';
import type { FormatName, FormatOptions } from '../types/fields.js';
import type { ByteSink } from '../types/score-output.js';
import type { TableLayout, TableWriter } from '../types/table-output.js';
import { requireOther } from './apply-file.js';
import { loadCore } from './core.js';
import { openInput } from './file-request.js';
import { openFile } from './files.js';
import { OutFile, turns } from './out-file.js';

/** Options of {@link convertFile}. */
export interface ConvertFileOptions extends ConvertFields, FormatOptions {
  /** Format of the input; default what its name and first bytes say. */
  readonly format?: FormatName | undefined;
  /** Format of the output; default what its name says. */
  readonly to?: OutFormat | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

interface Target {
  readonly ending: RegExp;
  readonly form: TargetForm;
  readonly open: (layout: TableLayout, sink: ByteSink) => Promise<TableWriter>;
}

const ARRAYS = {
  isOneArray: false,
  hasArrays: true,
  hasKeys: false,
  hasBrain: false,
  hasWidths: true,
  hasGaps: false,
};
const TABLE = {
  isOneArray: false,
  hasArrays: false,
  hasKeys: false,
  hasBrain: false,
  hasWidths: false,
  hasGaps: true,
};
const arrays = () => import('../formats/write-arrays.js');
const text = () => import('../formats/write-text.js');

const TARGETS: Readonly<Record<OutFormat, Target>> = {
  npy: {
    ending: /\.npy$/i,
    form: { ...ARRAYS, isOneArray: true },
    open: async (layout, sink) => (await arrays()).npyTable(layout, sink),
  },
  npz: {
    ending: /\.npz$/i,
    form: ARRAYS,
    open: async (layout, sink) => (await arrays()).npzTable(layout, sink),
  },
  safetensors: {
    ending: /\.safetensors$/i,
    form: { ...ARRAYS, hasBrain: true },
    open: async (layout, sink) => (await arrays()).safetensorsTable(layout, sink),
  },
  parquet: {
    ending: /\.(?:parquet|pq)$/i,
    form: TABLE,
    open: async (layout, sink) =>
      (await import('../formats/write-parquet.js')).parquetTable(layout, sink),
  },
  csv: {
    ending: /\.csv$/i,
    form: { ...TABLE, hasBrain: true },
    open: async (layout, sink) => (await text()).csvTable(layout, sink),
  },
  jsonl: {
    ending: /\.(?:jsonl|ndjson)$/i,
    form: { ...TABLE, hasArrays: true, hasKeys: true, hasBrain: true },
    open: async (layout, sink) => (await text()).jsonLinesTable(layout, sink),
  },
};

/**
 * Copies a file to another format, in the memory of a batch. Numbers keep their bits where the
 * format has their type, integers stay integers. The file appears when it is whole.
 *
 * @param path any format that is read; `-` reads standard input
 * @param out its ending says the format: npy, npz, safetensors, parquet, csv or jsonl
 * @throws UsageError `out-format`, `same-file`, `cannot-write`; InputError `several-fields`, `no-fields`,
 *   `cannot-hold`, `unknown-column`, and where the file cannot be read
 */
export async function convertFile(
  path: string,
  out: string,
  options: ConvertFileOptions = {},
): Promise<Converted> {
  const { format, to, onProgress } = options;
  const known = to ?? formatOf(out);
  const { form, open } = TARGETS[known];
  requireOther(path, out, out);
  const pause = turns();
  const copy = await readable(path, out, pause);
  const bytes = copy?.bytes ?? openInput(path);
  let file: OutFile | null = null;
  try {
    const dump = await openAgainFile(bytes, format, () => options);
    const { rows, columns, notices } = await convertDump(dump, {
      ...{ chosen: options, form, pause, onProgress },
      decimals: decimalsOf(loadCore, 'simd'),
      open: async (layout) => {
        file = new OutFile(out);
        return open(layout, file);
      },
    });
    (file as OutFile | null)?.keep();
    const fields = columns.map(({ name, type, inner }) => ({
      name,
      type,
      shape: [rows, ...inner],
    }));
    return {
      schema: 'logitscope.converted/1',
      source: dump.fields.name,
      out,
      format: known,
      rows,
      fields,
      notices,
    };
  } finally {
    (file as OutFile | null)?.drop();
    await bytes.close();
    copy?.file.drop();
  }
}

/** @throws UsageError `out-format` */
function formatOf(out: string): OutFormat {
  const found = Object.entries(TARGETS).find(([, { ending }]) => ending.test(out));
  if (found !== undefined) return found[0] as OutFormat;
  throw new UsageError(
    'out-format',
    `${out}: the ending must be .npy, .npz, .safetensors, .parquet, .csv or .jsonl, which says what to write; or say it with --to.`,
  );
}

const PIECE = 1024 * 1024;

/** A copy beside the output of what can be read only once; null where that is a file. */
async function readable(
  path: string,
  out: string,
  pause: () => Promise<void>,
): Promise<{ readonly file: OutFile; readonly bytes: ByteSource } | null> {
  const stream = openInput(path);
  if ('read' in stream) {
    await stream.close();
    return null;
  }
  const file = new OutFile(out);
  try {
    const piece = new Uint8Array(PIECE);
    for (;;) {
      const got = await stream.pull(piece);
      if (got === 0) break;
      file.write(piece.subarray(0, got));
      await pause();
    }
    if (file.size === 0) {
      throw new InputError('empty-input', {
        source: stream.name,
        problem: 'there is nothing to read',
        expected: 'a file of predictions',
      });
    }
    return { file, bytes: { ...openFile(file.temporary), name: stream.name } };
  } catch (error) {
    file.drop();
    throw error;
  } finally {
    await stream.close();
  }
}
