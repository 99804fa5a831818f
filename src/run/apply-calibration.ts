/** Applies a recalibration to the rows of a dump, batch after batch. */

import { type ChangeRow, rowChange } from '../diagnosis/apply-calibration.js';
import type { OpenScores } from '../intake/open-scores.js';
import type { ScalarMath } from '../metrics/scalar-math.js';
import { decideKind, HEAD_ROWS } from '../tasks/kind.js';
import { decideSingleKind, givenKind } from '../tasks/single-checks.js';
import type { AppliedCalibration, Calibration } from '../types/calibration.js';
import { InputError, quote, UsageError } from '../types/errors.js';
import type { RealArray } from '../types/gradients.js';
import type { ScoreLayout, ScoreWriter } from '../types/score-output.js';
import type { ScoreKind } from '../types/scores.js';
import type { KindOption, Progress } from './dump-options.js';

const BATCH_BYTES = 1024 * 1024;
/** As in the kernels: how far Σ p may lie from 1. */
const TOLERANCE = 1e-3;
/** Slices that a message lists. */
const MOST_LISTED = 12;

export interface ApplyTerms {
  readonly math: ScalarMath;
  readonly kind: KindOption;
  readonly invalid: 'error' | 'skip';
  readonly isBySlice: boolean;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Lets signals through between batches. */
  readonly pause: () => Promise<void>;
  /** Made when it is known what the scores are. */
  readonly open: (layout: ScoreLayout) => ScoreWriter;
}

/**
 * @throws InputError `other-classes`, `other-kind`, `unknown-slice`, `invalid-rows`, `contradicted-kind`,
 *   and what the reader throws; UsageError `no-slices`, `bad-kind`
 */
export async function applyToScores(
  scores: OpenScores,
  calibration: Calibration,
  { math, kind: asked, invalid, isBySlice, onProgress, open, pause }: ApplyTerms,
): Promise<Pick<AppliedCalibration, 'rows' | 'kind' | 'slices'>> {
  requireSameClasses(scores, calibration);
  requireSlices(scores, calibration, isBySlice);
  const { classes, dtype } = scores;
  const batchRows = Math.max(HEAD_ROWS, Math.floor(BATCH_BYTES / (8 * classes)));
  const buffer =
    dtype === 'f64' ? new Float64Array(batchRows * classes) : new Float32Array(batchRows * classes);
  let count = await scores.read(buffer, HEAD_ROWS);
  if (count === 0) throw noRows(scores.name);
  const kind = kindOf(scores, calibration, asked, buffer.subarray(0, count * classes), count);
  const writer = open(layoutOf(scores, calibration, kind));
  const changes = new Slices(scores.name, calibration, kind, math, scores.epsilon);
  const check = new RowCheck(scores, calibration, kind, asked !== 'auto');
  let rows = 0;
  for (; count > 0; count = await scores.read(buffer, batchRows)) {
    const slices = scores.slices();
    for (let r = 0; r < count; r++) {
      const change = changes.of(isBySlice ? slices[r]! : null, rows + r);
      const error = check.row(buffer, r, rows + r);
      if (error === null) change(buffer, r);
      else if (invalid === 'error') throw error;
    }
    writer.write(buffer, count, scores.texts());
    rows += count;
    onProgress?.({ rows, ...scores.progress() });
    await pause();
  }
  await writer.finish();
  return { rows, kind, ...(isBySlice && { slices: changes.counts() }) };
}

