/** Schemas of what several reports share. */

import type {
  AccuracyAtOffsets,
  FittedPart,
  LineReport,
  LossParts,
  OffsetReport,
  OffsetsReport,
  TemperatureReport,
  TestedPart,
  ThresholdReport,
} from '../types/diagnosis.js';
import type { Recalibrated } from '../types/explain.js';
import type { GateResult } from '../types/gate.js';
import type {
  Estimate,
  MetricValue,
  Notice,
  ReportSource,
  RowTask,
  Slice,
  Slices,
} from '../types/report.js';
import type { KernelName } from '../types/scores.js';
import {
  anyOf,
  as,
  count,
  type FieldsOf,
  flag,
  list,
  maybe,
  type Node,
  number,
  object,
  record,
  share,
  text,
  word,
} from './node.js';

export const version = text('version of logitscope that made it');

export const kernel: Node<KernelName | 'none'> = word(
  ['simd', 'relaxed', 'reference', 'none'],
  'code that computed the rows; none where nothing but labels was there',
);

export const rowTask: Node<RowTask> = word(
  ['classification', 'binary', 'multilabel', 'regression', 'labels'],
  'what predictions are for; labels where they came without scores',
);

export const classNames = list(
  text('name of a class, or label'),
  'names in the order of the classes',
);

export const estimate = object<Estimate>('estimate', 'A number with its 95 % interval.', {
  value: number('the number'),
  low: maybe(number('lower end of the interval')),
  high: maybe(number('upper end of the interval')),
});

const metric = object<MetricValue>('metric', 'A metric. What does not apply is left out.', {
  value: anyOf(
    [number(), list(number(), 'one number per class, in the order of the classes')],
    'the number, or one per class; of losses in nats per row, or squared units of the target',
  ),
  low: maybe(number('lower end of the 95 % interval')),
  high: maybe(number('upper end of the 95 % interval')),
  standardError: maybe(number('of records of an evaluation, with n − 1')),
  baseline: maybe(number('the metric of who knows nothing but how frequent the classes are')),
  skill: maybe(
    number('share of the way from the baseline to perfection; 1 is perfect, 0 the baseline'),
  ),
});

/** Metrics by their names. */
export const metrics = record(metric, 'metrics by name; `logitscope metrics` tells what each is');

const notice = object<Notice>('notice', 'What to know before trusting a number.', {
  code: text('identifier that stays, in kebab-case'),
  message: text('one or two sentences'),
  evidence: maybe(
    record(anyOf([number(), text('a name, or a list in words')]), 'the numbers behind it, by name'),
  ),
});

export const notices = list(notice, 'what to know before trusting the numbers');

const gate = object<GateResult>('gate', 'How a condition of --fail-if came out.', {
  condition: text('as it was given'),
  failed: flag('whether the condition holds, so that the run fails'),
  text: text('a sentence with the numbers'),
});

export const gates = maybe(list(gate, 'conditions of --fail-if, in the order given'));

export const source = object<ReportSource>('source', 'Where the numbers came from.', {
  name: text('the file as it was named'),
  format: text('format of the file, such as npy, npz or csv'),
  stored: text("number format in the file, in the file's own words: <f4, text"),
  kind: word(
    ['logits', 'log-probabilities', 'probabilities', 'labels', 'values'],
    'what the numbers are',
  ),
  kindFrom: word(['data', 'option'], 'whether the kind was decided from the rows, or given'),
  labels: maybe(text('file of the targets, where they have one of their own')),
});

const slice = object<Slice>('slice', 'The rows that have the same text in a column.', {
  value: text('the text; empty where it is missing'),
  rows: count('rows of the slice'),
  weight: maybe(number('sum of their weights; left out where every row weighs 1')),
  loss: maybe(as(estimate, 'mean loss, per row')),
  accuracy: maybe(as(estimate, 'share of right rows')),
  absoluteError: maybe(as(estimate, 'mean absolute error, in units of the target')),
  confidence: maybe(share('mean confidence')),
  calibrationGap: maybe(number('mean confidence minus accuracy')),
  lossShare: maybe(number('share of the sum of the losses of all rows')),
});

export const slices = object<Slices>('slices', 'The rows by what stands in a column.', {
  by: text('name of the column or file'),
  of: list(slice, 'the slice that carries most of the loss first'),
});

