/** Recalibration of predicted values: the straight line of them that fits the true ones best. */

import { Z_95 } from '../metrics/intervals.js';
import type { RowSample } from '../tallies/row-sample.js';
import type { LineReport, TestedPart } from '../types/diagnosis.js';
import type { FitRows, Fitted, RowLosses } from '../types/fitted.js';
import type { Estimate } from '../types/report.js';
import type { Readings } from '../types/rows.js';
import type { SampleShape } from '../types/sample-shape.js';
import { scoreAt } from '../types/score-array.js';
import type { Dtype } from '../types/scores.js';
import { FOLDS, foldOf } from './fold-moments.js';
import { OWN_SHARE } from './joint-parts.js';
import {
  around,
  type Line,
  type LineLosses,
  LineLossSums,
  LineSums,
  meanError,
  type Origin,
  originOf,
  partOf,
} from './line.js';
import { pairedMean } from './paired-tests.js';
import type { FitOfAllRows, ShapedRecalibration } from './recalibration.js';

/** Sampled rows that tell where values lie: in every sample of a dump the same ones. */
const ORIGIN_ROWS = 1024;
/** As many rows lie on a line wherever they are: they say nothing of its error. */
const ROWS_OF_A_LINE = 2;

/** A sampled row is the predicted value and the true one. */
export class ValueRecalibration implements ShapedRecalibration {
  readonly readings: Readings = { loss: 'mse', second: 'mae' };
  readonly shape: SampleShape;

  /** @param dtype number format of the predictions; samples are f64 in any case */
  constructor(dtype: Dtype) {
    this.shape = {
      width: 2,
      classes: 0,
      dtype: 'f64',
      squares: true,
      pack: ({ scores, values }, row, into) => {
        into[0] = scoreAt(scores, dtype, row);
        into[1] = values![row];
      },
    };
  }

  get width(): number {
    return this.shape.width;
  }

  fit(sample: RowSample): Fitted | null {
    const rows = sample.rows();
    const fit = this.fitAll(rows.count, sample);
    do fit.add(rows);
    while (fit.next());
    return fit.found();
  }

  fitAll(_rows: number, sample: RowSample): FitOfAllRows {
    return new LineOfAllRows(originOf(sample.atMost(ORIGIN_ROWS).rows()));
  }

  /** How far off each value is. */
  second({ count, scores }: FitRows): Float64Array {
    return Float64Array.from({ length: count }, (_, r) =>
      Math.abs(scores[2 * r + 1] - scores[2 * r]),
    );
  }

  targets({ count, scores }: FitRows): ArrayLike<number> {
    return Float64Array.from({ length: count }, (_, r) => scores[2 * r + 1]);
  }
}

/** Two readings: one for the lines, one for what is left of the loss. */
class LineOfAllRows implements FitOfAllRows {
  readonly #sums: LineSums;
  #line: Line | null = null;
  #folds: readonly Line[] = [];
  #losses: LineLossSums | null = null;
  #found: Fitted | null = null;

  constructor(origin: Origin) {
    this.#sums = new LineSums(origin);
  }

  add(rows: FitRows): void {
    (this.#losses ?? this.#sums).add(rows);
  }

  next(): boolean {
    if (this.#losses !== null && this.#line !== null) {
      this.#found = fittedOf(this.#line, this.#folds, this.#losses.losses());
      return false;
    }
    const line = this.#sums.line();
    this.#line = line;
    if (line === null) return false;
    this.#folds = Array.from({ length: FOLDS }, (_, k) =>
      around(this.#sums.line(k) ?? line, line.centre),
    );
    this.#losses = new LineLossSums(line, this.#folds);
    return true;
  }

  found(): Fitted | null {
    return this.#found;
  }
}

/** @param folds for the rows of each fold the line of the others */
function fittedOf(line: Line, folds: readonly Line[], losses: LineLosses): Fitted {
  const { crossFitted, asIs, refined, rows } = losses;
  const { excess, spread, weight } = line;
  const part = (value: number, inSample: number, column: number): TestedPart => {
    const mixed = OWN_SHARE * inSample + (1 - OWN_SHARE) * value;
    const { low, high, pValue } = pairedMean(mixed, losses.errors.paired(column));
    return { value: mixed, crossFitted: value, inSample, low, high, pValue };
  };
  return {
    rows,
    lossAsIs: asIs,
    loss: refined,
    crossFittedLoss: crossFitted.refined,
    logTemperature: Number.NaN,
    parameters: { line: lineReport(line, losses) },
    parts: {
      refinement: part(crossFitted.refined, refined, 0),
      scale: part(crossFitted.scale, (excess * excess * spread) / weight, 1),
      offsets: part(crossFitted.offset, meanError(line) ** 2, 2),
      // Sums of squares add up but for rounding.
      residual: 0,
    },
    losses: (batch) => lossesOn(line, folds, batch),
    rightAtOffsets: () => null,
  };
}

/** Intervals by the normal distribution, where there are rows to tell them; without, where all predictions are equal, for the slope. */
function lineReport(line: Line, { rows, slopeError, interceptError }: LineLosses): LineReport {
  const { origin, centre, excess, spread } = line;
  const estimate = (value: number, error: number, isKnown: boolean): Estimate =>
    isKnown ? { value, low: value - Z_95 * error, high: value + Z_95 * error } : { value };
  const hasSlope = spread > 0;
  const isKnown = rows > (hasSlope ? ROWS_OF_A_LINE : 1);
  return {
    slope: estimate(1 + excess, slopeError, isKnown && hasSlope),
    intercept: estimate(
      meanError(line) - excess * (origin.prediction + centre),
      interceptError,
      isKnown,
    ),
  };
}

function lossesOn(
  line: Line,
  folds: readonly Line[],
  { count, scores, index }: FitRows,
): RowLosses {
  const asIs = new Float64Array(count);
  const refined = new Float64Array(count);
  const scale = new Float64Array(count);
  for (let r = 0; r < count; r++) {
    const [prediction, value] = [scores[2 * r], scores[2 * r + 1]];
    const own = partOf(line, prediction, value);
    const cross = partOf(folds[foldOf(index[r])], prediction, value);
    asIs[r] = own.asIs;
    refined[r] = OWN_SHARE * own.refined + (1 - OWN_SHARE) * cross.refined;
    scale[r] = OWN_SHARE * own.scale + (1 - OWN_SHARE) * cross.scale;
  }
  // Around the centre of the rows an error of the line does nothing to its parts.
  return { asIs, refined, scale, lean: new Float64Array(count) };
}
