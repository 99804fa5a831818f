/** What it would be worth to abstain: accuracy of the most confident rows of a sample, and how many reach one. */

import { wilson } from '../metrics/intervals.js';
import {
  type ConfidentRows,
  type RiskSteps,
  riskAreas,
  riskSteps,
} from '../metrics/risk-coverage.js';
import type { DiagnosisTally } from '../tallies/diagnosis-tally.js';
import type { RowSample } from '../tallies/row-sample.js';
import type {
  Coverage,
  CoverageAtAccuracy,
  CoveragePoint,
  CoverageReport,
} from '../types/coverage.js';
import type { Fitted } from '../types/fitted.js';
import type { ScoreSorter } from '../types/ranking.js';
import type { Readings } from '../types/rows.js';

/** Points of the curve. */
const POINTS = 20;
const COVERAGES = [0.5, 0.8, 0.9, 0.95];
const ACCURACIES = [0.9, 0.95, 0.99];
/** Fewer answers than this share are not worth a sentence: a row or two reach any accuracy by chance. */
const FEWEST = 0.05;
/** Rounding of a share must not ask for another row. */
const ROUNDING = 1e-12;

/**
 * @param found a fit of the sampled rows, or of more
 * @returns null where rows have no confidence
 */
export function coverageOf(
  { sample, answers, leftOut }: DiagnosisTally,
  found: Fitted,
  readings: Readings,
  sorter: ScoreSorter,
): Coverage | null {
  const kept = answers !== null && answers.count > 0 ? answers : null;
  const recalibrated = recalibratedCoverage(sample, found, sorter);
  // Of several labels only sampled rows have a confidence, and these leave out infinite losses.
  const own = kept?.rows() ?? answersOf(sample, found, 'they are');
  if (own === null) return null;
  const report = reportOf(own, sorter);
  const rows = own.confidence.length;
  const seen = kept?.seen ?? sample.seen + leftOut;
  // Samples of as many rows are of the same rows, those of smallest hash.
  const areSame = recalibrated?.rows === rows && leftOut === 0;
  const area = () => {
    const sampled = answersOf(sample, found, 'they are')!;
    return riskAreas(riskSteps(sampled, sorter), sampled).area;
  };
  return {
    rows,
    of: seen,
    asIs: report,
    ...(recalibrated && {
      recalibrated: { areaAsIs: areSame ? report.area : area(), ...recalibrated },
    }),
    summary: [
      (rows < seen ? `Of ${rows} of ${seen} rows, sampled: ` : '') + summaryOf(report, readings),
      accuraciesOf('Accuracy by confidence', report),
      ...(recalibrated ? [accuraciesOf('Recalibrated', recalibrated)] : []),
    ],
  };
}

function recalibratedCoverage(sample: RowSample, found: Fitted, sorter: ScoreSorter) {
  const answers = answersOf(sample, found, 'recalibrated');
  return answers && { rows: answers.confidence.length, ...reportOf(answers, sorter) };
}

function answersOf(
  sample: RowSample,
  found: Fitted,
  as: 'they are' | 'recalibrated',
): ConfidentRows | null {
  const rows = sample.rows();
  const answers = found.answers?.(rows, as);
  return answers ? { ...answers, weights: rows.weights } : null;
}

function reportOf(rows: ConfidentRows, sorter: ScoreSorter): CoverageReport {
  const steps = riskSteps(rows, sorter);
  const curve: CoveragePoint[] = [];
  for (let point = 1; point <= POINTS; point++) {
    const next = pointAt(steps, firstToAnswer(steps, point / POINTS));
    if (next.coverage !== curve.at(-1)?.coverage) curve.push(next);
  }
  return {
    ...riskAreas(steps, rows),
    curve,
    atCoverage: COVERAGES.map((wanted) => ({
      wanted,
      ...pointAt(steps, firstToAnswer(steps, wanted)),
    })),
    atAccuracy: ACCURACIES.map((wanted) => mostThatReach(steps, wanted)),
  };
}

/** The first step that answers a share of the rows. */
function firstToAnswer({ count, weight }: RiskSteps, share: number): number {
  const wanted = share * weight[count - 1] * (1 - ROUNDING);
  let [low, high] = [0, count - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (weight[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

function mostThatReach(steps: RiskSteps, wanted: number): CoverageAtAccuracy {
  const { count, right, weight } = steps;
  let step = count - 1;
  while (step >= 0 && right[step] / weight[step] < wanted) step--;
  return { wanted, ...(step < 0 ? { coverage: 0 as const } : pointAt(steps, step)) };
}

function pointAt(steps: RiskSteps, step: number): CoveragePoint {
  const { count, threshold, right, loss } = steps;
  const weight = steps.weight[step];
  const accuracy = right[step] / weight;
  const weightSquares = steps.weightSquares[step];
  return {
    coverage: weight / steps.weight[count - 1],
    threshold: threshold[step],
    accuracy,
    // Rows that weigh something have an interval.
    ...wilson(accuracy, { weight, weightSquares })!,
    loss: loss[step] / weight,
  };
}

/** Accuracies at each coverage, one line. */
function accuraciesOf(name: string, { atCoverage, area }: CoverageReport): string {
  const shown = atCoverage.map(
    ({ wanted, accuracy }) => `${percent(accuracy)} of the surest ${percent(wanted)}`,
  );
  return `${name}: ${shown.join(', ')}; AURC ${area.toFixed(4)}.`;
}

const percent = (share: number) => `${Number((100 * share).toFixed(1))} %`;

function summaryOf(
  { curve, atCoverage, atAccuracy }: CoverageReport,
  { second }: Readings,
): string {
  const all = curve[curve.length - 1];
  const noun = second === 'accuracy' ? 'accuracy' : 'the share of rows whose labels are all right';
  if (all.accuracy === 1) return 'Every row is right: there is nothing to abstain from.';
  if (all.accuracy === 0) return 'No row is right: abstaining from some would not help.';
  const fewer = atCoverage.find(({ wanted }) => wanted === 0.8)!;
  const left = fewer.coverage < 1 ? fewer : curve.at(-2);
  if (left === undefined)
    return 'All rows are equally confident: nothing says which to abstain from.';
  const [before, after] = [percent(all.accuracy), percent(left.accuracy)];
  const share = `Leaving the ${percent(1 - left.coverage)} least confident rows out`;
  const does = left.accuracy > all.accuracy ? 'raises' : 'lowers';
  const effect =
    before === after
      ? `${share} leaves ${noun} at ${before}`
      : `${share} ${does} ${noun} from ${before} to ${after}`;
  const reached = atAccuracy.filter(
    ({ coverage, wanted }) => coverage >= FEWEST && wanted > all.accuracy,
  );
  const best = reached.at(-1);
  return best === undefined
    ? `${effect}.`
    : `${effect}; to reach ${percent(best.wanted)} answer ${percent(best.coverage)}.`;
}
