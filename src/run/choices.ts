/** What choosing metrics by name, or the conventions of another library, means for scoring. */

import type { OpenDump } from '../intake/dump-request.js';
import { describeMetric } from '../metrics/metric-descriptions.js';
import { inTheMannerOf, LIKES, type Like, type LikeContext } from '../report/like.js';
import { onlyMetrics, requireKnownMetrics } from '../report/only-metrics.js';
import { UsageError } from '../types/errors.js';
import type { ScoreReport } from '../types/report.js';
import type { DumpOptions } from './dump-options.js';

/** PyTorch's `ignore_index`. */
const TORCH_IGNORES = -100;
/** PyTorch's binary cross-entropy ends logarithms at −100. */
const TORCH_LEAST = 3.720075976020836e-44;
/** Keras's `epsilon()`. */
const KERAS_EPS = 1e-7;
/** Machine epsilon of f16, which scikit-learn computes f16 probabilities in. */
const HALF_EPS = 2 ** -10;

/** Options as they are scored with, and what becomes of the report. */
export interface Choices {
  /** What was chosen. */
  readonly asked: Pick<DumpOptions, 'only' | 'like'>;
  readonly options: DumpOptions;
  /** @param weight Σw of the rows, where that is what the loss is divided by */
  finish(report: ScoreReport, weight: number | undefined): ScoreReport;
}

/**
 * Options that the choices `only` and `like` imply.
 * @throws UsageError `unknown-metric`, `bad-like`
 */
export function choicesOf(dump: OpenDump, { only, like, ...options }: DumpOptions): Choices {
  if (like !== undefined && !LIKES.includes(like)) {
    throw new UsageError(
      'bad-like',
      `like must be ${LIKES.map((name) => JSON.stringify(name)).join(', ')}; found ${JSON.stringify(like)}.`,
    );
  }
  let implied: DumpOptions = options;
  if (only !== undefined) implied = { ...implied, ...impliedByNames(dump.task, options, only) };
  const { changes, context } = impliedByLibrary(dump, options, like);
  implied = { ...implied, ...changes };
  return {
    asked: { only, like },
    options: implied,
    finish(report, weight) {
      const alike =
        like === undefined ? report : inTheMannerOf(like, report, { ...context, weight });
      return only === undefined ? alike : onlyMetrics(alike, only);
    },
  };
}

/** What has to be computed for the named metrics, and need not be for others. */
function impliedByNames(
  task: OpenDump['task'],
  { metrics, topK = [], betas = [], quantiles = [], ranking }: DumpOptions,
  names: readonly string[],
): Partial<DumpOptions> {
  requireKnownMetrics(
    names,
    metrics?.map(({ name }) => name),
  );
  const inNames = (pattern: RegExp, given: readonly number[]) => {
    const numbers = names.flatMap((name) => pattern.exec(name)?.slice(1).map(Number) ?? []);
    return numbers.length === 0 ? null : [...new Set([...given, ...numbers])];
  };
  const qs = task === 'regression' ? inNames(/^pinball_([0-9.e+-]+)$/, quantiles) : null;
  const ks = task === 'classification' ? inNames(/^top_([0-9]+)_accuracy$/, topK) : null;
  const βs = inNames(/^f([0-9.e+-]+)(?:_|$)/, betas);
  return {
    ...(ks && { topK: ks }),
    ...(βs && { betas: βs }),
    ...(qs && { quantiles: qs }),
    ranking: ranking ?? (names.some(isRanked) ? 'bounded' : false),
  };
}

/** Whether a metric needs scores in their order over all rows. */
function isRanked(name: string): boolean {
  return /^(?:roc_auc|average_precision|pr_auc)/.test(name) && describeMetric(name).length > 0;
}

/** What the library does otherwise while it scores. */
function impliedByLibrary(
  dump: OpenDump,
  options: DumpOptions,
  like: Like | undefined,
): { changes: Partial<DumpOptions>; context: LikeContext } {
  const nothing = { changes: {}, context: { ownEps: null, ignoresIndex: false } };
  const { task, reader } = dump;
  if (like === undefined || task === 'regression' || task === 'labels') return nothing;
  const { epsilon, stored, softTargets: isSoft = false } = reader.info;
  const theirs = {
    sklearn: /^(?:[<>=]f2|f16)$/.test(stored) ? HALF_EPS : epsilon,
    torch: task === 'classification' ? 0 : TORCH_LEAST,
    keras: KERAS_EPS,
  }[like];
  const changesEps = options.eps === undefined && theirs !== epsilon;
  // An index is ignored among classes, not among probabilities.
  const ignoresIndex =
    like === 'torch' && task === 'classification' && !isSoft && options.ignoreIndex === undefined;
  return {
    changes: {
      ...(changesEps && { eps: theirs }),
      ...(ignoresIndex && { ignoreIndex: TORCH_IGNORES }),
    },
    context: { ownEps: changesEps ? epsilon : null, ignoresIndex },
  };
}
