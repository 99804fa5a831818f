/** The table of other libraries' names against what the package exports. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as browser from '../../src/browser/index.js';
import * as main from '../../src/index.js';

const text = readFileSync(new URL('../../docs/names.md', import.meta.url), 'utf8');
const library: Record<string, unknown> = { ...browser, ...main };

/** Functions that no other library has the like of; each is said in the reference alone. */
const WITHOUT_PEER = [
  'applyCalibration',
  'calibrateFile',
  'calibrationErrorNull',
  'compareFiles',
  'createScorer',
  'describeMetric',
  'encodeNpy',
  'epochsFiles',
  'explainFiles',
  'followEpochs',
  'init',
  'initLosses',
  'inspectBlob',
  'inspectFile',
  'onlyMetrics',
  'renderCompareCsv',
  'renderCompareText',
  'renderCsv',
  'renderEpochsCsv',
  'renderEpochsText',
  'renderExplainCsv',
  'renderExplainText',
  'renderInspectText',
  'renderJson',
  'renderText',
  'scoreBlob',
  'scoreFile',
  'thresholdTable',
];

const rows = text
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split('|').map((cell) => cell.trim()));
const names = rows.map(([, name]) => name!.replaceAll('`', ''));
const functions = Object.keys(library).filter((name) => {
  const value = library[name];
  return typeof value === 'function' && !/^class\b/.test(String(value));
});

describe('the table of names', () => {
  it('has rows of five cells, no function twice', () => {
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) expect(row.slice(1, -1), row.join('|')).toHaveLength(5);
    expect(names).toEqual([...new Set(names)]);
  });

  it.each(names)('names %s, which is exported', (name) => {
    expect(library).toHaveProperty([name]);
  });

  it.each(functions)('has %s, unless nothing is like it', (name) => {
    expect(names.includes(name) !== WITHOUT_PEER.includes(name), name).toBe(true);
  });
});
