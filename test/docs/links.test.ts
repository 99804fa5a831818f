/** Links between the documents lead somewhere. */

import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { anchorsOf, linksOf, ROOT, readDocument } from '../support/documents.js';

const inFolder = (folder: string) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);
const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'bench/README.md',
  'examples/train-digits/README.md',
  ...inFolder('docs'),
  ...inFolder('docs/api'),
];

/** What is wrong with a link of a document; null where nothing is. */
function mistake(file: string, target: string): string | null {
  if (/^https?:/.test(target)) return null;
  if (/^[a-z]+:|^\//.test(target)) return 'leads out of the repository';
  const [path, anchor] = target.split('#') as [string, string | undefined];
  const to = path === '' ? file : normalize(join(dirname(file), path));
  if (to.startsWith('..') || !existsSync(join(ROOT, to))) return 'no such file';
  if (anchor === undefined) return null;
  if (statSync(join(ROOT, to)).isDirectory()) return 'an anchor in a folder';
  return anchorsOf(readDocument(to)).has(anchor) ? null : 'no such heading';
}

describe('links', () => {
  it('are found, with their anchors', () => {
    expect(linksOf('[a](b.md#c) and [`d`](e.md), not `[f](g)`')).toEqual(['b.md#c', 'e.md']);
    const text = '# What `--x` does\n## Twice\n## Twice\n<a id="own"></a>\n```\n# not this\n```\n';
    expect([...anchorsOf(text)]).toEqual(['what---x-does', 'twice', 'twice-1', 'own']);
    expect(mistake('docs/files.md', 'nothing.md')).toBe('no such file');
    expect(mistake('docs/files.md', '#nothing')).toBe('no such heading');
    expect(mistake('docs/files.md', '../README.md#library')).toBeNull();
  });

  it.each(documents)('of %s lead to files and headings', (file) => {
    const wrong = linksOf(readDocument(file))
      .map((target) => ({ target, why: mistake(file, target) }))
      .filter(({ why }) => why !== null);
    expect(wrong).toEqual([]);
  });

  it('of the README reach every page', () => {
    const linked = new Set(
      linksOf(readDocument('README.md')).map((target) => target.split('#')[0]),
    );
    expect(inFolder('docs').filter((page) => !linked.has(page))).toEqual([]);
    expect(linked).toContain('docs/api/README.md');
  });
});

describe('the README', () => {
  it('fits in 250 lines', () => {
    expect(readDocument('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(250);
  });
});
