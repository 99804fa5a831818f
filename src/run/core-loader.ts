/** Instances of the core that options ask for. */

import type { Core } from '../engine/core.js';
import { UsageError } from '../types/errors.js';
import type { CoreKernel, KernelName } from '../types/scores.js';

/** How to get an instance of the core: from a file in Node, by fetch in a browser. */
export type CoreLoader = (kernel: CoreKernel) => Promise<Core>;

/** Null for the reference. @throws UsageError `bad-kernel`; LogitscopeError `no-simd`, `no-relaxed-simd` */
export async function coreFor(
  loadCore: CoreLoader,
  kernel: KernelName = 'simd',
): Promise<Core | null> {
  if (kernel !== 'simd' && kernel !== 'relaxed' && kernel !== 'reference') {
    throw new UsageError(
      'bad-kernel',
      `kernel must be "simd", "relaxed" or "reference"; found ${JSON.stringify(kernel)}.`,
    );
  }
  return kernel === 'reference' ? null : loadCore(kernel);
}
