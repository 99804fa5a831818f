/** What records of an evaluation say of a row beside the log-likelihoods of its choices. */

/** Shares of rows that a record may hold, by the names of their metrics. */
export const CHOICE_METRICS = ['acc_norm', 'acc_bytes', 'acc_mutual_info'] as const;
export type ChoiceMetric = (typeof CHOICE_METRICS)[number];

/** One row of choices. */
export interface RowChoices {
  /** How many choices it has. */
  readonly count: number;
  /** Index of the choice that each way of comparing them takes. */
  readonly picks: { readonly [name in ChoiceMetric]?: number };
  /** What the record itself says of these ways, and of `acc`, the choice of highest log-likelihood. */
  readonly recorded: { readonly [name in ChoiceMetric | 'acc']?: number };
}

/** What is known of all rows of choices. */
export interface ChoiceFacts {
  /** Fewest and most choices of a row. */
  readonly fewest: number;
  readonly most: number;
  /** Ways of comparing choices that every record allows. */
  readonly metrics: readonly ChoiceMetric[];
}
