/** True and false as words. */

/** What stands for 0 and 1, in any case. */
export const TRUTH_VALUES: readonly string[] = ['false', 'true'];

/** Whether a text is true or false, in any case. */
export function isTruthValue(text: string): boolean {
  return TRUTH_VALUES.includes(text.trim().toLowerCase());
}
