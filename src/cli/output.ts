/** Files written whole or not at all. */

import { randomBytes } from 'node:crypto';
import { accessSync, constants, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { UsageError } from '../types/errors.js';

function cannotWrite(path: string, cause: unknown): UsageError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new UsageError(
    'cannot-write',
    `Cannot write ${path}: ${reason}. Name a file in a folder that exists and can be written to.`,
    { cause },
  );
}

/**
 * Finds out before a long run whether a file can be written after it.
 * @throws UsageError `cannot-write`
 */
export function checkWritable(path: string): void {
  try {
    accessSync(dirname(path), constants.W_OK);
  } catch (cause) {
    throw cannotWrite(path, cause);
  }
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw cannotWrite(path, 'it is a folder');
  }
}

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
    throw cannotWrite(path, cause);
  }
}
