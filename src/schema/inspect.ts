/** Schema of what `inspect` finds. */

import type { InspectedField, InspectReport } from '../types/inspect.js';
import { anyOf, count, exactly, list, maybe, none, number, object, text, word } from './node.js';

const field = object<InspectedField>('field', 'A column, a field, an array or a tensor.', {
  name: anyOf([text('its name'), none], 'null where the file holds one array and no names'),
  stored: text('number format in the file, in its own words'),
  shape: list(
    anyOf([count('length of the axis'), none], 'null for rows that only the end tells'),
    "its axes, the rows' first",
  ),
  holds: word(
    ['whole numbers', 'fractions', 'text', 'nothing that can be read'],
    'what its values are',
  ),
  first: list(anyOf([number('a number'), text('a text')], 'a value'), 'the first values'),
  min: maybe(number('the least finite number')),
  max: maybe(number('the largest finite number')),
  nan: count('numbers that are NaN'),
  infinite: count('numbers that are infinite'),
  empty: count('empty texts'),
  distinct: maybe(count('different whole numbers or texts, up to a thousand')),
  role: word(
    [
      ...(['scores', 'target', 'prediction', 'single score', 'targets or labels'] as const),
      ...(['weight', 'id', 'left over'] as const),
    ],
    'what it is taken for',
  ),
  why: anyOf([text('how that is known'), none], 'null where it has no role'),
  problem: maybe(text('why it cannot be read')),
});

/** What `inspect --json` writes. */
export const inspectReport = object<InspectReport>('inspection', 'What is in a file.', {
  schema: exactly('logitscope.inspect/1'),
  version: text('of logitscope'),
  source: object<InspectReport['source']>('source', 'The file.', {
    name: text('as it was named'),
    format: word(
      [
        'npy',
        'npz',
        'safetensors',
        'pt',
        'hdf5',
        'parquet',
        'arrow',
        'csv',
        'tsv',
        'json',
        'jsonl',
        'txt',
        'eval',
      ],
      'how it was read',
    ),
    bytes: anyOf([count('its size'), none], 'null where it is not known'),
    files: maybe(count('how many files are read as one')),
    unit: word(
      ['column', 'field', 'member', 'array', 'tensor', 'dataset'],
      'what a field of it is called',
    ),
  }),
  rows: anyOf([count('rows'), none], 'null where the file was not read to its end'),
  looked: count('rows that values, ranges and counts are of'),
  fields: list(field, 'in the order of the file'),
  task: anyOf(
    [word(['classification', 'binary', 'multilabel', 'regression', 'labels'], 'a task'), none],
    'how rows would be scored; null where that is not clear',
  ),
  kind: anyOf(
    [word(['logits', 'log-probabilities', 'probabilities'], 'a kind'), none],
    'what scores of classes are',
  ),
  classes: anyOf([count('classes'), none], 'null where there are none, or none is known'),
  classNames: anyOf(
    [list(text('a class'), 'in the order of the scores'), none],
    'where they are known',
  ),
  problem: anyOf(
    [
      object<NonNullable<InspectReport['problem']>>(
        'problem',
        'What stands in the way of scoring.',
        {
          code: text('of the error'),
          message: text('what was found, and what to do'),
        },
      ),
      none,
    ],
    'null where nothing does',
  ),
  command: list(text('a word'), 'the command line that scores it'),
  advice: list(text('a sentence'), 'what to put in for words in capitals, and what else to know'),
});
