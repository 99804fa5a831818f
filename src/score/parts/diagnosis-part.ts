/** Why the loss is what it is, as a part of a scorer. */

import { diagnose, sampleAsLogits } from '../../diagnosis/diagnose.js';
import type { Refinement } from '../../diagnosis/temperature.js';
import type { ScalarMath } from '../../metrics/scalar-math.js';
import { type DiagnosedRows, DiagnosisTally } from '../../tallies/diagnosis-tally.js';
import type { RowSample } from '../../tallies/row-sample.js';
import { UsageError } from '../../types/errors.js';
import type { LossSums } from '../../types/loss-sums.js';
import type { PartFacts, PartReport, ScorerPart } from '../../types/scorer-part.js';
import type { RowOptions, ScoreArray } from '../../types/scores.js';
import type { TemperKernel } from '../../types/temper.js';
import { checkFitRows, sampleBytes } from '../fit-rows.js';

/** Rows of highest loss that are listed where the caller does not say. */
const WORST_ROWS = 10;
export interface DiagnosisPartOptions {
  readonly rows: RowOptions;
  readonly weighted: boolean;
  readonly worst?: number | undefined;
  /** Rows that the sample has room for. */
  readonly fitRows?: number | undefined;
}

export class DiagnosisPart implements ScorerPart {
  readonly name = 'diagnosis';
  readonly kernel: TemperKernel;
  readonly math: ScalarMath;
  readonly #options: DiagnosisPartOptions;
  #tally: DiagnosisTally;
  #found: Refinement | null = null;

  /**
   * @param sums adds up losses of this part alone; null where there is no such kernel
   * @throws UsageError `bad-option`
   */
  constructor(
    options: DiagnosisPartOptions,
    kernel: TemperKernel,
    math: ScalarMath,
    sums: LossSums | null = null,
  ) {
    const { rows, weighted, worst = WORST_ROWS, fitRows } = options;
    requireCount('worst', worst);
    checkFitRows(fitRows);
    this.#options = options;
    this.kernel = kernel;
    this.math = math;
    const { classes, dtype } = rows;
    const sampleBudget = sampleBytes(rows, fitRows);
    this.#tally = new DiagnosisTally({ classes, dtype, weighted, worst, sampleBudget }, sums);
  }

  /** The sampled rows as logits. */
  sample(): RowSample {
    const { kind, eps } = this.#options.rows;
    return sampleAsLogits(this.#tally.sample, kind, eps, this.math);
  }

  /** Mean −log p(target) of rows where it is finite. */
  loss(): number {
    return this.#tally.histogram.mean();
  }

  /** Takes a fit on all rows so far in place of one on the sample. */
  useFit(found: Refinement | null): void {
    this.#found = found;
  }

  add(rows: DiagnosedRows, scores: ScoreArray): void {
    this.#found = null;
    this.#tally.add(rows, scores);
  }

  merge(other: DiagnosisPart): void {
    this.#found = null;
    this.#tally.merge(other.#tally);
  }

  read(state: unknown): DiagnosisPart {
    const part = new DiagnosisPart(this.#options, this.kernel, this.math);
    const { classes, dtype } = this.#options.rows;
    part.#tally = DiagnosisTally.fromJSON(state, {
      classes,
      dtype,
      weighted: this.#options.weighted,
    });
    return part;
  }

  toJSON(): unknown {
    return this.#tally.toJSON();
  }

  toThread(): unknown {
    return this.#tally.parts();
  }

  report({ metrics, support, uniformLogLoss }: PartFacts): PartReport {
    const { kind, eps, classWeights, labelSmoothing } = this.#options.rows;
    const diagnosis = diagnose({
      tally: this.#tally,
      found: this.#found,
      kernel: this.kernel,
      math: this.math,
      kind,
      eps,
      metrics,
      lossIsShaped: classWeights !== null || labelSmoothing > 0,
      uniformLogLoss,
    });
    if (diagnosis === null) return {};
    const { classLoss } = this.#tally;
    if (support === null || classLoss === null) return { diagnosis };
    const value = Array.from(classLoss.values(), (loss, c) => loss / support[c]);
    return { diagnosis, metrics: { log_loss_none: { value } } };
  }
}

function requireCount(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 0) return;
  throw new UsageError('bad-option', `${name} must be a whole number ≥ 0; found ${value}.`);
}
