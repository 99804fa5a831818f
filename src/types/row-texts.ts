/** Text beside the scores of a row: its name, its slice, its cluster. */

import type { RowChoices } from './choices.js';

/** What the text is for: names rows in lists; parts rows into slices; tells which rows are not independent. */
export type TextRole = 'id' | 'by' | 'cluster';

export const TEXT_ROLES: readonly TextRole[] = ['id', 'by', 'cluster'];

/** Something for each of the roles that were asked for. */
export type ByTextRole<Value> = { readonly [role in TextRole]?: Value };

/** One text per row of a batch and role; '' where a row has none. */
export interface RowTexts extends ByTextRole<readonly string[]> {
  /** Of labels alone: the true label, and the predicted one. */
  readonly target?: readonly string[];
  readonly prediction?: readonly string[];
  /** Of records of choices: what they say beside the scores. */
  readonly choices?: readonly RowChoices[];
}
