/** Predictions, targets and weights put together, row by row, wherever each lies. */

import type { NumberRows, ValueBuffers, ValueInfo, ValueReader } from '../types/dump.js';
import { InputError } from '../types/errors.js';
import { type ColumnRole, mismatch, readWhole } from './joined.js';

/** Where the numbers of a row come from. */
export interface ValueParts {
  /** The first `outputs` numbers of each row, followed by targets and weight where those are inside. */
  readonly predictions: NumberRows;
  readonly outputs: number;
  readonly outputNames: readonly string[] | null;
  /** Targets from elsewhere, or how many of them follow the predictions. */
  readonly targets: NumberRows | number;
  /** Weights from elsewhere, or whether one stands at the end of each row. */
  readonly weights: NumberRows | boolean;
}

/**
 * A reader of values.
 * @throws InputError `shape-mismatch` where targets are not as many as predictions, in a row or in all
 */
export function valueDump(parts: ValueParts): ValueReader {
  const { predictions, outputs, outputNames, targets, weights } = parts;
  const outside = {
    targets: typeof targets === 'number' ? null : targets,
    weights: typeof weights === 'boolean' ? null : weights,
  };
  const perRow = typeof targets === 'number' ? targets : targets.columns;
  if (perRow !== outputs) {
    throw new InputError('shape-mismatch', {
      source: outside.targets?.name ?? predictions.name,
      problem: 'there must be as many targets in a row as predictions',
      found: `${perRow} ${perRow === 1 ? 'target' : 'targets'} per row`,
      expected: `${outputs}, as ${predictions.name} has predictions`,
      advice: 'Name the columns with --scores and --target, in the same order.',
    });
  }
  const columns = Object.entries(outside) as [ColumnRole, NumberRows | null][];
  for (const [role, column] of columns) checkRows(predictions, column, role);
  const all = [predictions, outside.targets, outside.weights].filter((part) => part !== null);
  const info: ValueInfo = {
    name: predictions.name,
    format: predictions.format === 'txt' ? 'csv' : predictions.format,
    stored: predictions.stored,
    dtype: predictions.dtype,
    outputs,
    outputNames,
    rows: predictions.rows,
    hasWeights: weights !== false,
  };
  let row = 0;
  let scratch = new Float64Array(0);

  /** Predictions with what stands beside them. */
  const readRows = async (into: ValueBuffers): Promise<number> => {
    const width = predictions.columns;
    if (width === outputs) return predictions.readRows(into.predictions, into.capacity);
    if (scratch.length < into.capacity * width) scratch = new Float64Array(into.capacity * width);
    const count = await predictions.readRows(scratch, into.capacity);
    for (let r = 0; r < count; r++) {
      for (let k = 0; k < outputs; k++) {
        into.predictions[r * outputs + k] = scratch[r * width + k]!;
        if (outside.targets === null) {
          into.targets[r * outputs + k] = scratch[r * width + outputs + k]!;
        }
      }
      if (weights === true) into.weights[r] = scratch[(r + 1) * width - 1]!;
    }
    return count;
  };

  const readBeside = (column: NumberRows, role: ColumnRole, into: Float64Array, count: number) =>
    readWhole(
      (from, left) => column.readRows(into.subarray(from * column.columns), left),
      count,
      (got) =>
        mismatch(role, column.name, `${row + got} rows`, info.name, `${info.rows ?? 'more'}`),
    );

  return {
    info,
    async read(into) {
      const count = await readRows(into);
      for (const [role, column] of columns) {
        if (column === null) continue;
        const memory = into[role];
        if (count > 0) await readBeside(column, role, memory, count);
        else if ((await column.readRows(new Float64Array(column.columns), 1)) > 0) {
          throw mismatch(role, column.name, `more than ${row} rows`, info.name, `${row}`);
        }
      }
      row += count;
      return count;
    },
    ...(all.every((part) => part.selectRows !== undefined) && {
      selectRows(first: number, count: number) {
        for (const part of all) part.selectRows!(first, count);
        row = first;
      },
    }),
    progress: () => predictions.progress(),
    async close() {
      for (const part of all) await part.close();
    },
  };
}

/** @throws InputError `shape-mismatch` where both lengths are known beforehand and differ. */
function checkRows(predictions: NumberRows, column: NumberRows | null, role: ColumnRole): void {
  if (column === null) return;
  if (role === 'weights' && column.columns !== 1) {
    throw new InputError('shape-mismatch', {
      source: column.name,
      problem: 'there must be one weight per row',
      found: `${column.columns} per row`,
      expected: '1',
    });
  }
  if (predictions.rows === null || column.rows === null) return;
  if (predictions.rows === column.rows) return;
  throw mismatch(role, column.name, `${column.rows} rows`, predictions.name, `${predictions.rows}`);
}

/** Memory for `capacity` rows of values. */
export function valueBuffers({ outputs, dtype }: ValueInfo, capacity: number): ValueBuffers {
  const length = capacity * outputs;
  return {
    capacity,
    predictions: dtype === 'f32' ? new Float32Array(length) : new Float64Array(length),
    targets: new Float64Array(length),
    weights: new Float64Array(capacity),
  };
}

/** A reader whose first rows were looked at, and which gives them all the same. */
export interface PeekedValues {
  readonly reader: ValueReader;
  /** The first rows; `count` of them, fewer than asked for only where there are no more. */
  readonly head: ValueBuffers;
  readonly count: number;
}

/** Reads the first rows of a reader ahead. */
export async function peekValues(reader: ValueReader, rows: number): Promise<PeekedValues> {
  const { outputs } = reader.info;
  const head = valueBuffers(reader.info, rows);
  const part = (from: number, to: number): ValueBuffers => ({
    capacity: to - from,
    predictions: head.predictions.subarray(from * outputs, to * outputs),
    targets: head.targets.subarray(from * outputs, to * outputs),
    weights: head.weights.subarray(from, to),
  });
  let count = 0;
  while (count < rows) {
    const got = await reader.read(part(count, rows));
    if (got === 0) break;
    count += got;
  }
  let given = 0;
  const { info, progress, close } = reader;
  return {
    head,
    count,
    reader: {
      info,
      progress,
      close,
      async read(into) {
        if (given === count) return reader.read(into);
        const end = Math.min(count, given + into.capacity);
        const rest = part(given, end);
        into.predictions.set(rest.predictions);
        into.targets.set(rest.targets);
        into.weights.set(rest.weights);
        const got = end - given;
        given = end;
        return got;
      },
    },
  };
}
