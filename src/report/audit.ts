/** The audit of a dump of scores: what a reader should know of the input before any number. */

import type { TallyRows } from '../tallies/classification-tally.js';
import { mostAfterSecondSoftmax, type RowAudit } from '../tallies/row-audit.js';
import { quote } from '../types/errors.js';
import type { Notice } from '../types/report.js';
import type { ScoreKind } from '../types/scores.js';

/** What the audit is drawn from. */
export interface AuditFacts {
  readonly rows: TallyRows;
  readonly kind: ScoreKind | 'labels';
  /** Whether targets are a probability per class. */
  readonly softTargets?: boolean;
  readonly classes: number;
  readonly classNames: readonly string[] | null;
  readonly eps: number;
  readonly looseRows: number;
  /** Infinity where there is none. */
  readonly firstInvalidRow: number;
  /** Null where nothing looked at the scores themselves. */
  readonly audit: RowAudit | null;
}

/** Codes of the notices of an audit, in their order. */
const CODES = [
  'roles',
  'rows-not-matched',
  'filter',
  'scorers',
  'unfinished-log',
  'epochs',
  'choices',
  'recorded-accuracy',
  'choice-lengths',
  'labels-without-scores',
  'nothing-scored',
  'invalid-rows-left-out',
  'probabilities-clipped',
  'infinite-loss',
  'loose-sums',
  'certain-rows',
  'double-softmax',
  'ties',
  'class-order',
] as const;
type AuditCode = (typeof CODES)[number];

/** Names that are shown of columns in an unusual order. */
const SHOWN_NAMES = 4;

/** A count with its noun. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Notices in a fixed order. */
export function auditNotices(facts: AuditFacts): Notice[] {
  const notices: Notice[] = [];
  const add: Add = (code, message, evidence) => {
    notices.push(evidence ? { code, message, evidence } : { code, message });
  };
  addOfRows(facts, add);
  addOfLoss(facts, add);
  addOfScores(facts, add);
  return notices;
}

type Add = (code: AuditCode, message: string, evidence?: Notice['evidence']) => void;

/** What could be scored at all. */
function addOfRows({ kind, rows, firstInvalidRow }: AuditFacts, add: Add): void {
  if (kind === 'labels') {
    add(
      'labels-without-scores',
      'These are predicted labels without scores, so there is no loss, no ranking and no calibration. Dump logits or probabilities to get them.',
    );
  }
  if (rows.scored === 0) {
    add(
      'nothing-scored',
      'No row was scored: every one was ignored or left out. Look at --ignore-index and at where the targets come from.',
      { ignored: rows.ignored, invalid: rows.invalid },
    );
  }
  if (rows.invalid > 0) {
    add(
      'invalid-rows-left-out',
      `${plural(rows.invalid, 'row')} could not be scored and ${rows.invalid === 1 ? 'was' : 'were'} left out; the first is row ${firstInvalidRow}. Find out why before the others are taken for all.`,
      { rows: rows.invalid, firstRow: firstInvalidRow },
    );
  }
}

/** What the loss hangs on beside the model. */
function addOfLoss(facts: AuditFacts, add: Add): void {
  const { rows, kind, eps, looseRows, softTargets = false } = facts;
  const truth = softTargets ? 'a class of the target' : 'the true class';
  if (kind === 'probabilities' && eps > 0 && rows.belowEps > 0) {
    add(
      'probabilities-clipped',
      `${plural(rows.belowEps, 'row gives', 'rows give')} ${truth} a probability below ${eps.toPrecision(3)} (${rows.zeroProbability} of them 0); it was raised to that for the loss. The loss depends on this choice: see --eps, or dump logits.`,
      { rows: rows.belowEps, zero: rows.zeroProbability, eps },
    );
  }
  if (rows.infiniteLoss > 0) {
    add(
      'infinite-loss',
      `${plural(rows.infiniteLoss, 'row has', 'rows have')} infinite loss: ${truth} was given probability 0. Where a mask did that, it hid the truth; of probabilities, --eps bounds the loss.`,
      { rows: rows.infiniteLoss },
    );
  }
  if (looseRows > 0) {
    add(
      'loose-sums',
      `The probabilities of ${plural(looseRows, 'row')} add up to 1 only within 0.001, not within 0.00001. They were used as they are; write more digits, or logits, for a loss to more than three.`,
      { rows: looseRows },
    );
  }
}

/** How the scores were made and stored. */
function addOfScores({ rows, classes, classNames, audit }: AuditFacts, add: Add): void {
  if (audit !== null && audit.certain > 0) {
    add(
      'certain-rows',
      `${plural(audit.certain, 'row gives', 'rows give')} one class probability 1 exactly, ${audit.certainWrong} of them the wrong one. Such numbers were rounded: what their mistakes cost is not to be known. Dump logits instead.`,
      { rows: audit.certain, wrong: audit.certainWrong },
    );
  }
  const highest = audit?.secondSoftmax ?? null;
  if (highest !== null) {
    const most = mostAfterSecondSoftmax(classes);
    add(
      'double-softmax',
      `Softmax seems to have been applied twice: no row's log-probabilities lie further apart than 1, and the highest confidence, ${highest.toFixed(4)}, is about the most that the softmax of probabilities can give (${most.toFixed(4)}). If the model ends in a softmax, dump what it gives as probabilities, or what goes into it as logits.`,
      { highest, most },
    );
  }
  if (rows.tied > 0) {
    add(
      'ties',
      `In ${plural(rows.tied, 'row')} the true class ties with another for first place; the lowest index counts as the prediction. Many ties come from scores that are rounded or constant.`,
      { rows: rows.tied },
    );
  }
  const order = unusualOrder(classNames);
  if (order !== null) {
    add(
      'class-order',
      `The classes are named by numbers and do not stand in their order: ${order}. Targets were matched with these names, not with places; where the targets are places, give the names with --class-names.`,
      { order },
    );
  }
}

/**
 * The first names, where classes are named by whole numbers that do not ascend:
 * '10' before '2' is how text is sorted, not how classes are counted.
 */
function unusualOrder(names: readonly string[] | null): string | null {
  if (names === null || !names.every((name) => /^\d+$/.test(name))) return null;
  const falls = names.findIndex((name, i) => i > 0 && Number(name) < Number(names[i - 1]));
  if (falls < 0) return null;
  const from = Math.max(0, falls + 1 - SHOWN_NAMES);
  const shown = names.slice(from, falls + 1).map((name) => quote(name).slice(1, -1));
  return `${from > 0 ? '…, ' : ''}${shown.join(', ')}${falls + 1 < names.length ? ', …' : ''}`;
}

/** The notices of one of several dumps; those of its audit are looked at. */
export interface AuditedDump {
  readonly name: string;
  readonly notices: readonly Notice[];
}

/**
 * What the audits of several dumps say, once each: the first dump's words, its
 * name, and how many others there are.
 */
export function sharedNotices(dumps: readonly AuditedDump[]): Notice[] {
  return CODES.flatMap((code) => {
    const found = dumps.flatMap(({ name, notices }) =>
      notices.filter((notice) => notice.code === code).map((notice) => ({ name, notice })),
    );
    if (found.length === 0) return [];
    const [{ name, notice }] = found;
    const others =
      found.length === 1 ? '' : `, and alike in ${plural(found.length - 1, 'other dump')}`;
    return [
      {
        code,
        message: `${quote(name).slice(1, -1)}${others}: ${notice.message}`,
        evidence: { dumps: found.length, first: name, ...notice.evidence },
      },
    ];
  });
}
