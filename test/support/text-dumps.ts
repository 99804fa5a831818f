/** Dumps of text that tests read in every way: in memory or in pieces, with the core's parser or without. */

import { CoreDecimalParser } from '../../src/engine/decimal-parser.js';
import type { NameOptions } from '../../src/intake/dump-request.js';
import { loadCore } from '../../src/node/core.js';
import type { DecimalParser } from '../../src/types/decimals.js';
import { LogitscopeError } from '../../src/types/errors.js';
import { bytesOf, type Content, readDump } from './fields.js';

/** Suites of text formats run with the formats' own scanner and with the core's parser. */
export const PARSERS: Readonly<Record<string, DecimalParser | undefined>> = {
  'its scanner': undefined,
  'the core': new CoreDecimalParser(await loadCore()),
};

/** A dump of text, and what is said of it. Target null: there is none, and none is looked for. */
export interface TextCase extends NameOptions {
  readonly name?: string;
  readonly classNames?: readonly string[];
  readonly delimiter?: string;
  readonly header?: boolean;
}

/** Reads all rows of a dump of text. */
export async function readText(
  content: Content,
  options: TextCase = {},
  decimals?: DecimalParser,
  sizes?: readonly number[],
  capacity = 7,
) {
  const { name = 'dump.csv', classNames, delimiter, header, ...names } = options;
  const { counts: _, ...read } = await readDump(
    {
      predictions: bytesOf(content, name, sizes),
      names,
      ...{ classNames, delimiter, header },
      decimals: async () => decimals!,
      ...(names.target === null && { targets: new Int32Array(5000) }),
    },
    capacity,
  );
  return { ...read, targets: names.target === null ? [] : read.targets };
}

/** What a text is read as, or what it is refused for. */
export async function outcome(...given: Parameters<typeof readText>) {
  try {
    return await readText(...given);
  } catch (error) {
    if (!(error instanceof LogitscopeError)) throw error;
    // Of a pipe only the first rows are looked at.
    return `${error.code}: ${error.message.replace(' among the first 256 rows', '')}`;
  }
}
