/** The outline of Zstandard frames, looked at before they are unpacked: memory is taken by what they claim. */

import { InputError } from '../types/errors.js';
import { MAGIC, SKIPPABLE } from './zstd-magic.js';

const WINDOW = 128 * 1024 * 1024;
const LARGEST_BLOCK = 128 * 1024;
const DICTIONARY_BYTES = [0, 1, 2, 4] as const;

/** How a frame ended: with the low half of the XXH64 of what is in it, or without. */
export interface FrameEnd {
  readonly checksum: number | null;
}

/** Walks over frames as their bytes come, without unpacking anything. */
export class FrameWalk {
  readonly #name: string;
  readonly #head = new Uint8Array(18);
  #held = 0;
  /** Bytes to skip before the next thing that is looked at. */
  #skip = 0;
  #at: 'frame' | 'block' | 'checksum' = 'frame';
  #hasChecksum = false;
  /** Whether the block that is skipped is the last of its frame. */
  #isLast = false;
  #ended: FrameEnd | null = null;
  #position = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /**
   * @returns how many of the bytes lie before the end of a frame, itself among them
   * @throws InputError `zstd-data`, `zstd-window`, `zstd-dictionary`
   */
  take(bytes: Uint8Array): number {
    this.#ended = null;
    let at = 0;
    while (at < bytes.length && this.#ended === null) {
      if (this.#skip > 0) {
        const count = Math.min(this.#skip, bytes.length - at);
        this.#skip -= count;
        this.#position += count;
        at += count;
      } else {
        this.#head[this.#held++] = bytes[at++]!;
        this.#position++;
        if (this.#at === 'frame') this.#frame();
        else if (this.#at === 'block') this.#block();
        else this.#checksum();
      }
      if (this.#isLast && this.#skip === 0) this.#endBlocks();
    }
    return at;
  }

  /** The end of the frame whose last byte the last {@link take} saw; null where it saw none. */
  get ended(): FrameEnd | null {
    return this.#ended;
  }

  /** @throws InputError `zstd-data` where a frame is not at its end */
  end(): void {
    if (this.#at !== 'frame' || this.#held > 0 || this.#skip > 0) {
      throw this.damaged('the compressed data ends too early');
    }
  }

  #block(): void {
    if (this.#held < 3) return;
    const [a, b, c] = this.#head as unknown as [number, number, number];
    const type = (a >> 1) & 3;
    const size = (a >> 3) | (b << 5) | (c << 13);
    if (type === 3) throw this.damaged('a block has a type that does not exist');
    if (size > LARGEST_BLOCK) throw this.damaged('a block is larger than blocks can be');
    this.#skip = type === 1 ? 1 : size;
    this.#held = 0;
    this.#isLast = (a & 1) === 1;
  }

  #endBlocks(): void {
    this.#isLast = false;
    if (this.#hasChecksum) {
      this.#at = 'checksum';
      return;
    }
    this.#at = 'frame';
    this.#ended = { checksum: null };
  }

  #checksum(): void {
    if (this.#held < 4) return;
    this.#ended = { checksum: new DataView(this.#head.buffer).getUint32(0, true) };
    this.#at = 'frame';
    this.#held = 0;
  }

  #frame(): void {
    const held = this.#held;
    if (held < 5) return;
    const head = this.#head;
    const view = new DataView(head.buffer);
    const magic = view.getUint32(0, true);
    if ((magic & ~15) >>> 0 === SKIPPABLE) {
      if (held < 8) return;
      this.#skip = view.getUint32(4, true);
      this.#held = 0;
      return;
    }
    if (magic !== MAGIC) throw this.damaged('what follows is no Zstandard frame');
    const flags = head[4]!;
    const isSingle = (flags & 32) !== 0;
    const dictionaryAt = isSingle ? 5 : 6;
    const dictionary = DICTIONARY_BYTES[flags & 3]!;
    const sizeAt = dictionaryAt + dictionary;
    const size = [isSingle ? 1 : 0, 2, 4, 8][flags >> 6]!;
    if (held < sizeAt + size) return;
    if (flags & 8) throw this.damaged('a frame has a flag that does not exist');
    if (head.subarray(dictionaryAt, sizeAt).some((byte) => byte !== 0)) throw this.#dictionary();
    const window = isSingle ? contentSize(view, sizeAt, size) : windowOf(head[5]!);
    if (window > WINDOW) throw this.#tooWide(window);
    this.#hasChecksum = (flags & 4) !== 0;
    this.#at = 'block';
    this.#held = 0;
  }

  damaged(problem: string): InputError {
    return new InputError('zstd-data', {
      source: this.#name,
      offset: this.#position,
      problem,
      expected: 'a Zstandard stream (`zstd -t` checks one)',
      advice: 'Copy or compress the file again.',
    });
  }

  #dictionary(): InputError {
    return new InputError('zstd-dictionary', {
      source: this.#name,
      offset: this.#position,
      problem: 'the data is compressed with a dictionary',
      advice: 'Unpack it where the dictionary is, or compress it without one.',
    });
  }

  #tooWide(window: number): InputError {
    return new InputError('zstd-window', {
      source: this.#name,
      offset: this.#position,
      problem: 'the data needs too large a window to be unpacked',
      found: `${window} bytes`,
      expected: `${WINDOW} at most, as the zstd command does without --long`,
      advice: 'Compress it again without --long or --ultra.',
    });
  }
}

function windowOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

function contentSize(view: DataView, at: number, bytes: number): number {
  if (bytes === 1) return view.getUint8(at);
  if (bytes === 2) return view.getUint16(at, true) + 256;
  if (bytes === 4) return view.getUint32(at, true);
  return Number(view.getBigUint64(at, true));
}
