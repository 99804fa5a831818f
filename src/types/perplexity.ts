/** How well a model foresees text, from log-probabilities alone: the report of `perplexity`. */

import type { GateResult } from './gate.js';
import type { Notice } from './notice.js';
import type { MetricValue } from './report.js';

/** What one record says of its text. What it does not say is null. */
export interface TextLikelihood {
  /** Sum of the log-probabilities, natural logarithm. */
  readonly logLikelihood: number;
  readonly tokens: number | null;
  readonly bytes: number | null;
  readonly words: number | null;
  /** Answers in the record: 1 where it is one continuation whose likelihood was asked for. */
  readonly answers: number | null;
  /** How many of the tokens, or whether the answer, greedy decoding gives. */
  readonly greedy: number | null;
  /** Tokens with a log-probability that stands for "very unlikely". */
  readonly floored: number;
}

export interface PerplexityReport {
  readonly schema: 'logitscope.perplexity/1';
  readonly version: string;
  readonly source: string;
  readonly documents: number;
  /** In all documents; left out where records do not say. */
  readonly tokens?: number;
  readonly bytes?: number;
  readonly words?: number;
  readonly metrics: Readonly<Record<string, MetricValue>>;
  readonly notices: readonly Notice[];
  /** Conditions that the caller asked to fail for. */
  readonly gates?: readonly GateResult[];
}
