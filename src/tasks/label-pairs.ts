/** Counts of true and predicted labels that are known by their texts alone: mergeable, free of order. */

import type { ClassificationTally } from '../tallies/classification-tally.js';
import { ExactSums } from '../tallies/exact-sums.js';
import {
  damagedState,
  requireCount,
  requireList,
  requireRecord,
  requireText,
} from '../tallies/state-check.js';
import { InputError, quote } from '../types/errors.js';
import { textNumber } from '../types/text-number.js';
import { isTruthValue } from '../types/truth-values.js';
import type { CheckedPairs } from './label-checks.js';
import type { TaskContext } from './task.js';

/** Most distinct pairs of labels that are counted. */
const MOST_PAIRS = 2 ** 20;

/** One pair of labels: rows, and the exact sums of their weights and squared weights. */
interface PairCount {
  rows: number;
  readonly weights: ExactSums | null;
}

/** A label and what was predicted where it is true. */
interface Interned {
  readonly label: string;
  readonly number: number;
  readonly predicted: Map<number, PairCount>;
}

export class LabelPairs implements CheckedPairs {
  readonly #context: Pick<TaskContext, 'source' | 'classNames' | 'weighted'>;
  readonly #known: ReadonlySet<string> | null;
  readonly #places = new Map<string, number>();
  readonly #interned: Interned[] = [];
  /** True, true and TRUE are one class, in the first spelling that is met. */
  readonly #flags: Map<string, string>;
  #distinct = 0;
  #rows = 0;

  constructor(context: Pick<TaskContext, 'source' | 'classNames' | 'weighted'>) {
    this.#context = context;
    const { classNames } = context;
    this.#known = classNames && new Set(classNames);
    this.#flags = new Map((classNames ?? []).map((name) => [name.toLowerCase(), name]));
  }

  get rows(): number {
    return this.#rows;
  }

  /**
   * The place of a label; −1 of an empty one, null where it is the one that is ignored.
   * @throws InputError `unknown-label`
   */
  intern(
    text: string,
    what: 'target' | 'prediction',
    row: number,
    ignored: string | null,
  ): number | null {
    const label = this.#spelled(text);
    if (label === ignored) return null;
    if (label === '') return -1;
    const place = this.#places.get(label);
    if (place !== undefined) return place;
    if (this.#known !== null && !this.#known.has(label)) {
      throw new InputError('unknown-label', {
        source: this.#context.source,
        row,
        problem: `the ${what} is no class`,
        found: quote(label),
        expected: [...this.#known].slice(0, 12).map(quote).join(', '),
        advice: 'Name every class with --class-names.',
      });
    }
    return this.#intern(label);
  }

  #intern(label: string): number {
    const place = this.#interned.length;
    this.#places.set(label, place);
    this.#interned.push({ label, number: textNumber(label), predicted: new Map() });
    return place;
  }

  #spelled(label: string): string {
    // Told by their lengths first: this is for every row.
    if (label.length !== 4 && label.length !== 5) return label;
    if (!isTruthValue(label)) return label;
    const flag = label.toLowerCase();
    if (!this.#flags.has(flag)) this.#flags.set(flag, label);
    return this.#flags.get(flag)!;
  }

  /** The number of the label at a place, the same in every dump. */
  number(place: number): number {
    return this.#interned[place]!.number;
  }

  /** @throws InputError `too-many-pairs` */
  add(target: number, prediction: number, weight: number, row: number): void {
    const count = this.#pair(target, prediction, row);
    count.rows++;
    this.#rows++;
    count.weights?.add(0, weight);
    count.weights?.add(1, weight * weight);
  }

  #pair(target: number, prediction: number, row: number | null): PairCount {
    const { predicted } = this.#interned[target]!;
    let count = predicted.get(prediction);
    if (count !== undefined) return count;
    const { source, weighted } = this.#context;
    if (++this.#distinct > MOST_PAIRS) throw tooManyPairs(source, row);
    count = { rows: 0, weights: weighted ? new ExactSums(2) : null };
    predicted.set(prediction, count);
    return count;
  }

