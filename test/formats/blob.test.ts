import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blobBytes } from '../../src/formats/blob.js';
import { InputError } from '../../src/types/errors.js';

const MEBIBYTE = 1024 * 1024;

/** A Blob that notes what is asked of it, and may be changed behind the reader's back. */
class WatchedBlob extends Blob {
  readonly asked: [start: number, end: number][] = [];
  isGone = false;

  override slice(start = 0, end = this.size): Blob {
    this.asked.push([start, end]);
    if (!this.isGone) return super.slice(start, end);
    const gone = new Blob();
    gone.arrayBuffer = () => Promise.reject(new DOMException('gone', 'NotReadableError'));
    return gone;
  }
}

function watched(length: number) {
  const bytes = Uint8Array.from({ length }, (_, i) => (i * 7919) >> 3);
  return { bytes, blob: new WatchedBlob([bytes]) };
}

describe('bytes of a Blob', () => {
  it('are those of the place, in whatever order they are read', async () => {
    const { bytes, blob } = watched(300_000);
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            goOn: fc.boolean(),
            position: fc.nat(310_000),
            length: fc.oneof(fc.nat(20), fc.nat(100_000)),
          }),
          { maxLength: 20 },
        ),
        async (reads) => {
          const source = blobBytes('x', blob);
          let at = 0;
          for (const { goOn, position, length } of reads) {
            const from = goOn ? at : position;
            const into = new Uint8Array(length);
            const got = await source.read(into, from);
            expect(got).toBeLessThanOrEqual(length);
            // 0 says that there is no more.
            expect(got === 0).toBe(length === 0 || from >= bytes.length);
            // Much faster than toEqual.
            expect(Buffer.compare(into.subarray(0, got), bytes.subarray(from, from + got))).toBe(0);
            at = from + got;
          }
        },
      ),
    );
  });

  it.each([
    [2000, 1_000_000],
    [2 * MEBIBYTE, 40 * MEBIBYTE],
  ])('are asked for in few pieces by reads of %i in order', async (length, size) => {
    const { blob } = watched(size);
    const source = blobBytes('x', blob);
    const into = new Uint8Array(length);
    let reads = 0;
    for (let at = 0; at < size; reads++) at += await source.read(into, at);
    expect(reads).toBeGreaterThanOrEqual(size / length);
    expect(blob.asked.length).toBeLessThan(2 + size / Math.min(64 * length, 8 * MEBIBYTE));
    // Each once, but for the first and last of a piece.
    expect(blob.asked.reduce((sum, [from, to]) => sum + to - from, 0)).toBe(size);
  });

  it('are asked for no more than is read where the reader jumps', async () => {
    const { blob } = watched(1_000_000);
    const source = blobBytes('x', blob);
    for (const at of [900_000, 50, 400_000]) await source.read(new Uint8Array(30), at);
    expect(blob.asked.map(([from, to]) => to - from)).toEqual([30, 30, 30]);
  });

  it('that are gone are an error with the place, at the read that needs them', async () => {
    const { blob } = watched(30 * MEBIBYTE);
    const source = blobBytes('picked.npy', blob);
    const into = new Uint8Array(4 * MEBIBYTE);
    let at = 0;
    // Until a piece is asked for ahead.
    for (let i = 0; i < 5; i++) at += await source.read(into, at);
    blob.isGone = true;
    const rest = async () => {
      while (at < blob.size) at += await source.read(into, at);
    };
    await expect(rest()).rejects.toThrow(InputError);
    await expect(source.read(into, 7)).rejects.toMatchObject({
      code: 'cannot-read',
      place: { source: 'picked.npy', offset: 7 },
    });
  });
});
