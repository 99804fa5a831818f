/** How well a model foresees text: perplexity and bits, per token, byte and word. */

import { readLikelihoods } from '../intake/likelihoods.js';
import { normal } from '../metrics/intervals.js';
import { mapInterval } from '../metrics/metric-values.js';
import { LikelihoodTally, UNITS } from '../tallies/likelihood-tally.js';
import type { Mean } from '../tallies/ratio-moments.js';
import type { ByteSource, ByteStream } from '../types/dump.js';
import { InputError } from '../types/errors.js';
import type { PerplexityReport } from '../types/perplexity.js';
import type { MetricValue, Notice } from '../types/report.js';
import { VERSION } from '../version.js';
import { type CoreLoader, coreFor } from './core-loader.js';

/**
 * Reads records of log-probabilities and closes them.
 * @throws InputError `no-rows`; and what reading throws
 */
export async function perplexityOf(
  bytes: ByteSource | ByteStream,
  loadCore: CoreLoader,
): Promise<PerplexityReport> {
  const tally = new LikelihoodTally();
  try {
    for await (const text of readLikelihoods(bytes)) tally.add(text);
  } finally {
    await bytes.close();
  }
  if (tally.documents === 0) {
    const problem = 'there are no records';
    throw new InputError('no-rows', { source: bytes.name, problem, expected: 'one or more' });
  }
  const math = (await coreFor(loadCore, undefined)) ?? Math;
  const totals = UNITS.slice(0, 3).flatMap((unit) => {
    const total = tally.total(unit);
    return total === null ? [] : [[unit, total] as const];
  });
  return {
    schema: 'logitscope.perplexity/1',
    version: VERSION,
    source: bytes.name,
    documents: tally.documents,
    ...Object.fromEntries(totals),
    metrics: metricsOf(tally, (x) => math.exp(x)),
    notices: noticesOf(tally),
  };
}

function metricsOf(
  tally: LikelihoodTally,
  exp: (x: number) => number,
): Readonly<Record<string, MetricValue>> {
  const metrics: Record<string, MetricValue> = {};
  const { documents } = tally;
  const put = (
    name: string,
    mean: Mean | null,
    form: (x: number) => number,
    error: number,
    ends = form,
  ) => {
    if (mean === null) return;
    const value = form(mean.mean);
    const interval = mapInterval(normal(mean, documents), ends);
    metrics[name] = {
      value,
      ...interval,
      ...(interval && { standardError: mean.standardError * (error === 0 ? value : error) }),
    };
  };
  const same = (x: number) => x;
  const bits = (x: number) => x / Math.LN2;
  // The error of an exponential is to first order that of its logarithm, times itself.
  const { tokens, bytes, words, answers } = Object.fromEntries(
    UNITS.map((unit) => [unit, tally.loss(unit)]),
  ) as Record<(typeof UNITS)[number], Mean | null>;
  put('log_loss', tokens, same, 1);
  put('perplexity', tokens, exp, 0);
  put('bits', tokens, bits, 1 / Math.LN2);
  put('bits_per_byte', bytes, bits, 1 / Math.LN2);
  put('byte_perplexity', bytes, exp, 0);
  put('word_perplexity', words, exp, 0);
  put('answer_perplexity', answers, exp, 0);
  put('accuracy', tally.greedy(), same, 1, (x) => Math.min(1, Math.max(0, x)));
  return metrics;
}

function noticesOf(tally: LikelihoodTally): Notice[] {
  const { documents, floored } = tally;
  const notices: Notice[] = [];
  for (const unit of [...UNITS, 'greedy'] as const) {
    const known = tally.known(unit);
    if (known === 0 || known === documents) continue;
    const what = unit === 'greedy' ? 'what greedy decoding gives' : `how many ${unit} they have`;
    notices.push({
      code: 'records-incomplete',
      message: `${known} of ${documents} records say ${what}; what depends on it is left out.`,
      evidence: { known, documents },
    });
  }
  if (floored > 0) {
    notices.push({
      code: 'floored-logprobs',
      message: `${floored} ${floored === 1 ? 'token has' : 'tokens have'} a log-probability of −9999 or less, which stands for "very unlikely" and is none: the numbers are those of these stand-ins.`,
      evidence: { tokens: floored },
    });
  }
  return notices;
}
