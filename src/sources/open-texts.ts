/** Text of rows (names, slices, clusters) from files of their own. */

import type { ByteSource, ByteStream } from '../types/dump.js';
import { InputError, quote, UsageError } from '../types/errors.js';
import { type ByTextRole, TEXT_ROLES, type TextRole, type TextSource } from '../types/row-texts.js';
import { type DumpRequest, memoryOptions, seekable, stream } from './dump-request.js';
import { recogniseFormat } from './recognise.js';
import { TEXT_OPTION } from './table-names.js';

/** Opens the files of text of a request. */
export async function openTextFiles({
  texts = {},
  memoryBudget,
}: DumpRequest): Promise<ByTextRole<TextSource>> {
  const opened: { [role in TextRole]?: TextSource } = {};
  for (const role of TEXT_ROLES) {
    const file = texts[role];
    if (file) opened[role] = await openTextFile(file, role, memoryBudget);
  }
  return opened;
}

async function openTextFile(
  file: ByteSource | ByteStream,
  role: TextRole,
  memoryBudget: number | undefined,
): Promise<TextSource> {
  const { format, input } = await recogniseFormat(file, undefined);
  if (format === 'npy') return (await import('./npy-texts.js')).openNpyTexts(input);
  if (format !== 'npz') return (await import('./labels.js')).openTexts(stream(input), role, format);
  const { openNpz } = await import('./npz.js');
  const archive = await openNpz(seekable(input), memoryOptions({ memoryBudget }));
  const { members } = archive;
  if (members.length === 1) {
    return { ...(await archive.openTexts(members[0]!)), close: () => archive.close() };
  }
  throw new InputError('missing-column', {
    source: archive.name,
    problem: `no member is known to hold what ${TEXT_OPTION[role]} needs`,
    found: members.slice(0, 12).map(quote).join(', '),
    expected: 'a single member',
    advice: 'Save the array on its own: np.save.',
  });
}

/**
 * Slices, clusters and names of rows are of scores of classes; elsewhere a column of names is just left out.
 * @throws UsageError `needs-classes`
 */
export function refuseTexts(
  { names = {}, texts = {} }: DumpRequest,
  content: 'single' | 'values' | 'labels',
  source: string,
): void {
  const given = TEXT_ROLES.filter(
    (role) => texts[role] !== undefined || (role !== 'id' && names[role] !== undefined),
  );
  if (given.length === 0) return;
  const what = {
    single: 'one score per row',
    values: 'values or several labels per row',
    labels: 'predicted labels without scores',
  }[content];
  throw new UsageError(
    'needs-classes',
    `${given.map((role) => TEXT_OPTION[role]).join(', ')}: these are for a score of each class, and ${source} holds ${what}. Leave the option out${content === 'single' ? ', or write scores of both classes (p_0 and p_1)' : ''}.`,
  );
}
