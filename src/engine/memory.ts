/** The one place where wasm memory grows, and how long a call may be. */

import { LogitscopeError, UsageError } from '../types/errors.js';
import { checkLeaseSize } from '../types/leases.js';

const PAGE = 65536;
/** wasm32 addresses. */
const MEMORY_LIMIT = 2 ** 32;
/**
 * Bytes of scores per call. V8 replaces the code of a function only between
 * calls, so calls are short enough that the optimised code comes in at once.
 */
const CALL_BYTES = 256 * 1024;

/** Rows of a call. */
export function rowsPerCall(rowBytes: number): number {
  return Math.max(1, Math.floor(CALL_BYTES / rowBytes));
}

/**
 * Grows memory to `end` bytes. Views made before are dead afterwards.
 * @throws UsageError `bad-lease` past 4 GiB, LogitscopeError `out-of-memory` when the host refuses
 */
export function growTo(memory: WebAssembly.Memory, end: number, rows: number): void {
  checkLeaseSize(rows);
  if (end > MEMORY_LIMIT) {
    throw new UsageError(
      'bad-lease',
      `${rows} rows of this many classes do not fit in 4 GiB of wasm memory. Lease fewer rows at a time.`,
    );
  }
  const missing = end - memory.buffer.byteLength;
  if (missing <= 0) return;
  try {
    memory.grow(Math.ceil(missing / PAGE));
  } catch (cause) {
    throw new LogitscopeError(
      'out-of-memory',
      `The host refused ${missing} more bytes of memory. Lease fewer rows at a time.`,
      { cause },
    );
  }
}
