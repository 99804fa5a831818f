/** What a reader should know of records of choices. */

import type { ChoiceTally } from '../tallies/choice-tally.js';
import { CHOICE_METRICS, type ChoiceFacts } from '../types/choices.js';
import type { Notice } from '../types/report.js';
import { plural } from './audit.js';

/** What each way of comparing choices goes by. */
const BY = {
  acc: 'the log-likelihoods',
  acc_norm: 'the log-likelihoods per character',
  acc_bytes: 'the log-likelihoods per byte',
  acc_mutual_info: 'the log-likelihoods less those without context',
} as const;

/** @param chance share of rows that guessing would get right */
export function choiceNotices(
  tally: ChoiceTally,
  { fewest, most, metrics }: ChoiceFacts,
  chance: number,
): Notice[] {
  const notices: Notice[] = [];
  if (fewest < most) {
    notices.push({
      code: 'choices',
      message: `Rows have ${fewest} to ${most} choices. What depends on their number is taken by each row's own: guessing would be right in ${(100 * chance).toFixed(1)} % of the rows, and baselines know how many choices a row has. Metrics of classes and their averages are left out, for the last choices are not there in every row.`,
      evidence: { fewest, most, chance },
    });
  }
  for (const name of ['acc', ...CHOICE_METRICS] as const) {
    const { rows, first } = tally.differing(name);
    if (rows === 0) continue;
    const hint =
      name === 'acc' || name === 'acc_mutual_info'
        ? 'Is the target another than the one that was scored, or was it scored by code of its own?'
        : 'Lengths are of the choices as the document or the arguments have them; a task that puts other text between question and answer counts others.';
    notices.push({
      code: 'recorded-accuracy',
      message: `${plural(rows, 'record says', 'records say')} another ${name} than follows from ${BY[name]}; the first is row ${first}. The numbers here follow from them. ${hint}`,
      evidence: { metric: name, rows, firstRow: first },
    });
  }
  const missing = CHOICE_METRICS.slice(0, 2).filter((name) => !metrics.includes(name));
  if (missing.length > 0) {
    notices.push({
      code: 'choice-lengths',
      message: `The records do not hold the texts of all choices, so there is no ${missing.join(' and no ')}.`,
    });
  }
  return notices;
}