  labels(): ReadonlySet<string> {
    return new Set([...this.labelsOf('target'), ...this.labelsOf('prediction')]);
  }

  labelsOf(side: 'target' | 'prediction'): ReadonlySet<string> {
    const counted = this.#interned.filter(({ predicted }) => predicted.size > 0);
    if (side === 'target') return new Set(counted.map(({ label }) => label));
    const places = counted.flatMap(({ predicted }) => [...predicted.keys()]);
    return new Set(places.map((place) => this.#interned[place]!.label));
  }

  /** Adds all pairs to a tally whose classes have these names. */
  fill(tally: ClassificationTally, classNames: readonly string[]): void {
    const index = new Map(classNames.map((name, i) => [name, i]));
    for (const { label, predicted } of this.#interned) {
      for (const [place, { rows, weights }] of predicted) {
        const [t, p] = [index.get(label)!, index.get(this.#interned[place]!.label)!];
        if (weights) tally.addPair(t, p, weights.value(0), rows, weights.value(1));
        else tally.addPair(t, p, rows);
      }
    }
  }

  /** Adds the pairs of another. */
  merge(other: LabelPairs): void {
    const placeOf = ({ label: text }: Interned) => {
      const label = this.#spelled(text);
      return this.#places.get(label) ?? this.#intern(label);
    };
    const places = other.#interned.map(placeOf);
    other.#interned.forEach(({ predicted }, target) => {
      for (const [prediction, { rows, weights }] of predicted) {
        const count = this.#pair(places[target]!, places[prediction]!, null);
        count.rows += rows;
        if (weights !== null) count.weights!.merge(weights);
      }
    });
    this.#rows += other.#rows;
  }

  /** Pairs in the order of their texts. */
  toJSON() {
    const pairs = this.#interned.flatMap(({ label: target, predicted }) =>
      Array.from(predicted, ([place, { rows, weights }]) => ({
        target,
        prediction: this.#interned[place]!.label,
        rows,
        weights: weights?.toJSON() ?? null,
      })),
    );
    const key = ({ target, prediction }: (typeof pairs)[number]) => `${target}\0${prediction}`;
    return pairs.sort((a, b) => (key(a) < key(b) ? -1 : 1));
  }

  /** @throws InputError `state-damaged` */
  static fromState(
    state: unknown,
    context: TaskContext,
  ): { readonly left: { ignored: number; invalid: number }; readonly pairs: LabelPairs } {
    const { left, pairs } = requireRecord(state, 'the state of the rows');
    const read = new LabelPairs(context);
    for (const item of requireList(pairs, 'the pairs of labels')) {
      const pair = requireRecord(item, 'a pair of labels');
      const [target, prediction] = [pair.target, pair.prediction].map((label) => {
        const text = requireText(label, 'a label');
        if (text === '' || (read.#known !== null && !read.#known.has(text))) {
          throw damagedState('a label is no class', text);
        }
        return read.#places.get(text) ?? read.#intern(text);
      });
      const count = read.#pair(target!, prediction!, null);
      if (count.rows > 0) throw damagedState('a pair of labels stands twice');
      count.rows = requireCount(pair.rows, 'the rows of a pair');
      if (count.rows === 0) throw damagedState('a pair of labels has no rows');
      count.weights?.merge(ExactSums.fromJSON(pair.weights, 2));
      read.#rows += count.rows;
    }
    const counts = requireRecord(left, 'the rows that were left out');
    return {
      left: {
        ignored: requireCount(counts.ignored, 'the number of ignored rows'),
        invalid: requireCount(counts.invalid, 'the number of invalid rows'),
      },
      pairs: read,
    };
  }
}

function tooManyPairs(source: string, row: number | null): InputError {
  return new InputError('too-many-pairs', {
    source,
    ...(row !== null && { row }),
    problem: `there are more than ${MOST_PAIRS} different pairs of labels`,
    expected: 'labels of classes, not numbers of a regression',
    advice:
      'Check that the right columns are named with --prediction and --target; if they hold values, say --task regression.',
  });
}
