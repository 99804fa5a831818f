/** What changed between two dumps whose rows are matched by their names. */

import type { OpenDump } from '../intake/dump-request.js';
import { InputError, quote } from '../types/errors.js';
import type { ExplainReport, MovedRowReport } from '../types/explain.js';
import type { Notice } from '../types/report.js';
import type { CoreLoader } from './create-scorer.js';
import { type ExplainOptions, explainDumps, requireComparable } from './explain-dumps.js';
import { type MatchedRows, matchRows } from './match-rows.js';

/** Names of rows that only one dump has which a notice lists. */
const LISTED_NAMES = 5;

/**
 * As `explainDumps`, but rows are matched by their names (`texts.id` of both
 * readers), whatever their order. Rows in the report have the index that they
 * have in the dump before.
 * @throws what `matchRows` and `explainDumps` throw
 */
export async function explainByName(
  before: OpenDump,
  after: OpenDump,
  options: ExplainOptions,
  loadCore: CoreLoader,
  labelsName?: string,
): Promise<ExplainReport> {
  let matched: MatchedRows;
  try {
    requireComparable(before, after);
    matched = await matchRows(before.reader, after.reader, before.task, options.memoryBudget);
    requireMatched(matched, options.join);
  } catch (error) {
    await before.reader.close();
    await after.reader.close();
    throw error;
  }
  try {
    const report = await explainDumps(
      { ...before, reader: matched.before },
      { ...after, reader: matched.after },
      options,
      loadCore,
      labelsName,
    );
    return withUnmatched(report, matched);
  } catch (error) {
    throw inOwnRows(error, matched);
  }
}

/** @throws InputError `unmatched-rows` unless they are to be left out; `join-drops-most` */
function requireMatched(
  { before, after, rowsBefore, onlyBefore, onlyAfter }: MatchedRows,
  join: ExplainOptions['join'],
): void {
  const shared = rowsBefore.length;
  const sides = [
    { name: before.info.name, only: onlyBefore },
    { name: after.info.name, only: onlyAfter },
  ].filter(({ only }) => only.length > 0);
  if (sides.length === 0) return;
  const found = sides
    .map(
      ({ name, only }) =>
        `${only.length} in ${name} (${quote(only[0]!)}${only.length > 1 ? ', …' : ''})`,
    )
    .join(' and ');
  if (join !== 'inner') {
    throw new InputError('unmatched-rows', {
      source: after.info.name,
      problem: 'there are rows that only one of the files has',
      found,
      expected: `each name in both files, as ${shared} are`,
      advice: 'Leave such rows out with --join inner; they are then counted in the report.',
    });
  }
  if (2 * shared >= shared + Math.max(onlyBefore.length, onlyAfter.length)) return;
  throw new InputError('join-drops-most', {
    source: after.info.name,
    problem: 'matching by name leaves out more than half of the rows',
    found: `${shared} rows that stand in both, ${found} alone`,
    expected: 'at least half of the rows of each file in the other',
    advice: 'Is it the same split? If so, write the rows that are meant to files of their own.',
  });
}

/** An error about a row has the index that the row has in its file. */
function inOwnRows(error: unknown, { before, after, rowsBefore, rowsAfter }: MatchedRows): unknown {
  if (!(error instanceof InputError) || error.place.row === undefined) return error;
  const { source, row } = error.place;
  if (source !== before.info.name && source !== after.info.name) return error;
  return error.atRow((source === before.info.name ? rowsBefore : rowsAfter)[row]!);
}

function withUnmatched(report: ExplainReport, matched: MatchedRows): ExplainReport {
  const { onlyBefore, onlyAfter, rowsBefore } = matched;
  const { rows } = report;
  const own = (moved: MovedRowReport) => ({ ...moved, row: rowsBefore[moved.row]! });
  return {
    ...report,
    rows: {
      ...rows,
      total: rows.total + onlyBefore.length + onlyAfter.length,
      onlyBefore: rows.onlyBefore + onlyBefore.length,
      onlyAfter: rows.onlyAfter + onlyAfter.length,
    },
    rose: report.rose.map(own),
    fell: report.fell.map(own),
    notices: [
      ...unmatchedNotices(onlyBefore, matched.before.info.name),
      ...unmatchedNotices(onlyAfter, matched.after.info.name),
      ...report.notices,
    ],
  };
}

function* unmatchedNotices(names: readonly string[], source: string): Generator<Notice> {
  if (names.length === 0) return;
  const listed = names.slice(0, LISTED_NAMES).map(quote).join(', ');
  const more = names.length > LISTED_NAMES ? ', …' : '';
  yield {
    code: 'rows-not-matched',
    message: `${names.length === 1 ? '1 name stands' : `${names.length} names stand`} in ${quote(source)} alone (${listed}${more}); these rows are in no comparison.`,
    evidence: { rows: names.length, source },
  };
}
