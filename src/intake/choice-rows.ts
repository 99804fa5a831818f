/** Records of choices: what is read beside their scores, and what is said of them. */

import type { ChoiceFacts, RowChoices } from '../types/choices.js';
import type { DumpInfo } from '../types/dump.js';
import { InputError, quote } from '../types/errors.js';
import type { Field } from '../types/fields.js';
import type { Notice } from '../types/report.js';
import type { RowTexts } from '../types/row-texts.js';
import type { JoinedRows, RowPart } from './joined-rows.js';
import { listNames } from './name-lists.js';
import type { Opening } from './opening.js';

const CHOICES = 'choices';

/** What records of choices add to a dump. */
export interface ChoiceContent {
  readonly part: RowPart;
  readonly info: Pick<DumpInfo, 'kind' | 'choices'>;
  readonly notices: readonly Notice[];
  texts(rows: JoinedRows): Pick<RowTexts, 'choices'>;
}

/**
 * What belongs to these scores; null where they are no log-likelihoods of choices.
 * @throws InputError `several-tasks`
 */
export function choicesBeside(opening: Opening, scores: readonly Field[]): ChoiceContent | null {
  const file = opening.files.predictions;
  const { choices } = file.fields;
  if (choices === undefined || scores[0] !== choices.scores) return null;
  const { filter, filters, taskField, tasks } = choices;
  if (tasks.length > 1 && opening.request.names?.by !== taskField) {
    throw new InputError('several-tasks', {
      source: file.fields.name,
      column: taskField!,
      problem:
        'the file has records of several tasks, whose accuracies are not to be taken together unseen',
      found: listNames(tasks),
      expected: 'one task',
      advice: `Say --by ${taskField} for the numbers of each and of all, or score each in a file of its own.`,
    });
  }
  const { fewest, most, metrics } = choices;
  const facts: ChoiceFacts = { fewest, most, metrics };
  const others = filters.filter((name) => name !== filter);
  return {
    part: { key: CHOICES, noun: 'choices', file, text: choices.beside },
    info: { kind: 'logits', choices: facts },
    notices:
      others.length === 0
        ? []
        : [
            {
              code: 'filter',
              message: `Of each document there are records of ${filters.length} filters; those of ${quote(filter)} were scored, and ${listNames(others)} left out (--filter).`,
              evidence: { filters: filters.length },
            },
          ],
    texts: (rows) => ({
      choices: rows.texts(CHOICES).map((text) => JSON.parse(text) as RowChoices),
    }),
  };
}
