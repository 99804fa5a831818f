/** Files that are not read, known by their first bytes or their names: what they are, and what to do. */

import { InputError } from '../types/errors.js';

interface Foreign {
  readonly what: string;
  readonly starts?: readonly string[];
  readonly endings?: RegExp;
  readonly advice: string;
}

const UNPACK = 'Unpack it, or compress it with gzip or zstd.';
const EXPORT = 'Export the table as CSV or Parquet.';

const FOREIGN: readonly Foreign[] = [
  {
    what: 'compressed with bzip2',
    starts: Array.from('123456789', (level) => `BZh${level}1AY&SY`),
    advice: UNPACK,
  },
  { what: 'compressed with xz', starts: ['\xfd7zXZ\0'], advice: UNPACK },
  { what: 'compressed with lz4', starts: ['\x04"M\x18'], advice: UNPACK },
  { what: 'a 7z archive', starts: ['7z\xbc\xaf\x27\x1c'], advice: UNPACK },
  { what: 'a RAR archive', starts: ['Rar!\x1a\x07'], advice: UNPACK },
  {
    what: 'a spreadsheet',
    endings: /\.(?:xlsx?|xlsm|xlsb|ods|numbers)$/i,
    starts: ['\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'],
    advice: 'Export the sheet as CSV.',
  },
  { what: 'an SQLite database', starts: ['SQLite format 3\0'], advice: EXPORT },
  { what: 'an ORC file', endings: /\.orc$/i, advice: EXPORT },
  { what: 'an Avro file', starts: ['Obj\x01'], endings: /\.avro$/i, advice: EXPORT },
  {
    what: 'an R data file',
    starts: ['RDA2\n', 'RDA3\n', 'RDX2\n', 'RDX3\n'],
    endings: /\.(?:rdata|rds)$/i,
    advice: EXPORT,
  },
  { what: 'a PDF', starts: ['%PDF-'], advice: EXPORT },
  {
    what: 'a MATLAB file before version 7.3',
    starts: ['MATLAB 5.0 MAT-file'],
    advice: "Save it with save(name, '-v7.3'), or the arrays with writematrix.",
  },
  {
    what: 'a Python pickle, which is a program; programs in data are not run',
    endings: /\.(?:pkl|pickle|joblib)$/i,
    starts: ['\x80\x02', '\x80\x03', '\x80\x04', '\x80\x05'],
    advice:
      'Load it where you trust it, and save the arrays with np.savez(path, logits=..., labels=...).',
  },
];

/** @throws InputError `foreign-format` where a name says that a file is not one that is read */
export function refuseForeignName(name: string): void {
  refuse(
    name,
    FOREIGN.find(({ endings }) => endings?.test(name)),
  );
}

/** @throws InputError `foreign-format` where the first bytes of a file say so */
export function refuseForeignStart(name: string, start: string): void {
  refuse(
    name,
    FOREIGN.find(({ starts }) => starts?.some((first) => start.startsWith(first))),
  );
}

function refuse(source: string, found: Foreign | undefined): void {
  if (found === undefined) return;
  throw new InputError('foreign-format', {
    source,
    problem: `this is ${found.what}`,
    expected: 'one of the formats that are read',
    advice: found.advice,
  });
}
