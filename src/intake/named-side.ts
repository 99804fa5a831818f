/**
 * A file whose rows have the names of the rows of the predictions. As long as
 * both stand in one order it is read along; from the first difference on the rest of it
 * is held in memory by name, while the predictions go on row by row.
 */

import { InputError, type InputPlace, quote } from '../types/errors.js';
import type { NumberBuffer, RowReader } from '../types/fields.js';
import type { Notice } from '../types/report.js';
import type { OpenFile } from './files.js';
import { isIndexName, isOneOf, KNOWN_NAMES } from './name-lists.js';
import { compareNames, otherOrder, rowName, type SharedNames } from './shared-names.js';

/** `all`: every row has its partner. `inner`: rows without one are left out. `place`: names do not count. */
export type JoinHow = 'all' | 'inner' | 'place';

const DEFAULT_MEMORY_BUDGET = 1024 ** 3;
/** What a name takes beside its characters: a string and its place in a map. */
const NAME_BYTES = 64;
/** Rows that are read at once to be held. */
const PIECE_ROWS = 4096;

/** A part of the file. */
interface NamedPart {
  readonly key: string;
  readonly numbers?: { readonly width: number };
  readonly text?: unknown;
}

/** The file and what is read of it; the names are the last texts. */
interface NamedFile {
  readonly file: OpenFile;
  readonly reader: RowReader;
  readonly parts: readonly NamedPart[];
}

/** Rows in memory by name. */
interface Held {
  readonly rowOf: Map<string, number>;
  readonly numbers: Map<string, number[] | Float64Array>;
  readonly texts: Map<string, string[]>;
  readonly used: Uint8Array;
  /** Row in the file of the first. */
  readonly firstRow: number;
}

type Buffers = Readonly<Record<string, NumberBuffer>>;

/** See above. */
export class NamedSide {
  readonly #numbers: readonly NamedPart[];
  readonly #textKeys: readonly string[];
  readonly #texts = new Map<string, string[]>();
  #held: Held | null = null;
  /** Names that were read along, where rows may be left out: one that comes again is no stranger. */
  readonly #seen: Set<string> | null;
  /** Rows that were read along. */
  #row = 0;
  #matched = 0;
  #dropped = 0;
  /** Rows of this file without a partner. */
  #leftHere = 0;
  #isAtEnd = false;
  /** Without an option, columns whose names are not unique name nothing. */
  #counts = true;
  #places: number[] = [];

  constructor(
    private readonly shared: SharedNames,
    private readonly side: NamedFile,
    private readonly options: { readonly how: JoinHow; readonly memoryBudget: number | undefined },
  ) {
    this.#seen = options.how === 'inner' ? new Set() : null;
    this.#numbers = side.parts.filter(({ numbers }) => numbers !== undefined);
    this.#textKeys = side.parts.filter(({ text }) => text !== undefined).map(({ key }) => key);
  }

  texts(key: string): readonly string[] {
    return this.#texts.get(key)!;
  }

