/** Rows of two dumps matched by their names, whatever their order; both are held in memory for it. */

import { batchRows } from '../tasks/classification.js';
import type { DumpReader } from '../types/dump.js';
import { InputError, quote } from '../types/errors.js';
import type { RowTask } from '../types/report.js';
import type { RowTexts } from '../types/row-texts.js';
import { BYTES_PER_SCORE, scoreValues } from '../types/score-array.js';
import type { RowBuffers } from '../types/scores.js';
import { hasValues, plainBuffers, readHead } from './read-head.js';

const DEFAULT_MEMORY_BUDGET = 1024 ** 3;
/** What a name takes beside its characters: a string and its place in a map. */
const NAME_BYTES = 64;

/** A dump in memory, its rows in pieces of equal length. */
interface HeldDump {
  readonly reader: DumpReader;
  readonly pieceRows: number;
  readonly pieces: readonly RowBuffers[];
  /** Texts of the rows of each piece. */
  readonly texts: readonly (RowTexts | undefined)[];
  /** Row of each name, in the order of the rows. */
  readonly rowOf: ReadonlyMap<string, number>;
}

export interface MatchedRows {
  /** The rows that both dumps have, in the order of the dump before. */
  readonly before: DumpReader;
  readonly after: DumpReader;
  /** Index of each of these rows in the dump before, and in the one after. */
  readonly rowsBefore: Int32Array;
  readonly rowsAfter: Int32Array;
  /** Names that one dump alone has. */
  readonly onlyBefore: readonly string[];
  readonly onlyAfter: readonly string[];
}

/**
 * Reads both dumps and matches their rows by `texts.id`. Closing a matched
 * reader closes the dump that it came from.
 * @param memoryBudget bytes that both may take together
 * @throws InputError `memory-budget`, `missing-id`, `duplicate-id`, `nothing-paired`, `targets-differ`,
 *   and what reading throws
 */
export async function matchRows(
  before: DumpReader,
  after: DumpReader,
  task: RowTask,
  memoryBudget = DEFAULT_MEMORY_BUDGET,
): Promise<MatchedRows> {
  const budget = { left: memoryBudget, whole: memoryBudget };
  const was = await hold(before, task, budget);
  const is = await hold(after, task, budget);
  const names = [...was.rowOf.keys()].filter((name) => is.rowOf.has(name));
  if (names.length === 0) {
    throw new InputError('nothing-paired', {
      source: after.info.name,
      problem: `no row has the name of a row of ${before.info.name}`,
      found: firstNames(is),
      expected: `names such as ${firstNames(was)}`,
      advice: 'Is --id the same kind of name in both?',
    });
  }
  const rowsBefore = Int32Array.from(names, (name) => was.rowOf.get(name)!);
  const rowsAfter = Int32Array.from(names, (name) => is.rowOf.get(name)!);
  requireSameTargets(was, is, names);
  const missingIn = (other: HeldDump, { rowOf }: HeldDump) =>
    [...rowOf.keys()].filter((name) => !other.rowOf.has(name));
  return {
    before: inOrder(was, rowsBefore, names),
    after: inOrder(is, rowsAfter, names),
    rowsBefore,
    rowsAfter,
    onlyBefore: missingIn(is, was),
    onlyAfter: missingIn(was, is),
  };
}

/**
 * The rows of a dump in the order of these names; all of it is held in memory.
 * @throws InputError `unmatched-rows` where the names are others; as {@link matchRows}
 */
export async function inOrderOf(
  names: readonly string[],
  source: string,
  reader: DumpReader,
  task: RowTask,
  memoryBudget = DEFAULT_MEMORY_BUDGET,
): Promise<DumpReader> {
  const held = await hold(reader, task, { left: memoryBudget, whole: memoryBudget });
  const order = Int32Array.from(names, (name) => held.rowOf.get(name) ?? -1);
  const missing = order.indexOf(-1);
  if (missing < 0 && names.length === held.rowOf.size) return inOrder(held, order, names);
  const known = new Set(names);
  const other = [...held.rowOf.keys()].find((name) => !known.has(name));
  throw new InputError('unmatched-rows', {
    source: reader.info.name,
    problem: `it has other rows than ${source}`,
    found: missing >= 0 ? `no row ${quote(names[missing]!)}` : `a row ${quote(other!)}`,
    expected: 'the same names in all dumps',
    advice: 'All dumps of a run must hold the same rows.',
  });
}

const firstNames = ({ rowOf }: HeldDump) => [...rowOf.keys()].slice(0, 3).map(quote).join(', ');

