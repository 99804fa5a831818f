/** Records in which any value may be any other: what comes is a report, or an error with a place. */

import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { init, scoreBlob } from '../../src/browser/index.js';
import { blobBytes } from '../../src/formats/blob.js';
import { loadCore } from '../../src/node/core.js';
import { perplexityOf } from '../../src/run/perplexity.js';
import { LogitscopeError } from '../../src/types/errors.js';

beforeAll(() => init(readFileSync(new URL('../../build/core.wasm', import.meta.url))));

const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8');
const VALUES = [
  ...[null, true, '', 'x', 'nan', '-inf', '1e999', '3', '-1', '[0, 1]', '\u0000', 0, 1, -1, 1.5],
  ...[-9999, 1e308, [], {}, [[]], [null], [1, 2], [['-1', 'True']], { arg_0: 1 }, { logprob: -1 }],
  ...['__proto__', 'constructor', 'A', 'Z', '🙂', '\ud800'],
];

/** Numbers of a generator that starts anew in every run. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % below;
  };
}

type Tree = Record<string, unknown>;

/** Puts another value in some place of a tree, or takes it away. */
function change(tree: unknown, next: (below: number) => number): void {
  const places: [Tree, string][] = [];
  const visit = (node: unknown) => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, value] of Object.entries(node)) {
      places.push([node as Tree, key]);
      visit(value);
    }
  };
  visit(tree);
  const [node, key] = places[next(places.length)]!;
  if (next(5) === 0) delete node[key];
  else node[key] = VALUES[next(VALUES.length)];
}

const COUNT = 250;

async function outcomes(name: string, run: (blob: File) => Promise<unknown>): Promise<number> {
  const next = random(name.length * 7919);
  const isDocument = name.endsWith('.json');
  const text = read(name).trim();
  let refused = 0;
  for (let i = 0; i < COUNT; i++) {
    const trees = isDocument ? [JSON.parse(text)] : text.split('\n').map((one) => JSON.parse(one));
    const changes = 1 + next(4);
    // Often in the first record, by which it is known what they are.
    for (let k = 0; k < changes; k++) change(trees[next(2) === 0 ? 0 : next(trees.length)], next);
    const changed = isDocument
      ? JSON.stringify(trees[0])
      : trees.map((one) => JSON.stringify(one)).join('\n');
    try {
      await run(new File([changed], name));
    } catch (error) {
      if (!(error instanceof LogitscopeError))
        throw new Error(`run ${i}: ${(error as Error).stack}`);
      expect(error.message).toContain(name);
      refused++;
    }
  }
  return refused;
}

describe('records of any values', () => {
  it.each([
    ['fixtures-choices/arc.jsonl', {}],
    ['fixtures-choices/mutual.jsonl', { invalid: 'skip' }],
    ['fixtures-choices/letters.jsonl', { by: 'doc.subject', target: 'doc.answer' }],
    ['fixtures-inspect/once.json', { filter: 'choice', by: 'metadata.subject' }],
  ] as const)('are scored or refused: %s', { timeout: 60_000 }, async (name, options) => {
    const refused = await outcomes(name, (file) =>
      scoreBlob(file, { diagnose: false, ...options }),
    );
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThan(COUNT);
  });

  it.each([
    'fixtures-likelihoods/rolling.jsonl',
    'fixtures-likelihoods/answers.jsonl',
    'fixtures-likelihoods/replies.jsonl',
  ])('have a perplexity, or are refused: %s', { timeout: 60_000 }, async (name) => {
    const refused = await outcomes(name, (file) => perplexityOf(blobBytes(name, file), loadCore));
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThan(COUNT);
  });
});
