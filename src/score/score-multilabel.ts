/** Scores rows of any number of labels at once: a score and a target, 0 or 1, for each. */

import { peekValues } from '../intake/value-rows.js';
import { buildMultilabelReport } from '../report/multilabel-report.js';
import { LabelLosses } from '../tallies/label-losses.js';
import { MultilabelTally } from '../tallies/multilabel-tally.js';
import { RankedLabels } from '../tallies/ranked-labels.js';
import type { ValueBuffers, ValueReader } from '../types/dump.js';
import { UsageError } from '../types/errors.js';
import type { RealArray } from '../types/gradients.js';
import type { ScoreReport } from '../types/report.js';
import { MAX_CLASSES } from '../types/row-options.js';
import { MISSING_TARGET, RowStatus, STATUS_MASK } from '../types/scores.js';
import type { SingleScores } from '../types/single-scores.js';
import { VERSION } from '../version.js';
import type { CoreLoader } from './create-scorer.js';
import { HEAD_ROWS } from './kind.js';
import { complain } from './row-checks.js';
import type { DumpOptions } from './score-dump.js';
import {
  badTarget,
  contradiction,
  decideSingleKind,
  givenKind,
  refuseOptions,
  showScore,
  singleKernels,
} from './single-scores.js';
import { noComplaints, refuseRows, requireWeights } from './value-checks.js';

/** Scores of a batch. */
const BATCH_SCORES = 131_072;
const BETAS = [1, 2, 0.5];
/** What stands for a target that is neither 0 nor 1. */
const BAD_TARGET = 2;

/**
 * Scores several labels per row.
 * @throws UsageError `no-such-option-here`, `bad-kind`, `bad-threshold`, `class-names`
 * @throws InputError `invalid-rows`, `missing-targets` (policy `error`), `target-out-of-range`,
 *   `ambiguous-kind`, `contradicted-kind`, `bad-weight`, `no-rows`
 */
