/** Lets loss functions load the package's own core, at their first call. */

import { readFileSync } from 'node:fs';
import { instantiateSync } from '@assemblyscript/loader';
import { type Core, requireKernel } from '../engine/core.js';
import { setCoreLoader } from '../engine/current-core.js';
import { coreFile } from './core.js';

setCoreLoader((kernel) => {
  requireKernel(kernel);
  const module = new WebAssembly.Module(readFileSync(coreFile(kernel)));
  return instantiateSync<Core>(module).exports;
});
