/** The commands that the documents show, run as they stand, print what is said that they print. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandsOf, fencesOf, RUN, readDocument } from '../support/documents.js';
import { Workspace } from '../support/workspace.js';

/** Lines with a line … for any others stand in `printed`: in order, and with nothing else between. */
function missing(shown: readonly string[], printed: readonly string[]): string | null {
  const parts = shown
    .join('\n')
    .split(/^…$/m)
    .map((part) => part.replace(/^\n|\n$/g, ''));
  const text = `\n${printed.join('\n')}\n`;
  let at = 0;
  for (const [i, part] of parts.entries()) {
    const isLast = i === parts.length - 1;
    // Nothing before the first …, or after the last.
    if (part === '') continue;
    const lines = `\n${part}\n`;
    const found = isLast && i > 0 ? text.lastIndexOf(lines) : text.indexOf(lines, at);
    if (found < at || (i === 0 && found > 0)) return part;
    at = found + lines.length - 1;
    if (isLast && at < text.length - 1) return part;
  }
  return null;
}

describe('the comparison of output', () => {
  const printed = ['a', 'b', 'c', 'd', 'b'];
  it.each([
    [['a', 'b', 'c', 'd', 'b']],
    [['…', 'c', '…']],
    [['a', '…']],
    [['a', '…', 'd', 'b']],
    [['…', 'b', '…', 'b']],
  ])('takes %j', (shown) => {
    expect(missing(shown, printed)).toBeNull();
  });

  it.each([
    [['b', '…']],
    [['…', 'd']],
    [['a', 'c', '…']],
    [['…', 'c', '…', 'a', '…']],
    [['a', 'b', 'c', 'd']],
    [['…', 'x', '…']],
    [['…', 'b', '…', 'b', '…', 'b']],
  ])('does not take %j', (shown) => {
    expect(missing(shown, printed)).not.toBeNull();
  });
});

/** How many commands there are at least, so that none is lost by the way they are found. */
const LEAST: Readonly<Record<(typeof RUN)[number], number>> = {
  'README.md': 21,
  'docs/files.md': 9,
  'docs/language-models.md': 9,
  'docs/reports.md': 25,
  'docs/library.md': 4,
};

let workspace: Workspace;
beforeAll(() => {
  workspace = new Workspace();
});
afterAll(() => workspace?.remove());

describe.each(RUN)('%s', (file) => {
  const text = readDocument(file);
  const fences = fencesOf(file, text);
  const commands = commandsOf(file, text);

  it('has no samples that no test runs', () => {
    const marks = text.split('\n').filter((line) => line.trim().startsWith('```'));
    expect(fences.length).toBe(marks.length / 2);
    for (const { language, place, lines } of fences) {
      // TypeScript is run by examples.test.ts.
      expect(['sh', 'console', 'ts'], place).toContain(language);
      if (language === 'console') expect(lines[0], place).toMatch(/^\$ /);
    }
    expect(commands.length).toBeGreaterThanOrEqual(LEAST[file]);
  });

  const numbered = commands.map((command, i) => ({ ...command, name: `${i + 1}` }));
  it.each(numbered)('$name: $command', async ({ command, status, shown, place }) => {
    const ran = await workspace.run(command);
    expect(ran.status, `${place}: ${ran.printed}`).toBe(status);
    if (shown === null) return;
    expect(
      shown.some((line) => line !== '…' && line !== ''),
      place,
    ).toBe(true);
    const printed = ran.printed.replace(/\n$/, '').split('\n');
    expect(missing(shown, printed), place).toBeNull();
  });
});