  /** Where the partner of a row of the last batch stands. */
  place(index: number): InputPlace {
    return { source: this.side.file.fields.name, row: this.#places[index]! };
  }

  /**
   * Puts the partners of a batch of rows into the buffers; rows without one are marked in `drop`.
   * No rows: the predictions have ended.
   * @throws InputError `other-order`, `duplicate-id`, `missing-id`, `unmatched-rows`, `nothing-paired`,
   *   `join-drops-most`, `memory-budget`
   */
  async fill(
    names: readonly string[],
    rows: number,
    buffers: Buffers,
    drop: Uint8Array,
    placeOf: (index: number) => InputPlace,
  ): Promise<void> {
    for (const key of this.#textKeys) this.#texts.set(key, new Array<string>(rows).fill(''));
    this.#places = new Array<number>(rows).fill(0);
    if (rows === 0) return this.#end();
    let from = 0;
    while (from < rows && this.#held === null && !this.#isAtEnd) {
      from += await this.#readAlong(names, from, rows, buffers, placeOf);
    }
    for (let row = from; row < rows; row++) {
      if (!this.#counts) throw this.#otherLength(this.#row, 'more');
      const at = this.#held?.rowOf.get(rowName(names[row]!));
      if (names[row] === '') throw missingId(placeOf(row), this.shared.mine.name);
      if (at === undefined) {
        if (this.options.how !== 'inner') throw await this.#unmatched(names[row]!, placeOf(row));
        if (this.#seen!.has(rowName(names[row]!))) {
          throw duplicateId(placeOf(row), this.shared.mine.name, names[row]!);
        }
        drop[row] = 1;
        this.#dropped++;
        continue;
      }
      const held = this.#held!;
      if (held.used[at] === 1) throw duplicateId(placeOf(row), this.shared.mine.name, names[row]!);
      held.used[at] = 1;
      this.#matched++;
      this.#put(held, at, row, buffers);
    }
  }

  /** Reads rows that may stand in the same order. @returns how many did */
  async #readAlong(
    names: readonly string[],
    from: number,
    rows: number,
    buffers: Buffers,
    placeOf: (index: number) => InputPlace,
  ): Promise<number> {
    const { reader } = this.side;
    const into = this.#numbers.map(({ key, numbers }) =>
      buffers[key]!.subarray(from * numbers!.width),
    );
    const got = await reader.read(into, rows - from);
    if (got === 0) {
      this.#isAtEnd = true;
      return 0;
    }
    const theirs = reader.texts.at(-1)!;
    let same = 0;
    const isSame = (mine: string, other: string) =>
      mine === other || (rowName(mine) === rowName(other) && rowName(mine) !== '');
    while (same < got && (!this.#counts || isSame(names[from + same]!, theirs[same]!))) same++;
    if (same < got && !this.shared.isAsked) {
      const { mine, twice } = await this.#compare();
      if (twice === 0) {
        throw otherOrder(
          this.shared,
          placeOf(from + same),
          mine,
          names[from + same]!,
          theirs[same]!,
        );
      }
      this.#counts = false;
      same = got;
    }
    for (const [i, key] of this.#textKeys.entries()) {
      const texts = this.#texts.get(key)!;
      for (let row = 0; row < same; row++) texts[from + row] = reader.texts[i]![row]!;
    }
    for (let row = 0; row < same; row++) {
      this.#places[from + row] = this.#row + row;
      this.#seen?.add(rowName(names[from + row]!));
    }
    if (same < got) await this.#hold(into, same, got);
    this.#row += same;
    this.#matched += same;
    return same;
  }

  async #compare() {
    const { files, mine, theirs } = this.shared;
    const isKnown = isOneOf(mine.name, KNOWN_NAMES.id) || isIndexName(mine.name);
    if (isKnown || !files.every(({ input }) => input.seeks)) return { mine: mine.name, twice: 0 };
    const found = await compareNames(files, mine, theirs);
    return { mine: mine.name, twice: found.twice[0].count + found.twice[1].count };
  }

  /** Holds the rows `from … got − 1` of the batch just read, and all that follow. */
  async #hold(batch: readonly NumberBuffer[], from: number, got: number): Promise<void> {
    const { reader } = this.side;
    const rowOf = new Map<string, number>();
    const numbers = this.#numbers.map((): number[] => []);
    const texts = this.#textKeys.map((): string[] => []);
    let left = this.options.memoryBudget ?? DEFAULT_MEMORY_BUDGET;
    const keep = (into: readonly NumberBuffer[], first: number, end: number) => {
      const names = reader.texts.at(-1)!;
      for (let row = first; row < end; row++) {
        const name = rowName(names[row]!);
        if (name === '') throw missingId(reader.place(row), this.shared.theirs.name);
        if (rowOf.has(name) || this.#seen?.has(name))
          throw duplicateId(reader.place(row), this.shared.theirs.name, name);
        rowOf.set(name, rowOf.size);
        left -= NAME_BYTES + 2 * name.length;
        for (const [i, list] of texts.entries()) list.push(reader.texts[i]![row]!);
        for (const [i, { numbers: part }] of this.#numbers.entries()) {
          const { width } = part!;
          for (let k = row * width; k < (row + 1) * width; k++) numbers[i]!.push(into[i]![k]!);
          left -= 8 * width;
        }
      }
      if (left < 0) throw this.#overBudget();
    };
    keep(batch, from, got);
    const piece = this.#numbers.map(({ numbers: part }, i) => {
      const length = PIECE_ROWS * part!.width;
      return batch[i] instanceof Int32Array ? new Int32Array(length) : new Float64Array(length);
    });
    for (;;) {
      const rows = await reader.read(piece, PIECE_ROWS);
      if (rows === 0) break;
      keep(piece, 0, rows);
    }
    this.#isAtEnd = true;
    this.#held = {
      rowOf,
      numbers: new Map(this.#numbers.map(({ key }, i) => [key, Float64Array.from(numbers[i]!)])),
      texts: new Map(this.#textKeys.map((key, i) => [key, texts[i]!])),
      used: new Uint8Array(rowOf.size),
      firstRow: this.#row + from,
    };
  }

  #put(held: Held, at: number, row: number, buffers: Buffers): void {
    this.#places[row] = held.firstRow + at;
    for (const { key, numbers } of this.#numbers) {
      const { width } = numbers!;
      const values = held.numbers.get(key)!;
      const into = buffers[key]!;
      for (let k = 0; k < width; k++) into[row * width + k] = values[at * width + k]!;
    }
    for (const [key, texts] of held.texts) this.#texts.get(key)![row] = texts[at]!;
  }

