/** Reads a dump again, to fit on all its rows. */

import type { OpenDump } from '../intake/dump-request.js';
import { noComplaints } from '../tasks/complaints.js';
import { type CoreLoader, makeTask } from './create-scorer.js';
import type { Progress, StartedDump } from './dump-options.js';
import { fitAllRows, type TakeRows } from './fit-all-rows.js';
import { inputChanged } from './input-changed.js';
import type { DiagnosisPart } from './parts/diagnosis-part.js';

/**
 * Fits on all rows of a dump where the sample does not hold them.
 * @param started a dump whose rows are all scored
 * @param reopen opens the same dump from its first row
 * @throws InputError `input-changed`, and what the reader throws
 */
export async function fitAgain(
  started: StartedDump,
  reopen: () => Promise<OpenDump>,
  loadCore: CoreLoader,
  onProgress: ((progress: Progress) => void) | undefined,
): Promise<void> {
  const readAgain = await readerAgain(started, reopen, loadCore, onProgress);
  const { scorer, reader } = started;
  await fitAllRows(scorer.part<DiagnosisPart>('diagnosis')!, readAgain, reader.info.name);
}

/**
 * What scores all rows of a dump once more, each time it is called.
 * @throws as {@link fitAgain}, when it is called
 */
export async function readerAgain(
  { reader: { info }, options, details }: StartedDump,
  reopen: () => Promise<OpenDump>,
  loadCore: CoreLoader,
  onProgress: ((progress: Progress) => void) | undefined,
): Promise<(take: TakeRows) => Promise<void>> {
  const task = await makeTask(loadCore, options, details);
  return async (take) => {
    const { reader } = await reopen();
    try {
      if (JSON.stringify(reader.info) !== JSON.stringify(info)) throw inputChanged(info.name);
      for (let firstRow = 0; ; ) {
        const lease = task.lease(task.batchRows);
        const count = await reader.read(lease);
        if (count === 0) break;
        const texts = reader.texts?.();
        // What is wrong with rows was said when they were scored.
        take(task.score(lease, count, { firstRow, texts, complaints: noComplaints() }), lease);
        firstRow += count;
        onProgress?.({ rows: firstRow, ...reader.progress() });
      }
    } finally {
      await reader.close();
    }
  };
}
