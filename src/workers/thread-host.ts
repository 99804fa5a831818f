/** What a platform (Node, a browser) brings for work on several threads. */

import type { CoreKernel } from '../types/scores.js';
import type { StartWorker } from './pool.js';

export interface ThreadHost {
  /** Processors at hand. */
  readonly processors: number;
  /** The compiled core, which is shared between threads. */
  compileCore(kernel: CoreKernel): Promise<WebAssembly.Module>;
  /** Gets workers ready, as many as asked for; fewer, or none, where there can be no more. */
  startWorkers(count: number): Promise<readonly StartWorker[]>;
  /**
   * Lets messages in between two batches, so that the calling thread can be one
   * of the threads. Left out where it must not be kept busy.
   */
  readonly pause?: () => Promise<void>;
}
