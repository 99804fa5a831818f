/** What abstaining would be worth, as plain values. */

/** The most confident rows, whole steps of equal confidence together. */
export interface CoveragePoint {
  /** Share of the rows, by weight, that is answered. */
  readonly coverage: number;
  /** The least confidence that is answered. */
  readonly threshold: number;
  /** Share of these rows that is right; of several labels of those whose labels are all right. */
  readonly accuracy: number;
  /** Ends of Wilson's 95 % interval of the accuracy. */
  readonly low: number;
  readonly high: number;
  /** Mean loss of these rows. */
  readonly loss: number;
}

/** The fewest rows that answer a wanted share. */
export interface AccuracyAtCoverage extends CoveragePoint {
  readonly wanted: number;
}

/** The most rows that reach a wanted accuracy; coverage 0, and nothing else, where none do. */
export type CoverageAtAccuracy = { readonly wanted: number } & (
  | CoveragePoint
  | { readonly coverage: 0 }
);

/** Answers in the order of a confidence. */
export interface CoverageReport {
  /** AURC, the area under risk by coverage. */
  readonly area: number;
  /** E-AURC, the area less that of the best possible order. */
  readonly excess: number;
  /** At every twentieth of the rows; fewer points where confidences are equal. */
  readonly curve: readonly CoveragePoint[];
  readonly atCoverage: readonly AccuracyAtCoverage[];
  readonly atAccuracy: readonly CoverageAtAccuracy[];
}

/** Answers in the order of recalibrated confidence, fitted on the same rows. */
export interface RecalibratedCoverage extends CoverageReport {
  /** Rows that the numbers are of: those of the diagnosis's sample, whose loss is finite. */
  readonly rows: number;
  /** AURC of the same rows by confidence as it is. */
  readonly areaAsIs: number;
}

/** What it would be worth to leave the least confident rows unanswered. */
export interface Coverage {
  /** Rows that the numbers are of: all that were scored and weigh something, or a sample of them. */
  readonly rows: number;
  readonly of: number;
  /** By confidence as it is. */
  readonly asIs: CoverageReport;
  /** By confidence as the diagnosis recalibrates it, where that can change the order of rows. */
  readonly recalibrated?: RecalibratedCoverage;
  /** In a sentence or three, which the text shows. */
  readonly summary: readonly string[];
}
