/** Scores rows of one score each against targets 0 and 1. */

import type { SingleDump } from '../intake/dump-request.js';
import { buildBinaryReport } from '../report/binary-report.js';
import { BinaryTally } from '../tallies/binary-tally.js';
import { RankingTally } from '../tallies/ranking-tally.js';
import type { ScoreReport } from '../types/report.js';
import { scoreAt, scoreValues } from '../types/score-array.js';
import { RowStatus, STATUS_MASK } from '../types/scores.js';
import type { SingleScoreBuffers, SingleScores } from '../types/single-scores.js';
import { VERSION } from '../version.js';
import type { CoreLoader } from './create-scorer.js';
import { sampledRows } from './fit-rows.js';
import { HEAD_ROWS } from './kind.js';
import { plainBuffers, readHead } from './read-head.js';
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

const BATCH_ROWS = 16_384;

/**
 * Scores single scores.
 * @throws UsageError `no-such-option-here`, `bad-kind`, `bad-threshold`
 * @throws InputError `invalid-rows`, `missing-targets` (policy `error`), `target-out-of-range`,
 *   `ambiguous-kind`, `contradicted-kind`, `bad-weight`, `no-rows`
 */
export async function scoreBinaryDump(
  { reader, reason }: SingleDump,
  options: DumpOptions,
  loadCore: CoreLoader,
  labels: string | undefined,
): Promise<ScoreReport> {
  const { info } = reader;
  const { kernel = 'simd', invalid = 'error', memoryBudget } = options;
  const ignoreIndex = info.ignoreIndex ?? options.ignoreIndex ?? null;
  refuseOptions(options, info.name, 'binary');
  const given = givenKind(options, info.name);
  const head = plainBuffers(reader, HEAD_ROWS);
  const { rows: headRows } = await readHead(reader, head);
  const values = scoreValues(head.scores, info.dtype, 0, headRows);
  const kind = given ?? decideSingleKind(info.name, values, 1);
  // The kernels take 16-bit logits as they are, but no 16-bit probabilities.
  const dtype = kind === 'probabilities' && info.dtype !== 'f64' ? 'f32' : info.dtype;
  const { scorer, math, sorter } = await singleKernels(loadCore, kernel, {
    dtype,
    kind,
    ignoreIndex,
    threshold: options.threshold,
    eps: options.eps ?? info.epsilon,
  });
  const weighted = info.hasWeights;
  const eps = kind === 'probabilities' ? scorer.options.eps : 0;
  const tally = new BinaryTally({ weighted, eps, kernel, version: VERSION });
  const ranking = new RankingTally({
    classes: 2,
    weighted,
    dtype: info.dtype === 'f64' ? 'f64' : 'f32',
    binning: kind === 'logits' ? 'real' : 'probability',
    exactBytes: memoryBudget,
  });
  const diagnosis = options.diagnose === false ? null : await makeDiagnosis();
  const complaints = noComplaints();
  const kindFrom = given === null ? 'data' : 'option';
  let row = 0;

  async function makeDiagnosis() {
    const { SingleDiagnosis } = await import('./parts/single-diagnosis.js');
    // Instances of their own: the memory of the first belongs to the rows.
    const own = async () => (kernel === 'reference' ? null : loadCore(kernel));
    const { worst } = options;
    const shape = { ...info, classes: 2, dtype: 'f64' } as const;
    const fitRows = sampledRows(options.fitRows, shape, memoryBudget);
    const diagnosed = { scores: scorer.options, weighted, worst, fitRows };
    return new SingleDiagnosis(diagnosed, { report: await own(), sums: await own() });
  }

  /** Says what is wrong with the rows that were not scored. @returns how many were */
  const check = (
    { scores, targets }: SingleScoreBuffers,
    { status, count }: SingleScores,
  ): number => {
    let scored = 0;
    for (let i = 0; i < count; i++) {
      const verdict = status[i] & STATUS_MASK;
      if (verdict === RowStatus.scored) scored++;
      if (verdict === RowStatus.scored || verdict === RowStatus.ignored) continue;
      const score = scoreAt(scores, dtype, i);
      const refused = { source: info.name, labels, row: row + i, column: undefined };
      if (verdict === RowStatus.badTarget) {
        throw badTarget({ ...refused, found: targets[i] }, info.classNames);
      }
      if (verdict === RowStatus.contradiction) {
        throw contradiction({ ...refused, found: score }, kindFrom);
      }
      if (verdict === RowStatus.missingTarget) complain(complaints.missing, row + i, () => 'none');
      else complain(complaints.invalid, row + i, () => `the score ${showScore(score)}`);
    }
    return scored;
  };

  const room = new Float64Array(BATCH_ROWS);
  const take = (rows: SingleScoreBuffers, count: number) => {
    const scores = scorer.score(rows, count);
    const weights = weighted ? room.subarray(0, count) : null;
    const kept = check(rows, scores);
    requireWeights(weights, count, info.name, row);
    const scored = { firstRow: row, scores, targets: rows.targets, weights };
    tally.add(scored);
    const all = scoreValues(rows.scores, dtype, 0, count);
    diagnosis?.add(scored, all);
    if (kept === count) {
      ranking.add({ count, scores: all, targets: rows.targets, weights });
    } else {
      const places = Array.from(all.keys()).filter(
        (i) => (scores.status[i] & STATUS_MASK) === RowStatus.scored,
      );
      ranking.add({
        count: kept,
        scores: Float64Array.from(places, (i) => all[i]),
        targets: places.map((i) => rows.targets[i]),
        weights: weights && places.map((i) => weights[i]),
      });
    }
    row += count;
    options.onProgress?.({ rows: row, ...reader.progress() });
  };

  if (headRows > 0) {
    const first = scorer.lease(headRows);
    first.scores.set(dtype === info.dtype ? head.scores.subarray(0, headRows) : values);
    first.targets.set(head.targets.subarray(0, headRows));
    room.set(head.weights.subarray(0, headRows));
    take(first, headRows);
  }
  for (;;) {
    const rows = scorer.lease(BATCH_ROWS);
    const count = await reader.read({ ...rows, weights: room });
    if (count === 0) break;
    take(rows, count);
  }
  if (invalid === 'error') refuseRows(complaints, info.name, labels, 'finite numbers');
  const from = reason === null ? 'option' : 'data';
  return buildBinaryReport({
    tally,
    ranking,
    diagnosis,
    math,
    sorter,
    task: { from, reason },
    source: {
      name: info.name,
      format: info.format,
      stored: info.stored,
      kind,
      kindFrom,
      ...(labels !== undefined && { labels }),
    },
    threshold: scorer.options.threshold,
    ignoreIndex,
    invalid,
    classNames: info.classNames,
    firstInvalidRow: Math.min(complaints.invalid.firstRow, complaints.missing.firstRow),
    betas: options.betas,
    zeroDivision: options.zeroDivision,
  });
}
