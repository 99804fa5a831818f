/** The module that scores, where there are no files. */

import { type Core, instantiateModule } from '../engine/core.js';
import { hasCurrentModule, setCurrentModule } from '../engine/current-core.js';
import type { CoreKernel } from '../types/scores.js';
import { type CoreSource, compileModule, type ModuleInfo } from './fetch-module.js';

const CORE: ModuleInfo = {
  name: 'core',
  call: 'init',
  mark: 'tally_rows',
  // Written so that bundlers see it and put the file beside what they make.
  packaged: (kernel) =>
    kernel === 'relaxed'
      ? new URL('../../build/core-relaxed.wasm', import.meta.url)
      : new URL('../../build/core.wasm', import.meta.url),
};

/**
 * Gets the module that scores ready. Called without a source, or not at all, it
 * is fetched from where it lies in the package, relative to this file.
 *
 * Functions of arrays that rank, or that need its logarithms, run on it from
 * then on, without waiting for anything; scorers load it by themselves. Losses
 * with gradients have a module of their own: see {@link initLosses}. Calling it
 * again without a source changes nothing; with one, what is called or made from
 * then on uses that. After a failure it may be called again.
 *
 * @param source address, response, bytes or compiled module of core.wasm
 * @throws InputError `core-not-found` when it cannot be fetched, `bad-core` for what is no such module
 * @param kernel which build it is: `simd` (default), or `relaxed` for core-relaxed.wasm
 * @throws LogitscopeError `no-simd`, `no-relaxed-simd` where the host cannot run it: `kernel: 'reference'` still works
 * @example
 * ```ts
 * import { createScorer, init } from 'logitscope/browser';
 * await init('/assets/core.wasm');
 * const scorer = await createScorer({ classes: 3 });
 * scorer.add([2, 1, 0.1], [0]);
 * scorer.report().metrics.log_loss.value; // 0.41703
 * ```
 */
export async function init(
  source?: CoreSource | Promise<CoreSource>,
  kernel: CoreKernel = 'simd',
): Promise<void> {
  const module = await compileCore(kernel, source);
  if (source === undefined && hasCurrentModule('core', kernel)) return;
  setCurrentModule('core', kernel, await instantiateModule<Core>(module));
}

/** Makes an instance of the core. */
export async function loadCore(kernel: CoreKernel): Promise<Core> {
  return instantiateModule<Core>(await compileCore(kernel));
}

/** The compiled core, made once; `source` as in {@link init}. */
export function compileCore(
  kernel: CoreKernel,
  source?: CoreSource | Promise<CoreSource>,
): Promise<WebAssembly.Module> {
  return compileModule(CORE, kernel, source);
}
