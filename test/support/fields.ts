/** Fields and dumps of bytes, read to their end. */

import { openFields, recognise } from '../../src/formats/formats.js';
import type { DumpRequest, OpenDump } from '../../src/intake/dump-request.js';
import { requireField } from '../../src/intake/name-lists.js';
import { openDump } from '../../src/intake/open-dump.js';
import type { DecimalParser } from '../../src/types/decimals.js';
import type { ByteSource, ByteStream, DumpReader } from '../../src/types/dump.js';
import {
  type Field,
  type Fields,
  type FormatName,
  type FormatOptions,
  type RowReader,
  widthOf,
} from '../../src/types/fields.js';
import type { RowTask } from '../../src/types/report.js';
import { BYTES_PER_SCORE } from '../../src/types/score-array.js';
import type { RowBuffers } from '../../src/types/scores.js';
import { memoryBytes } from './memory-bytes.js';
import { textStream } from './text.js';

export type Content = string | Uint8Array;

/** Bytes in memory; as a stream in pieces of these sizes where there are any. */
export function bytesOf(
  content: Content,
  name = 'dump.csv',
  sizes?: readonly number[],
): ByteSource | ByteStream {
  if (sizes !== undefined) return textStream(content, name, sizes);
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return memoryBytes(name, bytes);
}

/** Opens the fields of bytes. */
export async function fieldsOf(
  bytes: ByteSource | ByteStream,
  options: FormatOptions = {},
  format?: FormatName,
): Promise<Fields> {
  return openFields(await recognise(bytes, format), options);
}

/** What to read of fields: numbers of these names side by side, and texts of those. */
export interface Wanted {
  /** Left out: all. */
  readonly numbers?: readonly (string | null)[];
  readonly texts?: readonly (string | null)[];
  readonly required?: boolean;
  readonly batch?: number;
  readonly decimals?: DecimalParser | undefined;
}

/** Fields by name. @throws InputError where there is none */
export function named(
  file: Fields,
  names: readonly (string | null)[] | undefined,
): readonly Field[] {
  if (names === undefined) return file.fields;
  return names.map((name) =>
    name === null
      ? file.fields.find((field) => field.name === null)!
      : requireField(file, name, ''),
  );
}

/** Selects the fields that are wanted. */
export async function select(
  fields: Fields,
  { numbers, texts = [], required = true, decimals }: Wanted = {},
): Promise<{ readonly reader: RowReader; readonly width: number }> {
  const chosen = named(fields, numbers);
  const width = chosen.reduce((sum, field) => sum + widthOf(field), 0);
  const reader = await fields.select({
    numbers: chosen.length === 0 ? [] : [{ fields: chosen, width, required }],
    texts: named(fields, texts),
    decimals,
  });
  return { reader, width };
}

/** All rows of fields: the numbers row-major, one list of texts per field. */
export async function readFields(fields: Fields, wanted: Wanted = {}) {
  const { batch = 7 } = wanted;
  const { reader, width } = await select(fields, wanted);
  const into = width === 0 ? [] : [new Float64Array(batch * width)];
  const read = { rows: 0, numbers: [] as number[], texts: reader.texts.map((): string[] => []) };
  for (;;) {
    const count = await reader.read(into, batch);
    if (count === 0) break;
    read.rows += count;
    for (let i = 0; i < count * width; i++) read.numbers.push(into[0]![i]!);
    for (const [i, list] of read.texts.entries()) list.push(...reader.texts[i]!);
  }
  const { done } = reader.progress();
  await reader.close();
  return { ...read, done };
}

/** Memory for rows of a dump; 16-bit scores are widened. */
export function rowBuffers({ info }: DumpReader, capacity: number): RowBuffers {
  const length = capacity * info.classes;
  return {
    capacity,
    scores: BYTES_PER_SCORE[info.dtype] === 8 ? new Float64Array(length) : new Float32Array(length),
    targets: new Int32Array(capacity),
    weights: new Float64Array(capacity),
    values: new Float64Array(length),
    ...(info.softTargets && { soft: new Float64Array(length) }),
  };
}

/** All rows of a dump, whatever they hold. */
export async function readRows(reader: DumpReader, capacity = 7) {
  const { info } = reader;
  const into = rowBuffers(reader, capacity);
  const read = {
    info,
    rows: 0,
    counts: [] as number[],
    scores: [] as number[],
    targets: [] as number[],
    values: [] as number[],
    weights: [] as number[],
    soft: [] as number[],
    texts: {} as Record<string, string[]>,
  };
  for (;;) {
    const count = await reader.read(into);
    if (count === 0) break;
    read.rows += count;
    read.counts.push(count);
    const length = count * info.classes;
    read.scores.push(...into.scores.subarray(0, length));
    read.values.push(...into.values!.subarray(0, length));
    read.soft.push(...(into.soft?.subarray(0, length) ?? []));
    read.targets.push(...into.targets.subarray(0, count));
    if (info.hasWeights) read.weights.push(...into.weights.subarray(0, count));
    for (const [role, texts] of Object.entries(reader.texts?.() ?? {})) {
      read.texts[role] = [...(read.texts[role] ?? []), ...texts];
    }
  }
  const { done } = reader.progress();
  await reader.close();
  return { ...read, done };
}

/** Opens a dump that must be of one of these tasks. */
async function openOf(request: DumpRequest, ...tasks: RowTask[]): Promise<OpenDump> {
  const dump = await openDump(request);
  if (!tasks.includes(dump.task)) throw new Error(`${dump.task} was found, not ${tasks}`);
  return dump;
}

/** Opens a dump of scores with class indices. */
export async function scoreReader(request: DumpRequest): Promise<DumpReader> {
  return (await openOf(request, 'classification', 'binary')).reader;
}

/** Opens a dump of scores and reads all of it. */
export async function readDump(request: DumpRequest, capacity = 7) {
  const dump = await openOf(request, 'classification', 'binary');
  const { values: _, ...read } = await readRows(dump.reader, capacity);
  return { ...read, task: dump.task, notices: dump.notices() };
}

/** Opens a dump of values and reads all of it. */
export async function readValues(request: DumpRequest, capacity = 7) {
  const dump = await openOf(request, 'regression', 'multilabel');
  const { scores, values, targets: _, ...read } = await readRows(dump.reader, capacity);
  const { task, reason } = dump;
  return { ...read, predictions: scores, targets: values, task, reason, notices: dump.notices() };
}

/** Opens a dump of labels and reads all of it. */
export async function readLabels(request: DumpRequest, capacity = 7) {
  const dump = await openOf(request, 'labels');
  const { info, texts, weights, rows } = await readRows(dump.reader, capacity);
  const { target = [], prediction = [], ...others } = texts;
  const pairs = target.map((label, i) => ({
    target: label,
    prediction: prediction[i]!,
    weight: weights[i] ?? 1,
  }));
  return { info, pairs, texts: others, rows, notices: dump.notices() };
}

/** What a promise fails with. */
export async function errorOf(
  work: Promise<unknown>,
): Promise<Error & { readonly code?: string; readonly place?: object }> {
  return work.then(
    () => {
      throw new Error('nothing was thrown');
    },
    (error: Error) => error,
  );
}
