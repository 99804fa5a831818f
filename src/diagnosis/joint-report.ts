/** Fitted temperatures and offsets as reports show them. */

import { Z_95 } from '../metrics/intervals.js';
import type { ScalarMath } from '../metrics/scalar-math.js';
import type {
  AccuracyAtOffsets,
  OffsetReport,
  OffsetsReport,
  TemperatureReport,
  TestedPart,
  ThresholdReport,
} from '../types/diagnosis.js';
import type { Estimate } from '../types/notice.js';
import { FOLDS } from './fold-moments.js';
import type { PartMeans } from './joint-parts.js';
import type { JointFound } from './joint-terms.js';
import { temperatureReport } from './temperature.js';

/** Past this many classes or labels reports have no numbers for each. */
export const MOST_REPORTED = 4096;

/** The temperature of the joint fit, or alone where there is no other. */
export function jointTemperature(found: JointFound, math: ScalarMath): TemperatureReport {
  const { fit, errors } = found;
  if (fit.offsets === null) return temperatureReport(fit.alone.fit, math);
  const { minimum, problem } = fit.offsets;
  const { range } = problem;
  // With offsets that go with it: how far the search followed rows that have no best fit.
  if (minimum.bound === 'separated') return { value: 1 / minimum.x[0], bound: minimum.bound };
  if (minimum.bound !== null) return { value: 1 / range.low, bound: minimum.bound };
  const [beta] = minimum.x;
  const value = 1 / beta;
  const factor = math.exp(Z_95 * (errors!.beta / beta));
  return { value, low: value / factor, high: value * factor };
}

function estimate(value: number, error: number): Estimate {
  if (!Number.isFinite(error)) return { value };
  return { value, low: value - Z_95 * error, high: value + Z_95 * error };
}

/** Whether a part is more than chance gives, out of fold. */
export function isGain({ low }: Pick<TestedPart, 'low'>): boolean {
  return low > 0;
}

/** Offsets of classes, counted from their mean; undefined where none could be told. */
export function classOffsetsReport(
  { fit, errors }: JointFound,
  part: TestedPart,
): OffsetsReport | undefined {
  const { grouping, offsets } = fit;
  if (grouping === null) return undefined;
  if (offsets === null) return { told: false, values: [] };
  const { count, sizes, common, targets, of } = grouping;
  const { x, bound } = offsets.minimum;
  const classes = of.length;
  const share = Float64Array.from({ length: 1 + count }, (_, i) =>
    i === 0 ? 0 : sizes[i - 1] / classes,
  );
  const mean = x.reduce((sum, b, i) => sum + b * share[i], 0);
  const estimateOf = (g: number): Estimate => {
    const factors = share.map((s, i) => (i === 1 + g ? 1 - s : -s));
    factors[0] = 0;
    return estimate(x[1 + g] - mean, bound === 'separated' ? Number.NaN : errors!.of(factors));
  };
  const values: OffsetReport[] = [];
  if (classes <= MOST_REPORTED || count <= MOST_REPORTED) {
    of.forEach((g, index) => {
      if (g !== common) values.push({ index, ...estimateOf(g) });
    });
  }
  return {
    told: isGain(part),
    values,
    ...(common !== null && {
      common: {
        ...estimateOf(common),
        classes: sizes[common],
        targets: Array.from({ length: FOLDS }, (_, k) => targets[k * count + common]).reduce(
          (a, b) => a + b,
        ),
      },
    }),
    ...(offsets.ridge > 0 && { ridge: offsets.ridge }),
  };
}

/** What is added to the logit of a label, or of one score: the second class's offset less the first's. */
export function logitOffset({ fit, errors }: JointFound, index: number): OffsetReport | null {
  if (fit.offsets === null) return null;
  const { x, bound } = fit.offsets.minimum;
  const { of } = fit.grouping!;
  const [zero, one] = [1 + of[0], 1 + of[1]];
  const factors = x.map((_, i) => (i === one ? 1 : i === zero ? -1 : 0));
  const error = bound === 'separated' ? Number.NaN : errors!.of(factors);
  return { index, ...estimate(x[one] - x[zero], error) };
}

/** Offsets of labels, or of one score. */
export function logitOffsetsReport(
  found: readonly JointFound[],
  part: TestedPart,
  firstIndex: number,
): OffsetsReport | undefined {
  const values = found.flatMap((label, k) => logitOffset(label, firstIndex + k) ?? []);
  if (found.every(({ fit }) => fit.grouping === null)) return undefined;
  return { told: isGain(part), values: values.length > MOST_REPORTED ? [] : values };
}

/**
 * Where to predict the second of two classes: βz + b ≥ 0, so z ≥ −b/β.
 * @returns null where offsets are not known, or the temperature is at a bound
 */
export function thresholdReport(
  { fit, errors }: JointFound,
  isLogit: boolean,
  math: ScalarMath,
): ThresholdReport | null {
  if (fit.offsets === null || fit.offsets.minimum.bound !== null) return null;
  const { x } = fit.offsets.minimum;
  const { of } = fit.grouping!;
  const [zero, one] = [1 + of[0], 1 + of[1]];
  const [beta] = x;
  const value = -(x[one] - x[zero]) / beta;
  const factors = x.map((_, i) =>
    i === 0 ? -value / beta : i === one ? -1 / beta : i === zero ? 1 / beta : 0,
  );
  const found = estimate(value, errors!.of(factors));
  if (isLogit) return { ...found, scale: 'logit' };
  const share = (z: number) => 1 / (1 + math.exp(-z));
  return {
    value: share(found.value),
    ...(found.low !== undefined && { low: share(found.low) }),
    ...(found.high !== undefined && { high: share(found.high) }),
    scale: 'probability',
  };
}

/** Accuracy at the offsets, where there are any. */
export function accuracyReport(means: PartMeans, math: ScalarMath): AccuracyAtOffsets | undefined {
  const accuracy = means.accuracy(math);
  if (accuracy === null) return undefined;
  const { asIs, ...rest } = accuracy;
  return { ...rest, lost: rest.value - asIs };
}
