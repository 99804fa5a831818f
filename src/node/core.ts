/** The module from the package's own files. */

import { readFile } from 'node:fs/promises';
import { type Core, instantiateCore } from '../engine/core.js';

let compiled: Promise<WebAssembly.Module> | null = null;

/** Makes an instance of the core, compiling it once per process. */
export async function loadCore(): Promise<Core> {
  compiled ??= readFile(new URL('../../build/core.wasm', import.meta.url)).then((bytes) =>
    WebAssembly.compile(bytes),
  );
  return instantiateCore(await compiled);
}
