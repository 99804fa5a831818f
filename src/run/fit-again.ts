/** Reads a dump again, to fit on all its rows. */

import type { OpenDump } from '../intake/dump-request.js';
import { noComplaints } from '../tasks/complaints.js';
import { type CoreLoader, makeTask } from './create-scorer.js';
import type { Progress, StartedDump } from './dump-options.js';
import { fitAllRows } from './fit-all-rows.js';
import { inputChanged } from './input-changed.js';
import type { DiagnosisPart } from './parts/diagnosis-part.js';

/**
 * Fits on all rows of a dump where the sample does not hold them.
 * @param started a dump whose rows are all scored
 * @param reopen opens the same dump from its first row
 * @throws InputError `input-changed`, and what the reader throws
 */
export async function fitAgain(
  { reader: { info }, scorer, options, details }: StartedDump,
  reopen: () => Promise<OpenDump>,
  loadCore: CoreLoader,
  onProgress: ((progress: Progress) => void) | undefined,
): Promise<void> {
  const task = await makeTask(loadCore, options, details);
  await fitAllRows(
    scorer.part<DiagnosisPart>('diagnosis')!,
    async (take) => {
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
    },
    info.name,
  );
}
