/** Schema of what `score` reports. */

import type {
  AccuracyAtCoverage,
  Coverage,
  CoveragePoint,
  CoverageReport,
  RecalibratedCoverage,
} from '../types/coverage.js';
import type { Diagnosis, ListedRow } from '../types/diagnosis.js';
import type {
  CalibrationBin,
  ClusteredError,
  Clusters,
  DenseConfusion,
  ReportOptions,
  RowCounts,
  ScoreReport,
  SparseConfusion,
  ThresholdChoice,
} from '../types/report.js';
import {
  anyOf,
  as,
  count,
  exactly,
  flag,
  list,
  maybe,
  number,
  object,
  share,
  text,
  whole,
  word,
} from './node.js';
import * as part from './parts.js';

const options = object<ReportOptions>('options', 'The options that shape a number, as used.', {
  ignoreIndex: maybe(whole('target that leaves a row out')),
  labelSmoothing: maybe(share('ε of the loss')),
  eps: maybe(number('smallest probability in a logarithm')),
  classWeights: maybe(list(number(), 'weight of each class in the loss')),
  weighted: maybe(flag('whether rows have weights')),
  softTargets: maybe(flag('whether targets are a probability per class')),
  invalid: maybe(word(['error', 'skip'], 'what becomes of rows that cannot be scored')),
  zeroDivision: maybe(number('what 0/0 counts as')),
  threshold: maybe(number('least score that is called positive')),
  quantiles: maybe(list(share(), 'quantiles of the pinball losses')),
  metrics: maybe(list(text('name of a metric'), 'metrics that were chosen, in their order')),
  like: maybe(text('library whose conventions the numbers follow')),
});

const rows = object<RowCounts>('rows', 'Rows by what became of them.', {
  total: count('all rows: the sum of the others'),
  scored: count('rows behind the numbers'),
  ignored: count('rows whose target is the ignored index'),
  invalid: count('rows left out under --invalid skip'),
});

const dense = object<DenseConfusion>('denseConfusion', 'Counts, or weights, of all pairs.', {
  layout: exactly('dense'),
  matrix: list(
    list(number(), 'by prediction'),
    'by target: matrix[i][j] is the weight of rows of target i predicted as j',
  ),
});

const confusionCell = object<SparseConfusion['cells'][number]>(
  'confusionCell',
  'A cell of the confusion matrix.',
  {
    target: count('class of the target, from 0'),
    prediction: count('predicted class, from 0'),
    weight: number('rows, or their weight'),
  },
);

const sparse = object<SparseConfusion>('sparseConfusion', 'The heaviest cells alone.', {
  layout: exactly('sparse'),
  nonZero: count('number of cells that are not zero'),
  cells: list(confusionCell, 'heaviest first'),
});

const bin = object<CalibrationBin>('calibrationBin', 'A bin of the reliability diagram.', {
  low: share('lower end of the confidence'),
  high: share('upper end of the confidence'),
  rows: number('rows of the bin, by weight where rows have weights'),
  confidence: share('mean confidence; NaN of an empty bin'),
  accuracy: share('accuracy; NaN of an empty bin'),
});

const costs = object<ThresholdChoice['costs']>(
  'thresholdCosts',
  'What a threshold falls short of the best that any gives.',
  { f1: number(), mcc: number(), accuracy: number() },
);

const threshold = object<ThresholdChoice>('threshold', 'What a threshold does.', {
  for: word(['used', 'f1', 'mcc', 'accuracy'], 'used, or the metric that it makes highest'),
  threshold: number('a row is positive when its score is at least this'),
  precision: share(),
  recall: share(),
  specificity: share(),
  f1: share(),
  mcc: number('from −1 to 1'),
  accuracy: share(),
  costs,
});

const listedRow = object<ListedRow>('listedRow', 'A row by itself.', {
  row: count('index in the dump, from 0'),
  id: maybe(text('its name')),
  target: number('class, or true value; of several labels how many it has'),
  prediction: number('predicted class, or value; of several labels how many'),
  confidence: maybe(share('probability of the prediction')),
  wrong: maybe(count('of several labels, how many are predicted wrong')),
  loss: number('loss of the row'),
});

const worstShare = object<Diagnosis['worstShares'][number]>(
  'worstShare',
  'What the worst share of the rows carries of the loss.',
  { rows: share('share of the rows'), loss: number('share of the loss') },
);

const fit = object<Diagnosis['fit']>('fit', 'What the temperature was fitted on.', {
  rows: count('rows that were sampled'),
  of: count('rows that were there'),
  scores: word(['logits', 'log-probabilities', 'values'], 'what was recalibrated'),
});

