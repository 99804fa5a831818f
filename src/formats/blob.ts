/** Bytes of a Blob or File: what a browser hands over. */

import type { ByteSource } from '../types/dump.js';
import { InputError } from '../types/errors.js';

/** Most bytes that are asked of the Blob at once: they arrive in a buffer of their own. */
const LARGEST_PIECE = 8 * 1024 * 1024;
const SMALLEST_PIECE = 64 * 1024;
/** A reader that goes on in order is given this many of its reads at once. */
const READS_PER_PIECE = 64;

/** Part of a Blob in memory. */
interface Piece {
  readonly start: number;
  readonly bytes: Uint8Array;
}

/**
 * Reads in order are served from pieces that are much larger than they are, and the
 * next piece is asked for ahead: another process answers, and its answer
 * takes milliseconds however little is asked for.
 *
 * @param name as it stands in messages.
 * @throws InputError `cannot-read` on reading a file that changed or vanished since it was picked.
 */
export function blobBytes(name: string, blob: Blob): ByteSource {
  let held: Piece = { start: 0, bytes: new Uint8Array(0) };
  let ahead: { readonly start: number; readonly piece: Promise<Piece> } | null = null;
  /** Where the last read ended. */
  let ended = 0;
  /** Pieces since the reader last went elsewhere. */
  let run = 0;

  async function fetchPiece(start: number, length: number): Promise<Piece> {
    try {
      const bytes = await blob.slice(start, Math.min(blob.size, start + length)).arrayBuffer();
      return { start, bytes: new Uint8Array(bytes) };
    } catch (cause) {
      throw new InputError('cannot-read', {
        source: name,
        offset: start,
        problem: 'the file cannot be read any more',
        advice: 'It was changed, moved or deleted after it was picked; pick it again.',
        cause,
      });
    }
  }

  /** The next piece of a reader that goes on in order. */
  async function nextPiece(start: number, length: number): Promise<Piece> {
    const piece = await (ahead?.start === start ? ahead.piece : fetchPiece(start, length));
    const end = start + piece.bytes.length;
    ahead = null;
    run++;
    // Not at once: many a reader goes on for a piece, then elsewhere.
    if (run > 1 && end < blob.size) {
      ahead = { start: end, piece: fetchPiece(end, length) };
      // It may never be asked for; if it is, the error comes then.
      ahead.piece.catch(() => {});
    }
    return piece;
  }

  return {
    name,
    size: blob.size,
    async read(into, position) {
      if (into.length === 0 || position >= blob.size) return 0;
      let piece = held;
      if (position < piece.start || position >= piece.start + piece.bytes.length) {
        const wanted = Math.min(into.length, LARGEST_PIECE);
        const several = Math.max(SMALLEST_PIECE, wanted * READS_PER_PIECE);
        if (position === ended && position > 0) {
          piece = await nextPiece(position, Math.min(LARGEST_PIECE, several));
        } else {
          run = 0;
          piece = await fetchPiece(position, wanted);
        }
        held = piece;
      }
      const from = position - piece.start;
      const part = piece.bytes.subarray(from, from + into.length);
      into.set(part);
      ended = position + part.length;
      return part.length;
    },
    close() {
      held = { start: 0, bytes: new Uint8Array(0) };
      ahead = null;
    },
  };
}
