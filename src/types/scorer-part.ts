/** What a scorer keeps beside its tally, where it is asked for: loaded on demand, merged and saved with it. */

import type { Coverage } from './coverage.js';
import type { Diagnosis } from './diagnosis.js';
import type { Clusters, MetricValue, Notice, Slices } from './report.js';
import type { ScoredRows } from './rows.js';
import type { RowBuffers } from './scores.js';

/** What a part may look at when the report is made. */
export interface PartFacts {
  /** Metrics so far, those of earlier parts among them. */
  readonly metrics: Readonly<Record<string, MetricValue>>;
  /** Weight of the rows of each target class; null with too many classes for numbers per class. */
  readonly support: Float64Array | null;
  /** Mean loss of equal probabilities for all classes. */
  readonly uniformLogLoss: number;
}

/** What soft targets make a report count otherwise than its tally, which holds the rows with one largest class alone. */
export interface SoftFacts {
  /** Rows in the loss. */
  readonly rows: number;
  readonly infiniteLoss: number;
  /** Rows with a class of q > 0 and p < eps. */
  readonly belowEps: number;
  /** Rows with a class of q > 0 and p = 0. */
  readonly zeroProbability: number;
  /** Mean loss of equal probabilities for all classes. */
  readonly uniformLogLoss: number;
}

/** What choices make a report count otherwise, where rows have different numbers of them. */
export interface ChoiceSaid {
  /** Whether rows have different numbers of choices, so that a class is not one of every row. */
  readonly varies: boolean;
  /** Mean loss of equal probabilities for the choices of each row. */
  readonly uniformLogLoss: number;
  /** The metrics of the report in their order, without those that mean nothing. */
  arrange(metrics: Readonly<Record<string, MetricValue>>): Readonly<Record<string, MetricValue>>;
}

/** What a part adds to a report. */
export interface PartReport {
  readonly metrics?: Readonly<Record<string, MetricValue>>;
  readonly diagnosis?: Diagnosis;
  readonly coverage?: Coverage;
  readonly slices?: Slices;
  readonly clusters?: Clusters;
  readonly notices?: readonly Notice[];
  /** Where targets are soft. */
  readonly soft?: SoftFacts;
  /** Where rows are records of choices. */
  readonly choices?: ChoiceSaid;
}

export interface ScorerPart {
  /** Its name in the state of the scorer. */
  readonly name: string;
  /** Takes in a scored batch; `buffers` are those that it was scored in. */
  add(rows: ScoredRows, buffers: RowBuffers): void;
  /** Adds the rows of a part of the same name and options. */
  merge(other: ScorerPart): void;
  /** A part of the same options from what {@link toJSON} or {@link toThread} gave. */
  read(state: unknown): ScorerPart;
  /** The state as plain values: the same text for the same rows. */
  toJSON(): unknown;
  /** The state for another thread: what `postMessage` can clone. */
  toThread(): unknown;
  report(facts: PartFacts): PartReport;
}