const { temperature, temperatures, line, offsets, threshold: best } = part.recalibrated;
const diagnosis = object<Diagnosis>('diagnosis', 'Why the loss is what it is.', {
  loss: number('mean loss of rows where it is finite, without class weights and smoothing'),
  infiniteRows: count('rows of infinite loss'),
  fit,
  ...{ temperature, temperatures, line, offsets, threshold: best },
  parts: part.lossParts,
  refinement: as(part.fittedPart, 'loss at the best recalibration, per row'),
  calibration: as(part.fittedPart, 'loss less refinement: what recalibrating would save'),
  accuracyAtOffsets: part.recalibrated.accuracyAtOffsets,
  worstShares: list(worstShare, 'by share of the rows'),
  worst: list(listedRow, 'rows of highest loss, the highest first'),
  flags: as(part.notices, 'what stands out'),
});

const pointFields = {
  coverage: share('share of the rows, by weight, that is answered'),
  threshold: number('the least confidence that is answered'),
  accuracy: share('share of these rows that is right'),
  low: share("lower end of Wilson's 95 % interval"),
  high: share("upper end of Wilson's 95 % interval"),
  loss: number('mean loss of these rows'),
};
const point = object<CoveragePoint>('coveragePoint', 'The most confident rows.', pointFields);
const wantedPoint = object<AccuracyAtCoverage>(
  'wantedCoverage',
  'The rows that come nearest to what was wanted.',
  { wanted: share('wanted coverage, or accuracy'), ...pointFields },
);
const noPoint = object<{ readonly wanted: number; readonly coverage: 0 }>(
  'noCoverage',
  'No rows reach the wanted accuracy.',
  { wanted: share('wanted accuracy'), coverage: exactly(0) },
);

const coverageFields = {
  area: number('AURC, the area under risk by coverage'),
  excess: number('E-AURC, the area less that of the best possible order'),
  curve: list(point, 'at every twentieth of the rows, the most confident first'),
  atCoverage: list(wantedPoint, 'accuracy at wanted coverages'),
  atAccuracy: list(anyOf([wantedPoint, noPoint]), 'coverage at wanted accuracies'),
};
const coverage = object<Coverage>(
  'coverage',
  'What it would be worth to leave the least confident rows unanswered.',
  {
    rows: count('rows that the numbers are of'),
    of: count('rows that were there'),
    asIs: object<CoverageReport>('coverageAsIs', 'By confidence as it is.', coverageFields),
    recalibrated: maybe(
      object<RecalibratedCoverage>('coverageRecalibrated', 'By recalibrated confidence.', {
        ...coverageFields,
        rows: count('rows that the numbers are of'),
        areaAsIs: number('AURC of the same rows by confidence as it is'),
      }),
    ),
    summary: list(text('a sentence'), 'in words'),
  },
);

const clusteredError = object<ClusteredError>(
  'clusteredError',
  'A standard error that takes rows of one cluster for dependent.',
  {
    standardError: number('in units of the metric'),
    ratio: number('how many times that of independent rows it is'),
  },
);

const clusters = object<Clusters>('clusters', 'What intervals were widened by.', {
  by: text('name of the column or file'),
  count: count('number of clusters'),
  largest: count('rows of the largest'),
  log_loss: maybe(clusteredError),
  mse: maybe(clusteredError),
  accuracy: maybe(clusteredError),
  exact_match: maybe(clusteredError),
  mae: maybe(clusteredError),
});

/** What `score --json` writes. */
export const scoreReport = object<ScoreReport>('score', 'Everything score says of one dump.', {
  schema: exactly('logitscope.score/1'),
  version: part.version,
  task: word(
    ['classification', 'binary', 'multilabel', 'regression'],
    'what the predictions are for',
  ),
  taskFrom: word(['data', 'option'], 'whether the task was decided from the data, or given'),
  source: part.source,
  kernel: part.kernel,
  options,
  classes: maybe(count('number of classes; left out for values')),
  labels: maybe(count('number of labels, where a row can have several')),
  classNames: maybe(part.classNames),
  classesSeen: maybe(count('classes among targets or predictions: what macro averages divide by')),
  rows,
  tiedRows: maybe(count('rows whose target ties with another class for first place')),
  metrics: part.metrics,
  confusion: maybe(anyOf([dense, sparse], 'target × prediction')),
  calibration: maybe(list(bin, 'reliability diagram, by rising confidence')),
  thresholds: maybe(list(threshold, 'the threshold that was used, and those that would be best')),
  diagnosis: maybe(diagnosis),
  coverage: maybe(coverage),
  slices: maybe(part.slices),
  clusters: maybe(clusters),
  notices: part.notices,
  gates: part.gates,
});
