/** The core that loss functions run on: one instance per build, made when it is first needed. */

import { LogitscopeError } from '../types/errors.js';
import type { CoreKernel } from '../types/scores.js';
import type { Core } from './core.js';

const cores = new Map<CoreKernel, Core>();
let load: ((kernel: CoreKernel) => Core) | null = null;

/** Gives loss functions a core that is loaded; from now on they run on it. */
export function setCurrentCore(kernel: CoreKernel, core: Core): void {
  cores.set(kernel, core);
}

/** Whether loss functions have a core already. */
export function hasCurrentCore(kernel: CoreKernel): boolean {
  return cores.has(kernel);
}

/** Gives loss functions a way to load cores when they need one, where files can be read at once. */
export function setCoreLoader(loader: (kernel: CoreKernel) => Core): void {
  load = loader;
}

/**
 * The core of loss functions. Its memory is laid out anew by every call; keep
 * no view of it across calls.
 * @throws LogitscopeError `not-initialised`, `no-simd`, `no-relaxed-simd`
 */
export function currentCore(kernel: CoreKernel): Core {
  let core = cores.get(kernel);
  if (core === undefined) {
    if (load === null) {
      const call = kernel === 'simd' ? 'init()' : `init(undefined, "${kernel}")`;
      throw new LogitscopeError(
        'not-initialised',
        `The WebAssembly module "${kernel}" is not loaded. Call \`await ${call}\` once before, or pass kernel: "reference".`,
      );
    }
    core = load(kernel);
    cores.set(kernel, core);
  }
  return core;
}
