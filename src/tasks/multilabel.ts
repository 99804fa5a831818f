/** Scores of several labels per row, each of which the row has or has not. */

import { MultilabelRecalibration } from '../diagnosis/multilabel-recalibration.js';
import type { Metrics } from '../metrics/metric-values.js';
import type { ScalarMath } from '../metrics/scalar-math.js';
import {
  type MultilabelReportOptions,
  multilabelReportMetrics,
  multilabelSections,
  type RankedMetrics,
} from '../report/multilabel-report.js';
import type { SectionFacts, Sections } from '../report/sections.js';
import { LabelLosses } from '../tallies/label-losses.js';
import { MultilabelTally } from '../tallies/multilabel-tally.js';
import { RankedLabels, type RankedLabelsOptions } from '../tallies/ranked-labels.js';
import { requireCount, requireRecord } from '../tallies/state-check.js';
import { quote } from '../types/errors.js';
import type { RealArray } from '../types/gradients.js';
import { deadLease } from '../types/leases.js';
import type { Readings, ScoredRows } from '../types/rows.js';
import type { PartFacts } from '../types/scorer-part.js';
import { MISSING_TARGET, type RowBuffers, RowStatus, STATUS_MASK } from '../types/scores.js';
import type { SingleScoreBuffers, SingleScores } from '../types/single-scores.js';
import type { TemperKernel } from '../types/temper.js';
import { bitsNumber } from '../types/text-number.js';
import { VERSION } from '../version.js';
import { complain, shown } from './complaints.js';
import type { SingleKernels } from './single.js';
import { badTarget, contradiction } from './single-checks.js';
import type { BatchPlace, ShapedRecalibration, TaskContext, TaskScorer } from './task.js';

/** Scores of a batch. */
const BATCH_SCORES = 131_072;
const BETAS = [1, 2, 0.5];

/** What the kernel takes for a target that is neither 0 nor 1. */
const BAD_TARGET = 2;

export interface MultilabelOptions extends MultilabelReportOptions {
  readonly labels: number;
  readonly dtype: 'f32' | 'f64';
  /** Target of a label that takes its row out of everything; null for none. */
  readonly ignoreIndex: number | null;
  readonly betas?: readonly number[] | undefined;
  /** Most bytes of scores that are kept for rankings. */
  readonly keptBytes?: number | undefined;
}

/** Scores of the last batch, with those of each label beside. */
interface LabelledRows extends ScoredRows {
  readonly each: SingleScores;
}

export class MultilabelTask implements TaskScorer {
  readonly task = 'multilabel';
  readonly readings: Readings = { loss: 'log_loss', second: 'exact_match' };
  readonly expected = 'finite numbers';
  readonly #kernels: SingleKernels;
  readonly #context: TaskContext;
  readonly #options: MultilabelOptions;
  #tally: MultilabelTally;
  #losses: LabelLosses;
  #ranking: RankedLabels;
  /** Scores whose target got less than `eps`, and those whose target got 0. */
  #clipped = { scores: 0, zero: 0 };
  #ranked: RankedMetrics | null = null;
  #lease: { readonly own: RowBuffers; readonly kernels: SingleScoreBuffers } | null = null;

  constructor(kernels: SingleKernels, context: TaskContext, options: MultilabelOptions) {
    this.#kernels = kernels;
    this.#context = context;
    this.#options = options;
    const { labels, betas = BETAS } = options;
    const { weighted } = context;
    const { kernel } = kernels.scorer;
    this.#tally = new MultilabelTally({ labels, weighted, betas, kernel, version: VERSION });
    this.#losses = new LabelLosses(labels, weighted);
    this.#ranking = new RankedLabels(this.#rankingOptions);
  }

  get #rankingOptions(): RankedLabelsOptions {
    const { labels, dtype, keptBytes } = this.#options;
    return { labels, dtype, weighted: this.#context.weighted, keptBytes };
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
    return this.#options.dtype;
  }

  get width(): number {
    return this.#options.labels;
  }

