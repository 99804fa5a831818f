/** Which format a file has: by its name, then by its first bytes. */

import type { ByteSource, ByteStream } from '../types/dump.js';
import { isByteSource, pullUpTo } from './bytes.js';

export type Format = 'npy' | 'npz' | 'csv' | 'tsv' | 'jsonl' | 'txt';

const BY_NAME: readonly (readonly [RegExp, Format])[] = [
  [/\.npy$/i, 'npy'],
  [/\.npz$/i, 'npz'],
  [/\.csv$/i, 'csv'],
  [/\.(?:tsv|tab)$/i, 'tsv'],
  [/\.(?:jsonl|ndjson)$/i, 'jsonl'],
  [/\.(?:txt|text|labels)$/i, 'txt'],
];

/** Enough to tell the formats apart. */
const HEAD_BYTES = 64;

function byContent(head: Uint8Array): Format {
  const text = String.fromCharCode(...head);
  if (text.startsWith('\x93NUMPY')) return 'npy';
  if (text.startsWith('PK')) return 'npz';
  return /^(?:\xef\xbb\xbf)?\s*\{/.test(text) ? 'jsonl' : 'csv';
}

/** A stream that begins with bytes that were read from it already. */
function withHead(stream: ByteStream, head: Uint8Array): ByteStream {
  let rest = head;
  return {
    ...stream,
    pull(into) {
      if (rest.length === 0) return stream.pull(into);
      const count = Math.min(into.length, rest.length);
      into.set(rest.subarray(0, count));
      rest = rest.subarray(count);
      return count;
    },
  };
}

/**
 * Finds the format of an input whose name may not tell.
 * @returns the format, and the input to go on with: a stream was read into.
 */
export async function recogniseFormat(
  input: ByteSource | ByteStream,
  given: Format | undefined,
): Promise<{ readonly format: Format; readonly input: ByteSource | ByteStream }> {
  const known = given ?? BY_NAME.find(([pattern]) => pattern.test(input.name))?.[1];
  if (known !== undefined) return { format: known, input };
  const head = new Uint8Array(HEAD_BYTES);
  if (isByteSource(input)) {
    const got = await input.read(head, 0);
    return { format: byContent(head.subarray(0, got)), input };
  }
  const got = await pullUpTo(input, head);
  return { format: byContent(head.subarray(0, got)), input: withHead(input, head.slice(0, got)) };
}
