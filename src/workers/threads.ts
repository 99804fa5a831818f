/** How many threads: what callers may ask for, and whether more than one are of use. */

import { UsageError } from '../types/errors.js';

/** `auto`: as many as are of use; or a number. */
export type Threads = 'auto' | number;

/** A worker takes 25 to 45 ms to start, in which one thread scores about this much. */
const SMALLEST_INPUT = 32 * 1024 * 1024;
/**
 * Smaller ones stay on one thread, which reads while it scores, unless threads
 * are asked for by number: a worker takes a few tenths of a second to run at
 * speed and to hand over what it found.
 */
const SMALLEST_FOR_AUTO = 1024 ** 3;
const MOST_THREADS = 256;

/** Whether an input of so many bytes may be worth more than one thread. */
export function worthSpreading(
  threads: Threads,
  bytes: number | null,
  stripeBytes: number | undefined,
): boolean {
  const least = stripeBytes ?? (threads === 'auto' ? SMALLEST_FOR_AUTO : SMALLEST_INPUT);
  return threads !== 1 && bytes !== null && bytes >= least;
}

/** @throws UsageError `bad-threads` */
export function checkThreads(threads: Threads): void {
  if (threads === 'auto') return;
  if (Number.isInteger(threads) && threads >= 1 && threads <= MOST_THREADS) return;
  throw new UsageError(
    'bad-threads',
    `threads must be "auto" or a whole number from 1 to ${MOST_THREADS}; found ${threads}.`,
  );
}
