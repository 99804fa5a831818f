/** The module of losses with gradients, where there are no files. */

import { instantiateModule } from '../engine/core.js';
import { hasCurrentModule, setCurrentModule } from '../engine/current-core.js';
import type { LossCore } from '../engine/loss-core.js';
import type { CoreKernel } from '../types/scores.js';
import { type CoreSource, compileModule, type ModuleInfo } from './fetch-module.js';

const LOSSES: ModuleInfo = {
  name: 'losses',
  call: 'initLosses',
  mark: 'cross_entropy_f32',
  // Written so that bundlers see it and put the file beside what they make.
  packaged: (kernel) =>
    kernel === 'relaxed'
      ? new URL('../../build/losses-relaxed.wasm', import.meta.url)
      : new URL('../../build/losses.wasm', import.meta.url),
};

/**
 * Gets the module of losses with gradients ready, from where it lies in the
 * package or from a source, as {@link init} does with the one that scores. Losses
 * run on it from then on, without waiting for anything; pages that only score do
 * without it. Calling it again without a source changes nothing.
 *
 * @param source address, response, bytes or compiled module of losses.wasm
 * @throws InputError `core-not-found` when it cannot be fetched, `bad-core` for what is no such module
 * @param kernel which build it is: `simd` (default), or `relaxed` for losses-relaxed.wasm
 * @throws LogitscopeError `no-simd`, `no-relaxed-simd` where the host cannot run it: `kernel: 'reference'` still works
 * @example
 * ```ts
 * import { crossEntropy, initLosses } from 'logitscope/browser';
 * await initLosses('/assets/losses.wasm');
 * crossEntropy([2, 1, 0.1], [0]).value; // 0.41703
 * ```
 */
export async function initLosses(
  source?: CoreSource | Promise<CoreSource>,
  kernel: CoreKernel = 'simd',
): Promise<void> {
  const module = await compileModule(LOSSES, kernel, source);
  if (source === undefined && hasCurrentModule('losses', kernel)) return;
  setCurrentModule('losses', kernel, await instantiateModule<LossCore>(module));
}
