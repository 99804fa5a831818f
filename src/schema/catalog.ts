/** Schemas of the lists of metrics and losses. */

import type { LossInfo } from '../types/loss.js';
import type { MetricDescription } from '../types/metric-description.js';
import { exactly, flag, list, maybe, object, text, word } from './node.js';

const metric = object<MetricDescription>('metric', 'A metric that reports hold.', {
  name: text('name in reports, with <k>, <β> or <q> where a number stands'),
  task: word(['classification', 'binary', 'multilabel', 'regression'], 'what predictions are for'),
  group: word(
    ['losses', 'agreement', 'ranking', 'calibration', 'rates', 'errors', 'explained'],
    'what it asks',
  ),
  summary: text('what it is, in one line'),
  formula: text('its formula'),
  needsScores: flag('whether predicted labels alone do not suffice'),
});

const loss = object<LossInfo>('loss', 'A loss of the library.', {
  lossName: text("the function's name"),
  summary: text('what it measures, in one line'),
  formula: text('loss of one unit'),
  likelihood: text('whose negative log-likelihood it is'),
  source: text('paper or system that it follows'),
  inputs: maybe(list(text('name of an input'), 'its inputs, where they are not input and targets')),
  reductions: maybe(list(text('name of a reduction'), 'reductions, where they are not the usual')),
});

export interface MetricCatalog {
  readonly schema: 'logitscope.metrics/1';
  readonly metrics: readonly MetricDescription[];
}

export interface LossCatalog {
  readonly schema: 'logitscope.losses/1';
  readonly losses: readonly LossInfo[];
}

/** What `metrics --json` writes. */
export const metricCatalog = object<MetricCatalog>('metrics', 'Metrics that reports can hold.', {
  schema: exactly('logitscope.metrics/1'),
  metrics: list(metric, 'those that the pattern finds; without one all'),
});

/** What `losses --json` writes. */
export const lossCatalog = object<LossCatalog>('losses', 'Losses of the library.', {
  schema: exactly('logitscope.losses/1'),
  losses: list(loss, 'those that the pattern finds; without one all'),
});
