/** Runs the suite in a page or a web worker, on the bundle that the server made. */

import * as library from '/dist/browser/logitscope.js';
import { runSuite } from './suite.mjs';

export async function runHere() {
  await library.init();
  const [digests, core] = await Promise.all([
    fetch('/test/runtimes/digests.json').then((response) => response.json()),
    fetch('/build/core.wasm').then((response) => response.arrayBuffer()),
  ]);
  const result = await runSuite({ library, digests, core });
  return { ...result, isolated: globalThis.crossOriginIsolated };
}
