/** What stands in every kind of report: numbers with their intervals, and words about them. */

/** A number with the ends of its 95 % interval, where it has one. */
export interface Estimate {
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
}

/** Something the reader should know before trusting a number. */
export interface Notice {
  /** Stable identifier in kebab-case. */
  readonly code: string;
  /** One or two sentences with the numbers and what to do. */
  readonly message: string;
  /** The numbers behind it. */
  readonly evidence?: Readonly<Record<string, number | string>>;
}
