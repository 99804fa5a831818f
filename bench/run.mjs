#!/usr/bin/env node
/**
 * The benchmark: npm run bench [-- [quick] [kernels] [flatness] [pipeline] [memory] [sizes]]
 *
 * Without names of sections it runs them all; a full run of all writes
 * bench/results.json, docs/benchmarks.md and the figures in README.md.
 */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import {
  arch,
  availableParallelism,
  cpus,
  loadavg,
  platform,
  release,
  tmpdir,
  totalmem,
} from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { updatePages } from '../scripts/bench-docs.mjs';
import { weighBrowser } from '../scripts/bundle.mjs';
import { compare } from './compare.mjs';
import { flatInClasses, flatInRows } from './flatness.mjs';
import { KERNELS } from './kernels.mjs';
import { memory } from './memory.mjs';
import { findPeers } from './peers.mjs';
import { pipeline, start } from './pipeline.mjs';
import { canRun } from './runners.mjs';
import {
  asText,
  flatnessTables,
  kernelTables,
  memoryTables,
  pipelineTables,
  rateTables,
  sizeTables,
  startTables,
} from './tables.mjs';

const SECTIONS = ['kernels', 'flatness', 'pipeline', 'memory', 'sizes'];
const FULL = { rounds: 5, seconds: 0.15, quick: false };
const QUICK = { rounds: 3, seconds: 0.05, quick: true };

const words = process.argv.slice(2);
const unknown = words.find((word) => word !== 'quick' && !SECTIONS.includes(word));
if (unknown !== undefined) {
  console.error(`Unknown: ${unknown}. Usage: npm run bench [-- [quick] [${SECTIONS.join('] [')}]]`);
  process.exit(2);
}
const chosen = words.filter((word) => word !== 'quick');
const wanted = (section) => chosen.length === 0 || chosen.includes(section);
const mode = words.includes('quick') ? QUICK : FULL;

const folder = mkdtempSync(join(tmpdir(), 'logitscope-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const progress = (text) => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
};
const show = (tables) => {
  progress('');
  for (const table of tables) console.log(`\n${asText(table)}`);
};

function describeMachine() {
  const bytes = readFileSync(path('../build/core.wasm'));
  return {
    machine: {
      processor: cpus()[0]?.model.trim() ?? 'unknown',
      cores: availableParallelism(),
      memoryGigabytes: Math.round(totalmem() / 2 ** 30),
      loadAverageBefore: loadavg()[0],
      system: `${platform()} ${release()} ${arch()}`,
    },
    versions: {
      logitscope: JSON.parse(readFileSync(path('../package.json'), 'utf8')).version,
      node: process.versions.node,
      v8: process.versions.v8,
    },
    module: { bytes: bytes.length, gzipBytes: gzipSync(bytes, { level: 9 }).length },
  };
}

async function runKernels(results) {
  progress('looking for peers …');
  const { peers, stop } = await findPeers(folder);
  try {
    results.peers = peers.map(({ id, name, what, version, missing }) => ({
      id,
      name,
      what,
      version,
      missing,
    }));
    console.log('\npeers');
    for (const { name, what, version, missing } of peers) {
      console.log(`  ${name.padEnd(14)} ${missing ?? version}\n  ${' '.repeat(14)} ${what}`);
    }
    console.log(
      '\nBelow a peer stands how many times the time it took: 2.00× is half as fast as logitscope.',
    );
    results.kernels = [];
    results.skipped = [];
    for (const kernel of KERNELS) {
      if (!(await canRun(kernel.module))) {
        results.skipped.push(kernel.name);
        console.log(`\n${kernel.name}: this engine cannot run build/${kernel.module}; left out.`);
        continue;
      }
      const beside = KERNELS.find(({ name }) => name === kernel.beside) ?? null;
      const measured = [];
      for (const classes of mode.quick ? kernel.quick : kernel.classes) {
        progress(`${kernel.name}, ${classes} classes …`);
        measured.push(await compare(kernel, beside, classes, peers, { ...mode, folder }));
      }
      show(kernelTables({ peers, kernels: measured }));
      results.kernels.push(...measured);
    }
  } finally {
    stop();
  }
  show(rateTables(results));
}

async function main() {
  const results = { schema: 'logitscope.bench/1', ...describeMachine(), settings: mode };
  const { machine, versions, module } = results;
  console.log(
    `${machine.processor}, ${machine.cores} cores, ${machine.memoryGigabytes} GiB, ${machine.system}\n` +
      `Node ${versions.node} (V8 ${versions.v8}), logitscope ${versions.logitscope}, ` +
      `core.wasm ${module.bytes} bytes, ${module.gzipBytes} with gzip`,
  );
  if (machine.loadAverageBefore > 0.5) {
    const load = machine.loadAverageBefore.toFixed(1);
    console.log(
      `Others are at work on this machine (load ${load}): trust ratios, and few of those for two threads.`,
    );
  }
  if (wanted('kernels')) await runKernels(results);
  if (wanted('flatness')) {
    progress('flatness …');
    results.flatness = { classes: await flatInClasses(mode), rows: await flatInRows(mode) };
    show(flatnessTables(results));
  }
  if (wanted('pipeline')) {
    progress('files …');
    results.pipeline = await pipeline({ ...mode, folder });
    results.start = start({ ...mode, folder });
    show([...pipelineTables(results), ...startTables(results)]);
  }
  if (wanted('memory')) {
    progress('memory …');
    results.memory = memory({ ...mode, folder });
    show(memoryTables(results));
  }
  if (wanted('sizes')) {
    results.sizes = await weighBrowser();
    show(sizeTables(results));
  }
  if (!mode.quick && chosen.length === 0) {
    writeFileSync(path('results.json'), `${JSON.stringify(results, null, 2)}\n`);
    const pages = updatePages({ write: true });
    console.log(`\nWrote ${['bench/results.json', ...pages].join(', ')}.`);
  }
}

await main();
