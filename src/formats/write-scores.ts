/** Writers of scores, row after row in the memory of a batch: npy, npz and CSV. */

import type { ByteSource } from '../types/dump.js';
import type { RealArray } from '../types/gradients.js';
import type { ByteSink, ScoreLayout, ScoreWriter } from '../types/score-output.js';
import { cell } from './write-cell.js';
import { HOST_ORDER, npyHeader } from './write-npy-header.js';
import { localHeader, writeDirectory, type ZipMember } from './write-zip.js';
import { locateMember, readZipDirectory, type ZipEntry } from './zip.js';
import { crc32 } from './zip-crc.js';

const COPY_BYTES = 1024 * 1024;

/** The header of an npy file of scores. */
function header({ dtype }: ScoreLayout, shape: readonly number[]): Uint8Array {
  return npyHeader(`${HOST_ORDER}${dtype === 'f64' ? 'f8' : 'f4'}`, shape);
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

  #member(crc: number, size: number): ZipMember {
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
    writeDirectory([scores, ...(await this.#copies())], sink);
  }

  async #copies(): Promise<ZipMember[]> {
    const source = this.#others;
    if (source === null) return [];
    // Of members of one name the last counts.
    const entries = new Map<string, ZipEntry>();
    for (const entry of await readZipDirectory(source)) entries.set(entry.name, entry);
    entries.delete(this.#name);
    const members: ZipMember[] = [];
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
