/** The modules that functions of arrays run on: one instance per build, made when it is first needed. */

import { LogitscopeError } from '../types/errors.js';
import type { CoreKernel } from '../types/scores.js';
import { type Core, type Modules, moduleFile } from './core.js';
import type { LossCore } from './loss-core.js';

type ModuleName = keyof Modules;

/** Makes an instance of a module, at once. */
type ModuleLoader = (name: ModuleName, kernel: CoreKernel) => Modules[ModuleName];

/** Instances by file. */
const instances = new Map<string, Modules[ModuleName]>();
let load: ModuleLoader | null = null;

/** Gives functions of arrays a module that is loaded; from now on they run on it. */
export function setCurrentModule<Name extends ModuleName>(
  name: Name,
  kernel: CoreKernel,
  instance: Modules[Name],
): void {
  instances.set(moduleFile(name, kernel), instance);
}

/** Whether they have this module already. */
export function hasCurrentModule(name: ModuleName, kernel: CoreKernel): boolean {
  return instances.has(moduleFile(name, kernel));
}

/** Gives them a way to load modules when they need one, where files can be read at once. */
export function setModuleLoader(loader: ModuleLoader): void {
  load = loader;
}

/**
 * The core, for ranking, regression metrics and calibration of arrays. Its memory
 * is laid out anew by every call; keep no view of it across calls.
 * @throws LogitscopeError `not-initialised`, `no-simd`, `no-relaxed-simd`
 */
export function currentCore(kernel: CoreKernel): Core {
  return currentModule('core', kernel) as Core;
}

/** The module of losses; otherwise as {@link currentCore}. */
export function currentLossCore(kernel: CoreKernel): LossCore {
  return currentModule('losses', kernel) as LossCore;
}

function currentModule(name: ModuleName, kernel: CoreKernel): Modules[ModuleName] {
  const file = moduleFile(name, kernel);
  let instance = instances.get(file);
  if (instance === undefined) {
    if (load === null) {
      const call = name === 'core' ? 'init' : 'initLosses';
      const given = kernel === 'simd' ? '' : `undefined, "${kernel}"`;
      throw new LogitscopeError(
        'not-initialised',
        `The WebAssembly module ${file} is not loaded. Call \`await ${call}(${given})\` once before, or pass kernel: "reference".`,
      );
    }
    instance = load(name, kernel);
    instances.set(file, instance);
  }
  return instance;
}
