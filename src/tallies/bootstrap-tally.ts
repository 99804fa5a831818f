/**
 * Bootstrap replicates of labels that have weights. In every replicate a row
 * counts as often as a Poisson variable of mean 1 says (Hanley & MacGibbon,
 * Comput. Methods Programs Biomed. 83, 2006), which is a hash of seed, replicate
 * and row index: replicates do not depend on how rows are split or merged.
 *
 * Memory: replicates × classes² exact sums of some 40 bytes, 40 MiB at most.
 * Rows that all weigh 1 need no such tally: their replicates follow from the
 * confusion matrix (see `bootstrapLabelMetrics`).
 */

import { UsageError } from '../types/errors.js';
import { RowStatus, type ScoredRows, STATUS_MASK } from '../types/scores.js';
import { CounterRandom } from './counter-random.js';
import { ExactSums } from './exact-sums.js';
import { requireWeight } from './sample-weight.js';
import { damagedState, requireCount, requireNumber, requireRecord } from './state-check.js';
import { badOption, requireSameSettings, undamaged } from './tally-options.js';

const SCHEMA = 'logitscope.bootstrap-tally/1';

/** Most exact sums that are kept. */
const MOST_CELLS = 2 ** 20;

export interface BootstrapOptions {
  /** Number of classes, 2 or more. */
  readonly classes: number;
  /** How many replicates; default 200. For the ends of a 95 % interval to two digits take 1000. */
  readonly replicates?: number;
  /** Integer that the draws follow from; default 0. */
  readonly seed?: number;
}

/** Weights of one replicate: `weights[target · classes + prediction]`. */
export type ReplicateCells = Float64Array;

export class BootstrapTally {
  readonly settings: Required<BootstrapOptions>;
  readonly #random: readonly CounterRandom[];
  /** Replicate r has the cells from (r + 1) · classes² on; the first are those of the rows themselves. */
  #cells: ExactSums;
  #rows = 0;

  /** @throws UsageError `bad-option`, also where the replicates would take too much memory. */
  constructor({ classes, replicates = 200, seed = 0 }: BootstrapOptions) {
    if (!Number.isInteger(classes) || classes < 2) {
      throw badOption('classes', classes, 'an integer of 2 or more');
    }
    if (!Number.isSafeInteger(seed)) throw badOption('seed', seed, 'an integer');
    const most = Math.floor(MOST_CELLS / classes ** 2) - 1;
    if (most < 10) {
      throw new UsageError(
        'bad-option',
        `${classes} classes have too many cells to bootstrap weighted rows; expected at most ${Math.floor(Math.sqrt(MOST_CELLS / 11))} classes.`,
      );
    }
    if (!Number.isInteger(replicates) || replicates < 10 || replicates > most) {
      throw badOption(
        'replicates',
        replicates,
        `an integer from 10 to ${most} (with ${classes} classes)`,
      );
    }
    this.settings = { classes, replicates, seed };
    this.#random = Array.from({ length: replicates }, (_, r) => new CounterRandom(seed, r));
    this.#cells = new ExactSums((replicates + 1) * classes ** 2);
  }

  /** Rows that were added. */
  get rows(): number {
    return this.#rows;
  }

  /**
   * Adds the scored rows of a batch. On an error nothing is added. Takes some
   * 20 ns per row and replicate.
   * @throws InputError `bad-weight`; UsageError `tally-mismatch`
   */
  add({ firstRow, scores, targets, weights }: ScoredRows): void {
    const { classes } = this.settings;
    const labels = { targets: [] as number[], predictions: [] as number[] };
    const kept = { rows: [] as number[], weights: [] as number[] };
    for (let r = 0; r < scores.count; r++) {
      if ((scores.status[r] & STATUS_MASK) !== RowStatus.scored) continue;
      labels.targets.push(targets[r]);
      labels.predictions.push(scores.prediction[r]);
      kept.rows.push(firstRow + r);
      kept.weights.push(weights === null ? 1 : weights[r]);
    }
    this.#addRows(labels, kept, classes);
  }

  /**
   * Adds rows of labels.
   * @param firstRow index of the first row in the whole dump
   * @throws as {@link add}
   */
  addLabels(
    targets: Int32Array,
    predictions: Int32Array,
    weights: Float64Array,
    firstRow = 0,
  ): void {
    const rows = Array.from(targets, (_, r) => firstRow + r);
    this.#addRows({ targets, predictions }, { rows, weights }, this.settings.classes);
  }

  #addRows(
    { targets, predictions }: Record<'targets' | 'predictions', ArrayLike<number>>,
    { rows, weights }: { rows: readonly number[]; weights: ArrayLike<number> },
    classes: number,
  ): void {
    const count = rows.length;
    const isClass = (k: number) => k >= 0 && k < classes;
    for (let i = 0; i < count; i++) {
      requireWeight(weights[i]!, rows[i]!);
      if (isClass(targets[i]!) && isClass(predictions[i]!)) continue;
      throw new UsageError(
        'tally-mismatch',
        `Row ${rows[i]} has target ${targets[i]} and prediction ${predictions[i]}; the tally counts ${classes} classes.`,
      );
    }
    const places = new Int32Array(count);
    const values = new Float64Array(count);
    for (let i = 0; i < count; i++) places[i] = targets[i]! * classes + predictions[i]!;
    this.#cells.addScattered(places, Float64Array.from(weights), count);
    for (const random of this.#random) {
      for (let i = 0; i < count; i++) {
        places[i] += classes ** 2;
        values[i] = random.poisson(rows[i]!) * weights[i]!;
      }
      this.#cells.addScattered(places, values, count);
    }
    this.#rows += count;
  }

  /** Weights of the cells of the rows themselves. */
  observed(): ReplicateCells {
    return this.replicate(-1);
  }

  /** Weights of the cells of one replicate. */
  replicate(r: number): ReplicateCells {
    const cells = this.settings.classes ** 2;
    return Float64Array.from({ length: cells }, (_, k) => this.#cells.value((r + 1) * cells + k));
  }

  /**
   * Adds the rows of another tally. That no row is in both is for the caller to see to.
   * @throws UsageError `state-mismatch` when classes, replicates or seeds differ.
   */
  merge(other: BootstrapTally): void {
    requireSameSettings(this.settings, other.settings);
    this.#cells.merge(other.#cells);
    this.#rows += other.#rows;
  }

  /** A plain object for JSON. Tallies of the same rows give the same text. */
  toJSON() {
    return {
      schema: SCHEMA,
      options: this.settings,
      rows: this.#rows,
      cells: this.#cells.toJSON(),
    };
  }

  /** @throws InputError `state-damaged` when `state` is not what {@link toJSON} wrote. */
  static fromJSON(state: unknown): BootstrapTally {
    const record = requireRecord(state, 'the bootstrap tally');
    if (record.schema !== SCHEMA) throw damagedState(`its schema is not ${SCHEMA}`, record.schema);
    const options = requireRecord(record.options, 'the options of the tally');
    const classes = requireCount(options.classes, 'the number of classes');
    const replicates = requireCount(options.replicates, 'the number of replicates');
    const seed = requireNumber(options.seed, 'the seed');
    const tally = undamaged(() => new BootstrapTally({ classes, replicates, seed }));
    tally.#cells = ExactSums.fromJSON(record.cells, tally.#cells.count);
    tally.#rows = requireCount(record.rows, 'the number of rows');
    return tally;
  }
}
