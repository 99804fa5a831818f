/** One score per row, the logit or the probability of the second of two classes. */

import { SingleRecalibration } from '../diagnosis/single-recalibration.js';
import type { Metrics } from '../metrics/metric-values.js';
import type { RankingMetrics } from '../metrics/ranking-metrics.js';
import type { ScalarMath } from '../metrics/scalar-math.js';
import {
  type BinaryReportOptions,
  binaryFacts,
  binaryMetrics,
  binarySections,
} from '../report/binary-report.js';
import type { SectionFacts, Sections } from '../report/sections.js';
import { BinaryTally } from '../tallies/binary-tally.js';
import { RankingTally } from '../tallies/ranking-tally.js';
import { requireRecord } from '../tallies/state-check.js';
import type { ScoreSorter } from '../types/ranking.js';
import type { Readings, ScoredRows } from '../types/rows.js';
import { scoreAt, scoreValues } from '../types/score-array.js';
import type { PartFacts } from '../types/scorer-part.js';
import { type RowBuffers, RowStatus, STATUS_MASK } from '../types/scores.js';
import type {
  SingleScoreBuffers,
  SingleScoreScorer,
  SingleScores,
} from '../types/single-scores.js';
import type { TemperKernel } from '../types/temper.js';
import { VERSION } from '../version.js';
import { complain, shown } from './complaints.js';
import { badTarget, contradiction } from './single-checks.js';
import type { BatchPlace, ShapedRecalibration, TaskContext, TaskScorer } from './task.js';

const BATCH_ROWS = 16_384;

export interface SingleOptions extends BinaryReportOptions {
  /** Number format of the scores before they were read. */
  readonly dtype: 'f32' | 'f64';
  /** Most bytes of scores that are kept for rankings. */
  readonly exactBytes?: number | undefined;
}

/** What a task of single scores computes with. */
export interface SingleKernels {
  readonly scorer: SingleScoreScorer;
  readonly math: ScalarMath;
  readonly sorter: ScoreSorter;
}

/** Scores of the last batch, as {@link ScoredRows} with the probabilities beside. */
interface SingleRows extends ScoredRows {
  readonly scores: SingleScores & ScoredRows['scores'];
  readonly targets: Int32Array;
}

export class SingleTask implements TaskScorer {
  readonly task = 'binary';
  readonly readings: Readings = { loss: 'log_loss', second: 'accuracy' };
  readonly width = 1;
  readonly batchRows = BATCH_ROWS;
  readonly expected = 'finite numbers';
  readonly #kernels: SingleKernels;
  readonly #context: TaskContext;
  readonly #options: SingleOptions;
  #tally: BinaryTally;
  #ranking: RankingTally;
  #ranked: RankingMetrics | null = null;
  #lease: { readonly own: RowBuffers; readonly kernels: SingleScoreBuffers } | null = null;

