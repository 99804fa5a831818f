/** Rows of several files side by side: by their place, or by the names that the files have for them. */

import type { DecimalParser } from '../types/decimals.js';
import { InputError, type InputPlace } from '../types/errors.js';
import type { Field, NumberBuffer, NumberGroup, RowReader } from '../types/fields.js';
import type { OpenFile } from './files.js';
import { namesOf, type Role } from './name-lists.js';
import { type JoinHow, NamedSide } from './named-side.js';
import type { SharedNames } from './shared-names.js';

/** Keys of the parts of a row. */
export const SCORES = 'scores';
export const TARGETS = 'targets';
export const WEIGHTS = 'weights';

/** Numbers or texts of every row, wherever they lie. */
export interface RowPart {
  readonly key: string;
  /** What they are called where there are too few or too many. */
  readonly noun: string;
  readonly file: OpenFile;
  readonly numbers?: NumberGroup;
  readonly text?: Field;
}

/** What is read together, and how the files belong together. */
export interface RowPlan {
  readonly predictions: OpenFile;
  readonly parts: readonly RowPart[];
  /** Of files other than the predictions; those that are not in it are matched by place. */
  readonly names: ReadonlyMap<OpenFile, SharedNames>;
  readonly how: JoinHow;
  /** Names that no later row may bring along where the first row has no such field. */
  readonly watched: readonly string[];
  readonly decimals: DecimalParser | undefined;
  readonly memoryBudget: number | undefined;
}

/** A file on its way. */
interface Side {
  readonly file: OpenFile;
  readonly reader: RowReader;
  /** Keys in the order of the reader's numbers and texts. */
  readonly numberKeys: readonly string[];
  readonly textKeys: readonly string[];
  readonly parts: readonly RowPart[];
}

/** Where the numbers of a batch go. */
export type Buffers = Readonly<Record<string, NumberBuffer>>;

const NAMES = 'names';

/** Rows of all files. */
export class JoinedRows {
  readonly #main: Side;
  readonly #others: readonly Side[];
  readonly #named = new Map<Side, NamedSide>();
  /** Of the texts of the predictions that name the rows of a file. */
  readonly #nameKeys = new Map<Side, string>();
  readonly #widths = new Map<string, number>();
  readonly #texts = new Map<string, readonly string[]>();
  readonly #places = new Map<string, Side>();
  readonly selectRows: ((first: number, count: number) => void) | undefined;
  /** Rows of the predictions so far, those that were left out among them. */
  #row = 0;
  /** Rows of the last batch that are left, where some were left out. */
  #kept: readonly number[] | null = null;

  private constructor(plan: RowPlan, sides: readonly Side[]) {
    const [main, ...others] = sides as [Side, ...Side[]];
    this.#main = main;
    this.#others = others;
    for (const side of sides) {
      for (const { key, numbers } of side.parts) {
        this.#places.set(key, side);
        if (numbers) this.#widths.set(key, numbers.width);
      }
    }
    for (const side of others) {
      const names = plan.names.get(side.file);
      if (!names) continue;
      this.#named.set(side, new NamedSide(names, side, plan));
      this.#nameKeys.set(side, `${NAMES}${[...plan.names.keys()].indexOf(side.file)}`);
    }
    if (this.#named.size === 0 && sides.every(({ reader }) => reader.selectRows !== undefined)) {
      this.selectRows = (first, count) => {
        for (const { reader } of sides) reader.selectRows!(first, count);
        this.#row = first;
      };
    }
  }

  /** Whether rows of some file are matched by their names. */
  get isByName(): boolean {
    return this.#named.size > 0;
  }

  /** @throws InputError where a part cannot be read */
  static async open(plan: RowPlan): Promise<JoinedRows> {
    const { predictions, parts, names, watched, decimals } = plan;
    const files = [...new Set([predictions, ...parts.map(({ file }) => file)])];
    const shared = [...names.values()];
    const sides: Side[] = [];
    for (const file of files) {
      const own = parts.filter((part) => part.file === file);
      const numbers = own.filter((part) => part.numbers !== undefined);
      const texts = own.filter((part) => part.text !== undefined);
      const keys =
        file === predictions ? shared.map(({ mine }) => mine) : [names.get(file)?.theirs];
      const extra = keys.filter((field) => field !== undefined);
      const reader = await file.fields.select({
        numbers: numbers.map((part) => part.numbers!),
        texts: [...texts.map((part) => part.text!), ...extra],
        ...(file === predictions && { watched, decimals }),
      });
      file.input.settle();
      sides.push({
        file,
        reader,
        parts: own,
        numberKeys: numbers.map(({ key }) => key),
        textKeys: [...texts.map(({ key }) => key), ...extra.map((_, i) => `${NAMES}${i}`)],
      });
    }
    return new JoinedRows(plan, sides);
  }

