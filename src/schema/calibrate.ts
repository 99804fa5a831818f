/** Schemas of what `calibrate` writes: a fit, which is also the file that --apply reads, or what applying wrote. */

import type {
  AppliedCalibration,
  Calibration,
  CalibrationAccuracy,
  CalibrationFit,
  CalibrationLoss,
  SliceCalibration,
} from '../types/calibration.js';
import {
  anyOf,
  count,
  exactly,
  type FieldsOf,
  list,
  maybe,
  none,
  number,
  object,
  share,
  text,
  word,
} from './node.js';
import * as part from './parts.js';

const kind = anyOf(
  [word(['logits', 'log-probabilities', 'probabilities', 'values'], 'what the scores are'), none],
  'what the scores were; null where it does not matter',
);

const loss = object<CalibrationLoss>('loss', 'Mean loss, per row.', {
  name: word(['log_loss', 'mse'], 'the loss'),
  before: number('as the scores were'),
  after: number('of the rows that were fitted on, which flatters'),
  afterCrossFitted: number('out of fold'),
  saved: object<CalibrationLoss['saved']>('saved', 'before less afterCrossFitted.', {
    value: number('what is saved'),
    low: number('lower end of the 95 % interval'),
    high: number('upper end of the 95 % interval'),
    pValue: share('of the test of 0'),
  }),
});

const accuracy = object<CalibrationAccuracy>('accuracy', 'Share of right rows, out of fold.', {
  before: share('as the scores were'),
  afterCrossFitted: share('recalibrated by what the other folds fitted'),
  low: share('lower end of the 95 % interval'),
  high: share('upper end of the 95 % interval'),
  pValue: share('of the paired test that nothing changed'),
});

const isotonic = object<NonNullable<CalibrationFit['isotonic']>>(
  'isotonic',
  'An ascending curve: probability x[i] becomes y[i].',
  { x: list(share(), 'ascending'), y: list(share(), 'as many, ascending') },
);

const line = object<NonNullable<CalibrationFit['line']>>(
  'line',
  'intercept + slope · prediction.',
  {
    slope: number(),
    intercept: number('in units of the target'),
  },
);

const parameters = {
  temperature: maybe(number('logits are divided by it')),
  temperatures: maybe(list(number(), 'of each label by itself')),
  bound: maybe(anyOf([word(['no-information', 'separated'], 'why no temperature is best')])),
  offsets: maybe(list(number(), 'what is added to a logit then, by class or label')),
  line: maybe(line),
  isotonic: maybe(isotonic),
  threshold: maybe(number('score from which the second class is the better guess')),
  accuracy: maybe(accuracy),
  parts: maybe(part.lossParts),
};

const slice = object<SliceCalibration>('slice', 'The fit of the rows of one slice.', {
  name: text('what stands in the column'),
  ...parameters,
  rows: count('rows that were fitted on'),
  of: count('rows that were there to be sampled'),
  loss,
});

const whole: FieldsOf<Partial<CalibrationFit>> = {
  ...parameters,
  rows: maybe(count('rows that were fitted on')),
  of: maybe(count('rows that were there to be sampled')),
  loss: maybe(loss),
};

const fittedOn = object<Calibration['fittedOn']>('fittedOn', 'The dump that was fitted on.', {
  name: text('the file as it was named'),
  rows: count('rows that were fitted on'),
  of: count('rows that were there to be sampled'),
  leftOut: maybe(count('rows of infinite loss, or of no weight')),
});

const fit = object<Calibration>('recalibration', 'A fitted recalibration, and what it gained.', {
  schema: exactly('logitscope.recalibration/1'),
  task: word(
    ['classification', 'binary', 'multilabel', 'regression'],
    'what the predictions are for',
  ),
  kind,
  method: word(['temperature-and-offsets', 'temperature', 'line', 'isotonic'], 'what was fitted'),
  classes: count('scores per row'),
  classNames: anyOf([part.classNames, none]),
  eps: maybe(number('probabilities below this count as this')),
  fittedOn,
  by: maybe(text('column or file that parts the rows into slices')),
  slices: maybe(list(slice, 'one fit for each slice; then there is none for all rows')),
  ...whole,
});

const appliedSlice = object<NonNullable<AppliedCalibration['slices']>[number]>(
  'appliedSlice',
  'A slice.',
  { name: text('what stands in the column'), rows: count('its rows') },
);

const applied = object<AppliedCalibration>('applied', 'What applying a recalibration wrote.', {
  schema: exactly('logitscope.applied/1'),
  source: text('the file as it was named'),
  out: text('the file that was written'),
  rows: count('rows that were written'),
  kind,
  stored: text('number format of what was written: f32, f64 or text'),
  slices: maybe(list(appliedSlice, 'rows of each slice')),
});

/** What `calibrate --json` writes. */
export const calibrateReport = anyOf([fit, applied]);
