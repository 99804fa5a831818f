// Writes what the last full benchmark measured, from bench/results.json: all of it into
// docs/benchmarks.md, a few figures into README.md, each between two markers.
//   node scripts/bench-docs.mjs            writes
//   node scripts/bench-docs.mjs --check    writes nothing; status 1 where a page says something else

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  asMarkdown,
  flatnessTables,
  headlineTable,
  kernelTables,
  memoryTables,
  pipelineTables,
  sizeTables,
  startTables,
} from '../bench/tables.mjs';

const START = '<!-- bench:start -->';
const END = '<!-- bench:end -->';
const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

function machineOf({ machine, versions }) {
  const busy = machine.loadAverageBefore > 0.5;
  return [
    `${machine.processor}, ${machine.cores} cores, ${machine.system}, Node ${versions.node}.`,
    ...(busy
      ? ['Others were at work on the machine: trust ratios, and few of those for two threads.']
      : []),
  ];
}

/** What stands in docs/benchmarks.md. */
function everything(results) {
  const { peers } = results;
  const found = peers.filter(({ missing }) => !missing);
  const absent = peers.filter(({ missing }) => missing);
  const [logits, ...others] = kernelTables(results);
  const section = (title, ...lines) => [`## ${title}`, '', ...lines];
  const titled = (table) => [`### ${capital(table.title)}`, '', asMarkdown(table), ''];
  const titledOnce = ([table]) => section(capital(table.title), asMarkdown(table), '');
  return [
    ...machineOf(results),
    '',
    ...section(
      'Rows in memory',
      `The scores of a row (loss, prediction, confidence, rank, Brier sum), one thread, ${logits.title}:`,
      '',
      asMarkdown(logits),
      '',
      'Who is compared:',
      '',
      ...found.map(({ name, what, version }) => `- ${name}: ${what} (${version})`),
      ...absent.map(({ name, missing }) => `- ${name}: ${missing}`),
      '',
    ),
    ...titledOnce(pipelineTables(results)),
    ...titledOnce(startTables(results)),
    ...titledOnce(memoryTables(results)),
    ...titledOnce(sizeTables(results)),
    ...section('Other kernels', ...others.flatMap(titled)),
    ...section('As rows get longer, and more', ...flatnessTables(results).flatMap(titled)),
    ...(results.skipped.length > 0
      ? [`Left out, for this engine cannot run them: ${results.skipped.join('; ')}.`, '']
      : []),
  ]
    .join('\n')
    .trimEnd();
}

const capital = (text) =>
  text.startsWith('scoreFile') ? text : text[0].toUpperCase() + text.slice(1);

/** What stands in README.md. */
function headlines(results) {
  return [...machineOf(results), '', asMarkdown(headlineTable(results))].join('\n');
}

const PAGES = { 'docs/benchmarks.md': everything, 'README.md': headlines };

/** The text of a page with what `write` makes of the results between its markers. */
function rewritten(page, write, results) {
  const text = readFileSync(path(`../${page}`), 'utf8');
  const from = text.indexOf(START);
  const to = text.indexOf(END);
  if (from < 0 || to < from) throw new Error(`${page} has no ${START} … ${END}.`);
  const after = `${text.slice(0, from + START.length)}\n${write(results)}\n${text.slice(to)}`;
  return { isCurrent: after === text, after };
}

/**
 * Rewrites the sections of both pages.
 * @param write whether to write; otherwise it only looks
 * @returns the pages that said something else
 */
export function updatePages({ write }) {
  const results = JSON.parse(readFileSync(path('../bench/results.json'), 'utf8'));
  return Object.entries(PAGES)
    .map(([page, section]) => ({ page, ...rewritten(page, section, results) }))
    .filter(({ isCurrent }) => !isCurrent)
    .map(({ page, after }) => {
      if (write) writeFileSync(path(`../${page}`), after);
      return page;
    });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const write = !process.argv.includes('--check');
  const pages = updatePages({ write });
  const of = pages.join(' and ') || 'no page';
  console.log(write ? `Wrote the figures of ${of}.` : `Other figures stand in ${of}.`);
  if (!write && pages.length > 0) process.exitCode = 1;
}
