// What starts anew each time, in few files: a process or thread that reads one
// file per module spends more on them than on a small dump.

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/**
 * The command line and the worker, as tsc has put them into dist/; each is replaced by a bundle of
 * itself. A run of the command line needs a small part of it, and leaves the rest in dist/chunks/;
 * a worker needs most of what it has, and starts sooner from a single file.
 */
const PROGRAMS = [
  { name: 'cli/main', splitting: true },
  { name: 'node/score-worker', splitting: false },
];

/** Commander runs commands that are programs of their own by this module, which takes long to load; there are none here. */
const withoutPrograms = {
  name: 'without-programs',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(?:node:)?child_process$/ }, ({ path }) => ({ path, namespace: 'none' }));
    onLoad({ filter: /.*/, namespace: 'none' }, () => ({ contents: 'module.exports = {};' }));
  },
};

/** Licences of the packages that are bundled, as they ask for it. */
function licencesOf(root, inputs) {
  const names = inputs.map((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]);
  const packages = [...new Set(names.filter((name) => name !== undefined))].sort();
  const texts = packages.map((name) => {
    const folder = join(root, 'node_modules', name);
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    return `${name}\n\n${file ? readFileSync(join(folder, file), 'utf8') : `Licence: ${JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).license}`}`;
  });
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}

/** @returns the paths of what went into it */
async function bundle(root, { name, splitting }) {
  const { metafile } = await build({
    entryPoints: { [name]: join(root, `dist/${name}.js`) },
    outdir: join(root, 'dist'),
    chunkNames: 'chunks/[name]-[hash]',
    allowOverwrite: true,
    absWorkingDir: root,
    bundle: true,
    // Optional, and loaded where a file needs it.
    external: ['h5wasm'],
    splitting,
    // Names stay as they are, for stack traces.
    minifyWhitespace: true,
    minifySyntax: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // Commander is CommonJS.
    banner: {
      js: "import{createRequire as requireFrom}from'node:module';const require=requireFrom(import.meta.url);",
    },
    plugins: [withoutPrograms],
    metafile: true,
    logLevel: 'warning',
  });
  return Object.keys(metafile.inputs);
}

/** Bundles the programs in dist/ with all they import. */
export async function bundlePrograms(root) {
  const dist = join(root, 'dist');
  const inputs = [];
  for (const program of PROGRAMS) inputs.push(...(await bundle(root, program)));
  writeFileSync(join(dist, 'BUNDLED-LICENCES.txt'), licencesOf(root, inputs));
  // The modules of the command line are in the bundle.
  for (const name of readdirSync(join(dist, 'cli'))) {
    if (name !== 'main.js') rmSync(join(dist, 'cli', name));
  }
}
