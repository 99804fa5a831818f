/** Schemas of what `epochs` reports, at its end and, followed, after each dump. */

import type {
  BestEpoch,
  EpochChange,
  EpochLine,
  EpochReading,
  EpochsAdvice,
  EpochsChange,
  EpochsReport,
  Patience,
  Phase,
  PhaseClass,
  PhaseKind,
  Stretch,
} from '../types/epochs.js';
import { causes, change } from './explain.js';
import {
  anyOf,
  as,
  count,
  exactly,
  type FieldsOf,
  flag,
  list,
  matching,
  maybe,
  none,
  number,
  object,
  share,
  text,
  word,
} from './node.js';
import * as part from './parts.js';

const epoch = number("number of the epoch, from its file's name, or its place in the series");
const source = text('file of the epoch');
const measure = word(
  ['loss', 'accuracy', 'absoluteError', 'refinement'],
  'what an epoch can be best by',
);

const readingFields: FieldsOf<EpochReading> = {
  epoch,
  source,
  loss: maybe(number('mean loss of the rows where it is finite')),
  accuracy: maybe(share('share of right rows')),
  absoluteError: maybe(number('mean absolute error, in units of the target')),
  confidenceGap: maybe(number('mean confidence less accuracy')),
  metrics: maybe(part.metrics),
  slices: maybe(part.slices),
  ...part.recalibrated,
};
const reading = object<EpochReading>('epoch', 'One dump of the series.', readingFields);

const epochChange = object<EpochChange>('epochChange', 'A change between two epochs, per row.', {
  delta: number('later less earlier'),
  correctedPValue: share('of the test of no change, corrected for all pairs of epochs'),
  movement: word(['up', 'down', 'still'], 'which way it went beyond chance'),
});

const stretch = object<Stretch>(
  'stretch',
  'Epochs over which loss and accuracy do not tell the same.',
  {
    from: epoch,
    to: epoch,
    loss: epochChange,
    accuracy: maybe(epochChange),
    absoluteError: maybe(epochChange),
    refinement: epochChange,
    calibration: epochChange,
    scale: epochChange,
    offsets: epochChange,
    causes,
    text: text('a sentence with the numbers'),
  },
);

const phaseClass = object<PhaseClass>(
  'phaseClass',
  'A class of which more or fewer rows are right.',
  {
    target: count('its index, from 0'),
    name: maybe(text('its name')),
    rows: count('rows of it behind the test'),
    delta: number('change of the share of them that is right'),
    correctedPValue: share('of the test of no change, corrected for all classes'),
  },
);

const phaseClasses = object<NonNullable<Phase['classes']>>(
  'phaseClasses',
  'Where accuracy went down: classes that moved, those that moved most first.',
  {
    lost: list(phaseClass, 'fewer rows are right'),
    gained: list(phaseClass, 'more rows are right'),
  },
);

const drop = object<NonNullable<Phase['drop']>>(
  'drop',
  'The one step that most of a fall of accuracy lies in.',
  { from: epoch, to: epoch, delta: number('change of accuracy') },
);

const phase = object<Phase>('phase', 'A piece of the run that tells one thing.', {
  from: epoch,
  to: epoch,
  kind: matching<PhaseKind>(
    '^(both-improve|both-worsen|nothing-beyond-chance|accuracy-(rises|falls)|loss-(rises|falls|stands)-(accuracy|error)-(rises|falls|stands))$',
    'what it tells',
  ),
  loss: maybe(epochChange),
  accuracy: maybe(epochChange),
  absoluteError: maybe(epochChange),
  refinement: maybe(epochChange),
  calibration: maybe(epochChange),
  scale: maybe(epochChange),
  offsets: maybe(epochChange),
  classes: maybe(phaseClasses),
  drop: maybe(drop),
  text: text('a sentence with the numbers'),
});

const cost = object<BestEpoch['cost']>('cost', 'What choosing it costs beside the best; all ≥ 0.', {
  loss: maybe(number()),
  accuracy: maybe(number()),
  absoluteError: maybe(number()),
  refinement: maybe(number()),
});

const best = object<BestEpoch>('best', 'An answer to which epoch is best.', {
  by: measure,
  epoch,
  source,
  loss: maybe(number('its mean loss')),
  accuracy: maybe(share('its accuracy')),
  absoluteError: maybe(number('its mean absolute error')),
  refinement: maybe(number('its refinement')),
  cost,
});

const recalibratedAdvice = object<NonNullable<EpochsAdvice['recalibrated']>>(
  'recalibratedEpochs',
  'Loss after a recalibration, cross-fitted.',
  {
    epoch: number('of the epoch of the advice'),
    last: number('of the last'),
    refinement: as(epochChange, 'from this epoch to the last'),
  },
);

const advice = object<EpochsAdvice>('advice', 'What to do about the run.', {
  kind: word(['stop', 'recalibrate', 'either', 'last', 'go-on'], 'what to do'),
  epoch,
  source,
  loss: maybe(epochChange),
  accuracy: maybe(epochChange),
  absoluteError: maybe(epochChange),
  recalibrated: maybe(recalibratedAdvice),
  text: text('in words, with the numbers'),
});

const patience = object<Patience>('patience', 'Whether the run got better lately.', {
  epochs: count('epochs that had time to get better'),
  best: maybe(
    object<NonNullable<Patience['best']>>('bestBefore', 'Best of the epochs before them.', {
      epoch,
      source,
    }),
  ),
  isOver: flag('whether none of the last epochs is better than it beyond chance'),
  text: text('in words'),
});

const changes = object<EpochsChange>('changes', 'What changed from the first epoch to the last.', {
  loss: maybe(change),
  accuracy: maybe(change),
  absoluteError: maybe(change),
  refinement: maybe(change),
  calibration: maybe(change),
  scale: maybe(change),
  offsets: maybe(change),
});

const bests = list(best, 'the best epoch by each measure that there is');

const wholeRun = object<EpochsReport>('epochs', 'How loss and accuracy went over a run.', {
  schema: exactly('logitscope.epochs/1'),
  version: part.version,
  kernel: part.kernel,
  labels: maybe(text('file of the targets, where they have one of their own')),
  task: part.rowTask,
  classes: maybe(count('number of classes, or labels; left out for values')),
  rows: count('rows of each dump'),
  fitted: count('rows behind tests, refinement and calibration'),
  level: share('level that the tests of all pairs of epochs keep together'),
  epochs: list(reading, 'in their order'),
  stretches: list(stretch, 'where loss and accuracy part'),
  phases: list(phase, 'the whole run in pieces; none of one epoch'),
  best: bests,
  advice,
  latest: maybe(number('the epoch whose dump was read last, where a run is followed')),
  patience: maybe(patience),
  train: maybe(list(reading, 'the same epochs on the training rows')),
  change: maybe(changes),
  notices: part.notices,
  gates: part.gates,
});

const oneLine = object<EpochLine>('epochLine', 'A line of --follow --json after a dump.', {
  ...readingFields,
  schema: exactly('logitscope.epoch/1'),
  version: part.version,
  task: part.rowTask,
  epochs: count('epochs read so far'),
  phase: anyOf([phase, none], 'the last piece of the run; null of one epoch'),
  best: bests,
  advice,
  patience: maybe(patience),
  notices: part.notices,
});

/** What `epochs --json` writes: one report; with `--follow` a line after each dump, too. */
export const epochsReport = anyOf([wholeRun, oneLine]);
