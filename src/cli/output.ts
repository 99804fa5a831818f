/** Files written whole or not at all. */

import { randomBytes } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { UsageError } from '../types/errors.js';

/**
 * Writes to a temporary name beside the target and renames it.
 * @throws UsageError `cannot-write`
 */
export function writeWhole(path: string, text: string): void {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    writeFileSync(temporary, text, { flag: 'wx' });
    renameSync(temporary, path);
  } catch (cause) {
    rmSync(temporary, { force: true });
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(
      'cannot-write',
      `Cannot write ${path}: ${reason}. Name a file in a folder that exists and can be written to.`,
      { cause },
    );
  }
}
