/** Why the loss is what it is, as a part of a scorer of any task. */

import { coverageOf } from '../../diagnosis/coverage.js';
import { diagnose } from '../../diagnosis/diagnose.js';
import type { Recalibration, ShapedRecalibration } from '../../diagnosis/recalibration.js';
import { type DiagnosisOptions, DiagnosisTally } from '../../tallies/diagnosis-tally.js';
import type { RowSample } from '../../tallies/row-sample.js';
import type { Diagnosis } from '../../types/diagnosis.js';
import { UsageError } from '../../types/errors.js';
import type { Fitted } from '../../types/fitted.js';
import type { LossSums } from '../../types/loss-sums.js';
import type { ScoreSorter } from '../../types/ranking.js';
import type { Readings, ScoredRows } from '../../types/rows.js';
import type { SampleShape } from '../../types/sample-shape.js';
import type { PartFacts, PartReport, ScorerPart } from '../../types/scorer-part.js';
import type { RowBuffers } from '../../types/scores.js';

/** Rows of highest loss that are listed where the caller does not say. */
export const WORST_ROWS = 10;

export interface DiagnosisPartOptions {
  readonly recalibration: ShapedRecalibration;
  /** Options of the tally beside the shape of its rows, which is the recalibration's. */
  readonly tally: Omit<DiagnosisOptions, keyof SampleShape>;
  /** What is recalibrated, for the report. */
  readonly scores: Diagnosis['fit']['scores'];
  /** Orders rows by their confidence. */
  readonly sorter: ScoreSorter;
  /** Whether class weights or label smoothing shape the loss; default false. */
  readonly lossIsShaped?: boolean | undefined;
  /** Names of the classes, or labels, for the report. */
  readonly classNames?: readonly string[] | null | undefined;
}

export class DiagnosisPart implements ScorerPart {
  readonly name = 'diagnosis';
  readonly #options: DiagnosisPartOptions;
  #tally: DiagnosisTally;
  #found: Fitted | null = null;

  /**
   * @param sums adds up losses of this part alone; null where there is no such kernel, and where
   *   targets are not classes
   * @throws UsageError `bad-option`
   */
  constructor(options: DiagnosisPartOptions, sums: LossSums | null = null) {
    const { recalibration, tally } = options;
    requireCount('worst', tally.worst);
    this.#options = options;
    this.#tally = new DiagnosisTally({ ...recalibration.shape, ...tally }, sums);
  }

  get recalibration(): Recalibration {
    return this.#options.recalibration;
  }

  get readings(): Readings {
    return this.recalibration.readings;
  }

  /** What its sample keeps of a row. */
  get shape(): SampleShape {
    return this.#options.recalibration.shape;
  }

  /** The sampled rows as {@link recalibration} reads them. */
  sample(): RowSample {
    return this.#tally.sample;
  }

  /** Mean loss of rows where it is finite. */
  loss(): number {
    return this.#tally.histogram.mean();
  }

  /** Takes a fit on all rows so far in place of one on the sample. */
  useFit(found: Fitted | null): void {
    this.#found = found;
  }

  add(rows: ScoredRows, buffers: RowBuffers): void {
    this.#found = null;
    this.#tally.add(rows, buffers);
  }

  merge(other: DiagnosisPart): void {
    this.#found = null;
    this.#tally.merge(other.#tally);
  }

  read(state: unknown): DiagnosisPart {
    const part = new DiagnosisPart(this.#options);
    part.#tally = DiagnosisTally.fromJSON(state, this.#tally.options);
    return part;
  }

  toJSON(): unknown {
    return this.#tally.toJSON();
  }

  toThread(): unknown {
    return this.#tally.parts();
  }

  report({ metrics, support, uniformLogLoss }: PartFacts): PartReport {
    const { recalibration, scores, sorter, lossIsShaped = false, classNames } = this.#options;
    const tally = this.#tally;
    const found = this.#found ?? recalibration.fit(tally.sample);
    const diagnosis = diagnose({
      tally,
      recalibration,
      found,
      scores,
      metrics,
      lossIsShaped,
      uniformLogLoss,
      classNames,
    });
    if (found === null || diagnosis === null) return {};
    const coverage = coverageOf(tally, found, recalibration.readings, sorter);
    const { classLoss } = tally;
    const perClass = support !== null && classLoss !== null;
    return {
      diagnosis,
      ...(coverage && { coverage }),
      metrics: {
        ...(perClass && {
          log_loss_none: { value: Array.from(classLoss.values(), (loss, c) => loss / support[c]) },
        }),
        // Metrics are of all rows.
        ...(coverage !== null &&
          coverage.rows === coverage.of && {
            aurc: { value: coverage.asIs.area },
            e_aurc: { value: coverage.asIs.excess },
          }),
      },
    };
  }
}

function requireCount(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 0) return;
  throw new UsageError('bad-option', `${name} must be a whole number ≥ 0; found ${value}.`);
}
