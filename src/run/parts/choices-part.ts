/** Records of choices, as a part of a scorer: their other accuracies, and baselines by each row's own number of choices. */

import {
  choiceAccuracies,
  choiceBaselines,
  orderedMetrics,
  withChoiceBaselines,
} from '../../metrics/choice-metrics.js';
import type { ScalarMath } from '../../metrics/scalar-math.js';
import { choiceNotices } from '../../report/choice-notices.js';
import { ChoiceTally } from '../../tallies/choice-tally.js';
import type { ChoiceFacts } from '../../types/choices.js';
import { InputError, UsageError } from '../../types/errors.js';
import type { ScoredRows } from '../../types/rows.js';
import type { PartFacts, PartReport, ScorerPart } from '../../types/scorer-part.js';
import { type RowOptions, RowStatus, STATUS_MASK } from '../../types/scores.js';
import type { ScorerOptions } from '../scorer-options.js';

/** @throws UsageError `no-such-option-here` */
export function makeChoicesPart(
  { labelSmoothing, classWeights }: RowOptions,
  math: ScalarMath,
  facts: ChoiceFacts,
  { weighted = false, source = 'predictions' }: ScorerOptions,
): ChoicesPart {
  const shaped =
    labelSmoothing > 0 ? '--label-smoothing' : classWeights === null ? null : '--class-weights';
  if (shaped !== null && facts.fewest < facts.most) {
    throw new UsageError(
      'no-such-option-here',
      `${shaped} is about classes that all rows have; the rows of ${source} have ${facts.fewest} to ${facts.most} choices.`,
    );
  }
  return new ChoicesPart({ facts, weighted, math, source });
}

export interface ChoicesPartOptions {
  readonly facts: ChoiceFacts;
  readonly weighted: boolean;
  readonly math: ScalarMath;
  /** Name of the dump, for messages. */
  readonly source: string;
}

export class ChoicesPart implements ScorerPart {
  readonly name = 'choices';
  readonly #options: ChoicesPartOptions;
  #tally: ChoiceTally;

  constructor(options: ChoicesPartOptions) {
    this.#options = options;
    const { facts, weighted } = options;
    this.#tally = new ChoiceTally({ most: facts.most, metrics: facts.metrics, weighted });
  }

  /** @throws InputError `target-out-of-range` */
  add(rows: ScoredRows): void {
    this.#requireOwn(rows);
    this.#tally.add(rows);
  }

  /** A target of another field may be a choice of other rows alone. */
  #requireOwn({ scores, targets, texts, firstRow }: ScoredRows): void {
    for (let row = 0; row < scores.count; row++) {
      const count = texts?.choices?.[row]?.count;
      if ((scores.status[row] & STATUS_MASK) !== RowStatus.scored) continue;
      if (count === undefined || targets[row] < count) continue;
      throw new InputError('target-out-of-range', {
        source: this.#options.source,
        row: firstRow + row,
        problem: 'the target is none of the choices of the row',
        found: String(targets[row]),
        expected: `0 to ${count - 1}, for it has ${count} choices`,
        advice: 'Is it counted from 1? Then say --labels-from 1.',
      });
    }
  }

  merge(other: ChoicesPart): void {
    this.#tally.merge(other.#tally);
  }

  read(state: unknown): ChoicesPart {
    const part = new ChoicesPart(this.#options);
    part.#tally = ChoiceTally.fromJSON(state, this.#tally.options);
    return part;
  }

  toJSON(): unknown {
    return this.#tally.toJSON();
  }

  toThread(): unknown {
    return this.toJSON();
  }

  report({ metrics }: PartFacts): PartReport {
    const { facts, math } = this.#options;
    const tally = this.#tally;
    if (tally.rows === 0) return {};
    const varies = facts.fewest < facts.most;
    const baselines = choiceBaselines(tally, math);
    const changed = varies ? withChoiceBaselines(metrics, baselines, math) : {};
    const accuracy = changed.accuracy ?? metrics.accuracy;
    const accuracies = accuracy ? choiceAccuracies(tally, accuracy, baselines.top(1)) : {};
    return {
      metrics: { ...changed, ...accuracies },
      choices: {
        varies,
        uniformLogLoss: baselines.uniform,
        arrange: (all) => orderedMetrics(all, varies),
      },
      notices: choiceNotices(tally, facts, baselines.chance),
    };
  }
}