  get batchRows(): number {
    return Math.max(1, Math.floor(BATCH_SCORES / this.width));
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
    const kernels = this.#kernels.scorer.lease(rows * this.width);
    const { scores, targets } = kernels;
    const last = this.#lease?.own;
    const room =
      last?.capacity === rows
        ? { values: last.values!, weights: last.weights }
        : { values: new Float64Array(rows * this.width), weights: new Float64Array(rows) };
    const own = { capacity: rows, scores, targets, ...room };
    this.#lease = { own, kernels };
    return own;
  }

  /** @throws InputError `target-out-of-range`, `contradicted-kind` */
  score(buffers: RowBuffers, count: number, place: BatchPlace): LabelledRows {
    if (this.#lease?.own !== buffers) throw deadLease();
    const { kernels } = this.#lease;
    const { width } = this;
    const values = buffers.values!;
    for (let i = 0; i < count * width; i++) kernels.targets[i] = asTarget(values[i]);
    const each = this.#kernels.scorer.score(kernels, count * width);
    const column = () => new Float64Array(count);
    const status = new Uint8Array(count);
    const [loss, second, prediction, targets] = [column(), column(), column(), column()];
    const wrong = column();
    for (let r = 0; r < count; r++) {
      status[r] = this.#verdict(buffers, each, r, place);
      // Of rows that are not scored, too: two dumps must share them.
      targets[r] = bitsNumber(values, r * width, width);
      if (status[r] !== RowStatus.scored) continue;
      let [sum, many] = [0, 0];
      for (let i = r * width; i < (r + 1) * width; i++) {
        sum += each.nll[i];
        many += each.prediction[i];
        if (each.prediction[i] !== values[i]) wrong[r]++;
      }
      loss[r] = sum / width;
      prediction[r] = many;
      second[r] = wrong[r] === 0 ? 1 : 0;
    }
    const { firstRow, texts } = place;
    const weights = this.#context.weighted ? buffers.weights.subarray(0, count) : null;
    const scores = { count, status, prediction, nll: loss, loss, second, wrong };
    return { firstRow, scores, targets, weights, texts, each };
  }

  /** What becomes of a row; says what is wrong with it. */
  #verdict(
    { scores, values }: RowBuffers,
    { status }: SingleScores,
    r: number,
    { firstRow, complaints }: BatchPlace,
  ): number {
    const { source, labels, classNames, kindFrom = 'option' } = this.#context;
    const { ignoreIndex } = this.#options;
    const { width } = this;
    const from = r * width;
    if (ignoreIndex !== null) {
      for (let i = from; i < from + width; i++) {
        if (values![i] === ignoreIndex) return RowStatus.ignored;
      }
    }
    let found: number = RowStatus.scored;
    for (let label = 0, i = from; label < width; label++, i++) {
      const verdict = status[i] & STATUS_MASK;
      if (verdict === RowStatus.scored) continue;
      const row = firstRow + r;
      const column = classNames?.[label] ?? label;
      const refused = { source, labels, row, column };
      if (verdict === RowStatus.badTarget) throw badTarget({ ...refused, found: values![i] }, null);
      if (verdict === RowStatus.contradiction) {
        throw contradiction({ ...refused, found: scores[i] }, kindFrom);
      }
      if (found !== RowStatus.scored) continue;
      found = verdict;
      const name = typeof column === 'string' ? quote(column) : column;
      if (verdict === RowStatus.missingTarget) {
        complain(complaints.missing, row, () => `none for label ${name}`);
      } else {
        complain(complaints.invalid, row, () => `the score ${shown(scores[i])} of label ${name}`);
      }
    }
    return found;
  }

  add(rows: LabelledRows, buffers: RowBuffers): void {
    this.#ranked = null;
    const { status } = rows.scores;
    const kept = Array.from(status.keys()).filter((r) => status[r] === RowStatus.scored);
    const packed = this.#pack(rows, buffers, kept);
    const { firstRow } = rows;
    this.#tally.add({ ...packed, firstRow });
    const ignored = status.filter((verdict) => verdict === RowStatus.ignored).length;
    this.#tally.addLeftOut({ ignored, invalid: status.length - kept.length - ignored });
    this.#ranking.add({ ...packed, count: kept.length });
    const { kind, eps } = this.#kernels.scorer.options;
    if (kind === 'probabilities') {
      packed.probabilities.forEach((p, i) => {
        const ofTarget = packed.targets[i] === 1 ? p : 1 - p;
        if (ofTarget < eps) this.#clipped.scores++;
        if (ofTarget === 0) this.#clipped.zero++;
      });
    }
    this.#losses.add(packed.nll, packed.weights, kept.length);
  }