  constructor(kernels: SingleKernels, context: TaskContext, options: SingleOptions) {
    this.#kernels = kernels;
    this.#context = context;
    this.#options = options;
    const { kernel, options: rows } = kernels.scorer;
    const { weighted } = context;
    const isProbability = rows.kind === 'probabilities';
    const eps = isProbability ? rows.eps : 0;
    this.#tally = new BinaryTally({ weighted, eps, kernel, version: VERSION });
    this.#ranking = new RankingTally({
      classes: 2,
      weighted,
      dtype: options.dtype,
      binning: isProbability ? 'probability' : 'real',
      exactBytes: options.exactBytes,
    });
  }

  get math(): ScalarMath {
    return this.#kernels.math;
  }

  get kernel() {
    return this.#kernels.scorer.kernel;
  }

  get kind() {
    return this.#kernels.scorer.options.kind;
  }

  get stored(): string {
    return this.#kernels.scorer.options.dtype;
  }

  get rows() {
    return this.#tally.rows;
  }

  get seen(): number {
    return this.#tally.rows.total;
  }

  get weight(): number {
    return this.#tally.weights.totals().weight;
  }

  lease(rows: number): RowBuffers {
    const kernels = this.#kernels.scorer.lease(rows);
    const weights = this.#lease?.own.weights;
    const own = {
      ...kernels,
      weights: weights?.length === rows ? weights : new Float64Array(rows),
    };
    this.#lease = { own, kernels };
    return own;
  }

  /** @throws InputError `target-out-of-range`, `contradicted-kind` */
  score(buffers: RowBuffers, count: number, place: BatchPlace): SingleRows {
    // Another lease is none of the kernel's, which says so.
    const isCurrent = this.#lease?.own === buffers;
    const scores = this.#kernels.scorer.score(isCurrent ? this.#lease!.kernels : buffers, count);
    this.#check(buffers, scores, place);
    const { prediction, probability, nll } = scores;
    const confidence = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      confidence[i] = prediction[i] === 1 ? probability[i] : 1 - probability[i];
    }
    const weights = this.#context.weighted ? buffers.weights.subarray(0, count) : null;
    const { firstRow, texts } = place;
    const { targets } = buffers;
    return { firstRow, scores: { ...scores, loss: nll, confidence }, targets, weights, texts };
  }

  /** Says what is wrong with the rows that were not scored. */
  #check({ scores: all, targets }: RowBuffers, { status, count }: SingleScores, place: BatchPlace) {
    const { source, labels, classNames, kindFrom = 'option' } = this.#context;
    const { firstRow, complaints } = place;
    const { dtype } = this.#kernels.scorer.options;
    for (let i = 0; i < count; i++) {
      const verdict = status[i] & STATUS_MASK;
      if (verdict === RowStatus.scored || verdict === RowStatus.ignored) continue;
      const row = firstRow + i;
      const score = scoreAt(all, dtype, i);
      const refused = { source, labels, row, column: undefined };
      if (verdict === RowStatus.badTarget) {
        throw badTarget({ ...refused, found: targets[i] }, classNames);
      }
      if (verdict === RowStatus.contradiction) {
        throw contradiction({ ...refused, found: score }, kindFrom);
      }
      if (verdict === RowStatus.missingTarget) complain(complaints.missing, row, () => 'none');
      else complain(complaints.invalid, row, () => `the score ${shown(score)}`);
    }
  }

  add(rows: SingleRows, buffers: RowBuffers): void {
    this.#ranked = null;
    this.#tally.add(rows);
    const { scores, targets, weights } = rows;
    const { count, status } = scores;
    const all = scoreValues(buffers.scores, this.#kernels.scorer.options.dtype, 0, count);
    const isScored = (i: number) => (status[i] & STATUS_MASK) === RowStatus.scored;
    let kept = 0;
    for (let i = 0; i < count; i++) if (isScored(i)) kept++;
    if (kept === count) {
      this.#ranking.add({ count, scores: all, targets, weights });
      return;
    }
    const places = Array.from(all.keys()).filter(isScored);
    this.#ranking.add({
      count: kept,
      scores: Float64Array.from(places, (i) => all[i]),
      targets: places.map((i) => targets[i]),
      weights: weights && places.map((i) => weights[i]),
    });
  }

  async recalibration(kernel: TemperKernel, math: ScalarMath): Promise<ShapedRecalibration> {
    return new SingleRecalibration({ ...this.#kernels.scorer.options, kernel, math });
  }

  merge(other: SingleTask): void {
    this.#ranked = null;
    this.#tally.merge(other.#tally);
    this.#ranking.merge(other.#ranking);
  }

  toJSON(): unknown {
    const { sorter } = this.#kernels;
    // Sorting takes the memory of the lease.
    this.#lease = null;
    return { tally: this.#tally.toJSON(), ranking: this.#ranking.toJSON(sorter) };
  }

  read(state: unknown): SingleTask {
    const record = requireRecord(state, 'the state of the rows');
    const read = new SingleTask(this.#kernels, this.#context, this.#options);
    read.#tally = BinaryTally.fromJSON(record.tally);
    read.#ranking = RankingTally.fromJSON(record.ranking);
    return read;
  }

  #parts() {
    const { math, sorter, scorer } = this.#kernels;
    const { weighted, classNames, invalid } = this.#context;
    return {
      ...this.#options,
      ...{ tally: this.#tally, ranking: this.#ranking, math, sorter },
      ...{ rowOptions: scorer.options, weighted, classNames, invalid },
    };
  }

  metrics(): Metrics {
    this.#lease = null;
    const { metrics, ranked } = binaryMetrics(this.#parts());
    this.#ranked = ranked;
    return metrics;
  }

  partFacts(metrics: Metrics): PartFacts {
    return binaryFacts(this.#tally, this.#kernels.math, metrics);
  }

  sections(facts: SectionFacts): Sections {
    return binarySections(this.#parts(), this.#ranked, facts);
  }
}
