/** The suite of the other runtimes, on the sources. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as browser from '../../src/browser/index.js';
import * as main from '../../src/index.js';

const here = (name: string) => new URL(name, import.meta.url);
const core = readFileSync(here('../../build/core.wasm'));
const lossCore = readFileSync(here('../../build/losses.wasm'));
const digests: Record<string, string> = JSON.parse(readFileSync(here('digests.json'), 'utf8'));
const files: Record<string, string> = JSON.parse(readFileSync(here('files.json'), 'utf8'));
// Plain JavaScript, imported as browsers do.
const { runSuite } = await import(here('suite.mjs').href);
const { computeDigests } = await import(here('digests.mjs').href);

describe('the bits of row scores', () => {
  it('are those of every other engine (after a change of a kernel: npm run runtimes -- --write)', async () => {
    expect(await computeDigests(main)).toEqual(digests);
  });
});

describe('the suite', () => {
  it('passes on the entry for browsers', async () => {
    await browser.init(core);
    await browser.initLosses(lossCore);
    const { passed, failures } = await runSuite({ library: browser, digests, files, core });
    expect(failures).toEqual([]);
    expect(passed).toBeGreaterThan(300);
    // A thousand checks, beside other tests.
  }, 300_000);
});
