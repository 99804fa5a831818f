/** Recalibration by temperatures alone, with the offsets left at 0: what `--only scale` fits. */

import type { ScalarMath } from '../metrics/scalar-math.js';
import { RowSample } from '../tallies/row-sample.js';
import type { FitRows, Fitted } from '../types/fitted.js';
import type { TargetedRows, TemperKernel } from '../types/temper.js';
import { asLogits, sampleAsLogits, type ToLogit } from './as-logits.js';
import { searchEnds } from './joint-ends.js';
import { JointOfAllRows } from './joint-recalibration.js';
import { jointTemperature } from './joint-report.js';
import type { JointFound, LabelRows } from './joint-terms.js';
import type { FitOfAllRows } from './recalibration.js';
import { type RowReader, type RowSearch, temperatureSearch } from './row-search.js';
import { searchRefinement, startingRows } from './temperature.js';

export interface ScaleOptions {
  readonly kernel: TemperKernel;
  readonly math: ScalarMath;
  readonly toLogit: ToLogit;
  /** Classes per row; 2 of one score. Of several labels how many there are. */
  readonly classes: number;
  readonly isOfLabels: boolean;
}

/** Needs nothing of the rows. */
const BLIND: RowReader = { add: () => {} };

/** Fits of temperatures on rows as the task's own recalibration samples them. */
export class ScaleRecalibration {
  readonly #options: ScaleOptions;

  constructor(options: ScaleOptions) {
    this.#options = options;
  }

  /** Null without rows that weigh something. */
  fit(sample: RowSample): Fitted | null {
    const fit = this.fitAll(sample.count, sample);
    const rows = sample.rows();
    do fit.add(rows);
    while (fit.next());
    return fit.found();
  }

  fitAll(rows: number, sample: RowSample): FitOfAllRows {
    const { kernel, math, toLogit, classes, isOfLabels } = this.#options;
    const few = isOfLabels ? sample.atMost(startingRows(2)) : sample;
    const samples = isOfLabels
      ? Array.from({ length: classes }, (_, k) =>
          labelSample(few, new Columns(classes, toLogit), k),
        )
      : [sampleAsLogits(sample, toLogit)];
    const whole: LabelRows = {
      of: ({ count, scores, targets }) => ({
        ...{ classes, count, targets },
        scores: asLogits(scores, toLogit),
      }),
    };
    return new JointOfAllRows(
      {
        ...{ kernel, math, isOfLabels, threshold: null },
        labelRows: () => (isOfLabels ? new Columns(classes, toLogit) : whole),
        parameters: (found) => {
          const temperatures = found.map((label) => jointTemperature(label, math));
          return isOfLabels ? { temperatures } : { temperature: temperatures[0] };
        },
      },
      samples.map((own) => searchScale(rows, own, kernel, math)),
    );
  }
}

/** The temperature alone, as a joint fit that has no offsets. */
function* searchScale(
  rows: number,
  sample: RowSample,
  kernel: TemperKernel,
  math: ScalarMath,
): RowSearch<JointFound | null> {
  const search = searchRefinement(rows, sample, kernel, math);
  const alone = yield* temperatureSearch(search, kernel, BLIND);
  if (alone === null) return null;
  const fit = { alone, offsets: null, grouping: null };
  const { ends, errors } = yield* searchEnds(fit);
  return { fit, ends, errors, crossFittedExcess: alone.crossFittedLoss - alone.fit.loss };
}

/** The columns of one label as rows of two classes. */
class Columns implements LabelRows {
  readonly #labels: number;
  readonly #toLogit: ToLogit;

  constructor(labels: number, toLogit: ToLogit) {
    this.#labels = labels;
    this.#toLogit = toLogit;
  }

  of({ count, scores: rows }: Pick<FitRows, 'count' | 'scores'>, label: number): TargetedRows {
    const labels = this.#labels;
    const toLogit = this.#toLogit;
    const scores = new Float64Array(2 * count);
    const targets = new Int32Array(count);
    for (let r = 0, at = label; r < count; r++, at += 2 * labels) {
      scores[2 * r] = toLogit === null ? 0 : toLogit(1 - rows[at]);
      scores[2 * r + 1] = toLogit === null ? rows[at] : toLogit(rows[at]);
      targets[r] = rows[at + labels];
    }
    return { classes: 2, count, scores, targets };
  }
}

/** The sample with one label alone. */
function labelSample(sample: RowSample, columns: Columns, label: number): RowSample {
  const rows = sample.rows();
  const { scores, targets } = columns.of(rows, label);
  const { weighted } = sample.options;
  return RowSample.fromParts(
    { classes: 2, dtype: 'f64', weighted, budget: scores.byteLength },
    {
      ...{ level: sample.level, seen: sample.seen, index: rows.index },
      ...{ targets, weights: rows.weights, scores },
    },
  );
}