export async function scoreMultilabelDump(
  opened: ValueReader,
  options: DumpOptions,
  loadCore: CoreLoader,
  labelsFile: string | undefined,
): Promise<ScoreReport> {
  const { info } = opened;
  const { kernel = 'simd', invalid = 'error', memoryBudget, betas = BETAS } = options;
  const { outputs: labels, dtype, hasWeights: weighted } = info;
  refuseOptions(options, info.name, 'multilabel');
  if (labels > MAX_CLASSES) {
    throw new UsageError(
      'too-many-labels',
      `${info.name} has ${labels} scores per row; at most ${MAX_CLASSES} labels are scored. Is the array transposed? Rows are samples.`,
    );
  }
  const names = namesOf(options.classNames ?? null, info.outputNames, labels, info.name);
  const given = givenKind(options, info.name);
  const { reader, head, count: headRows } = await peekValues(opened, HEAD_ROWS);
  const kind =
    given ?? decideSingleKind(info.name, head.predictions.subarray(0, headRows * labels), labels);
  const { scorer, math, sorter } = await singleKernels(loadCore, kernel, {
    dtype,
    kind,
    threshold: options.threshold,
    eps: options.eps ?? (dtype === 'f64' ? 2 ** -52 : 2 ** -23),
  });
  const eps = kind === 'probabilities' ? scorer.options.eps : 0;
  const tally = new MultilabelTally({ labels, weighted, betas, kernel, version: VERSION });
  const losses = new LabelLosses(labels, weighted);
  const ranking = new RankedLabels(labels, dtype, weighted, memoryBudget);
  const complaints = noComplaints();
  const kindFrom = given === null ? 'data' : 'option';
  const clipped = { scores: 0, zero: 0 };
  let row = 0;

  /** Whether every score of a row was scored; says what is wrong where not. */
  const isScored = (rows: ValueBuffers, { status }: SingleScores, r: number): boolean => {
    let scored = true;
    for (let label = 0, i = r * labels; label < labels; label++, i++) {
      const verdict = status[i]! & STATUS_MASK;
      if (verdict === RowStatus.scored) continue;
      const place = { source: info.name, labels: labelsFile, row: row + r };
      const column = names?.[label] ?? label;
      if (verdict === RowStatus.badTarget) {
        throw badTarget({ ...place, column, found: rows.targets[i]! }, null);
      }
      if (verdict === RowStatus.contradiction) {
        throw contradiction({ ...place, column, found: rows.predictions[i]! }, kindFrom);
      }
      if (scored && verdict === RowStatus.missingTarget) {
        complain(complaints.missing, row + r, () => `none for label ${column}`);
      } else if (scored) {
        const score = showScore(rows.predictions[i]!);
        complain(complaints.invalid, row + r, () => `the score ${score} of label ${column}`);
      }
      scored = false;
    }
    return scored;
  };

  const capacity = Math.max(1, Math.floor(BATCH_SCORES / labels));
  const targets = new Float64Array(capacity * labels);
  const weights = new Float64Array(capacity);
  for (;;) {
    const lease = scorer.lease(capacity * labels);
    const predictions = lease.scores as RealArray;
    const rows: ValueBuffers = { capacity, predictions, targets, weights };
    const count = await reader.read(rows);
    if (count === 0) break;
    for (let i = 0; i < count * labels; i++) lease.targets[i] = asTarget(targets[i]!);
    const scores = scorer.score(lease, count * labels);
    const kept: number[] = [];
    for (let r = 0; r < count; r++) if (isScored(rows, scores, r)) kept.push(r);
    const packed = pack(rows, scores, kept, labels, weighted);
    requireWeights(packed.weights, kept.length, info.name, row);
    tally.add({ ...packed, firstRow: row });
    tally.addLeftOut({ invalid: count - kept.length });
    ranking.add({ ...packed, count: kept.length });
    if (kind === 'probabilities') {
      packed.probabilities.forEach((p, i) => {
        const ofTarget = packed.targets[i] === 1 ? p : 1 - p;
        if (ofTarget < eps) clipped.scores++;
        if (ofTarget === 0) clipped.zero++;
      });
    }
    losses.add(packed.nll, packed.weights, kept.length);
    row += count;
    options.onProgress?.({ rows: row, ...reader.progress() });
  }
  if (invalid === 'error') refuseRows(complaints, info.name, labelsFile, 'finite numbers');
  return buildMultilabelReport({
    tally,
    losses,
    ranking,
    math,
    sorter,
    source: {
      name: info.name,
      format: info.format,
      stored: info.stored,
      kind,
      kindFrom,
      ...(labelsFile !== undefined && { labels: labelsFile }),
    },
    threshold: scorer.options.threshold,
    eps,
    clipped,
    invalid,
    labelNames: names,
    firstInvalidRow: Math.min(complaints.invalid.firstRow, complaints.missing.firstRow),
    zeroDivision: options.zeroDivision,
  });
}

function asTarget(value: number): number {
  if (value === 0 || value === 1) return value;
  return Number.isNaN(value) ? MISSING_TARGET : BAD_TARGET;
}

/** Copies the rows that were scored; the others are left behind. */
function pack(
  { predictions, targets, weights }: ValueBuffers,
  { nll, probability, prediction }: SingleScores,
  rows: readonly number[],
  labels: number,
  weighted: boolean,
) {
  const length = rows.length * labels;
  const packed = {
    scores:
      predictions instanceof Float32Array ? new Float32Array(length) : new Float64Array(length),
    targets: new Uint8Array(length),
    predictions: new Uint8Array(length),
    nll: new Float64Array(length),
    probabilities: new Float64Array(length),
    weights: weighted ? new Float64Array(rows.length) : null,
  };
  rows.forEach((row, at) => {
    if (packed.weights !== null) packed.weights[at] = weights[row]!;
    for (let k = 0, from = row * labels, to = at * labels; k < labels; k++, from++, to++) {
      packed.scores[to] = predictions[from]!;
      packed.targets[to] = targets[from]!;
      packed.predictions[to] = prediction[from]!;
      packed.nll[to] = nll[from]!;
      packed.probabilities[to] = probability[from]!;
    }
  });
  return packed;
}

function namesOf(
  given: readonly string[] | null,
  found: readonly string[] | null,
  labels: number,
  source: string,
): readonly string[] | null {
  if (given === null) return found;
  if (given.length === labels && new Set(given).size === labels) return given;
  throw new UsageError(
    'class-names',
    `${given.length} label names were given with --class-names, but ${source} has ${labels} scores per row. Give one distinct name per label, in their order.`,
  );
}
