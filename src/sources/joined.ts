/** Scores or predicted labels joined with targets, weights and text that lie elsewhere, row by row. */

import type { ColumnSource, DumpReader, LabelPair, LabelPairReader } from '../types/dump.js';
import { InputError } from '../types/errors.js';
import type { ByTextRole, TextRole, TextSource } from '../types/row-texts.js';
import { TEXT_HEADERS } from './table-names.js';

/** Labels that are handed over at once. */
const LABEL_BATCH = 4096;

export type ColumnRole = 'targets' | 'weights';

/** What a role's texts are called. */
type TextNoun = 'names' | 'slices' | 'clusters';
const TEXT_NOUNS: Readonly<Record<TextRole, TextNoun>> = {
  id: 'names',
  by: 'slices',
  cluster: 'clusters',
};

/** Columns of their own, to be joined with scores. */
export interface ColumnSources {
  readonly targets?: ColumnSource | undefined;
  readonly weights?: ColumnSource | undefined;
  readonly texts?: ByTextRole<TextSource> | undefined;
}

export function mismatch(
  role: ColumnRole | TextNoun,
  column: string,
  found: string,
  predictions: string,
  expected: string,
): InputError {
  return new InputError('shape-mismatch', {
    source: column,
    problem: `there must be as many ${role} as rows of predictions`,
    found,
    expected: `${expected}, as ${predictions} has`,
    advice: 'Give the file that was written by the same run over the same split.',
  });
}

/** @throws InputError `shape-mismatch` where both lengths are known beforehand and differ. */
function checkLengths(
  predictions: { readonly name: string; readonly rows: number | null },
  column: Pick<ColumnSource, 'name' | 'rows'>,
  role: ColumnRole | TextNoun,
): void {
  if (predictions.rows === null || column.rows === null) return;
  if (predictions.rows === column.rows) return;
  throw mismatch(role, column.name, `${column.rows} rows`, predictions.name, `${predictions.rows}`);
}

/** Fills `count` places of a column, or says that it is too short. */
export async function readWhole(
  read: (from: number, left: number) => Promise<number>,
  count: number,
  tooShort: (got: number) => InputError,
): Promise<void> {
  let got = 0;
  while (got < count) {
    const more = await read(got, count - got);
    if (more === 0) throw tooShort(got);
    got += more;
  }
}

/** The texts of the role, checked against the number of rows. */
class JoinedTexts {
  readonly role: TextRole;
  readonly source: TextSource;
  /** Those of the last rows. */
  texts: readonly string[] = [];
  readonly #predictions: { readonly name: string; readonly rows: number | null };

  constructor(
    role: TextRole,
    source: TextSource,
    predictions: { readonly name: string; readonly rows: number | null },
  ) {
    this.role = role;
    this.source = source;
    this.#predictions = predictions;
    checkLengths(predictions, source, TEXT_NOUNS[role]);
  }

  async read(row: number, count: number): Promise<void> {
    const texts: string[] = [];
    while (texts.length < count) {
      const more = await this.source.readTexts(count - texts.length);
      if (more.length === 0) {
        throw this.#mismatch(`${row + texts.length} rows`, `${this.#predictions.rows ?? 'more'}`);
      }
      texts.push(...more);
    }
    this.texts = texts;
  }

  async expectEnd(rows: number): Promise<void> {
    const more = await this.source.readTexts(1);
    if (more.length > 0) throw this.#mismatch(`more than ${rows} rows`, `${rows}`);
  }

  #mismatch(found: string, expected: string): InputError {
    const { role, source } = this;
    return new InputError('shape-mismatch', {
      source: source.name,
      problem: `there must be as many ${TEXT_NOUNS[role]} as rows of predictions`,
      found,
      expected: `${expected}, as ${this.#predictions.name} has`,
      advice: `Give the file that was written by the same run over the same split. In text with a single column the first line is a row, unless it is ${TEXT_HEADERS[role].join(' or ')}.`,
    });
  }
}

/**
 * Adds targets, weights and text of their own to a dump of scores.
 * @throws InputError `shape-mismatch` at once where the lengths are known, otherwise where one ends.
 */