  /**
   * Reads up to `count` rows into the buffers of their keys.
   * @returns how many; 0 only at the end
   * @throws InputError `shape-mismatch` where a file has more or fewer rows than the predictions, and
   *   where names do not match
   */
  async read(buffers: Buffers, count: number): Promise<number> {
    for (;;) {
      const rows = await this.#readSide(this.#main, buffers, count);
      for (const side of this.#others) {
        if (!this.#named.has(side)) await this.#readAlong(side, buffers, rows);
      }
      const kept = await this.#match(buffers, rows);
      this.#row += rows;
      // A batch may lose all of its rows, and more may follow.
      if (kept > 0 || rows === 0) return kept;
    }
  }

  /** Texts of a part in the rows of the last read. */
  texts(key: string): readonly string[] {
    return this.#texts.get(key)!;
  }

  /** Where a row of the last read stands in the file of a part. */
  place(key: string, index: number): InputPlace {
    const side = this.#places.get(key)!;
    const row = this.#kept === null ? index : this.#kept[index]!;
    return this.#named.get(side)?.place(row) ?? side.reader.place(row);
  }

  /** What was left out, for reports; complete at the end. */
  notices() {
    return [...this.#named.values()].flatMap((named) => named.notices());
  }

  progress() {
    return this.#main.reader.progress();
  }

  async close(): Promise<void> {
    for (const { reader } of [this.#main, ...this.#others]) await reader.close();
  }

  async #readSide(side: Side, buffers: Buffers, count: number, from = 0): Promise<number> {
    const into = side.numberKeys.map((key) => {
      const buffer = buffers[key]!;
      return from === 0 ? buffer : buffer.subarray(from * this.#widths.get(key)!);
    });
    const rows = await side.reader.read(into, count);
    for (const [i, key] of side.textKeys.entries()) {
      const texts = side.reader.texts[i]!;
      this.#texts.set(key, from === 0 ? texts : [...this.#texts.get(key)!, ...texts]);
    }
    return rows;
  }

  /** Reads exactly as many rows as the predictions gave. */
  async #readAlong(side: Side, buffers: Buffers, rows: number): Promise<void> {
    const { reader, parts } = side;
    let got = 0;
    while (got < rows) {
      const more = await this.#readSide(side, buffers, rows - got, got);
      if (more === 0)
        throw this.#mismatch(side, `${this.#row + got} rows`, this.#rowsOf(this.#main));
      got += more;
    }
    if (rows > 0) return;
    const one = parts.flatMap(({ numbers }) => (numbers ? [new Float64Array(numbers.width)] : []));
    // What follows may be anything, and is one too many whatever it is.
    const more = await reader.read(one, 1).catch(() => 1);
    if (more > 0) throw this.#mismatch(side, `more than ${this.#row} rows`, `${this.#row}`);
  }

  #rowsOf({ file }: Side): string {
    return String(file.fields.fields[0]?.rows ?? 'more');
  }

  #mismatch({ file, parts }: Side, found: string, expected: string): InputError {
    const { noun, key } = parts[0]!;
    const main = this.#main.file.fields.name;
    const isText = file.fields.unit === 'column' && file.fields.fields.length === 1;
    const roles: Readonly<Record<string, Role>> = { targets: 'target', weights: 'weight' };
    const names = namesOf(roles[key] ?? (key as Role))
      .slice(0, 4)
      .join(', ');
    const hint = isText
      ? ` In text with a single column the first line is a row, unless it is ${names} or the like.`
      : '';
    return new InputError('shape-mismatch', {
      source: file.fields.name,
      problem: `there must be as many ${noun} as rows of predictions`,
      found,
      expected: `${expected}, as ${main} has`,
      advice: `Give the file that was written by the same run over the same split.${hint}`,
    });
  }

  /** Puts the rows of files with names to those of the predictions. @returns how many rows are left */
  async #match(buffers: Buffers, rows: number): Promise<number> {
    if (this.#named.size === 0) return rows;
    const drop = new Uint8Array(rows);
    for (const side of this.#others) {
      const named = this.#named.get(side);
      if (!named) continue;
      const names = this.texts(this.#nameKeys.get(side)!);
      const main = this.#main.reader;
      await named.fill(names, rows, buffers, drop, (index) => main.place(index));
      for (const part of side.parts)
        if (part.text) this.#texts.set(part.key, named.texts(part.key));
    }
    const kept = rows - drop.reduce((sum, dropped) => sum + dropped, 0);
    this.#kept = null;
    if (kept < rows) this.#pack(buffers, drop, rows);
    return kept;
  }

  /** Moves the rows that are kept to the front. */
  #pack(buffers: Buffers, drop: Uint8Array, rows: number): void {
    this.#kept = Array.from(drop.keys()).filter((row) => drop[row] === 0);
    for (const [key, width] of this.#widths) {
      const buffer = buffers[key]!;
      let to = 0;
      for (let row = 0; row < rows; row++) {
        if (drop[row] === 0) buffer.copyWithin(to++ * width, row * width, (row + 1) * width);
      }
    }
    for (const [key, texts] of this.#texts) {
      this.#texts.set(
        key,
        texts.filter((_, row) => drop[row] === 0),
      );
    }
  }
}
