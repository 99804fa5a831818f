/** Dumps made of arrays: scores, and targets and weights beside them. */

import type { ColumnSource, DumpInfo, DumpReader } from '../types/dump.js';
import { InputError, UsageError } from '../types/errors.js';
import { BYTES_PER_SCORE } from '../types/score-array.js';
import type { Dtype } from '../types/scores.js';
import { type NumberArray, shapeText } from './npy.js';
import type { ElementType } from './numpy-dtype.js';
import { severalScores } from './table-names.js';

/** What a dump or column of arrays is opened with. */
export interface ArrayDumpParts {
  /** Shape (rows, classes), or (…, classes) whose leading axes are flattened to rows. */
  readonly scores: NumberArray;
  /** Class indices: one per row, shape (rows,), (rows, 1) or the leading axes of the scores. */
  readonly targets?: NumberArray;
  /** Sample weights, shaped as targets are. */
  readonly weights?: NumberArray;
  readonly format: 'npy' | 'npz';
  /** Whether there is to be one score per row, of shape (rows,) or (rows, 1), and not one per class. */
  readonly single?: boolean;
  /** The archive that the arrays come from, to be closed with the dump. */
  readonly archive?: { close(): Promise<void> };
}

/** Number format in memory that holds the stored type without rounding. */
function dtypeOf({ kind, bytes, brain }: ElementType): Dtype {
  if (kind !== 'float' || bytes === 8) return 'f64';
  if (bytes === 4) return 'f32';
  return brain ? 'bf16' : 'f16';
}

/** The engine's limit on classes. */
const MOST_CLASSES = 262_144;

/**
 * Scores as they are stored (floats of 16 bits can also be read as float32;
 * integers and booleans are float64), with targets and weights.
 *
 * `read` fills as many rows as fit with one read per array. It throws what
 * {@link NumberArray.readRows} throws.
 * @throws InputError `one-score-per-row`, `several-scores`, `no-rows`, `too-many-classes`,
 *   `shape-mismatch`, `one-hot-targets`.
 */
export function arrayDump(parts: ArrayDumpParts): DumpReader {
  const { scores, format, archive, single = false } = parts;
  if (single) checkSingle(scores);
  else checkScores(scores);
  const targets = parts.targets && besideScores(parts.targets, scores, 'targets');
  const weights = parts.weights && besideScores(parts.weights, scores, 'weights');
  const arrays = [scores, targets, weights].filter((array) => array !== undefined);
  const { element, columns: classes, rows } = scores;
  const dtype = dtypeOf(element);
  const info: DumpInfo = {
    name: scores.name,
    format,
    stored: element.descr,
    dtype,
    epsilon: dtype === 'f64' ? 2 ** -52 : 2 ** -23,
    classes,
    classNames: null,
    rows,
    hasTargets: targets !== undefined,
    hasWeights: weights !== undefined,
  };
  const canSelect = arrays.every((array) => array.selectRows !== undefined);
  return {
    info,
    ...(canSelect && {
      selectRows(first: number, count: number) {
        for (const array of arrays) array.selectRows!(first, count);
      },
    }),
    async read(into) {
      const widened = into.scores instanceof Float32Array && dtype !== 'f64';
      if (into.scores.BYTES_PER_ELEMENT !== BYTES_PER_SCORE[dtype] && !widened) {
        throw new UsageError(
          'wrong-dtype',
          `${info.name}: the rows are ${info.dtype}; lease memory of that type.`,
        );
      }
      const count = await scores.readRows(into.scores, into.capacity);
      // As the lengths agree, these give exactly as many.
      if (targets !== undefined && count > 0) await targets.readRows(into.targets, count);
      if (weights !== undefined && count > 0) await weights.readRows(into.weights, count);
      return count;
    },
    progress() {
      const parts = arrays.map((array) => array.progress());
      return {
        done: parts.reduce((sum, part) => sum + part.done, 0),
        total: parts.reduce((sum, part) => sum + part.total, 0),
      };
    },
    async close() {
      for (const array of arrays) await array.close();
      await archive?.close();
    },
  };
}

/**
 * One value per row: targets, labels or weights from a file or member of their own.
 *
 * `readTargets` takes the integers as class indices. Only where all class
 * names are integers themselves (and not merely 0, 1, 2 …), a stored integer
 * means the class of that name; one that is no name passes unchanged when it
 * is no class index either (−100, 255), and is refused otherwise.
 * @param array of shape (rows,) or (rows, 1).
 * @param archive is closed with the column.
 * @throws InputError `one-hot-targets`, `no-rows`.
 */
