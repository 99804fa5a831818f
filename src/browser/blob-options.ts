/** Options of `scoreBlob`. */

import type { DumpOptions } from '../run/dump-options.js';
import type { InputOptions } from '../run/inputs.js';
import type { Threads } from '../workers/threads.js';

/** Options of `scoreBlob`. */
export interface ScoreBlobOptions extends Omit<DumpOptions, 'by' | 'cluster'>, InputOptions<Blob> {
  /**
   * Threads that score; default `auto`: one per processor, at most 8. The
   * report is the same, to the last bit. From two on they are web workers, and
   * each reads its part of the Blob. Small Blobs and those that can only be read from
   * front to back (text, compressed npz) stay on the calling thread; so do custom
   * metrics, and all work where workers cannot be had.
   */
  readonly threads?: Threads | undefined;
  /** Bytes of the Blob that a worker takes at a time; with it, small Blobs are spread too. @internal */
  readonly stripeBytes?: number | undefined;
}
