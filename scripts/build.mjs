// Builds assembly/ to build/*.wasm and src/ to dist/.
//   node scripts/build.mjs             everything
//   node scripts/build.mjs --if-stale  installs and builds only what is missing or older than its sources

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const onlyStale = process.argv.includes('--if-stale');

function run(command, args) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 2, 'inherit'],
    shell: process.platform === 'win32' && command === 'npm',
  });
  if (error) console.error(`Cannot run ${command}: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

/** Newest modification below the paths, in milliseconds; 0 when one is missing. */
function newest(...paths) {
  let latest = 0;
  for (const path of paths) {
    const full = join(root, path);
    if (!existsSync(full)) return 0;
    const stats = statSync(full);
    const times = stats.isDirectory()
      ? readdirSync(full).map((name) => newest(join(path, name)))
      : [stats.mtimeMs];
    latest = Math.max(latest, ...times);
  }
  return latest;
}

function stale(output, ...sources) {
  return !onlyStale || newest(output) < newest(...sources);
}

/** The schemas of what commands write, as files to refer to. */
async function writeSchemas() {
  const { SCHEMA_NAMES, jsonSchema } = await import('../dist/schema/index.js');
  mkdirSync(join(root, 'dist/schemas'));
  for (const name of SCHEMA_NAMES) {
    const text = `${JSON.stringify(jsonSchema(name), null, 2)}\n`;
    writeFileSync(join(root, `dist/schemas/${name}.json`), text);
  }
}

const installed = 'node_modules/.package-lock.json';
if (!existsSync(join(root, installed)) || newest(installed) < newest('package-lock.json')) {
  console.error('Installing the packages that package-lock.json names …');
  run('npm', ['ci', '--no-audit', '--no-fund']);
}
for (const [entry, target] of [
  ['assembly/index.ts', 'core'],
  ['assembly/index.ts', 'core-relaxed'],
  ['assembly/losses.ts', 'losses'],
  ['assembly/losses.ts', 'losses-relaxed'],
]) {
  const output = `build/${target}.wasm`;
  if (!stale(output, 'assembly', 'asconfig.json')) continue;
  console.error(`Building the WebAssembly module ${output} …`);
  const asc = 'node_modules/assemblyscript/bin/asc.js';
  run(process.execPath, [asc, entry, '--config', 'asconfig.json', '--target', target]);
}
if (stale('dist/cli/main.js', 'src', 'tsconfig.json')) {
  console.error('Building the library …');
  // A build that stops halfway must not look finished.
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json']);
  // What it imports may have been installed just now.
  const { bundlePrograms } = await import('./bundle-programs.mjs');
  await bundlePrograms(root);
  await writeSchemas();
  // One file with all it needs: see there.
  const worker = 'dist/browser/score-worker.js';
  const { buildSync } = await import('esbuild');
  buildSync({
    entryPoints: [worker],
    outfile: worker,
    allowOverwrite: true,
    absWorkingDir: root,
    bundle: true,
    // Optional, and loaded where a file needs it.
    external: ['h5wasm'],
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    logLevel: 'warning',
  });
}
