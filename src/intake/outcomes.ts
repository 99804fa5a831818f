/** Rows that say whether an answer was found right: what is said of them. */

import type { DumpInfo } from '../types/dump.js';
import { quote } from '../types/errors.js';
import type { Field } from '../types/fields.js';
import type { Notice } from '../types/report.js';
import { listNames } from './name-lists.js';
import type { Opening } from './opening.js';

/** What outcomes add to a dump of labels. */
export interface OutcomeContent {
  readonly info: Pick<DumpInfo, 'classNames' | 'outcomes' | 'cluster'>;
  readonly notices: readonly Notice[];
}

/** What belongs to these labels; null where they are no outcomes. */
export function outcomesOf(opening: Opening, prediction: Field): OutcomeContent | null {
  const { fields } = opening.files.predictions;
  const { outcomes } = fields;
  if (outcomes === undefined || prediction !== fields.fields[0]) return null;
  const { scorer, scorers, names, cluster, status } = outcomes;
  const { names: given, texts } = opening.request;
  const isOwn = cluster !== null && given?.cluster === undefined && texts?.cluster === undefined;
  const others = scorers.filter((name) => name !== scorer);
  const notices: Notice[] = [];
  if (others.length > 0) {
    notices.push({
      code: 'scorers',
      message: `What ${quote(scorer)} said of each sample was scored; there are scores of ${listNames(others)}, too (--filter).`,
      evidence: { scorers: scorers.length },
    });
  }
  if (isOwn) {
    notices.push({
      code: 'epochs',
      message: `Samples were answered more than once: answers to one of them are taken for dependent, as with --cluster ${cluster}.`,
    });
  }
  if (status !== null && status !== 'success') {
    notices.push({
      code: 'unfinished-log',
      message: `The evaluation did not end well (${quote(status)}), so samples may be missing. The numbers are of those that are there.`,
    });
  }
  return {
    info: {
      classNames: names,
      outcomes: true,
      ...(isOwn && { cluster }),
    },
    notices,
  };
}
