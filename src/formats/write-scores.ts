/** Writers of scores, row after row in the memory of a batch: npy, npz and CSV. */

import type { ByteSource } from '../types/dump.js';
import type { RealArray } from '../types/gradients.js';
import type { ByteSink, ScoreLayout, ScoreWriter } from '../types/score-output.js';
import { encodeNpy } from './encode-npy.js';
import { locateMember, readZipDirectory, type ZipEntry } from './zip.js';
import { crc32 } from './zip-crc.js';

/** A header has room for the number of rows, which may be known at the end alone. */
const HEADER_BYTES = 256;
const PREFIX = 10;
const COPY_BYTES = 1024 * 1024;

/** The header of an npy file, of a fixed length. */
function header({ dtype, width }: ScoreLayout, shape: readonly number[]): Uint8Array {
  // Type and byte order as they are written elsewhere.
  const sample = encodeNpy(dtype === 'f64' ? new Float64Array(0) : new Float32Array(0));
  const [, descr] = /'descr': '(...)'/.exec(new TextDecoder('latin1').decode(sample))!;
  const axes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${axes}), }`;
  const length = Math.max(HEADER_BYTES, Math.ceil((PREFIX + dict.length + 1) / 64) * 64);
  const bytes = new Uint8Array(length).fill(0x20);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  new DataView(bytes.buffer).setUint16(8, length - PREFIX, true);
  for (let i = 0; i < dict.length; i++) bytes[PREFIX + i] = dict.charCodeAt(i);
  bytes[length - 1] = 0x0a;
  return width === 0 ? bytes.subarray(0, 0) : bytes;
}

const bytesOf = (scores: RealArray, length: number) =>
  new Uint8Array(scores.buffer, scores.byteOffset, length * scores.BYTES_PER_ELEMENT);

/** The axes of the output: those that are known, or rows and scores. */
function shapeOf({ shape, width }: ScoreLayout, rows: number): readonly number[] {
  return shape ?? (width === 1 ? [rows] : [rows, width]);
}

/** An npy file. */
export class NpyWriter implements ScoreWriter {
  readonly #layout: ScoreLayout;
  readonly #sink: ByteSink;
  readonly #start: number;
  #rows = 0;

  constructor(layout: ScoreLayout, sink: ByteSink) {
    this.#layout = layout;
    this.#sink = sink;
    this.#start = sink.size;
    sink.write(header(layout, shapeOf(layout, 0)));
  }

  write(scores: RealArray, count: number): void {
    this.#sink.write(bytesOf(scores, count * this.#layout.width));
    this.#rows += count;
  }

  finish(): void {
    this.#sink.rewrite(header(this.#layout, shapeOf(this.#layout, this.#rows)), this.#start);
  }
}

const LOCAL_HEADER = 0x04034b50;
const DIRECTORY_ENTRY = 0x02014b50;
const END_OF_DIRECTORY_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const END_OF_DIRECTORY = 0x06054b50;
/** Sizes past 4 GiB stand in an extra field: of every member, for they are known at its end. */
const ZIP64 = 45;
const ELSEWHERE = 0xffffffff;
const UTF8_NAME = 0x0800;
/** 1 January 1980: the same rows make the same bytes. */
const DATE = 0x21;

/** Fields of 2, 4 and 8 bytes, one after the other. */
function fields(...values: readonly (readonly [bytes: 2 | 4 | 8, value: number])[]): Uint8Array {
  const bytes = new Uint8Array(values.reduce((sum, [size]) => sum + size, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [size, value] of values) {
    if (size === 2) view.setUint16(at, value, true);
    else if (size === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += size;
  }
  return bytes;
}

interface Member {
  readonly name: Uint8Array;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly offset: number;
}

function localHeader({ name, method, crc, packed, size }: Member): Uint8Array {
  const head = fields(
    ...([
      [4, LOCAL_HEADER],
      [2, ZIP64],
      [2, UTF8_NAME],
      [2, method],
      [2, 0],
      [2, DATE],
    ] as const),
    ...([
      [4, crc],
      [4, ELSEWHERE],
      [4, ELSEWHERE],
      [2, name.length],
      [2, 20],
    ] as const),
  );
  const extra = fields([2, 1], [2, 16], [8, size], [8, packed]);
  const bytes = new Uint8Array(head.length + name.length + extra.length);
  bytes.set(head);
  bytes.set(name, head.length);
  bytes.set(extra, head.length + name.length);
  return bytes;
}

/** An npz archive: the scores, and the other members of the archive that they came from as they are. */
export class NpzWriter implements ScoreWriter {
  readonly #sink: ByteSink;
  readonly #npy: NpyWriter;
  readonly #name: string;
  readonly #others: ByteSource | null;
  readonly #begin: number;

  /** @param others archive whose other members are to be copied */
  constructor(layout: ScoreLayout, sink: ByteSink, others: ByteSource | null) {
    this.#sink = sink;
    this.#name = `${layout.member}.npy`;
    this.#others = others;
    sink.write(localHeader(this.#member(0, 0)));
    this.#begin = sink.size;
    this.#npy = new NpyWriter(layout, sink);
  }

  #member(crc: number, size: number): Member {
    const name = new TextEncoder().encode(this.#name);
    return { name, method: 0, crc, packed: size, size, offset: 0 };
  }

  write(scores: RealArray, count: number): void {
    this.#npy.write(scores, count);
  }

  async finish(): Promise<void> {
    this.#npy.finish();
    const sink = this.#sink;
    const end = sink.size;
    // The header was written last, and the sum begins with it: so all is read once more.
    const piece = new Uint8Array(COPY_BYTES);
    let crc = 0;
    for (let at = this.#begin; at < end; ) {
      const got = sink.read(piece.subarray(0, Math.min(COPY_BYTES, end - at)), at);
      crc = crc32(piece.subarray(0, got), crc);
      at += got;
    }
    const scores = this.#member(crc, end - this.#begin);
    sink.rewrite(localHeader(scores), 0);
    this.#directory([scores, ...(await this.#copies())]);
  }

  async #copies(): Promise<Member[]> {
    const source = this.#others;
    if (source === null) return [];
    // Of members of one name the last counts.
    const entries = new Map<string, ZipEntry>();
    for (const entry of await readZipDirectory(source)) entries.set(entry.name, entry);
    entries.delete(this.#name);
    const members: Member[] = [];
    const piece = new Uint8Array(COPY_BYTES);
    for (const entry of entries.values()) {
      const { crc, method, packedSize: packed, size } = entry;
      const start = await locateMember(source, entry, entry.name);
      const name = new TextEncoder().encode(entry.name);
      const member = { name, method, crc, packed, size, offset: this.#sink.size };
      this.#sink.write(localHeader(member));
      for (let at = 0; at < packed; ) {
        const got = await source.read(
          piece.subarray(0, Math.min(COPY_BYTES, packed - at)),
          start + at,
        );
        if (got === 0) break;
        this.#sink.write(piece.subarray(0, got));
        at += got;
      }
      members.push(member);
    }
    return members;
  }

  #directory(members: readonly Member[]): void {
    const sink = this.#sink;
    const begin = sink.size;
    for (const { name, method, crc, packed, size, offset } of members) {
      sink.write(
        fields(
          ...([
            [4, DIRECTORY_ENTRY],
            [2, ZIP64],
            [2, ZIP64],
            [2, UTF8_NAME],
          ] as const),
          ...([
            [2, method],
            [2, 0],
            [2, DATE],
            [4, crc],
            [4, ELSEWHERE],
            [4, ELSEWHERE],
          ] as const),
          ...([
            [2, name.length],
            [2, 28],
            [2, 0],
            [2, 0],
            [2, 0],
            [4, 0],
            [4, ELSEWHERE],
          ] as const),
        ),
      );
      sink.write(name);
      sink.write(fields([2, 1], [2, 24], [8, size], [8, packed], [8, offset]));
    }
    const end = sink.size;
    const count = members.length;
    sink.write(
      fields(
        ...([
          [4, END_OF_DIRECTORY_64],
          [8, 44],
          [2, ZIP64],
          [2, ZIP64],
          [4, 0],
          [4, 0],
        ] as const),
        ...([
          [8, count],
          [8, count],
          [8, end - begin],
          [8, begin],
        ] as const),
        ...([
          [4, LOCATOR_64],
          [4, 0],
          [8, end],
          [4, 1],
        ] as const),
        ...([
          [4, END_OF_DIRECTORY],
          [2, 0],
          [2, 0],
          [2, count],
          [2, count],
        ] as const),
        ...([
          [4, ELSEWHERE],
          [4, ELSEWHERE],
          [2, 0],
        ] as const),
      ),
    );
  }
}

/** A cell of a table: in quotes where it would not be one otherwise. */
function cell(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A number in the fewest digits that give it back. */
function digits(value: number, isSingle: boolean): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (isSingle) {
    const short = value.toPrecision(9);
    return String(Number(short));
  }
  return String(value);
}

/** CSV with the columns of the input where that is a table, else with the scores alone. */
export class CsvWriter implements ScoreWriter {
  readonly #layout: ScoreLayout;
  readonly #sink: ByteSink;
  readonly #encoder = new TextEncoder();

  constructor(layout: ScoreLayout, sink: ByteSink) {
    this.#layout = layout;
    this.#sink = sink;
    if (layout.hasHeader) this.#line([layout.columns.map(({ name }) => cell(name)).join(',')]);
  }

  #line(lines: readonly string[]): void {
    this.#sink.write(this.#encoder.encode(`${lines.join('\n')}\n`));
  }

  write(scores: RealArray, count: number, texts: readonly (readonly string[])[]): void {
    const { columns, width, dtype } = this.#layout;
    const isSingle = dtype === 'f32';
    const lines = Array.from({ length: count }, (_, r) =>
      columns
        .map(({ score, text }) =>
          score === undefined ? cell(texts[text!][r]) : digits(scores[r * width + score], isSingle),
        )
        .join(','),
    );
    this.#line(lines);
  }

  finish(): void {}
}