  /** Copies the rows that were scored; the others are left behind. */
  #pack({ each, weights }: LabelledRows, buffers: RowBuffers, rows: readonly number[]) {
    const { width } = this;
    const scores = buffers.scores as RealArray;
    const length = rows.length * width;
    const packed = {
      scores: scores instanceof Float32Array ? new Float32Array(length) : new Float64Array(length),
      targets: new Uint8Array(length),
      predictions: new Uint8Array(length),
      nll: new Float64Array(length),
      probabilities: new Float64Array(length),
      weights: weights && new Float64Array(rows.length),
    };
    rows.forEach((row, at) => {
      if (packed.weights !== null) packed.weights[at] = weights![row];
      for (let k = 0, from = row * width, to = at * width; k < width; k++, from++, to++) {
        packed.scores[to] = scores[from];
        packed.targets[to] = buffers.values![from];
        packed.predictions[to] = each.prediction[from];
        packed.nll[to] = each.nll[from];
        packed.probabilities[to] = each.probability[from];
      }
    });
    return packed;
  }

  async recalibration(kernel: TemperKernel, math: ScalarMath): Promise<ShapedRecalibration> {
    return new MultilabelRecalibration({
      ...this.#kernels.scorer.options,
      labels: this.width,
      kernel,
      math,
    });
  }

  merge(other: MultilabelTask): void {
    this.#ranked = null;
    this.#tally.merge(other.#tally);
    this.#losses.merge(other.#losses);
    this.#ranking.merge(other.#ranking);
    this.#clipped.scores += other.#clipped.scores;
    this.#clipped.zero += other.#clipped.zero;
  }

  toJSON(): unknown {
    const { sorter } = this.#kernels;
    // The sorter takes over the memory of the lease.
    this.#lease = null;
    return {
      tally: this.#tally.toJSON(),
      losses: this.#losses.toJSON(),
      ranking: this.#ranking.toJSON(sorter),
      clipped: { ...this.#clipped },
    };
  }

  read(state: unknown): MultilabelTask {
    const record = requireRecord(state, 'the state of the rows');
    const read = new MultilabelTask(this.#kernels, this.#context, this.#options);
    const { labels } = this.#options;
    read.#tally = MultilabelTally.fromJSON(record.tally);
    read.#losses = LabelLosses.fromJSON(record.losses, labels, this.#context.weighted);
    read.#ranking = RankedLabels.fromJSON(record.ranking, this.#rankingOptions);
    const clipped = requireRecord(record.clipped, 'the clipped scores');
    read.#clipped = {
      scores: requireCount(clipped.scores, 'the number of clipped scores'),
      zero: requireCount(clipped.zero, 'the number of scores of probability 0'),
    };
    return read;
  }

  #parts() {
    const { math, sorter, scorer } = this.#kernels;
    const { classNames, invalid } = this.#context;
    return {
      ...this.#options,
      ...{ tally: this.#tally, losses: this.#losses, ranking: this.#ranking, math, sorter },
      ...{ rowOptions: scorer.options, clipped: this.#clipped, labelNames: classNames, invalid },
    };
  }

  metrics(): Metrics {
    // Sorting takes the memory of the lease.
    this.#lease = null;
    const { metrics, ranked } = multilabelReportMetrics(this.#parts());
    this.#ranked = ranked;
    return metrics;
  }

  partFacts(metrics: Metrics): PartFacts {
    return { metrics, support: null, uniformLogLoss: this.#kernels.math.log(2) };
  }

  sections(facts: SectionFacts): Sections {
    return multilabelSections(this.#parts(), this.#ranked, facts);
  }
}

function asTarget(value: number): number {
  if (value === 0 || value === 1) return value;
  return Number.isNaN(value) ? MISSING_TARGET : BAD_TARGET;
}
