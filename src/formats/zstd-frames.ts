/** Frames of Zstandard whose bytes come piece by piece: each block is unpacked when it is whole. */

import { InputError } from '../types/errors.js';
import { PackedFault } from './packed-block.js';
import { type Frame, LARGEST_BLOCK, newFrame, unpackBlock } from './unpack-zstd.js';
import { Xxh64 } from './xxh64.js';
import { PADDING, padded } from './zstd-entropy.js';
import { MAGIC, SKIPPABLE } from './zstd-magic.js';

/** As far back as copies may reach: what the zstd command allows without --long. */
const WIDEST = 128 * 1024 * 1024;
/** Room for what is unpacked, behind what copies may reach: it is moved to the front when it is used up. */
const ROOM = 8 * 1024 * 1024;
const LONGEST_HEADER = 18;
const DICTIONARY_BYTES = [0, 1, 2, 4] as const;

/** What is read next. */
type Part = 'frame' | 'block head' | 'block' | 'checksum' | 'skipped';

export class ZstdFrames {
  /** What the last {@link take} unpacked; valid until the next. */
  block: Uint8Array | null = null;
  readonly #name: string;
  readonly #held = new Uint8Array(LARGEST_BLOCK);
  #count = 0;
  #part: Part = 'frame';
  /** Bytes that the part takes. */
  #wanted = 5;
  #position = 0;
  #head = { type: 0, size: 0, isLast: false };
  #hasChecksum = false;
  #digest = new Xxh64();
  #window = 0;
  #frame: Frame = newFrame(0);
  #out = new Uint8Array(0);
  #at = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /**
   * Takes bytes up to the end of the next block.
   * @returns how many were taken
   * @throws InputError `zstd-data`, `zstd-window`, `zstd-dictionary`
   */
  take(bytes: Uint8Array): number {
    this.block = null;
    let at = 0;
    while (at < bytes.length && this.block === null) {
      const count = Math.min(this.#wanted - this.#count, bytes.length - at);
      if (this.#part !== 'skipped') this.#held.set(bytes.subarray(at, at + count), this.#count);
      this.#count += count;
      this.#position += count;
      at += count;
      if (this.#count === this.#wanted) this.#takePart();
    }
    return at;
  }

  /** @throws InputError `zstd-data` where the bytes end inside a frame */
  end(): void {
    if (this.#part === 'frame' && this.#count === 0) return;
    throw this.#damaged('the compressed data ends too early');
  }

  #next(part: Part, wanted: number): void {
    this.#part = part;
    this.#wanted = wanted;
    this.#count = 0;
  }

  #takePart(): void {
    if (this.#part === 'frame') this.#takeFrame();
    else if (this.#part === 'block head') this.#takeBlockHead();
    else if (this.#part === 'block') this.#takeBlock();
    else if (this.#part === 'checksum') this.#takeChecksum();
    else this.#next('frame', 5);
  }

  #takeFrame(): void {
    const head = this.#held;
    const view = new DataView(head.buffer, 0, LONGEST_HEADER);
    const magic = view.getUint32(0, true);
    if ((magic & ~15) >>> 0 === SKIPPABLE) {
      if (this.#count < 8) {
        this.#wanted = 8;
        return;
      }
      const length = view.getUint32(4, true);
      if (length === 0) this.#next('frame', 5);
      else this.#next('skipped', length);
      return;
    }
    if (magic !== MAGIC) throw this.#damaged('what follows is no Zstandard frame');
    const flags = head[4]!;
    const isSingle = (flags & 32) !== 0;
    const dictionaryAt = isSingle ? 5 : 6;
    const sizeAt = dictionaryAt + DICTIONARY_BYTES[flags & 3]!;
    const sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][flags >> 6]!;
    if (this.#count < sizeAt + sizeBytes) {
      this.#wanted = sizeAt + sizeBytes;
      return;
    }
    if (flags & 8) throw this.#damaged('a frame has a flag that does not exist');
    if (head.subarray(dictionaryAt, sizeAt).some((byte) => byte !== 0)) throw this.#dictionary();
    this.#window = isSingle ? contentSize(view, sizeAt, sizeBytes) : windowOf(head[5]!);
    if (this.#window > WIDEST) throw this.#tooWide();
    this.#hasChecksum = (flags & 4) !== 0;
    this.#digest = new Xxh64();
    this.#at = 0;
    this.#frame = newFrame(0);
    this.#next('block head', 3);
  }

  #takeBlockHead(): void {
    const [a, b, c] = this.#held as unknown as [number, number, number];
    const type = (a >> 1) & 3;
    const size = (a >> 3) | (b << 5) | (c << 13);
    if (type === 3) throw this.#damaged('a block has a type that does not exist');
    if (size > LARGEST_BLOCK) throw this.#damaged('a block is larger than blocks can be');
    this.#head = { type, size, isLast: (a & 1) === 1 };
    const packed = type === 1 ? 1 : size;
    if (packed === 0) this.#endBlock();
    else this.#next('block', packed);
  }

  #takeBlock(): void {
    const { type, size } = this.#head;
    this.#makeRoom();
    const out = this.#out;
    const first = this.#at;
    if (type === 2) {
      const data = padded(this.#held.subarray(0, size));
      try {
        this.#at = unpackBlock(data, PADDING, PADDING + size, this.#frame, out, first);
      } catch (cause) {
        // Codes that lead out of the bytes end in errors of the engine.
        const problem = cause instanceof PackedFault ? cause.message : 'a block is out of order';
        throw this.#damaged(problem, cause);
      }
      if (this.#at - first > LARGEST_BLOCK) {
        throw this.#damaged('a block unpacks to more than blocks can');
      }
    } else {
      if (type === 1) out.fill(this.#held[0]!, first, first + size);
      else out.set(this.#held.subarray(0, size), first);
      this.#at += size;
    }
    if (this.#at > first) {
      this.block = out.slice(first, this.#at);
      if (this.#hasChecksum) this.#digest.take(this.block);
    }
    this.#endBlock();
  }

  /** Room for a block behind as much as its copies may reach; no more than was really unpacked. */
  #makeRoom(): void {
    if (this.#at + LARGEST_BLOCK <= this.#out.length) return;
    const most = this.#window + ROOM;
    if (this.#out.length < most) {
      const grown = new Uint8Array(Math.min(most, Math.max(2 * this.#out.length, 1 << 20)));
      grown.set(this.#out.subarray(0, this.#at));
      this.#out = grown;
      return;
    }
    const from = this.#at - this.#window;
    this.#out.copyWithin(0, from, this.#at);
    this.#at = this.#window;
    this.#frame.start = Math.max(0, this.#frame.start - from);
  }

  #endBlock(): void {
    if (!this.#head.isLast) this.#next('block head', 3);
    else if (this.#hasChecksum) this.#next('checksum', 4);
    else this.#next('frame', 5);
  }

  #takeChecksum(): void {
    const found = new DataView(this.#held.buffer).getUint32(0, true);
    if (found !== this.#digest.lowHalf()) {
      throw this.#damaged('what was unpacked does not have the checksum that stands behind it');
    }
    this.#next('frame', 5);
  }

  #damaged(problem: string, cause?: unknown): InputError {
    return new InputError('zstd-data', {
      source: this.#name,
      offset: this.#position,
      problem: `the compressed data is damaged: ${problem}`,
      expected: 'a Zstandard stream (`zstd -t` checks one)',
      advice: 'Copy or compress the file again.',
      cause,
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

  #tooWide(): InputError {
    return new InputError('zstd-window', {
      source: this.#name,
      offset: this.#position,
      problem: 'the data needs too large a window to be unpacked',
      found: `${this.#window} bytes`,
      expected: `${WIDEST} at most, as the zstd command does without --long`,
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
