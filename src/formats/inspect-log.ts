/** Evaluation logs of Inspect: one JSON document, or a zip archive (`.eval`) with a member per sample. */

import type { ByteSource, ByteStream } from '../types/dump.js';
import { InputError } from '../types/errors.js';
import type { Fields, FormatOptions } from '../types/fields.js';
import { byteRange, isByteSource, pullUpTo, readExactly, streamOf } from './bytes.js';
import type { Input } from './input.js';
import { fieldsOfLog, type LogSample, logSample, type SampleLog } from './inspect-samples.js';
import { JsonRecords } from './json-records.js';
import { isList, isObject, type JsonValue, own, recordValue } from './json-value.js';
import { PackedFault } from './packed-block.js';
import { ByteWindow } from './text-window.js';
import { locateMember, readZipDirectory, type ZipEntry } from './zip.js';
import { crc32 } from './zip-crc.js';
import { inflateMember } from './zip-inflate.js';

/** Most bytes of one document, or of what is kept of all samples. */
const MOST_BYTES = 1024 ** 3;
/** Longest text that engines hold. */
const LONGEST = 480 * 1024 ** 2;
const ZSTD = 93;

/** Logs of inputs that are opened more than once. */
const logs = new WeakMap<Input, SampleLog>();

/** Whether a file begins as such a log does: `{"version": 2, "status": …`. */
export function beginsLog(head: string): boolean {
  return /^\s*\{\s*"version"\s*:\s*\d+\s*,\s*"status"\s*:\s*"/.test(head);
}

/** Opens a log that is one JSON document. @throws InputError `memory-budget`, `bad-json`, `no-rows`, `scorers` */
export async function openLogDocument(input: Input, options: FormatOptions): Promise<Fields> {
  const log = logs.get(input) ?? (await readDocument(input, options));
  logs.set(input, log);
  return fieldsOfLog(log, options.filter);
}

/** Opens an archive. @throws InputError `log-from-stream`, those of zip, `bad-json`, `no-rows`, `scorers` */
export async function openLogArchive(input: Input, options: FormatOptions): Promise<Fields> {
  const log = logs.get(input) ?? (await readArchive(input, options));
  logs.set(input, log);
  return fieldsOfLog(log, options.filter);
}

async function readDocument(
  { name, open }: Input,
  { memoryBudget = MOST_BYTES }: FormatOptions,
): Promise<SampleLog> {
  const bytes = open();
  const stream = isByteSource(bytes) ? streamOf(bytes) : bytes;
  const text = await allBytes(stream, name, Math.min(memoryBudget, LONGEST));
  const value = jsonOf(text, name);
  const samples = isObject(value) ? own(value, 'samples') : undefined;
  return {
    name,
    format: 'json',
    size: text.length,
    samples: isList(samples) ? samples.map((sample) => logSample(name, sample)) : [],
    status: statusOf(value),
  };
}

async function readArchive(
  { name, open }: Input,
  { memoryBudget = MOST_BYTES }: FormatOptions,
): Promise<SampleLog> {
  const source = open();
  if (!isByteSource(source)) {
    throw new InputError('log-from-stream', {
      source: name,
      problem: 'an archive has its directory at the end and cannot be read from a pipe',
      advice: 'Write it to a file and name that.',
    });
  }
  // Of members of one name the last counts: a sample that was run again.
  const members = new Map((await readZipDirectory(source)).map((entry) => [entry.name, entry]));
  const samples: LogSample[] = [];
  let kept = 0;
  for (const [member, entry] of members) {
    if (!/^samples\/.*\.json$/s.test(member)) continue;
    const place = `${name}[${member.slice(0, 80)}]`;
    const sample = logSample(place, await memberValue(source, entry, place, memoryBudget));
    kept += JSON.stringify(sample.value).length;
    if (kept > memoryBudget) throw tooLarge(name, memoryBudget);
    samples.push(sample);
  }
  const header = members.get('header.json');
  const status =
    header === undefined
      ? 'started'
      : statusOf(await memberValue(source, header, `${name}[header.json]`, memoryBudget));
  return { name, format: 'eval', size: source.size, samples, status };
}

function statusOf(value: JsonValue): string | null {
  const status = isObject(value) ? own(value, 'status') : undefined;
  return typeof status === 'string' ? status : null;
}

/** A member as JSON. */
async function memberValue(
  source: ByteSource,
  entry: ZipEntry,
  place: string,
  budget: number,
): Promise<JsonValue> {
  const start = await locateMember(source, entry, place, [0, 8, ZSTD]);
  const packed = byteRange(source, place, start, entry.packedSize);
  const most = Math.min(budget, LONGEST);
  if (entry.method === ZSTD) return jsonOf(await unpackMember(packed, entry, most), place);
  const stream = entry.method === 0 ? streamOf(packed) : inflateMember(packed, entry);
  return jsonOf(await allBytes(stream, place, most), place);
}

/** @throws InputError `zip-data`, `zip-size`, `zip-checksum`, `memory-budget` */
async function unpackMember(
  packed: ByteSource,
  entry: ZipEntry,
  most: number,
): Promise<Uint8Array> {
  const { unpackerOf } = await import('./unpack.js');
  const unpack = await unpackerOf('zstd');
  if (packed.size > most || entry.size > most) throw tooLarge(packed.name, most);
  const input = new Uint8Array(packed.size);
  await readExactly(packed, input, 0, 'the compressed data');
  const damaged = (problem: string, code: string, cause?: unknown) =>
    new InputError(code, {
      source: packed.name,
      problem,
      advice: 'The archive is damaged; write the log again.',
      cause,
    });
  let whole: Uint8Array;
  try {
    whole = unpack(input, entry.size);
  } catch (cause) {
    if (!(cause instanceof PackedFault)) throw cause;
    throw damaged(`the compressed data is no zstd stream: ${cause.message}`, 'zip-data', cause);
  }
  if (crc32(whole, 0) !== entry.crc) {
    throw damaged('the checksum of the member is wrong', 'zip-checksum');
  }
  return whole;
}

/** All bytes of a stream. @throws InputError `memory-budget` */
async function allBytes(stream: ByteStream, name: string, most: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const piece = new Uint8Array(256 * 1024);
    const got = await pullUpTo(stream, piece);
    size += got;
    if (size > most) throw tooLarge(name, most);
    pieces.push(piece.subarray(0, got));
    if (got < piece.length) return joined(pieces, size);
  }
}

function joined(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** @throws InputError `bad-json` with the place of what is none */
function jsonOf(bytes: Uint8Array, name: string): JsonValue {
  // To the scanner, which has words for what is wrong, a line feed ends a record.
  const line = bytes.map((byte) => (byte === 0x0a ? 0x20 : byte));
  const window = new ByteWindow({ name, size: line.length, pull: () => 0, close() {} });
  window.bytes = new Uint8Array(line.length + 1);
  window.bytes.set(line);
  window.bytes[line.length] = 0x0a;
  window.end = line.length;
  window.ended = true;
  const records = new JsonRecords(window, false);
  return recordValue(records, { start: 0, end: line.length, breaks: 0 });
}

function tooLarge(source: string, most: number): InputError {
  return new InputError('memory-budget', {
    source,
    problem: 'the log does not fit into the memory budget',
    found: `more than ${most} bytes`,
    expected: `at most ${most} bytes`,
    advice:
      'Give more with --memory-budget, or convert it to the .eval format (inspect log convert).',
  });
}
