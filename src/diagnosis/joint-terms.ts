/** What recalibrations by temperature and offsets know of their task, and what they find. */

import type { ScalarMath } from '../metrics/scalar-math.js';
import type { FitRows, Fitted } from '../types/fitted.js';
import type { TargetedRows, TemperKernel } from '../types/temper.js';
import type { JointErrors } from './joint-ends.js';
import type { JointFit } from './joint-fit.js';
import type { EndsFit, PartMeans } from './joint-parts.js';

/** A fit, the line to it, and its errors. */
export interface JointFound extends EndsFit {
  readonly fit: JointFit;
  readonly errors: JointErrors | null;
}

/** Rows of labels, or classes, as the kernel reads them. */
export interface LabelRows {
  /** Rows of a label; valid until the next call. */
  of(rows: FitRows, label: number): TargetedRows;
}

/** What is known of a task's recalibration. */
export interface JointTerms {
  readonly kernel: TemperKernel;
  readonly math: ScalarMath;
  /** Whether each row has several labels: then there is no one temperature, of a single label neither. */
  readonly isOfLabels: boolean;
  /** As a difference of two logits, of one score; null where the highest class is predicted. */
  readonly threshold: number | null;
  labelRows(): LabelRows;
  /** What is predicted of rows as they are: a class, or whether a label is there; left out where nobody asks. */
  predicted?(rows: FitRows, label: number): Int32Array;
  /** What a report shows of the parameters. */
  parameters(found: readonly JointFound[], means: PartMeans): Fitted['parameters'];
}