const fitted = {
  crossFitted: number('fitted on the other folds'),
  inSample: number('fitted on the same rows, which flatters'),
} as const;

export const fittedPart = object<FittedPart>(
  'fittedPart',
  'A part of the loss, per row, fitted on other rows and on the same.',
  fitted,
);

const testedPart = object<TestedPart>('testedPart', 'A part of the loss, per row, with its test.', {
  ...fitted,
  value: number('between the two: 5/9 of what is in sample, 4/9 of what is cross-fitted'),
  low: number('lower end of the 95 % interval'),
  high: number('upper end of the 95 % interval'),
  pValue: share('of the test of 0'),
});

export const lossParts = object<LossParts>(
  'lossParts',
  'The loss, split into what adds up to it.',
  {
    refinement: as(
      testedPart,
      'loss after recalibration: what only better discrimination can lower',
    ),
    scale: as(testedPart, 'what the temperature saves; of values the slope'),
    offsets: as(testedPart, 'what the offsets of the classes save; of values the intercept'),
    residual: number('the most that the shares of a row missed its loss by'),
  },
);

export const temperature = object<TemperatureReport>(
  'temperature',
  'The temperature T that z/T + b fits the targets best with.',
  {
    value: number('above 1 the scores are over-confident, below 1 under-confident'),
    low: maybe(number('lower end of the 95 % interval; left out at a bound')),
    high: maybe(number('upper end of the 95 % interval; left out at a bound')),
    bound: maybe(word(['no-information', 'separated'], 'why no temperature is best')),
  },
);

const offset = object<OffsetReport>('offset', 'What is added to a logit over the temperature.', {
  index: count('class or label, from 0; of one score per row 1'),
  name: maybe(text('name of the class or label')),
  value: number('the offset, in logits'),
  low: maybe(number('lower end of the 95 % interval')),
  high: maybe(number('upper end of the 95 % interval')),
});

const commonOffset = object<NonNullable<OffsetsReport['common']>>(
  'commonOffset',
  'The offset that classes with few target rows share.',
  {
    value: number('the offset, in logits'),
    low: maybe(number('lower end of the 95 % interval')),
    high: maybe(number('upper end of the 95 % interval')),
    classes: count('classes that share it'),
    targets: number('target rows of these classes'),
  },
);

const offsets = object<OffsetsReport>(
  'offsets',
  'Offsets of the classes, which sum to 0; of labels, of each by itself.',
  {
    told: flag('whether they save anything beyond chance on other rows'),
    values: list(offset, 'those of classes that have one of their own'),
    common: maybe(commonOffset),
    ridge: maybe(number('λ of the ridge that held them, times the weight of the rows')),
  },
);

const line = object<LineReport>('line', 'The straight line that fits true values best.', {
  slope: as(estimate, 'below 1 predictions are spread too far, above 1 not far enough'),
  intercept: as(estimate, 'in units of the target'),
});

const threshold = object<ThresholdReport>(
  'bestThreshold',
  'The least score at which predicting the second class costs least.',
  {
    value: number('the score'),
    low: maybe(number('lower end of the 95 % interval')),
    high: maybe(number('upper end of the 95 % interval')),
    scale: word(['logit', 'probability'], 'scale of the scores'),
  },
);

export const accuracyAtOffsets = object<AccuracyAtOffsets>(
  'accuracyAtOffsets',
  'Accuracy with the offsets that the other folds fitted.',
  {
    value: share('share of right rows'),
    low: share('lower end of the 95 % interval'),
    high: share('upper end of the 95 % interval'),
    pValue: share('of the paired test against accuracy as it is'),
    lost: number('value less accuracy of the same rows as it is'),
  },
);

/** What recalibration finds. */
export const recalibrated: FieldsOf<Recalibrated> = {
  temperature: maybe(temperature),
  temperatures: maybe(list(temperature, 'of each label by itself')),
  line: maybe(line),
  offsets: maybe(offsets),
  threshold: maybe(threshold),
  parts: maybe(lossParts),
  refinement: maybe(as(fittedPart, 'loss at the best recalibration, per row')),
  calibration: maybe(as(fittedPart, 'loss less refinement: scale + offsets')),
  accuracyAtOffsets: maybe(accuracyAtOffsets),
};
