/** The header of a safetensors file: JSON from a file, every number in it a claim. */

import { InputError, quote } from '../types/errors.js';
import { memberPlace } from './member-name.js';

/** A tensor as the header describes it. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Its bytes, counted from the end of the header. */
  readonly begin: number;
  readonly end: number;
}

/** What is said of the file and of no tensor. */
const METADATA = '__metadata__';

/** NumPy's own limit on dimensions, as for npy. */
const MOST_DIMENSIONS = 64;

/** @param offset where the text begins in the file @throws InputError `safetensors-header` */
export function parseTensors(source: string, text: string, offset: number): TensorEntry[] {
  let header: unknown;
  let twice: string | null;
  try {
    twice = repeatedKey(text);
    header = JSON.parse(text);
  } catch (cause) {
    throw problem(source, offset, 'no JSON', 'a JSON object', cause);
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    throw problem(source, offset, 'JSON that is no object', 'an object of tensors by name');
  }
  if (twice !== null) {
    throw problem(source, offset, `the key ${quote(twice)} twice`, 'each key once');
  }
  return Object.entries(header)
    .filter(([name]) => name !== METADATA)
    .map(([name, entry]) => tensorOf(memberPlace(source, name), offset, name, entry));
}

function tensorOf(place: string, offset: number, name: string, entry: unknown): TensorEntry {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  const isSize = (value: unknown): value is number =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
  if (typeof dtype !== 'string') {
    throw problem(place, offset, 'a tensor without a dtype', 'dtype, shape and data_offsets');
  }
  if (!Array.isArray(shape) || shape.length > MOST_DIMENSIONS || !shape.every(isSize)) {
    const found = quote(JSON.stringify(shape) ?? 'nothing');
    throw problem(
      place,
      offset,
      `the shape ${found}`,
      'a list of whole numbers from 0 to 2^53 - 1',
    );
  }
  const isRange = Array.isArray(offsets) && offsets.length === 2 && offsets.every(isSize);
  if (!isRange || offsets[0] > offsets[1]) {
    const found = quote(JSON.stringify(offsets) ?? 'nothing');
    throw problem(place, offset, `the data_offsets ${found}`, 'a begin and an end, in this order');
  }
  const length = shape.reduce((product, size) => product * BigInt(size), 1n);
  if (length * 8n > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw problem(
      place,
      offset,
      `[${shape.join(', ')}], which overflows`,
      'less than 2^50 elements',
    );
  }
  return { name, dtype, shape, begin: offsets[0], end: offsets[1] };
}

/** Honest headers nest three levels. */
const DEEPEST = 16;

/**
 * A key that stands twice in one object: JSON.parse would keep the last.
 * @throws SyntaxError for what is no JSON, or nests too deep
 */
function repeatedKey(text: string): string | null {
  const open: (Set<string> | null)[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (character === '{' || character === '[') {
      if (open.push(character === '{' ? new Set() : null) > DEEPEST) throw new SyntaxError('deep');
    } else if (character === '}' || character === ']') open.pop();
    if (character !== '"') continue;
    const from = at++;
    while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
    let next = at + 1;
    while (next < text.length && ' \t\r\n'.includes(text[next]!)) next++;
    if (text[next] !== ':') continue;
    const key = JSON.parse(text.slice(from, at + 1)) as string;
    const keys = open.at(-1);
    if (keys?.has(key)) return key;
    keys?.add(key);
  }
  return null;
}

function problem(
  source: string,
  offset: number,
  found: string,
  expected: string,
  cause?: unknown,
): InputError {
  return new InputError('safetensors-header', {
    source,
    offset,
    problem: 'the safetensors header cannot be understood',
    found,
    expected,
    advice: 'The file is damaged; save it again.',
    cause,
  });
}