/** @throws InputError `other-classes` */
function requireSameClasses(
  { name, classes, classNames }: OpenScores,
  calibration: Calibration,
): void {
  const other = (problem: string, found: string, expected: string, advice: string) =>
    new InputError('other-classes', { source: name, problem, found, expected, advice });
  if (classes !== calibration.classes) {
    const one = calibration.classes === 1 ? 'score' : 'scores';
    throw other(
      'the recalibration was fitted on another number of scores per row',
      `${classes} per row`,
      `${calibration.classes} ${one} per row, as ${calibration.fittedOn.name} has`,
      'Fit on a dump of the same model, or choose the columns with --scores.',
    );
  }
  const known = calibration.classNames;
  if (known === null || classNames === null || calibration.task === 'regression') return;
  const at = known.findIndex((text, c) => text !== classNames[c]);
  if (at < 0) return;
  const isOrder = [...known].sort().join('\n') === [...classNames].sort().join('\n');
  throw other(
    isOrder
      ? 'the classes stand in another order than those of the recalibration'
      : 'the classes have other names than those of the recalibration',
    `${quote(classNames[at]!)} for class ${at}`,
    `${quote(known[at]!)}, as ${calibration.fittedOn.name} has`,
    isOrder
      ? 'List the columns in the order of the fit with --scores.'
      : 'Fit on a dump of the same classes.',
  );
}

/** @throws UsageError `no-slices` */
function requireSlices(
  { name }: OpenScores,
  { slices, by }: Calibration,
  isBySlice: boolean,
): void {
  if ((slices !== undefined) === isBySlice) return;
  throw new UsageError(
    'no-slices',
    isBySlice
      ? 'The recalibration is one for all rows. Leave --by out, or fit with --by first.'
      : `The recalibration has a fit for each slice by ${quote(by ?? '')}. Say with --by which column or file has the slices of ${name}.`,
  );
}

/** @throws InputError `ambiguous-kind`, `other-kind`; UsageError `bad-kind` */
function kindOf(
  { name, classes }: OpenScores,
  calibration: Calibration,
  asked: KindOption,
  head: Float32Array | Float64Array,
  rows: number,
): ScoreKind | 'values' {
  const { task } = calibration;
  if (task === 'regression') return 'values';
  if (asked === 'labels') throw new UsageError('bad-kind', `${name}: labels have no scores.`);
  let kind: ScoreKind;
  if (task !== 'classification')
    kind = givenKind(asked, name) ?? decideSingleKind(name, head, classes);
  else kind = asked === 'auto' ? decideKind(name, head, classes, rows) : asked;
  if (calibration.kind === null || kind === calibration.kind) return kind;
  throw new InputError('other-kind', {
    source: name,
    problem: 'the recalibration was fitted on scores of another kind',
    found: kind,
    expected: `${calibration.kind}, as ${calibration.fittedOn.name} has`,
    advice:
      'Say with --kind what these are if they were taken for something else, or fit on scores like these.',
  });
}

/** What each slice does to a row. */
class Slices {
  readonly #known = new Map<string | null, { readonly change: ChangeRow; rows: number }>();
  readonly #source: string;

  constructor(
    source: string,
    calibration: Calibration,
    kind: ScoreKind | 'values',
    math: ScalarMath,
    epsilon: number,
  ) {
    this.#source = source;
    // What arrays were fitted on has no number format.
    const shape = { ...calibration, eps: calibration.eps ?? epsilon };
    const { slices } = calibration;
    if (slices === undefined) {
      this.#known.set(null, { change: rowChange(shape, kind, calibration, math), rows: 0 });
    }
    for (const fit of slices ?? []) {
      this.#known.set(fit.name, { change: rowChange(shape, kind, fit, math), rows: 0 });
    }
  }

