/** Why the loss of rows of one score is what it is: they are rows of two classes, the first of which scores 0. */

import { TemperEngine } from '../../engine/temper-engine.js';
import { TemperReference } from '../../reference/temper-reference.js';
import type { SingleScoredRows } from '../../tallies/binary-tally.js';
import { rowOptions } from '../../types/row-options.js';
import type { PartFacts, PartReport } from '../../types/scorer-part.js';
import type { SingleScoreOptions } from '../../types/single-scores.js';
import { DiagnosisPart } from './diagnosis-part.js';
import { lossSums, type PartCores } from './make-parts.js';

export interface SingleDiagnosisOptions {
  readonly scores: SingleScoreOptions;
  readonly weighted: boolean;
  readonly worst?: number | undefined;
  readonly fitRows?: number | undefined;
}

export class SingleDiagnosis {
  readonly #part: DiagnosisPart;
  readonly #isLogit: boolean;

  constructor({ scores, ...options }: SingleDiagnosisOptions, { report, sums }: PartCores) {
    const { kind, ignoreIndex, eps } = scores;
    this.#isLogit = kind === 'logits';
    const rows = rowOptions({ classes: 2, dtype: 'f64', kind, ignoreIndex, eps });
    const kernel = report ? new TemperEngine(report) : new TemperReference();
    this.#part = new DiagnosisPart({ rows, ...options }, kernel, report ?? Math, lossSums(sums, 2));
  }

  /**
   * Adds scored rows.
   * @param values their scores
   */
  add(rows: SingleScoredRows, values: ArrayLike<number>): void {
    const { count, prediction, probability } = rows.scores;
    const pairs = new Float64Array(2 * count);
    const confidence = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      pairs[2 * i] = this.#isLogit ? 0 : 1 - values[i];
      pairs[2 * i + 1] = values[i];
      confidence[i] = prediction[i] === 1 ? probability[i] : 1 - probability[i];
    }
    this.#part.add({ ...rows, scores: { ...rows.scores, confidence } }, pairs);
  }

  report(facts: PartFacts): PartReport {
    return this.#part.report(facts);
  }
}
