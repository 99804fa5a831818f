/** Lets functions of arrays load the package's own modules, at their first call. */

import { readFileSync } from 'node:fs';
import { instantiateSync } from '@assemblyscript/loader';
import { type Modules, requireKernel } from '../engine/core.js';
import { setModuleLoader } from '../engine/current-core.js';
import { moduleAddress } from './core.js';

setModuleLoader((name, kernel) => {
  requireKernel(kernel);
  const module = new WebAssembly.Module(readFileSync(moduleAddress(name, kernel)));
  return instantiateSync<Modules[typeof name]>(module).exports;
});
