/**
 * XXH64 of bytes as they come (xxhash.com, specification 0.1.1): the checksum of Zstandard frames.
 * Numbers of 64 bits are two halves of 32, for BigInt would take longer than unpacking.
 */

// Primes, high and low half.
const P1 = [0x9e3779b1, 0x85ebca87] as const;
const P2 = [0xc2b2ae3d, 0x27d4eb4f] as const;
const P3 = [0x165667b1, 0x9e3779f9] as const;
const P4 = [0x85ebca77, 0xc2b2ae63] as const;
const P5 = [0x27d4eb2f, 0x165667c5] as const;
const STRIPE = 32;

/** Halves of the last result, high and low: a function has one value, and numbers in memory are not boxed. */
const out = new Uint32Array(2);

function multiply(ah: number, al: number, by: readonly [number, number]): void {
  const [bh, bl] = by;
  const a0 = al & 0xffff;
  const a1 = al >>> 16;
  const b0 = bl & 0xffff;
  const b1 = bl >>> 16;
  const p00 = Math.imul(a0, b0) >>> 0;
  const middle = (Math.imul(a1, b0) >>> 0) + (p00 >>> 16);
  const cross = (Math.imul(a0, b1) >>> 0) + (middle & 0xffff);
  out[1] = ((cross << 16) | (p00 & 0xffff)) >>> 0;
  const carry = (Math.imul(a1, b1) + (middle >>> 16) + (cross >>> 16)) | 0;
  out[0] = (carry + Math.imul(ah, bl) + Math.imul(al, bh)) >>> 0;
}

function rotate(h: number, l: number, by: number): void {
  const isLong = by >= 32;
  const top = isLong ? l : h;
  const bottom = isLong ? h : l;
  const left = by & 31;
  out[0] = ((top << left) | (bottom >>> (32 - left))) >>> 0;
  out[1] = ((bottom << left) | (top >>> (32 - left))) >>> 0;
}

function add(ah: number, al: number, bh: number, bl: number): void {
  const sum = al + bl;
  out[1] = sum >>> 0;
  out[0] = (ah + bh + (sum > 0xffffffff ? 1 : 0)) >>> 0;
}

/** rotl(acc + word · P2, 31) · P1 */
function round(h: number, l: number, wordHigh: number, wordLow: number): void {
  multiply(wordHigh, wordLow, P2);
  add(h, l, out[0]!, out[1]!);
  rotate(out[0]!, out[1]!, 31);
  multiply(out[0]!, out[1]!, P1);
}

/** A digest that takes bytes in pieces of any length. */
export class Xxh64 {
  readonly #lanes = new Uint32Array(8);
  readonly #rest = new Uint8Array(STRIPE);
  #held = 0;
  #length = 0;

  constructor() {
    const lanes = this.#lanes;
    add(P1[0], P1[1], P2[0], P2[1]);
    lanes.set([out[0]!, out[1]!, P2[0], P2[1], 0, 0]);
    // −P1
    add(~P1[0] >>> 0, ~P1[1] >>> 0, 0, 1);
    lanes.set([out[0]!, out[1]!], 6);
  }

  take(bytes: Uint8Array): void {
    this.#length += bytes.length;
    let at = 0;
    if (this.#held > 0) {
      at = Math.min(STRIPE - this.#held, bytes.length);
      this.#rest.set(bytes.subarray(0, at), this.#held);
      this.#held += at;
      if (this.#held < STRIPE) return;
      this.#stripes(this.#rest, 0, STRIPE);
      this.#held = 0;
    }
    const whole = at + Math.floor((bytes.length - at) / STRIPE) * STRIPE;
    this.#stripes(bytes, at, whole);
    this.#rest.set(bytes.subarray(whole));
    this.#held = bytes.length - whole;
  }

  #stripes(bytes: Uint8Array, from: number, end: number): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const lanes = this.#lanes;
    for (let at = from; at < end; at += STRIPE) {
      for (let lane = 0; lane < 8; lane += 2) {
        const place = at + 4 * lane;
        round(
          lanes[lane]!,
          lanes[lane + 1]!,
          view.getUint32(place + 4, true),
          view.getUint32(place, true),
        );
        lanes[lane] = out[0]!;
        lanes[lane + 1] = out[1]!;
      }
    }
  }

  /** The low half of the digest, which is what a frame ends with. */
  lowHalf(): number {
    if (this.#length < STRIPE) add(0, 0, P5[0], P5[1]);
    else this.#mergeLanes();
    add(out[0]!, out[1]!, Math.floor(this.#length / 2 ** 32), this.#length >>> 0);
    this.#takeRest();
    // `out` is the accumulator from here on.
    this.#avalanche();
    return out[1]!;
  }

  #mergeLanes(): void {
    const lanes = this.#lanes;
    let [h, l] = [0, 0];
    [1, 7, 12, 18].forEach((by, i) => {
      rotate(lanes[2 * i]!, lanes[2 * i + 1]!, by);
      add(h, l, out[0]!, out[1]!);
      [h, l] = [out[0]!, out[1]!];
    });
    for (let i = 0; i < 8; i += 2) {
      round(0, 0, lanes[i]!, lanes[i + 1]!);
      multiply((h ^ out[0]!) >>> 0, (l ^ out[1]!) >>> 0, P1);
      add(out[0]!, out[1]!, P4[0], P4[1]);
      [h, l] = [out[0]!, out[1]!];
    }
  }

  #takeRest(): void {
    const view = new DataView(this.#rest.buffer);
    let [h, l] = [out[0]!, out[1]!];
    const mix = (by: number, times: readonly [number, number], plus: readonly [number, number]) => {
      rotate((h ^ out[0]!) >>> 0, (l ^ out[1]!) >>> 0, by);
      multiply(out[0]!, out[1]!, times);
      add(out[0]!, out[1]!, plus[0], plus[1]);
      [h, l] = [out[0]!, out[1]!];
    };
    let at = 0;
    for (; at + 8 <= this.#held; at += 8) {
      round(0, 0, view.getUint32(at + 4, true), view.getUint32(at, true));
      mix(27, P1, P4);
    }
    if (at + 4 <= this.#held) {
      multiply(0, view.getUint32(at, true), P1);
      mix(23, P2, P3);
      at += 4;
    }
    for (; at < this.#held; at++) {
      multiply(0, view.getUint8(at), P5);
      mix(11, P1, [0, 0]);
    }
    [out[0]!, out[1]!] = [h, l];
  }

  #avalanche(): void {
    const shifted = (by: number) => {
      const [h, l] = [out[0]!, out[1]!];
      // h ^= h >> by
      out[0] = (h ^ (by >= 32 ? 0 : h >>> by)) >>> 0;
      out[1] = (l ^ (by >= 32 ? h >>> (by - 32) : (l >>> by) | (h << (32 - by)))) >>> 0;
    };
    shifted(33);
    multiply(out[0]!, out[1]!, P2);
    shifted(29);
    multiply(out[0]!, out[1]!, P3);
    shifted(32);
  }
}