export function joinColumns(scores: DumpReader, columns: ColumnSources): DumpReader {
  const { targets, weights } = columns;
  const { info } = scores;
  const texts = Object.entries(columns.texts ?? {}).map(
    ([role, source]) => new JoinedTexts(role as TextRole, source, info),
  );
  if (targets) checkLengths(info, targets, 'targets');
  if (weights) checkLengths(info, weights, 'weights');
  const parts = [scores, targets, weights].filter((part) => part !== undefined);
  let row = 0;
  const short = (column: ColumnSource, role: ColumnRole) => (got: number) =>
    mismatch(role, column.name, `${row + got} rows`, info.name, `${info.rows ?? 'more'}`);
  return {
    info: {
      ...info,
      hasTargets: info.hasTargets || targets !== undefined,
      hasWeights: info.hasWeights || weights !== undefined,
    },
    async read(into) {
      const count = await scores.read(into);
      if (count === 0) {
        if (targets) await expectEnd(targets, 'targets', info.name, row);
        if (weights) await expectEnd(weights, 'weights', info.name, row);
        for (const text of texts) await text.expectEnd(row);
        return 0;
      }
      if (targets) {
        await readWhole(
          (from, left) =>
            targets.readTargets(into.targets.subarray(from, from + left), left, info.classNames),
          count,
          short(targets, 'targets'),
        );
      }
      if (weights) {
        await readWhole(
          (from, left) => weights.readNumbers(into.weights.subarray(from, from + left), left),
          count,
          short(weights, 'weights'),
        );
      }
      for (const text of texts) await text.read(row, count);
      row += count;
      return count;
    },
    ...((scores.texts || texts.length > 0) && {
      texts: () => ({
        ...scores.texts?.(),
        ...Object.fromEntries(texts.map(({ role, texts: own }) => [role, own])),
      }),
    }),
    ...(parts.every((part) => part.selectRows !== undefined && texts.length === 0) && {
      selectRows(first: number, count: number) {
        for (const part of parts) part.selectRows!(first, count);
        row = first;
      },
    }),
    progress: () => scores.progress(),
    async close() {
      await scores.close();
      await targets?.close();
      await weights?.close();
      for (const { source } of texts) await source.close();
    },
  };
}

/** A column that goes on when the predictions have ended belongs to other predictions. */
async function expectEnd(
  column: ColumnSource,
  role: ColumnRole,
  predictions: string,
  rows: number,
): Promise<void> {
  const more =
    role === 'targets'
      ? await column.readTargets(new Int32Array(1), 1, null).catch(() => 1)
      : await column.readNumbers(new Float64Array(1), 1);
  if (more > 0) throw mismatch(role, column.name, `more than ${rows} rows`, predictions, `${rows}`);
}

/** Reads up to `count` labels of a column, as many as there are. */
async function readLabels(column: ColumnSource, count: number): Promise<string[]> {
  const labels: string[] = [];
  while (labels.length < count) {
    const more = await column.readLabels(count - labels.length);
    if (more.length === 0) break;
    labels.push(...more);
  }
  return labels;
}

/** A column of predicted labels as pairs without a target yet. */
export function labelPairsOfColumn(
  predictions: ColumnSource,
  format: LabelPairReader['format'],
): LabelPairReader & { readonly rows: number | null } {
  let done = 0;
  return {
    name: predictions.name,
    format,
    rows: predictions.rows,
    hasWeights: false,
    async read() {
      const labels = await readLabels(predictions, LABEL_BATCH);
      done += labels.length;
      return labels.map((prediction) => ({ target: '', prediction, weight: 1 }));
    },
    progress: () => ({ done, total: predictions.rows }),
    close: () => predictions.close(),
  };
}

/** Adds targets and weights of their own to predicted labels. */
export function joinLabelColumns(
  pairs: LabelPairReader & { readonly rows?: number | null },
  columns: Omit<ColumnSources, 'texts'>,
): LabelPairReader {
  const { targets, weights } = columns;
  const known = { name: pairs.name, rows: pairs.rows ?? null };
  if (targets) checkLengths(known, targets, 'targets');
  if (weights) checkLengths(known, weights, 'weights');
  let row = 0;
  const short = (column: ColumnSource, role: ColumnRole, got: number) =>
    mismatch(role, column.name, `${row + got} rows`, pairs.name, `${pairs.rows ?? 'more'}`);
  return {
    ...pairs,
    hasWeights: pairs.hasWeights || weights !== undefined,
    async read() {
      const batch = await pairs.read();
      if (batch.length === 0) {
        if (targets && (await targets.readLabels(1)).length > 0) {
          throw mismatch('targets', targets.name, `more than ${row} rows`, pairs.name, `${row}`);
        }
        if (weights) await expectEnd(weights, 'weights', pairs.name, row);
        return batch;
      }
      let joined: LabelPair[] = [...batch];
      if (targets) {
        const labels = await readLabels(targets, batch.length);
        if (labels.length < batch.length) throw short(targets, 'targets', labels.length);
        joined = joined.map((pair, i) => ({ ...pair, target: labels[i] }));
      }
      if (weights) {
        const numbers = new Float64Array(batch.length);
        await readWhole(
          (from, left) => weights.readNumbers(numbers.subarray(from), left),
          batch.length,
          (got) => short(weights, 'weights', got),
        );
        joined = joined.map((pair, i) => ({ ...pair, weight: numbers[i] }));
      }
      row += batch.length;
      return joined;
    },
    async close() {
      await pairs.close();
      await targets?.close();
      await weights?.close();
    },
  };
}
