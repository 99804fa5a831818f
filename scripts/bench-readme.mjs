// Writes the benchmark section of README.md, between its two markers, from
// bench/results.json.
//   node scripts/bench-readme.mjs

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  asMarkdown,
  flatnessTables,
  kernelTables,
  memoryTables,
  pipelineTables,
  sizeTables,
  startTables,
} from '../bench/tables.mjs';

const START = '<!-- bench:start -->';
const END = '<!-- bench:end -->';
const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

/** The section as Markdown. */
export function section(results) {
  const { machine, versions, peers } = results;
  const found = peers.filter(({ missing }) => !missing);
  const absent = peers.filter(({ missing }) => missing);
  const [logits, ...others] = kernelTables(results);
  const titled = (table) => [`${table.title}:`, '', asMarkdown(table), ''];
  const lines = [
    `${machine.processor}, ${machine.cores} cores, ${machine.system}, Node ${versions.node}.`,
    ...(machine.loadAverageBefore > 0.5
      ? ['Others were at work on the machine: trust ratios, and few of those for two threads.']
      : []),
    'Medians of interleaved runs; GB/s counts the input once; the spread is that of the middle half of the runs.',
    'Below a peer stands how many times the time of logitscope it took (2.00× is half as fast).',
    '',
    `Fused row scores (loss, prediction, confidence, rank, Brier sum), one thread, ${logits.title}:`,
    '',
    asMarkdown(logits),
    '',
    ...found.map(({ name, what, version }) => `- ${name}: ${what} (${version})`),
    ...absent.map(({ name, missing }) => `- ${name}: ${missing}`),
    '',
    ...pipelineTables(results).flatMap(titled),
    ...startTables(results).flatMap(titled),
    ...memoryTables(results).flatMap(titled),
    ...sizeTables(results).flatMap(titled),
    '<details><summary>Other kernels, and what a score costs as rows get longer and more</summary>',
    '',
    ...[...others, ...flatnessTables(results)].flatMap(titled),
    ...(results.skipped.length > 0
      ? [`Left out, for this engine cannot run them: ${results.skipped.join('; ')}.`, '']
      : []),
    '</details>',
  ];
  return lines.join('\n');
}

/**
 * Rewrites the section in README.md.
 * @returns what was done, as a sentence
 */
export function updateReadme() {
  const readme = path('../README.md');
  const text = existsSync(readme) ? readFileSync(readme, 'utf8') : '';
  const from = text.indexOf(START);
  const to = text.indexOf(END);
  if (from < 0 || to < from)
    return `README.md has no ${START} … ${END}; nothing was changed there.`;
  const results = JSON.parse(readFileSync(path('../bench/results.json'), 'utf8'));
  const written = `${text.slice(0, from + START.length)}\n${section(results)}\n${text.slice(to)}`;
  writeFileSync(readme, written);
  return 'Wrote the section of README.md.';
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) console.log(updateReadme());
