/** Runs test/simulations/main.ts: what diagnoses claim of data whose truth is known. Takes minutes. */

import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
// As deep as the sources: the core lies at the same place from there.
const outfile = `${root}build/simulations/simulate.mjs`;
await build({
  entryPoints: [`${root}test/simulations/main.ts`],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  // Else the sources, which the package does not name, count as free of effects.
  ignoreAnnotations: true,
  logLevel: 'warning',
});
await import(outfile);