export function arrayColumn(
  array: NumberArray,
  format: 'npy' | 'npz',
  archive?: { close(): Promise<void> },
): ColumnSource {
  if (array.columns !== 1) throw severalColumns(array);
  if (array.rows === 0) throw noRows(array);
  const { name, rows } = array;
  let row = 0;
  return {
    name,
    format,
    rows,
    async readTargets(into, count, classNames) {
      const got = await array.readRows(into, count);
      const indices = classNames === null ? null : integerNames(classNames);
      if (indices !== null) toIndices(name, row, into.subarray(0, got), indices);
      row += got;
      return got;
    },
    readNumbers: (into, count) => array.readRows(into, count),
    readLabels: (count) => array.readLabels(count),
    ...(array.selectRows && {
      selectRows(first: number, count: number) {
        array.selectRows!(first, count);
        row = first;
      },
    }),
    async close() {
      await array.close();
      await archive?.close();
    },
  };
}

/** Class index by name where every name is an integer, or null where the names say nothing new. */
function integerNames(classNames: readonly string[]): ReadonlyMap<number, number> | null {
  const indices = new Map<number, number>();
  for (const [index, name] of classNames.entries()) {
    if (!/^(?:0|-?[1-9]\d*)$/.test(name)) return null;
    indices.set(Number(name), index);
  }
  return [...indices].every(([name, index]) => name === index) ? null : indices;
}

function toIndices(
  source: string,
  firstRow: number,
  targets: Int32Array,
  indices: ReadonlyMap<number, number>,
): void {
  for (let i = 0; i < targets.length; i++) {
    const target = targets[i]!;
    const index = indices.get(target);
    if (index !== undefined) targets[i] = index;
    else if (target >= 0 && target < indices.size) {
      throw new InputError('unknown-class', {
        source,
        row: firstRow + i,
        problem: 'the target is not among the class names',
        found: `${target}`,
        expected: `one of ${[...indices.keys()].slice(0, 12).join(', ')}${indices.size > 12 ? ', …' : ''}`,
        advice: 'Name the score columns as the targets are named, or number both from 0.',
      });
    }
  }
}

function checkScores(scores: NumberArray): void {
  const { shape, columns, rows, name } = scores;
  if (rows === 0) throw noRows(scores);
  if (shape.length === 1 || columns < 2) {
    throw new InputError('one-score-per-row', {
      source: name,
      problem: 'this is one score per row; logitscope needs one column per class',
      found: `shape ${shapeText(shape)}`,
      expected: '(rows, classes) with two classes or more',
      advice:
        'If this is the score of the second of two classes, say --task binary (elsewhere save np.column_stack([1 - p, p]), or of logits np.column_stack([np.zeros_like(z), z])). If these are predicted values, say --task regression.',
    });
  }
  if (columns > MOST_CLASSES) {
    throw new InputError('too-many-classes', {
      source: name,
      problem: 'there are more classes than can be scored',
      found: `${columns} columns`,
      expected: `at most ${MOST_CLASSES}`,
      advice: 'Is the array transposed? Rows are samples, columns are classes: save array.T.',
    });
  }
}

function checkSingle(scores: NumberArray): void {
  if (scores.rows === 0) throw noRows(scores);
  if (scores.columns !== 1) throw severalScores(scores.name, `shape ${shapeText(scores.shape)}`);
}

/** An array with one value per row of scores, as a single column. */
function besideScores(array: NumberArray, scores: NumberArray, what: string): NumberArray {
  const leading = scores.shape.slice(0, -1);
  const { shape } = array;
  const fits = [[scores.rows], [scores.rows, 1], leading, [...leading, 1]].some(
    (wanted) =>
      wanted.length === shape.length && wanted.every((size, axis) => size === shape[axis]),
  );
  if (fits) return shape.length === 1 ? array : array.asColumn();
  if (what === 'targets' && array.columns > 1 && array.rows === scores.rows) {
    throw severalColumns(array);
  }
  throw new InputError('shape-mismatch', {
    source: array.name,
    problem: `there must be as many ${what} as rows of scores`,
    found: `shape ${shapeText(shape)}`,
    expected: `(${scores.rows},), as ${scores.name} has shape ${shapeText(scores.shape)}`,
    advice: 'Save both from the same run and the same split.',
  });
}

function severalColumns(array: NumberArray): InputError {
  return new InputError('one-hot-targets', {
    source: array.name,
    problem: 'there are several values per row, where one is needed',
    found: `shape ${shapeText(array.shape)}`,
    expected: '(rows,)',
    advice: 'If these are one-hot targets, save np.argmax(targets, axis=1).',
  });
}

function noRows(array: NumberArray): InputError {
  return new InputError('no-rows', {
    source: array.name,
    problem: 'the array holds no rows',
    found: `shape ${shapeText(array.shape)}`,
    expected: 'one row or more',
    advice: 'Check the program that wrote it.',
  });
}
