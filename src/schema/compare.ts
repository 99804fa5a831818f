/** Schema of what `compare` reports. */

import type {
  ComparedModel,
  CompareReport,
  Comparison,
  ModelDifference,
  ModelPair,
} from '../types/compare.js';
import { count, exactly, flag, list, maybe, number, object, share, text, word } from './node.js';
import * as part from './parts.js';

const model = text('name of a model: its file, as short as tells it from the others');

const compared = object<ComparedModel>('model', 'One of the models.', {
  name: model,
  source: text('its file'),
  loss: maybe(number('mean loss of all rows where it is finite')),
  accuracy: maybe(share('share of right rows')),
  absoluteError: maybe(number('mean absolute error, in units of the target')),
  confidenceGap: maybe(number('mean confidence less accuracy')),
  metrics: maybe(part.metrics),
  slices: maybe(part.slices),
  ...part.recalibrated,
});

const difference = object<ModelDifference>('difference', 'How far a model is from the best.', {
  name: model,
  delta: number('its mean less that of the best'),
  low: number('lower end of an interval that holds for all pairs together'),
  high: number('upper end of it'),
  standardError: number('of the difference'),
  correctedPValue: share('of the paired test, corrected for all pairs of models'),
  inBestSet: flag('whether it cannot be told from the best'),
  detectable: number('the least difference that the test finds with a power of 80 %'),
  rowsNeeded: maybe(number('rows that finding the asked for difference takes')),
});

const pair = object<ModelPair>('pair', 'Two models, in the order of the table.', {
  a: model,
  b: model,
  delta: number('mean of b less mean of a'),
  low: number('lower end of the interval of this pair alone'),
  high: number('upper end of it'),
  pValue: share('of the paired test of this pair alone'),
  correctedPValue: share('corrected for all pairs of models'),
});

const comparison = object<Comparison>('comparison', 'The models by one measure.', {
  by: word(['loss', 'accuracy', 'absoluteError', 'refinement'], 'the measure'),
  rows: count('rows that the tests were made on'),
  best: model,
  bestSet: list(model, 'models that cannot be told from the best, itself among them'),
  quantile: number('standard errors that the intervals reach'),
  differences: list(difference, 'of all models but the best'),
  pairs: list(pair, 'all pairs of models'),
});

const clusters = object<NonNullable<CompareReport['clusters']>>(
  'clusters',
  'Rows that tests take for dependent.',
  { by: text('name of the column or file'), count: count('number of clusters') },
);

/** What `compare --json` writes. */
export const compareReport = object<CompareReport>('compare', 'Models over the same rows.', {
  schema: exactly('logitscope.compare/1'),
  version: part.version,
  task: part.rowTask,
  kernel: part.kernel,
  labels: maybe(text('file of the targets, where they have one of their own')),
  classes: maybe(count('number of classes, or labels; left out for values')),
  classNames: maybe(part.classNames),
  rows: count('rows of each dump'),
  level: share('level that the intervals of a measure keep together'),
  difference: maybe(number('the difference that rowsNeeded is about')),
  clusters: maybe(clusters),
  models: list(compared, 'the best by loss first; without scores by accuracy'),
  comparisons: list(comparison, 'by each measure that there is'),
  notices: part.notices,
  gates: part.gates,
});
