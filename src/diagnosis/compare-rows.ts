/** Numbers of the same rows in several models, by what they are compared by. */

import type { CompareMeasure } from '../types/compare.js';
import type { EpochColumns } from './epoch-columns.js';

/** A measure of rows that all models have. */
export interface MeasuredRows {
  readonly by: CompareMeasure;
  readonly index: Float64Array;
  /** Null where every row weighs 1. */
  readonly weights: Float64Array | null;
  /** A number of each row's cluster; null where rows are independent. */
  readonly groups: Float64Array | null;
  /** Of each model, a number per row. */
  readonly values: readonly Float64Array[];
  /** Of each model: changes of its mean up to here are rounding. */
  readonly resolutions: readonly number[];
}

/** Rows of one model by index, and what is measured of them. */
export interface MeasuredColumns
  extends Pick<EpochColumns, 'index' | 'weights' | 'groups' | 'resolution'> {
  readonly values: Float64Array;
}

/** The rows that all models have, and a finite number of. */
export function measuredRows(by: CompareMeasure, models: readonly MeasuredColumns[]): MeasuredRows {
  const [first] = models;
  const { resolution: _, ...rows } = first;
  const facts = { by, resolutions: models.map(({ resolution }) => resolution) };
  const isSame = models.every(
    ({ index, values }) =>
      index.length === first.index.length &&
      index.every((row, i) => row === first.index[i] && Number.isFinite(values[i])),
  );
  if (isSame) return { ...rows, ...facts, values: models.map(({ values }) => values) };
  const seen = new Map<number, number>();
  for (const { index, values } of models) {
    index.forEach((row, i) => {
      if (Number.isFinite(values[i])) seen.set(row, (seen.get(row) ?? 0) + 1);
    });
  }
  const isCommon = (row: number) => seen.get(row) === models.length;
  const { index, weights, groups } = first;
  const common = (_: unknown, i: number) => isCommon(index[i]);
  return {
    ...facts,
    index: index.filter(common),
    weights: weights?.filter(common) ?? null,
    groups: groups?.filter(common) ?? null,
    values: models.map((model) => model.values.filter((_, i) => isCommon(model.index[i]))),
  };
}
