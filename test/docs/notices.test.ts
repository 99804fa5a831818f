/** docs/notices.md against the codes that reports can hold. */

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const folder = (path: string) =>
  readdirSync(new URL(`../../${path}`, import.meta.url))
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${path}/${name}`);

/** Where notices and flags are made; conventions of other libraries have codes of their own. */
const SOURCES = [
  ...folder('src/report'),
  ...folder('src/run'),
  ...folder('src/run/parts'),
  ...folder('src/intake'),
  'src/diagnosis/accuracy-flags.ts',
  'src/diagnosis/flags.ts',
  'src/node/follow-epochs.ts',
  'src/metrics/cluster-report.ts',
  'src/metrics/ranking-metrics.ts',
].filter((path) => !path.endsWith('/like.ts'));

/** Words for dumps of other rows hold the code of an error. */
const withoutErrors = (source: string) =>
  source.replace(/^const \w+: SameRowsWords = \{[^}]*\};$/gm, '');

const made = new Set(
  SOURCES.flatMap((path) =>
    [
      ...withoutErrors(read(path)).matchAll(
        /(?:\bcode: |\badd\(\s*(?:isOver \? )?)'([a-z-]+)'(?: : '([a-z-]+)')?/g,
      ),
    ].flatMap(([, first, second]) => (second === undefined ? [first!] : [first!, second])),
  ),
);
const told = new Set(
  read('docs/notices.md')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => [...line.split('|')[1]!.matchAll(/`([a-z-]+)`/g)].map(([, code]) => code!)),
);

describe('the page of notices', () => {
  it('tells every code, and no other', () => {
    expect(made.size).toBeGreaterThan(20);
    expect([...told].sort()).toEqual([...made].sort());
  });
});