  /** @throws InputError `unknown-slice` */
  of(name: string | null, row: number): ChangeRow {
    const slice = this.#known.get(name);
    if (slice === undefined) {
      const names = [...this.#known.keys()].map((known) => quote(known ?? ''));
      const left = names.length - MOST_LISTED;
      throw new InputError('unknown-slice', {
        source: this.#source,
        row,
        problem: 'the recalibration has no fit for the slice of this row',
        found: quote(name ?? ''),
        expected: `one of ${names.slice(0, MOST_LISTED).join(', ')}${left > 0 ? ` and ${left} more` : ''}`,
        advice: 'Fit again on rows of all slices, or without --by.',
      });
    }
    slice.rows++;
    return slice.change;
  }

  counts() {
    return [...this.#known].map(([name, { rows }]) => ({ name: name ?? '', rows }));
  }
}

/** What rows must be to be recalibrated. */
class RowCheck {
  readonly #name: string;
  readonly #classes: number;
  readonly #kind: ScoreKind | 'values';
  readonly #isNormalised: boolean;
  readonly #isSaid: boolean;

  constructor(
    { name, classes }: OpenScores,
    { task }: Calibration,
    kind: ScoreKind | 'values',
    isSaid: boolean,
  ) {
    this.#name = name;
    this.#classes = classes;
    this.#kind = kind;
    this.#isNormalised = kind === 'probabilities' && task === 'classification';
    this.#isSaid = isSaid;
  }

  /** What is wrong with a row; null where it can be recalibrated. */
  row(scores: RealArray, at: number, row: number): InputError | null {
    const from = at * this.#classes;
    let sum = 0;
    let highest = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < this.#classes; c++) {
      const score = scores[from + c];
      if (Number.isNaN(score) || score === Number.POSITIVE_INFINITY)
        return this.#invalid(row, c, score);
      if (score > highest) highest = score;
      sum += score;
      if (this.#kind === 'probabilities' && !(score >= 0 && score <= 1 + 1e-6)) {
        return this.#contradiction(row, `${score} for class ${c}`);
      }
    }
    if (highest === Number.NEGATIVE_INFINITY) return this.#invalid(row, 0, highest);
    if (this.#isNormalised && Math.abs(sum - 1) > TOLERANCE)
      return this.#contradiction(row, `a sum of ${sum}`);
    return null;
  }

  #invalid(row: number, column: number, found: number): InputError {
    return new InputError('invalid-rows', {
      source: this.#name,
      row,
      column,
      problem: 'the row cannot be recalibrated',
      found: String(found),
      expected: 'finite numbers',
      advice: 'Repair the row, or leave such rows as they are with --invalid skip.',
    });
  }

  #contradiction(row: number, found: string): InputError {
    return new InputError('contradicted-kind', {
      source: this.#name,
      row,
      problem: `the row holds no probabilities, as ${this.#isSaid ? '--kind says' : 'the first rows do'}`,
      found,
      expected: this.#isNormalised ? 'numbers from 0 to 1 that add up to 1' : 'numbers from 0 to 1',
      advice: 'Repair the row, or leave such rows as they are with --invalid skip.',
    });
  }
}

const MEMBERS = {
  probabilities: 'probs',
  'log-probabilities': 'log_probs',
  logits: 'logits',
  values: 'y_pred',
};

/** What the output looks like: as the input where that has names, else by names that are known. */
function layoutOf(
  scores: OpenScores,
  { task, classNames: fitted }: Calibration,
  kind: ScoreKind | 'values',
): ScoreLayout {
  const { dtype, classes, shape, member, columns, hasHeader, classNames } = scores;
  const names = classNames ?? (task === 'classification' || task === 'multilabel' ? fitted : null);
  const one = task === 'regression' ? 'y_pred' : 'y_score';
  const prefix = kind === 'probabilities' ? 'p_' : 'logit_';
  const isOne = task === 'binary' || task === 'regression';
  const own = Array.from({ length: classes }, (_, score) => ({
    name: isOne ? one : `${prefix}${names?.[score] ?? score}`,
    score,
  }));
  return {
    ...{ dtype, shape },
    width: classes,
    member: member ?? (isOne ? one : MEMBERS[kind]),
    columns: columns?.some(({ score }) => score !== undefined)
      ? columns
      : [...own, ...(columns ?? [])],
    hasHeader: columns === null || hasHeader,
  };
}

function noRows(source: string): InputError {
  return new InputError('no-rows', {
    source,
    problem: 'there are no rows to recalibrate',
    expected: 'one row or more',
  });
}
