/** Records of log-probabilities of texts, one after another. */

import { isByteSource, streamOf } from '../formats/bytes.js';
import { RecordFault } from '../formats/choice-record.js';
import { recognise } from '../formats/formats.js';
import { JsonRecords } from '../formats/json-records.js';
import { isObject, own, recordValue, scalarText } from '../formats/json-value.js';
import { textLikelihood } from '../formats/likelihood-record.js';
import { ByteWindow } from '../formats/text-window.js';
import type { ByteSource, ByteStream } from '../types/dump.js';
import { InputError, quote } from '../types/errors.js';
import type { TextLikelihood } from '../types/perplexity.js';

/**
 * Reads the records of JSON Lines, or of a JSON array.
 * @throws InputError with row and line; `other-format`, `several-filters`
 */
export async function* readLikelihoods(
  bytes: ByteSource | ByteStream,
): AsyncGenerator<TextLikelihood> {
  const { input, format } = await recognise(bytes, undefined);
  if (format !== 'jsonl' && format !== 'json') {
    throw new InputError('other-format', {
      source: input.name,
      problem: 'log-probabilities of texts are read from JSON Lines',
      found: format,
      expected: 'one record per line',
    });
  }
  const opened = input.open();
  const window = new ByteWindow(isByteSource(opened) ? streamOf(opened) : opened);
  input.settle();
  await window.open();
  let first = window.start;
  while (window.bytes[first]! <= 0x20 && first < window.end) first++;
  const records = new JsonRecords(window, window.bytes[first] === 0x5b);
  let filter: string | null = null;
  for (let record = await records.next(); record !== null; record = await records.next()) {
    const value = recordValue(records, record);
    const place = records.place();
    if (!isObject(value)) {
      throw new InputError('bad-json', {
        ...place,
        problem: 'the record is no object',
        expected: 'an object',
      });
    }
    const found = scalarText(own(value, 'filter')) ?? '';
    filter ??= found;
    if (found !== filter) {
      throw new InputError('several-filters', {
        ...place,
        column: 'filter',
        problem:
          'the file has records of several filters, so that documents would count more than once',
        found: quote(found),
        expected: `${quote(filter)} in every record`,
        advice: 'Keep those of one filter.',
      });
    }
    try {
      yield textLikelihood(value);
    } catch (fault) {
      if (!(fault instanceof RecordFault)) throw fault;
      const { code, column, problem, found, expected, advice } = fault;
      throw new InputError(code, { ...place, column, problem, found, expected, advice });
    }
    records.pass(record);
  }
}
