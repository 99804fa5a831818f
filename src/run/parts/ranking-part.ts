/** How well scores rank the rows of each class, as a part of a scorer. */

import { rankingMetrics } from '../../metrics/ranking-metrics.js';
import { RankingTally } from '../../tallies/ranking-tally.js';
import { damagedState, requireCount, requireRecord } from '../../tallies/state-check.js';
import type { ScoreSorter } from '../../types/ranking.js';
import type { ScoredRows as AnyRows } from '../../types/rows.js';
import { scoreValues } from '../../types/score-array.js';
import type { PartReport, ScorerPart } from '../../types/scorer-part.js';
import {
  type RowBuffers,
  type RowOptions,
  RowStatus,
  type ScoreArray,
  type ScoredRows,
  STATUS_MASK,
} from '../../types/scores.js';

/** Bytes of scores that are kept before they are left out, or counted in bins. */
const EXACT_BYTES = 16 * 1024 * 1024;
/** Rows that are gathered at a time. */
const SLICE = 1024;

export interface RankingPartOptions {
  readonly rows: RowOptions;
  readonly weighted: boolean;
  /**
   * Whether scores are counted in bins when there are too many to keep, which
   * takes time for every score; else ranking is left out then.
   */
  readonly bounded: boolean;
}

/**
 * Ranks the difference of the logits of two classes; of more classes the
 * logarithm of each probability, which unlike the probability loses nothing at
 * its ends.
 */
export class RankingPart implements ScorerPart {
  readonly name = 'ranking';
  readonly #options: RankingPartOptions;
  readonly #sorter: ScoreSorter;
  readonly #columns: number;
  /** Null once there were too many rows. */
  #tally: RankingTally | null;
  /** Rows that were offered. */
  #rows = 0;

  constructor(options: RankingPartOptions, sorter: ScoreSorter) {
    this.#options = options;
    this.#sorter = sorter;
    const { rows, weighted } = options;
    const { classes, kind, dtype } = rows;
    const isProbability = kind === 'probabilities';
    this.#columns = classes === 2 ? 1 : classes;
    this.#tally = new RankingTally({
      classes,
      weighted,
      // The difference of two floats, or of a float and log Σ e^z, is none.
      dtype: isProbability && dtype === 'f32' ? 'f32' : 'f64',
      binning: isProbability ? 'probability' : 'real',
      exactBytes: EXACT_BYTES,
    });
  }

  /** Rows that are ranked at most where scores are not counted in bins. */
  get #most(): number {
    const { dtype, weighted } = { dtype: this.#tally?.settings.dtype, ...this.#options };
    const size = dtype === 'f32' ? 4 : 8;
    return Math.floor(EXACT_BYTES / (this.#columns * size + 4 + (weighted ? 8 : 0)));
  }

  add(batch: AnyRows, { scores }: RowBuffers): void {
    const rows = batch as ScoredRows;
    const { count, status } = rows.scores;
    let scored = 0;
    for (let r = 0; r < count; r++) if ((status[r] & STATUS_MASK) === RowStatus.scored) scored++;
    this.#takeIn(scored);
    if (this.#tally === null) return;
    for (let from = 0; from < count; from += SLICE) {
      this.#addSlice(this.#tally, rows, scores, from, Math.min(count, from + SLICE));
    }
  }

  /** Counts rows, and gives up where they have become too many. */
  #takeIn(rows: number): void {
    this.#rows += rows;
    if (!this.#options.bounded && this.#rows > this.#most) this.#tally = null;
  }

  #addSlice(
    tally: RankingTally,
    { scores: rowScores, targets, weights }: ScoredRows,
    scores: ScoreArray,
    from: number,
    to: number,
  ): void {
    const { classes, kind, dtype } = this.#options.rows;
    const columns = this.#columns;
    const { status, normalizer } = rowScores;
    const isSingle = tally.settings.dtype === 'f32';
    const ranked = isSingle
      ? new Float32Array((to - from) * columns)
      : new Float64Array((to - from) * columns);
    const labels = new Int32Array(to - from);
    const rowWeights = weights === null ? null : new Float64Array(to - from);
    const values = scoreValues(scores, dtype, from * classes, to * classes);
    let n = 0;
    for (let r = from; r < to; r++) {
      if ((status[r] & STATUS_MASK) !== RowStatus.scored) continue;
      const start = (r - from) * classes;
      if (columns === 1) {
        const [a, b] = [values[start], values[start + 1]];
        // Two masks make NaN; a row of two masks is not scored.
        ranked[n] = kind === 'probabilities' ? b : b - a;
      } else if (kind === 'probabilities') {
        for (let c = 0; c < classes; c++) ranked[n * columns + c] = values[start + c];
      } else {
        const base = normalizer[r];
        for (let c = 0; c < classes; c++) ranked[n * columns + c] = values[start + c] - base;
      }
      labels[n] = targets[r];
      if (rowWeights !== null) rowWeights[n] = weights![r];
      n++;
    }
    tally.add({ count: n, scores: ranked, targets: labels, weights: rowWeights });
  }

  merge(other: RankingPart): void {
    this.#takeIn(other.#rows);
    if (this.#tally === null) return;
    if (other.#tally === null) this.#tally = null;
    else this.#tally.merge(other.#tally);
  }

  read(state: unknown): RankingPart {
    const record = requireRecord(state, 'the ranking');
    const part = new RankingPart(this.#options, this.#sorter);
    part.#rows = requireCount(record.rows, 'the number of ranked rows');
    if (record.tally === null) {
      if (this.#options.bounded) throw damagedState('the ranking should have a tally');
      part.#tally = null;
    } else {
      part.#tally!.merge(RankingTally.fromJSON(record.tally));
    }
    return part;
  }

  toJSON(): unknown {
    return { rows: this.#rows, tally: this.#tally?.toJSON(this.#sorter) ?? null };
  }

  toThread(): unknown {
    return this.toJSON();
  }

  report(): PartReport {
    if (this.#tally === null) {
      return {
        notices: [
          {
            code: 'ranking-left-out',
            message: `AUC and average precision are left out: ${this.#rows} rows are more than the ${this.#most} whose scores are kept. Ask for them by name (--metrics) to get them within bounds.`,
            evidence: { rows: this.#rows, kept: this.#most },
          },
        ],
      };
    }
    if (this.#rows === 0) return {};
    return rankingMetrics(this.#tally, this.#sorter);
  }
}
