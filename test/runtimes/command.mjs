// Runs the suite on the engine that runs this file (Node, Bun, Deno), for both entries of the package.
//   node test/runtimes/command.mjs           failures, digests as one line of JSON, and the counts
//   node test/runtimes/command.mjs --write   rewrites digests.json

import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import * as browser from '../../dist/browser/index.js';
import * as main from '../../dist/index.js';
import { computeDigests } from './digests.mjs';
import { runSuite } from './suite.mjs';

const file = new URL('digests.json', import.meta.url);
if (process.argv.includes('--write')) {
  writeFileSync(file, `${JSON.stringify(await computeDigests(main), null, 2)}\n`);
}
const digests = JSON.parse(readFileSync(file, 'utf8'));
const files = JSON.parse(readFileSync(new URL('files.json', import.meta.url), 'utf8'));
const readModule = (name) => readFileSync(new URL(`../../build/${name}.wasm`, import.meta.url));
const core = readModule('core');
await browser.init(core);
await browser.initLosses(readModule('losses'));

let passed = 0;
let failed = 0;
const reports = [];
for (const [entry, library] of Object.entries({ main, browser })) {
  const result = await runSuite({ library, digests, files, core });
  for (const failure of result.failures) console.log(`FAILED (${entry} entry) ${failure}`);
  passed += result.passed;
  failed += result.failed;
  reports.push(result.reports);
}
console.log(JSON.stringify({ reports }));
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
