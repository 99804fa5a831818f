/** Schema of what `convert` tells. */

import type { Converted, ConvertedField } from '../types/converted.js';
import { count, exactly, list, object, text, word } from './node.js';
import { notices } from './parts.js';

const field = object<ConvertedField>('field', 'A column, array or field of the output.', {
  name: text('its name'),
  type: word(['f16', 'bf16', 'f32', 'f64', 'i64', 'text'], 'what its values are'),
  shape: list(count('length of an axis'), "its axes, the rows' first"),
});

/** What `convert --json` writes. */
export const convertReport = object<Converted>('converted', 'What a conversion wrote.', {
  schema: exactly('logitscope.converted/1'),
  source: text('the file as it was named'),
  out: text('the file that was written'),
  format: word(['npy', 'npz', 'safetensors', 'parquet', 'csv', 'jsonl'], 'its format'),
  rows: count('rows that were written'),
  fields: list(field, 'in the order of the output'),
  notices,
});
