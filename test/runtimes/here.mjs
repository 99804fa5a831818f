/** Runs the suite in a page or a web worker, on the library that the server has there. */

import { runSpreading, runSuite } from './suite.mjs';

/** Everything, on the bundle. */
export async function runHere() {
  const library = await import('/bundle/logitscope.js');
  await Promise.all([library.init('/build/core.wasm'), library.initLosses('/build/losses.wasm')]);
  const json = (name) => fetch(`/test/runtimes/${name}.json`).then((response) => response.json());
  const [digests, files, core] = await Promise.all([
    json('digests'),
    json('files'),
    fetch('/build/core.wasm').then((response) => response.arrayBuffer()),
  ]);
  const result = await runSuite({ library, digests, files, core });
  return { ...result, isolated: globalThis.crossOriginIsolated };
}

/** The work on several threads alone, on the files of the package as they are, from the entry that only scores. */
export async function runSpreadingHere(workers) {
  const library = await import('/dist/browser/scoring.js');
  return {
    ...(await runSpreading({ library, workers })),
    isolated: globalThis.crossOriginIsolated,
  };
}
