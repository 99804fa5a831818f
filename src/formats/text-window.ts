/** A sliding window over a stream of text, for scanners that need a whole record at once. */

import type { ByteStream } from '../types/dump.js';
import { InputError } from '../types/errors.js';

/** Bytes that the window holds before a long record makes it grow. */
const FIRST_CAPACITY = 1 << 18;

/**
 * The unread bytes of a stream, `bytes[start … end)`. A line feed stands at
 * `bytes[end]`, so that scanners need not compare with `end` for every byte: a
 * record that reaches `end` was cut, unless the stream has {@link ended}.
 */
export class ByteWindow {
  bytes = new Uint8Array(FIRST_CAPACITY + 1);
  start = 0;
  end = 0;
  ended = false;
  /** How often {@link more} has changed the bytes. */
  fills = 0;
  /** Bytes of the stream that lie before `bytes[0]`. */
  private before = 0;

  constructor(private readonly stream: ByteStream) {}

  get name(): string {
    return this.stream.name;
  }

  /** Place in the stream of `bytes[index]`. */
  offset(index: number): number {
    return this.before + index;
  }

  /** How far along, in bytes. */
  progress(): { readonly done: number; readonly total: number | null } {
    return { done: this.offset(this.start), total: this.stream.size };
  }

  /**
   * Fetches more bytes behind the unread ones, which move to the front. Fills
   * the window before it returns, so that a cut record is scanned again at most
   * once per doubling, however small the pieces that the stream gives.
   * @returns false when nothing came because the stream has ended.
   */
  async more(): Promise<boolean> {
    if (this.ended) return false;
    const unread = this.end - this.start;
    const target =
      unread > this.bytes.length >> 1 ? new Uint8Array(this.bytes.length * 2) : this.bytes;
    target.set(this.bytes.subarray(this.start, this.end));
    this.bytes = target;
    this.before += this.start;
    this.start = 0;
    this.end = unread;
    const capacity = target.length - 1;
    while (this.end < capacity) {
      const pulled = this.stream.pull(target.subarray(this.end, capacity));
      const count = typeof pulled === 'number' ? pulled : await pulled;
      if (count === 0) {
        this.ended = true;
        break;
      }
      this.end += count;
    }
    target[this.end] = 0x0a;
    this.fills++;
    return this.end > unread;
  }

  /**
   * Reads the first bytes and passes over a UTF-8 byte order mark.
   * @throws InputError `empty-file`, `not-text` (zero bytes, as in binary files).
   */
  async open(): Promise<void> {
    await this.more();
    const { bytes, end, name } = this;
    if (end === 0) {
      throw new InputError('empty-file', { source: name, problem: 'the file is empty' });
    }
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf && end >= 3) this.start = 3;
    const zero = bytes.subarray(0, Math.min(end, 4096)).indexOf(0);
    if (zero >= 0) {
      throw new InputError('not-text', {
        source: name,
        offset: zero,
        problem: 'the file is not text',
        found: 'a zero byte',
        expected: 'UTF-8 text',
        advice: 'If it is a binary dump, its name should end in .npy or .npz.',
      });
    }
  }

  async close(): Promise<void> {
    await this.stream.close();
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Short ASCII text is put together by hand: a decoder's call costs more than the text. */
const SHORT_TEXT = 24;

/** The last short texts by a hash of their bytes: labels repeat, and a string that is there need not be made. */
const recent: string[] = new Array<string>(1024).fill('');

/** ASCII as text: the one that was made last of bytes with this hash, if it is the same. */
function recentText(bytes: Uint8Array, start: number, end: number, slot: number): string {
  const before = recent[slot]!;
  if (before.length === end - start) {
    let at = 0;
    while (start + at < end && before.charCodeAt(at) === bytes[start + at]) at++;
    if (start + at === end) return before;
  }
  let text = '';
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at]!);
  recent[slot] = text;
  return text;
}

/**
 * Bytes as text.
 * @returns null where the bytes are not UTF-8.
 */
export function decodeText(bytes: Uint8Array, start: number, end: number): string | null {
  if (end - start <= SHORT_TEXT) {
    let hash = 0;
    let bits = 0;
    for (let at = start; at < end; at++) {
      const byte = bytes[at]!;
      hash = (Math.imul(hash, 31) + byte) | 0;
      bits |= byte;
    }
    if (bits < 0x80) return recentText(bytes, start, end, hash & 1023);
  }
  try {
    return utf8.decode(bytes.subarray(start, end));
  } catch {
    return null;
  }
}
