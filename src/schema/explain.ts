/** Schema of what `explain` reports. */

import type {
  Cell,
  Change,
  ClassChange,
  ExplainReport,
  Identity,
  MovedRowReport,
  Reading,
  SliceChange,
  Verdict,
} from '../types/explain.js';
import {
  as,
  count,
  exactly,
  type FieldsOf,
  flag,
  list,
  maybe,
  number,
  object,
  share,
  text,
  word,
} from './node.js';
import * as part from './parts.js';

const changeFields: FieldsOf<Change> = {
  delta: number('after less before'),
  low: number('lower end of the 95 % interval'),
  high: number('upper end of the 95 % interval'),
  pValue: share('of the test of no change'),
};

/** A change with its test. */
export const change = object<Change>('change', 'A change, per row.', changeFields);

/** Causes of a change. */
export const causes = list(
  word(['scale', 'offsets', 'discrimination'], 'what a change comes from'),
  'parts that changed beyond chance',
);

const crossFittedChange = object<Change & { readonly crossFitted: number }>(
  'crossFittedChange',
  'A change of a part of the loss, per row.',
  { ...changeFields, crossFitted: number('after less before, fitted on the other folds') },
);

const accuracyChange = object<NonNullable<ExplainReport['accuracy']>>(
  'accuracyChange',
  'A change of accuracy.',
  {
    ...changeFields,
    wrongToRight: number('rows, or their weight, that became right'),
    rightToWrong: number('rows, or their weight, that became wrong'),
  },
);

const reading = object<Reading>('reading', 'One reading of the rows.', {
  source: part.source,
  loss: maybe(number('mean loss of the rows whose loss is finite in both readings')),
  accuracy: maybe(share('share of right rows')),
  absoluteError: maybe(number('mean absolute error, in units of the target')),
  metrics: maybe(part.metrics),
  ...part.recalibrated,
});

const rows = object<ExplainReport['rows']>('rows', 'Rows by what became of them.', {
  total: count('rows in either dump'),
  paired: count('rows that were scored in both'),
  onlyBefore: count('scored before alone'),
  onlyAfter: count('scored after alone'),
  neither: count('scored in neither'),
  infinite: count('of infinite loss in one of them'),
  fitted: count('rows behind refinement and calibration'),
});

const side = word(['right', 'wrong'], 'what the row was');
const cell = object<Cell>('cell', 'Rows by whether they were right before and after.', {
  before: side,
  after: side,
  rows: count('rows of the cell'),
  meanDelta: maybe(number('mean change of their loss; NaN of an empty cell')),
  contribution: maybe(number('their part of the change of the mean loss')),
});

const classChange = object<ClassChange>('classChange', 'A class and its part in the changes.', {
  target: count('class, or label, from 0'),
  support: number('weight of its rows'),
  lossContribution: number('part of the change of the mean loss'),
  accuracyContribution: number('part of the change of accuracy'),
});

const sliceChange = object<SliceChange>('sliceChange', 'Rows of one slice and their changes.', {
  value: text('what stands in the column; empty where it is missing'),
  rows: count('rows of the slice'),
  weight: maybe(number('sum of their weights; left out where every row weighs 1')),
  loss: maybe(change),
  accuracy: maybe(change),
  absoluteError: maybe(change),
  lossContribution: maybe(number('its part of the change of the mean loss')),
});

const sliceChanges = object<NonNullable<ExplainReport['slices']>>(
  'sliceChanges',
  'The changes by a column.',
  {
    by: text('name of the column or file'),
    of: list(sliceChange, 'the slice that moved the loss most first'),
  },
);

const clusters = object<NonNullable<ExplainReport['clusters']>>(
  'clusters',
  'Rows that tests take for dependent.',
  {
    by: text('name of the column or file'),
    count: count('number of clusters'),
    largest: count('rows of the largest'),
  },
);

const movedRow = object<MovedRowReport>('movedRow', 'A row whose loss moved far.', {
  row: count('index in the dump, from 0'),
  id: maybe(text('its name')),
  target: maybe(number('class, or true value')),
  predictionBefore: number('predicted class, or value; of several labels how many'),
  predictionAfter: number('predicted class, or value; of several labels how many'),
  lossBefore: number('loss of the row'),
  lossAfter: number('loss of the row'),
});

const identity = object<Identity>('identity', 'What the numbers must fulfil.', {
  identity: text('the identity'),
  residual: number('how far they are from it'),
});

const verdict = object<Verdict>('verdict', 'What it comes to.', {
  causes,
  changed: flag('whether anything changed beyond chance'),
  level: share('level that all tests together keep'),
  paradox: flag('more right answers, and the remaining mistakes more confident'),
  text: text('two to four sentences'),
  advice: text('what to do'),
});

/** What `explain --json` writes. */
export const explainReport = object<ExplainReport>('explain', 'What changed between two dumps.', {
  schema: exactly('logitscope.explain/1'),
  version: part.version,
  kernel: part.kernel,
  labels: maybe(text('file of the targets, where they have one of their own')),
  task: part.rowTask,
  classes: maybe(count('number of classes, or labels; left out for values')),
  classNames: maybe(part.classNames),
  before: reading,
  after: reading,
  rows,
  loss: maybe(as(change, 'of the mean loss')),
  accuracy: maybe(accuracyChange),
  absoluteError: maybe(as(change, 'of the mean absolute error')),
  refinement: maybe(crossFittedChange),
  calibration: maybe(as(crossFittedChange, 'scale + offsets')),
  scale: maybe(as(crossFittedChange, 'of what the temperature, or the slope, saves')),
  offsets: maybe(as(crossFittedChange, 'of what the offsets, or the intercept, save')),
  accuracyAtOffsets: maybe(as(change, "of accuracy at each dump's own offsets")),
  accuracyLost: maybe(as(change, 'of what offsets cost of accuracy')),
  logTemperatureRatio: maybe(number('ln(T after / T before); NaN at a bound')),
  cells: maybe(list(cell, 'all four')),
  byClass: maybe(list(classChange, 'classes and their parts')),
  slices: maybe(sliceChanges),
  clusters: maybe(clusters),
  rose: list(movedRow, 'rows whose loss rose most'),
  fell: list(movedRow, 'rows whose loss fell most'),
  identities: list(identity, 'identities that were checked'),
  verdict,
  notices: part.notices,
  gates: part.gates,
});