  /** The predictions have ended: are there rows that have no partner among them? */
  async #end(): Promise<void> {
    const [predictions] = this.shared.files;
    const left = await this.#left();
    if (!this.#counts) {
      if (left > 0) throw this.#otherLength(this.#row + left, `${this.#row}`);
      return;
    }
    if (left > 0 && this.options.how !== 'inner') throw await this.#unmatched(null, {});
    const mine = this.#matched + this.#dropped;
    const theirs = this.#matched + left;
    if (this.#matched === 0 || 2 * this.#matched < Math.max(mine, theirs)) {
      throw new InputError('join-drops-most', {
        source: this.side.file.fields.name,
        problem: `matching by name leaves out more than half of the rows`,
        found: `${this.#matched} rows that stand in both, ${this.#dropped} in ${predictions!.fields.name} alone, ${left} here alone`,
        expected: 'at least half of the rows of each file in the other',
        advice: 'Is it the same split? If so, write the rows that are meant to files of their own.',
      });
    }
    this.#leftHere = left;
  }

  /** Rows of this file that nothing was matched with. */
  async #left(): Promise<number> {
    if (this.#held !== null) return this.#held.used.reduce((sum, used) => sum + (1 - used), 0);
    let left = 0;
    while (!this.#isAtEnd) {
      const into = this.#numbers.map(
        ({ numbers }) => new Float64Array(PIECE_ROWS * numbers!.width),
      );
      const { reader } = this.side;
      const rows = await reader.read(into, PIECE_ROWS);
      if (rows === 0) this.#isAtEnd = true;
      left += rows;
      const again = reader.texts.at(-1)!.findIndex((name) => this.#seen?.has(rowName(name)));
      if (rows > 0 && again >= 0) {
        const name = reader.texts.at(-1)![again]!;
        throw duplicateId(reader.place(again), this.shared.theirs.name, name);
      }
    }
    return left;
  }

  /** Rows that were left out. */
  notices(): Notice[] {
    const [predictions] = this.shared.files;
    const sides: [number, string][] = [
      [this.#dropped, predictions!.fields.name],
      [this.#leftHere, this.side.file.fields.name],
    ];
    return sides.flatMap(([rows, source]) =>
      rows === 0
        ? []
        : [
            {
              code: 'rows-not-matched',
              message: `${rows} rows of ${quote(source).slice(1, -1)} have no row of the same name in the other file and were left out. Row numbers count those that are left.`,
              evidence: { rows, source },
            },
          ],
    );
  }

  /** What is wrong with the names, counted over both files where they can be read again. */
  async #unmatched(name: string | null, place: InputPlace): Promise<InputError> {
    const { files, mine, theirs } = this.shared;
    const [a, b] = files.map(({ fields }) => fields.name) as [string, string];
    const advice =
      'Leave such rows out with --join inner; they are then counted in the report. To match by place, whatever the names, say --join place.';
    if (!files.every(({ input }) => input.seeks)) {
      return new InputError('unmatched-rows', {
        ...place,
        problem: `the row has no partner of its name in the other file`,
        found: name === null ? 'rows on one side alone' : quote(name),
        expected: 'every name once in both files',
        advice,
      });
    }
    const { twice, only, shared } = await compareNames(files, mine, theirs);
    const of = (source: string, { count, first }: { count: number; first: string }) =>
      `${count} in ${source} (${quote(first)}${count > 1 ? ', …' : ''})`;
    const repeated = [twice[0].count > 0 && of(a, twice[0]), twice[1].count > 0 && of(b, twice[1])];
    if (repeated.some(Boolean)) {
      return new InputError('duplicate-id', {
        source: b,
        column: theirs.name ?? 0,
        problem: 'names of rows stand more than once, so rows cannot be matched by them',
        found: repeated.filter(Boolean).join(' and '),
        expected: 'a name of its own for every row',
        advice: 'Drop the rows that stand twice, or match by place with --join place.',
      });
    }
    if (shared === 0) {
      return new InputError('nothing-paired', {
        source: b,
        column: theirs.name ?? 0,
        problem: `no row has the name of a row of ${a}`,
        found: quote(only[1].first),
        expected: `names such as ${quote(only[0].first)}`,
        advice: 'Is --id the same kind of name in both? To match by place, say --join place.',
      });
    }
    const alone = [only[0].count > 0 && of(a, only[0]), only[1].count > 0 && of(b, only[1])];
    return new InputError('unmatched-rows', {
      source: b,
      column: theirs.name ?? 0,
      problem: 'there are rows that only one of the files has',
      found: alone.filter(Boolean).join(' and '),
      expected: `each name in both files, as ${shared} are`,
      advice,
    });
  }

  /** Rows that go by their place, for their names say nothing. */
  #otherLength(found: number, expected: string): InputError {
    const [predictions] = this.shared.files;
    return new InputError('shape-mismatch', {
      source: this.side.file.fields.name,
      problem: 'there must be as many rows as rows of predictions',
      found: `${found} rows`,
      expected: `${expected}, as ${predictions!.fields.name} has`,
      advice: 'Give the file that was written by the same run over the same split.',
    });
  }

  #overBudget(): InputError {
    const budget = this.options.memoryBudget ?? DEFAULT_MEMORY_BUDGET;
    return new InputError('memory-budget', {
      source: this.side.file.fields.name,
      problem:
        'matching rows by name holds what stands beside the scores in memory, and it does not fit',
      expected: `at most ${budget} bytes (the memory budget)`,
      advice: 'Raise --memory-budget, or write both files in one order.',
    });
  }
}

function missingId(place: InputPlace, column: string | null): InputError {
  return new InputError('missing-id', {
    ...place,
    column: column ?? 0,
    problem: 'the row has no name, and rows are matched by name',
    expected: 'a name in every row',
    advice: 'Fill it in, or match rows by their place with --join place.',
  });
}

function duplicateId(place: InputPlace, column: string | null, name: string): InputError {
  return new InputError('duplicate-id', {
    ...place,
    column: column ?? 0,
    problem: 'the name stands twice',
    found: quote(name),
    expected: 'a name of its own for every row',
    advice: 'Drop one of the rows, or match rows by their place with --join place.',
  });
}
