/** Predicted labels without scores: everything that a confusion matrix gives. */

import { buildReport } from '../report/score-report.js';
import { ClassificationTally } from '../tallies/classification-tally.js';
import { ExactSums } from '../tallies/exact-sums.js';
import type { LabelPairReader } from '../types/dump.js';
import { InputError, quote, UsageError } from '../types/errors.js';
import type { ScoreReport } from '../types/report.js';
import { MAX_CLASSES } from '../types/row-options.js';
import { isTruthValue } from '../types/truth-values.js';
import { VERSION } from '../version.js';
import { noComplaint, refuseComplaints } from './row-checks.js';
import type { DumpOptions } from './score-dump.js';

/** Most distinct pairs of labels that are counted. */
const MOST_PAIRS = 2 ** 20;

/** From so many rows on, as many labels as this share of them are no classes. */
const FEWEST_ROWS = 20;
const NEARLY_ALL = 0.9;

/** One pair of labels: rows, and the exact sums of their weights and squared weights. */
interface PairCount {
  rows: number;
  readonly weights: ExactSums | null;
}

/** Numbers before words: integers by value, then text by code unit. */
function byValue(a: string, b: string): number {
  const [x, y] = [Number(a), Number(b)];
  if (Number.isInteger(x) && Number.isInteger(y)) return x - y;
  if (Number.isInteger(x) !== Number.isInteger(y)) return Number.isInteger(x) ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Classes in order: as given; 0 … max for small whole numbers; otherwise the labels, sorted. */
function classesOf(
  labels: ReadonlySet<string>,
  given: readonly string[] | null | undefined,
): readonly string[] {
  if (given) return given;
  const sorted = [...labels].sort(byValue);
  const numbers = sorted.map(Number);
  const last = numbers.at(-1) ?? 0;
  const isIndex = numbers.every((n, i) => Number.isInteger(n) && n >= 0 && String(n) === sorted[i]);
  if (isIndex && last < MAX_CLASSES && last < 4 * sorted.length + 16) {
    return Array.from({ length: Math.max(2, last + 1) }, (_, i) => String(i));
  }
  return sorted;
}

/**
 * Scores pairs of labels.
 * @throws InputError `missing-targets`, `missing-predictions`, `unknown-label`, `too-many-pairs`,
 *   `one-class`, `no-rows`
 * @throws UsageError `no-scores` for options that need scores
 */
export async function scoreLabels(
  reader: LabelPairReader,
  options: DumpOptions,
  labelsName: string | undefined,
): Promise<ScoreReport> {
  const { ignoreIndex = null, invalid = 'error', classNames, onProgress } = options;
  refuseScoreOptions(options, reader.name);
  const marks = reader.ignoreIndex ?? ignoreIndex;
  const ignored = marks === null ? null : String(marks);
  const known = classNames ? new Set(classNames) : null;
  const labels = new Set<string>();
  const pairs = new Map<string, Map<string, PairCount>>();
  const missing = noComplaint();
  const left = { ignored: 0, invalid: 0 };
  let distinct = 0;
  let row = 0;
  // True, true and TRUE are one class, in the first spelling that is met.
  const flags = new Map((classNames ?? []).map((name) => [name.toLowerCase(), name]));
  const spelled = (label: string): string => {
    // Told by their lengths first: this is for every row.
    if (label.length !== 4 && label.length !== 5) return label;
    if (!isTruthValue(label)) return label;
    const flag = label.toLowerCase();
    if (!flags.has(flag)) flags.set(flag, label);
    return flags.get(flag)!;
  };
  const requireKnown = (label: string, what: string) => {
    if (known === null || known.has(label)) return;
    throw new InputError('unknown-label', {
      source: reader.name,
      row,
      problem: `the ${what} is no class`,
      found: quote(label),
      expected: [...known].slice(0, 12).map(quote).join(', '),
      advice: 'Name every class with --class-names.',
    });
  };
  for (;;) {
    const batch = await reader.read();
    if (batch.length === 0) break;
    for (const pair of batch) {
      const target = spelled(pair.target);
      const prediction = spelled(pair.prediction);
      if (ignored !== null && target === ignored) {
        left.ignored++;
      } else if (target === '' || prediction === '') {
        missing.rows++;
        missing.firstRow = Math.min(missing.firstRow, row);
        left.invalid++;
      } else {
        requireKnown(target, 'target');
        requireKnown(prediction, 'prediction');
        labels.add(target).add(prediction);
        const byPrediction = pairs.get(target) ?? new Map<string, PairCount>();
        pairs.set(target, byPrediction);
        let count = byPrediction.get(prediction);
        if (!count) {
          if (++distinct > MOST_PAIRS) throw tooManyPairs(reader.name, row);
          count = { rows: 0, weights: reader.hasWeights ? new ExactSums(2) : null };
          byPrediction.set(prediction, count);
        }
        count.rows++;
        if (count.weights) addWeight(count.weights, pair.weight, reader.name, row);
      }
      row++;
    }
    onProgress?.({ rows: row, ...reader.progress() });
  }
  if (invalid === 'error') refuseComplaints(reader.name, noComplaint(), missing);

  const counted = row - left.ignored - left.invalid;
  if (known === null && counted >= FEWEST_ROWS && labels.size >= NEARLY_ALL * counted) {
    throw labelPerRow(reader.name, labels, counted);
  }
  if (known === null) {
    requireWhole(reader.name, labels);
    requireShared(reader.name, pairs);
  }
  const classes = classesOf(labels, classNames);
  if (row > 0 && classes.length < 2) {
    throw new InputError('one-class', {
      source: reader.name,
      problem: 'all labels are the same, so there is one class only',
      found: classes.map(quote).join(', ') || 'no label',
      expected: 'two classes or more',
      advice: 'Name all classes with --class-names.',
    });
  }
  const tally = new ClassificationTally({
    classes: Math.max(2, classes.length),
    weighted: reader.hasWeights,
    scores: false,
    kernel: 'none',
    version: VERSION,
  });
  const index = new Map(classes.map((name, i) => [name, i]));
  for (const [target, byPrediction] of pairs) {
    for (const [prediction, { rows, weights }] of byPrediction) {
      const [t, p] = [index.get(target)!, index.get(prediction)!];
      if (weights) tally.addPair(t, p, weights.value(0), rows, weights.value(1));
      else tally.addPair(t, p, rows);
    }
  }
  tally.addLeftOut(left);
  return buildReport({
    tally,
    math: Math,
    kernel: 'none',
    source: {
      name: reader.name,
      format: reader.format,
      stored: 'labels',
      kind: 'labels',
      kindFrom: options.kind === 'labels' ? 'option' : 'data',
      ...(labelsName !== undefined && { labels: labelsName }),
    },
    rowOptions: null,
    ignoreIndex,
    weighted: reader.hasWeights,
    invalid,
    classNames: classes,
    normalizedRows: 0,
    looseRows: 0,
    firstInvalidRow: missing.firstRow,
    metrics: [],
    topK: options.topK,
    betas: options.betas,
    zeroDivision: options.zeroDivision,
  });
}

/** Options that say something about scores are refused where there are none. */
function refuseScoreOptions(options: DumpOptions, source: string): void {
  const given = (
    [
      ['--class-weights', options.classWeights],
      ['--label-smoothing', options.labelSmoothing],
      ['--eps', options.eps],
      ['--top-k', options.topK],
      ['custom metrics', options.metrics?.length ? options.metrics : undefined],
    ] as const
  ).filter(([, value]) => value !== undefined && value !== null);
  if (given.length === 0) return;
  throw new UsageError(
    'no-scores',
    `${source} holds predicted labels without scores; ${given.map(([name]) => name).join(', ')} cannot apply. Leave the option out, or give scores.`,
  );
}

function addWeight(sums: ExactSums, weight: number, source: string, row: number): void {
  if (!(weight >= 0 && weight < Number.POSITIVE_INFINITY)) {
    throw new InputError('bad-weight', {
      source,
      row,
      problem: 'a sample weight cannot be used',
      found: String(weight),
      expected: 'a finite number that is not negative',
    });
  }
  sums.add(0, weight);
  sums.add(1, weight * weight);
}

/** A number with a fraction among whole ones is no class. */
function requireWhole(source: string, labels: ReadonlySet<string>): void {
  const numbers = [...labels].map(Number);
  if (!numbers.every(Number.isFinite)) return;
  const fractions = [...labels].filter((label) => !Number.isInteger(Number(label)));
  if (fractions.length === 0 || 2 * fractions.length >= labels.size) return;
  throw new InputError('not-an-integer', {
    source,
    problem: 'labels are class numbers, and one of them has a fraction',
    found: quote(fractions[0]!),
    expected: 'integers',
    advice:
      'If they are values, say --task regression; if it is a class, name them all with --class-names.',
  });
}

/** Predicted labels and targets must be of one kind: words beside numbers never agree. */
function requireShared(source: string, pairs: ReadonlyMap<string, ReadonlyMap<string, PairCount>>) {
  const predicted = new Set([...pairs.values()].flatMap((counts) => [...counts.keys()]));
  const isShared = [...pairs.keys()].some((label) => predicted.has(label));
  if (isShared || pairs.size < 2 || predicted.size < 2) return;
  const some = (labels: Iterable<string>) => [...labels].slice(0, 6).map(quote).join(', ');
  throw new InputError('disjoint-labels', {
    source,
    problem: 'no predicted label occurs among the targets, so no row can be right',
    found: `predictions ${some(predicted)}; targets ${some(pairs.keys())}`,
    expected: 'the same labels in both',
    advice:
      'Write both alike, say where class numbers begin with --labels-from, or name all classes with --class-names if this is meant.',
  });
}

function labelPerRow(source: string, labels: ReadonlySet<string>, rows: number): InputError {
  const isNumber = [...labels].every((label) => Number.isFinite(Number(label)));
  return new InputError('label-per-row', {
    source,
    problem: 'nearly every row has a label of its own, so these are hardly classes',
    found: `${labels.size} different labels in ${rows} rows, such as ${quote([...labels][0]!)}`,
    expected: 'labels that many rows share',
    advice: `${isNumber ? 'If they are predicted values, say --task regression. ' : ''}If a column of names was taken for labels, choose others with --prediction and --target; if these are classes, name them all with --class-names.`,
  });
}

function tooManyPairs(source: string, row: number): InputError {
  return new InputError('too-many-pairs', {
    source,
    row,
    problem: `there are more than ${MOST_PAIRS} different pairs of labels`,
    expected: 'labels of classes, not numbers of a regression',
    advice:
      'Check that the right columns are named with --prediction and --target; if they hold values, say --task regression.',
  });
}
