/** Why the loss is what it is, as a part of a scorer. */

import { diagnose, sampleAsLogits } from '../../diagnosis/diagnose.js';
import type { ScalarMath } from '../../metrics/scalar-math.js';
import { DiagnosisTally } from '../../tallies/diagnosis-tally.js';
import type { RowSample } from '../../tallies/row-sample.js';
import { UsageError } from '../../types/errors.js';
import type { PartFacts, PartReport, ScorerPart } from '../../types/scorer-part.js';
import type { RowOptions, ScoreArray, ScoredRows } from '../../types/scores.js';
import type { TemperKernel } from '../../types/temper.js';

/** Rows of highest loss that are listed where the caller does not say. */
const WORST_ROWS = 10;
/** Rows that the sample has room for where the caller does not say: they tell a temperature to about 3 %. */
const SAMPLE_ROWS = 2048;
/** Bytes of scores of the sample: more rows where they are short, fewer where they are long. */
const SMALLEST_SAMPLE = 8 * 1024 * 1024;
const LARGEST_SAMPLE = 64 * 1024 * 1024;

export interface DiagnosisPartOptions {
  readonly rows: RowOptions;
  readonly weighted: boolean;
  readonly worst?: number | undefined;
  readonly sampleBudget?: number | undefined;
}

export class DiagnosisPart implements ScorerPart {
  readonly name = 'diagnosis';
  readonly kernel: TemperKernel;
  readonly math: ScalarMath;
  readonly #options: DiagnosisPartOptions;
  #tally: DiagnosisTally;

  /** @throws UsageError `bad-option` */
  constructor(options: DiagnosisPartOptions, kernel: TemperKernel, math: ScalarMath) {
    const { rows, weighted, worst = WORST_ROWS, sampleBudget = usualBudget(rows) } = options;
    requireCount('worst', worst);
    requireCount('sampleBudget', sampleBudget);
    this.#options = options;
    this.kernel = kernel;
    this.math = math;
    const { classes, dtype } = rows;
    this.#tally = new DiagnosisTally({ classes, dtype, weighted, worst, sampleBudget });
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

  add(rows: ScoredRows, scores: ScoreArray): void {
    this.#tally.add(rows, scores);
  }

  merge(other: DiagnosisPart): void {
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

function usualBudget({ classes, dtype }: RowOptions): number {
  const bytes = SAMPLE_ROWS * classes * (dtype === 'f64' ? 8 : 4);
  return Math.min(LARGEST_SAMPLE, Math.max(SMALLEST_SAMPLE, bytes));
}

function requireCount(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 0) return;
  throw new UsageError('bad-option', `${name} must be a whole number ≥ 0; found ${value}.`);
}
