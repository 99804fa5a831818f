/**
 * What bytes hold, whatever their format: named fields, of which every row has
 * one. Formats know nothing of tasks, roles or targets.
 */

import type { ChoiceFacts } from './choices.js';
import type { DecimalParser } from './decimals.js';
import type { InputError, InputPlace } from './errors.js';
import type { Dtype, ScoreArray } from './scores.js';

/** Formats by the names that reports give them. */
export type FormatName =
  | 'npy'
  | 'npz'
  | 'safetensors'
  | 'pt'
  | 'hdf5'
  | 'parquet'
  | 'arrow'
  | 'csv'
  | 'tsv'
  | 'json'
  | 'jsonl'
  | 'txt'
  | 'eval';

/** A column of a table, a field of JSON objects, an array of an archive. */
export interface Field {
  /** As the file has it; null where the file holds one array and no names. */
  readonly name: string | null;
  /**
   * `whole` and `real`: numbers, integers (and booleans) or fractions by their type.
   * `number`: numbers as text has them. `text`: text alone. `written`: text that may be numbers.
   */
  readonly content: 'whole' | 'real' | 'number' | 'text' | 'written';
  /** Number format in the file, in the file's own words: `<f4`, `text`. */
  readonly stored: string;
  /** Least number format that holds its numbers without rounding. */
  readonly dtype: Dtype;
  /** Axes behind the rows: [] for one value, [classes], [time, classes]. */
  readonly inner: readonly number[];
  /** Names of its numbers, where the file says them: keys of an object by class. */
  readonly keys?: readonly string[] | undefined;
  /** Number of rows, or null where only the end will tell. */
  readonly rows: number | null;
  /** Why it cannot be read; thrown when it is chosen. */
  readonly problem?: InputError | undefined;
}

/** Values of a row of a field. */
export function widthOf({ inner }: Pick<Field, 'inner'>): number {
  return inner.reduce((product, size) => product * size, 1);
}

/** What numbers are read into. */
export type NumberBuffer = ScoreArray | Int32Array;

/** Fields whose numbers follow each other in a row. */
export interface NumberGroup {
  readonly fields: readonly Field[];
  /** Numbers per row. Less than the fields hold where a row of theirs is several rows: (time, classes). */
  readonly width: number;
  /** Whether a row that lacks one of the fields is refused; otherwise its numbers are NaN. */
  readonly required: boolean;
}

/** What is to be read. */
export interface Selection {
  readonly numbers: readonly NumberGroup[];
  /** Fields of one value per row that are wanted as text, whatever else they are. */
  readonly texts: readonly Field[];
  /** Names that no later row may bring along where the first row has no such field. */
  readonly watched?: readonly string[] | undefined;
  /** Reads plain numbers in text; values and errors are the same without. */
  readonly decimals?: DecimalParser | undefined;
}

/** Rows of the selected fields in order. */
export interface RowReader {
  /**
   * Reads up to `count` rows, as many as there are: numbers row-major into one buffer per
   * group, from its beginning.
   * @returns how many rows were read; 0 only at the end
   * @throws InputError with row, and line or offset
   */
  read(into: readonly NumberBuffer[], count: number): Promise<number>;
  /** Texts of the rows of the last {@link read}, one list per selected field; '' where one is missing. */
  readonly texts: readonly (readonly string[])[];
  /** Where a row of the last {@link read} stands. */
  place(index: number): InputPlace;
  /**
   * From here on reads the rows `first … first + count − 1` alone, without reading what lies
   * before them. There where the bytes can be read from the middle.
   */
  readonly selectRows?: ((first: number, count: number) => void) | undefined;
  /** How far along, in bytes. */
  progress(): Progressed;
  close(): Promise<void>;
}

/** Bytes read, and in all where that is known. */
export interface Progressed {
  readonly done: number;
  readonly total: number | null;
}

/** What stands beside the scores where rows are records of choices of an evaluation. */
export interface ChoiceFields extends ChoiceFacts {
  /** Log-likelihoods; −∞ where a row has fewer choices than others. */
  readonly scores: Field;
  /** {@link RowChoices} as JSON; not among the fields that have names. */
  readonly beside: Field;
  /** The filter whose records are rows, and all that there are; '' where records name none. */
  readonly filter: string;
  readonly filters: readonly string[];
  /** Field that says of which task a record is, and all that it says. */
  readonly taskField: string | null;
  readonly tasks: readonly string[];
}

/** What stands beside rows that say whether an answer was found right. */
export interface OutcomeFields {
  /** Whose scores they are, and all that there are. */
  readonly scorer: string;
  readonly scorers: readonly string[];
  /** Right, and wrong. */
  readonly names: readonly [right: string, wrong: string];
  /** Field of what several rows are answers to; null where each is one. */
  readonly cluster: string | null;
  /** How the evaluation ended, where the log says it. */
  readonly status: string | null;
}

/** An open file at its first row. */
export interface Fields {
  readonly name: string;
  readonly format: FormatName;
  /** What a field is called in messages. */
  readonly unit: 'column' | 'field' | 'member' | 'tensor' | 'dataset' | 'array';
  /** False where columns are called "0", "1", … because the file has no names. */
  readonly named: boolean;
  readonly fields: readonly Field[];
  /** A single value deeper in the rows, by its path: `doc.context`. There where values can lie in others. */
  readonly nested?: ((path: string) => Field | undefined) | undefined;
  /** Where rows are records of choices. */
  readonly choices?: ChoiceFields | undefined;
  /** Where rows say whether an answer was found right. */
  readonly outcomes?: OutcomeFields | undefined;
  /**
   * Starts reading these fields alone. Once per open file.
   * @throws InputError where a field cannot be read as asked
   */
  select(selection: Selection): Promise<RowReader>;
}

/** Whether the fields are arrays of their own, as members of an archive are. */
export function holdsArrays({ unit }: Pick<Fields, 'unit'>): boolean {
  return unit === 'member' || unit === 'tensor' || unit === 'dataset';
}

/** What a caller may say of a format. */
export interface FormatOptions {
  /** Delimiter of CSV: one ASCII character, or `tab`. */
  readonly delimiter?: string | undefined;
  /** Whether CSV begins with a header. */
  readonly header?: boolean | undefined;
  /** Whether a first line of this one cell is a header; any other first line of one cell is a row. */
  readonly isSoleHeader?: ((cell: string) => boolean) | undefined;
  /** Whether two-byte arrays that NumPy has no name for (`V2`), `u2`, or HDF5 floats of two bytes are bfloat16. */
  readonly bfloat16?: boolean | undefined;
  /** Most bytes held at once for what cannot be streamed; default 1 GiB. */
  readonly memoryBudget?: number | undefined;
  /** Of records of an evaluation: the filter whose records are rows, or the scorer. */
  readonly filter?: string | undefined;
}