async function hold(
  reader: DumpReader,
  task: RowTask,
  budget: { left: number; readonly whole: number },
): Promise<HeldDump> {
  const { classes, dtype, name } = reader.info;
  const pieceRows = batchRows(classes, dtype);
  const targetBytes = hasValues(task) ? 8 * classes : 4;
  const rowBytes = classes * BYTES_PER_SCORE[dtype] + targetBytes + 8 + NAME_BYTES;
  const pieces: RowBuffers[] = [];
  const allTexts: (RowTexts | undefined)[] = [];
  const rowOf = new Map<string, number>();
  for (let first = 0; ; first += pieceRows) {
    const piece = plainBuffers(reader, task, pieceRows);
    const { rows, texts } = await readHead(reader, piece);
    const ids = texts?.id ?? [];
    const others = Object.entries(texts ?? {}).filter(([role]) => role !== 'id');
    for (const [, column] of others) {
      for (const text of column) budget.left -= NAME_BYTES + 2 * text.length;
    }
    for (let r = 0; r < rows; r++) {
      const row = first + r;
      const id = ids[r]!;
      if (id === '') throw missingId(name, row);
      const twin = rowOf.get(id);
      if (twin !== undefined) throw duplicateId(name, id, twin, row);
      rowOf.set(id, row);
      budget.left -= rowBytes + 2 * id.length;
    }
    if (rows > 0) {
      pieces.push(piece);
      allTexts.push(texts);
    }
    if (budget.left < 0) throw overBudget(name, first + rows, budget.whole);
    if (rows < pieceRows) return { reader, pieceRows, pieces, texts: allTexts, rowOf };
  }
}

function requireSameTargets(was: HeldDump, is: HeldDump, names: readonly string[]): void {
  const targetOf = ({ reader, pieces, texts, pieceRows }: HeldDump, row: number) => {
    const [piece, at] = [Math.floor(row / pieceRows), row % pieceRows];
    const { values, targets } = pieces[piece]!;
    const { classes } = reader.info;
    if (values) return values.subarray(at * classes, (at + 1) * classes).join(', ');
    return texts[piece]?.target?.[at] ?? targets[at];
  };
  for (const name of names) {
    const [before, after] = [was.rowOf.get(name)!, is.rowOf.get(name)!];
    const [expected, found] = [targetOf(was, before), targetOf(is, after)];
    if (found === expected) continue;
    throw new InputError('targets-differ', {
      source: is.reader.info.name,
      row: after,
      problem: `the target of ${quote(name)} is another than in row ${before} of ${was.reader.info.name}`,
      found: String(found),
      expected: String(expected),
      advice:
        'Rows of one name must have one target. Do labels of their own (--labels) stand in the order of both dumps?',
    });
  }
}

/** The dump with the rows of `order` alone, in that order. */
function inOrder(held: HeldDump, order: Int32Array, names: readonly string[]): DumpReader {
  const { reader, pieces, pieceRows } = held;
  const { classes, dtype, hasWeights } = reader.info;
  const bytes = BYTES_PER_SCORE[dtype] * classes;
  let first = 0;
  let next = 0;
  return {
    info: { ...reader.info, rows: order.length },
    texts: () => ({ ...textsOf(held, order.subarray(first, next)), id: names.slice(first, next) }),
    async read(into) {
      const count = Math.min(into.capacity, order.length - next);
      const widened = into.scores.BYTES_PER_ELEMENT !== BYTES_PER_SCORE[dtype];
      for (let r = 0; r < count; r++) {
        const row = order[next + r]!;
        const piece = pieces[Math.floor(row / pieceRows)]!;
        const at = row % pieceRows;
        const [from, to] = [at * classes, (at + 1) * classes];
        into.scores.set(
          widened ? scoreValues(piece.scores, dtype, from, to) : piece.scores.subarray(from, to),
          r * classes,
        );
        if (piece.values) {
          into.values!.set(piece.values.subarray(from, to), r * classes);
        } else if (into.targets.length > 0) into.targets[r] = piece.targets[at]!;
        if (hasWeights) into.weights[r] = piece.weights[at]!;
      }
      first = next;
      next += count;
      return count;
    },
    progress: () => ({ done: next * bytes, total: order.length * bytes }),
    close: () => reader.close(),
  };
}

/** What stands beside these rows. */
function textsOf({ texts, pieceRows }: HeldDump, rows: Int32Array): RowTexts {
  const roles = Object.keys(texts[0] ?? {}) as (keyof RowTexts)[];
  const textOf = (role: keyof RowTexts, row: number) =>
    texts[Math.floor(row / pieceRows)]![role]![row % pieceRows]!;
  return Object.fromEntries(
    roles.map((role) => [role, Array.from(rows, (row) => textOf(role, row))]),
  );
}

function missingId(source: string, row: number): InputError {
  return new InputError('missing-id', {
    source,
    row,
    problem: 'the row has no name, and rows are matched by name',
    expected: 'a name in every row',
    advice: 'Fill it in, or leave --id out to match rows by their place.',
  });
}

function duplicateId(source: string, id: string, first: number, row: number): InputError {
  return new InputError('duplicate-id', {
    source,
    row,
    problem: `the name ${quote(id)} stands twice`,
    found: `it in row ${first}, too`,
    expected: 'a name of its own for every row',
    advice: 'Drop one of the rows, or leave --id out to match rows by their place.',
  });
}

function overBudget(source: string, rows: number, budget: number): InputError {
  return new InputError('memory-budget', {
    source,
    problem: 'matching rows by name holds both dumps in memory, and they do not fit',
    found: `more than ${budget} bytes after ${rows} rows of this one`,
    expected: `at most ${budget} (the memory budget)`,
    advice:
      'Raise --memory-budget; or write both dumps in one order and leave --id out, which matches rows by their place and holds none.',
  });
}
