/** The modules from the package's own files. */

import { readFileSync } from 'node:fs';
import { instantiateSync } from '@assemblyscript/loader';
import { type Core, type Modules, moduleFile, requireKernel } from '../engine/core.js';
import type { CoreKernel } from '../types/scores.js';

/** Where a build of a module lies in the package. */
export function moduleAddress(name: keyof Modules, kernel: CoreKernel): URL {
  return new URL(`../../build/${moduleFile(name, kernel)}`, import.meta.url);
}

const compiled = new Map<CoreKernel, Promise<WebAssembly.Module>>();

/**
 * The compiled core, made once per process; workers share its code.
 * @throws LogitscopeError `no-simd`, `no-relaxed-simd`
 */
export async function compileCore(kernel: CoreKernel): Promise<WebAssembly.Module> {
  requireKernel(kernel);
  let module = compiled.get(kernel);
  if (module === undefined) {
    module = WebAssembly.compile(readFileSync(moduleAddress('core', kernel)));
    compiled.set(kernel, module);
  }
  return module;
}

/**
 * Makes an instance of the core. The module is compiled already; instantiated
 * asynchronously, the loader would ask for `Response`, which Node takes 15 ms to load.
 */
export async function loadCore(kernel: CoreKernel = 'simd'): Promise<Core> {
  return instantiateSync<Core>(await compileCore(kernel)).exports;
}
