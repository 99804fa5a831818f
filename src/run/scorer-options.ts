/** What a scorer is made with. */

import type { ChoiceFacts } from '../types/choices.js';
import type { Metric, MetricDefinition } from '../types/metric.js';
import type { ReportSource, RowTask } from '../types/report.js';
import type { RowOptionsInput } from '../types/row-options.js';
import type { ScoredRows } from '../types/rows.js';
import type { KernelName, RowBuffers } from '../types/scores.js';

/** What becomes of rows that cannot be scored. */
export type InvalidPolicy = 'error' | 'skip';

/** Options of a `Scorer` beside those of its kernel. */
export interface ScorerOptions extends Omit<RowOptionsInput, 'classes'> {
  /**
   * What the rows are: a score for each class (`classification`, the default), one score
   * (`binary`), a score for each of several labels (`multilabel`), values (`regression`), or
   * labels that were predicted without scores (`labels`).
   */
  readonly task?: RowTask | undefined;
  /** Number of classes, or labels: scores per row. Needed for the tasks `classification` and `multilabel`. */
  readonly classes?: number | undefined;
  /**
   * Least score of a row, or label, that is called positive, under the tasks `binary` and
   * `multilabel`; default 0.5, for logits 0.
   */
  readonly threshold?: number | undefined;
  /** Quantiles of the pinball losses of values; default 0.1 and 0.9. */
  readonly quantiles?: readonly number[] | undefined;
  /**
   * Most bytes held at once for what cannot be streamed: of values for what medians need, of single
   * scores and several labels for what rankings need (default 64 MiB).
   */
  readonly memoryBudget?: number | undefined;
  /** Whether rows have sample weights; default false. */
  readonly weighted?: boolean | undefined;
  /**
   * Whether the target of a row is a probability per class, `soft` of a lease; default false. The
   * loss is then the cross-entropy of all classes, and the target of accuracy and the other metrics
   * of labels the largest class, of rows that have one. Temperature, ranking, calibration, slices
   * and clusters need rows of one true class.
   */
  readonly softTargets?: boolean | undefined;
  /**
   * Rows of NaN or +∞, all −∞, or without a target: `error` (default) refuses
   * the dump when the report is asked for, `skip` leaves them out, counted.
   */
  readonly invalid?: InvalidPolicy | undefined;
  /** Names of the classes in order. */
  readonly classNames?: readonly string[] | null | undefined;
  /** Metrics of one's own, reported beside the built-in ones. */
  readonly metrics?: readonly (Metric | MetricDefinition)[] | undefined;
  /** Which k of top-k accuracy; default 1 … 5 below the number of classes. */
  readonly topK?: readonly number[] | undefined;
  /** Which β of Fβ; default 1, 2 and 0.5. */
  readonly betas?: readonly number[] | undefined;
  /** Value of precision, recall and their like where they are 0/0; default 0. */
  readonly zeroDivision?: number | undefined;
  /** Name of the predictions in messages and in the report; default `predictions`. */
  readonly source?: string | undefined;
  /**
   * Whether rows will be compared with those of other scorers: samples keep their clusters then,
   * and labels alone keep a sample. @internal
   */
  readonly compared?: boolean | undefined;
  /** What is known of rows that are records of choices; every batch has `texts.choices` then. @internal */
  readonly choices?: ChoiceFacts | undefined;
  /** Whether labels say alone whether an answer was found right. @internal */
  readonly outcomes?: boolean | undefined;
  /** Rows whose loss and second reading are kept, one by one; default none. @internal */
  readonly comparedRows?: number | undefined;
  /** Sees the scored rows of every batch, and the buffers they were scored in; they are valid during the call. @internal */
  readonly observe?: ((rows: ScoredRows, buffers: RowBuffers) => void) | undefined;
  /**
   * Whether the report says why the loss is what it is: temperature, refinement
   * and calibration, the worst rows. Default false; for whole dumps true.
   */
  readonly diagnose?: boolean | undefined;
  /** How many of the rows of highest loss the diagnosis lists; default 10. */
  readonly worst?: number | undefined;
  /** Name of what parts the rows into slices, `texts.by` of every batch: the report has each slice's loss and accuracy. */
  readonly by?: string | undefined;
  /** Name of what tells which rows are not independent, `texts.cluster` of every batch: it widens the intervals of loss and accuracy. */
  readonly cluster?: string | undefined;
  /**
   * Rows that the diagnosis has room for in its sample, which temperature and refinement are
   * fitted on: of more it keeps about half as many or more, by a hash of their index. Default:
   * 2048 to 65 536, the more the shorter they are, and fewer where 2048 would take more than 64 MiB.
   */
  readonly fitRows?: number | undefined;
  /**
   * Whether the report has AUC and average precision. `true`: while all scores
   * fit in 16 MiB; `bounded`: past that within certain bounds, which takes time
   * for every score. Default false; for whole dumps true up to 64 classes.
   */
  readonly ranking?: boolean | 'bounded' | undefined;
}

/** What the report says about where the rows came from. */
export interface SourceDetails extends Partial<Omit<ReportSource, 'kind'>> {
  /** Why the task was decided from the data, where it was. */
  readonly reason?: string | null;
}

/** Options of `createScorer`. */
export interface CreateScorerOptions extends ScorerOptions {
  /**
   * `simd` (default): the same bits on every machine. `relaxed`: fused multiply-add
   * where the machine has it, faster, with bits of its own. `reference`: plain
   * TypeScript, for engines without WebAssembly SIMD.
   */
  readonly kernel?: KernelName | undefined;
}
