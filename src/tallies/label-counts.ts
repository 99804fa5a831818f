/** What targets and predicted classes alone tell: marginals, hits, distances, confusion matrix. */

import type { RowTotals } from '../types/row-tally.js';
import { ConfusionCells, type ConfusionCellsState } from './confusion-cells.js';
import { ExactSums, type ExactSumsState } from './exact-sums.js';
import { requireRecord } from './state-check.js';
import { WeightCells, type WeightCellsState } from './weight-cells.js';

export interface LabelCountsState {
  readonly targets: WeightCellsState;
  readonly predictions: WeightCellsState;
  readonly hits: WeightCellsState;
  readonly distances: ExactSumsState;
  readonly confusion: ConfusionCellsState;
}

export class LabelCounts {
  readonly classes: number;
  /** Weight of the rows of each target class. */
  readonly targets: WeightCells;
  /** Weight of the rows of each predicted class. */
  readonly predictions: WeightCells;
  /** Weight of the rows of each target class that are predicted right. */
  readonly hits: WeightCells;
  /** Σ s·|t − p| and Σ s·(t − p)², over class indices. */
  readonly distances: ExactSums;
  readonly confusion: ConfusionCells;
  #values = new Float64Array(0);

  constructor(classes: number, weighted: boolean, parts?: Partial<LabelCounts>) {
    this.classes = classes;
    this.targets = parts?.targets ?? new WeightCells(classes, weighted);
    this.predictions = parts?.predictions ?? new WeightCells(classes, weighted);
    this.hits = parts?.hits ?? new WeightCells(classes, weighted);
    this.distances = parts?.distances ?? new ExactSums(2);
    this.confusion = parts?.confusion ?? new ConfusionCells(classes, weighted);
  }

  /**
   * @param count at most 2¹⁶: the distances of so many rows add up exactly.
   * @param hit 1 for rows whose prediction is the target, else 0.
   */
  addRows(
    targets: Int32Array,
    predictions: Int32Array,
    hit: Float64Array,
    weights: Float64Array | null,
    count: number,
  ): void {
    this.targets.addRows(targets, weights, count);
    this.predictions.addRows(predictions, weights, count);
    this.confusion.addRows(targets, predictions, weights, count);
    if (weights === null) {
      const hits = this.hits.counts!;
      let linear = 0;
      let quadratic = 0;
      for (let i = 0; i < count; i++) {
        const distance = targets[i] - predictions[i];
        hits[targets[i]] += hit[i];
        linear += Math.abs(distance);
        quadratic += distance * distance;
      }
      this.distances.add(0, linear);
      this.distances.add(1, quadratic);
      return;
    }
    if (this.#values.length < count) this.#values = new Float64Array(count);
    const values = this.#values;
    for (let i = 0; i < count; i++) values[i] = weights[i] * hit[i];
    this.hits.addRows(targets, values, count);
    for (let i = 0; i < count; i++) values[i] = weights[i] * Math.abs(targets[i] - predictions[i]);
    this.distances.addColumn(0, values, count);
    for (let i = 0; i < count; i++) {
      const distance = targets[i] - predictions[i];
      values[i] = weights[i] * (distance * distance);
    }
    this.distances.addColumn(1, values, count);
  }

  /** Adds rows that weigh 1, but for confusion cells that the totals do not hold. */
  addTotals({ targets, predictions, hits, distances, confusion }: RowTotals): void {
    this.targets.addCounts(targets);
    this.predictions.addCounts(predictions);
    this.hits.addCounts(hits);
    for (let word = 0; word < distances.length; word++) {
      this.distances.add(word >> 1, distances[word] * (word % 2 === 0 ? 1 : 2 ** 32));
    }
    if (confusion !== null) this.confusion.addCounts(confusion);
  }

  /** Adds a weight (a number of rows where every row weighs 1) to one pair. */
  addPair(target: number, prediction: number, weight: number): void {
    this.targets.add(target, weight);
    this.predictions.add(prediction, weight);
    if (target === prediction) this.hits.add(target, weight);
    this.confusion.add(target, prediction, weight);
    const distance = Math.abs(target - prediction);
    this.distances.add(0, weight * distance);
    this.distances.add(1, weight * (distance * distance));
  }

  merge(other: LabelCounts): void {
    this.targets.merge(other.targets);
    this.predictions.merge(other.predictions);
    this.hits.merge(other.hits);
    this.distances.merge(other.distances);
    this.confusion.merge(other.confusion);
  }

  toJSON(): LabelCountsState {
    return {
      targets: this.targets.toJSON(),
      predictions: this.predictions.toJSON(),
      hits: this.hits.toJSON(),
      distances: this.distances.toJSON(),
      confusion: this.confusion.toJSON(),
    };
  }

  /** @throws InputError `state-damaged` when `state` is not what {@link toJSON} wrote. */
  static fromJSON(state: unknown, classes: number, weighted: boolean): LabelCounts {
    const record = requireRecord(state, 'the label counts');
    const cells = (name: 'targets' | 'predictions' | 'hits') =>
      WeightCells.fromJSON(record[name], classes, weighted, `${name} per class`);
    return new LabelCounts(classes, weighted, {
      targets: cells('targets'),
      predictions: cells('predictions'),
      hits: cells('hits'),
      distances: ExactSums.fromJSON(record.distances, 2),
      confusion: ConfusionCells.fromJSON(record.confusion, classes, weighted),
    });
  }
}
