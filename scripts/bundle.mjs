// Bundles the browser library as an application would, and weighs it: fails past the limits.

import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const WORKER = 'score-worker.js';

/** The entries for browsers: all, and what scores dumps and shows reports. */
const LIBRARY = './dist/browser/index.js';
const SCORING = './dist/browser/scoring.js';

/** Names that a page takes from the whole library to do what the other entry is for; bundlers leave out the rest. */
const SCORING_NAMES =
  '{ createScorer, init, renderCsv, renderJson, renderText, scoreArrays, scoreBlob }';

/** Bytes after gzip: each module, and all that a page that scores loads before it opens a file or starts a worker, its module included. */
const LIMITS = { module: 40 * 1024, scoring: 60 * 1024 };

/**
 * An entry with these of its exports, minified, as ES modules in memory:
 * `logitscope.js`, and those that it loads at once or when a file is opened;
 * and the script of workers, which esbuild leaves to be copied beside them.
 */
export async function bundleBrowser(entry = LIBRARY, names = '*') {
  const { outputFiles, metafile } = await build({
    stdin: { contents: `export ${names} from '${entry}';`, resolveDir: root },
    entryNames: 'logitscope',
    outdir: join(root, 'bundle'),
    absWorkingDir: root,
    bundle: true,
    // Optional, and loaded where a file needs it.
    external: ['h5wasm'],
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    metafile: true,
    write: false,
    logLevel: 'error',
  });
  const bytesOf = new Map(outputFiles.map(({ path, contents }) => [basename(path), contents]));
  const worker = {
    name: WORKER,
    bytes: readFileSync(join(root, 'dist/browser', WORKER)),
    isLibrary: false,
    imports: [],
  };
  const outputs = Object.entries(metafile.outputs).map(([path, { imports, entryPoint }]) => ({
    name: basename(path),
    bytes: bytesOf.get(basename(path)),
    isLibrary: entryPoint === '<stdin>',
    imports: imports
      .filter(({ kind }) => kind === 'import-statement')
      .map((to) => basename(to.path)),
  }));
  return [...outputs, worker];
}

/** Names of the outputs that the entry needs at once. */
function loadedAtOnce(outputs) {
  const names = new Set(outputs.filter(({ isLibrary }) => isLibrary).map(({ name }) => name));
  // A Set goes on to visit what is added while it is gone through.
  for (const name of names) {
    for (const to of outputs.find((output) => output.name === name).imports) names.add(to);
  }
  return names;
}

const sizeOf = (files) => ({
  plain: files.reduce((sum, bytes) => sum + bytes.length, 0),
  gzip: files.reduce((sum, bytes) => sum + gzipSync(bytes, { level: 9 }).length, 0),
});

/** Bytes of what pages load, as they are and after gzip. */
export async function weighBrowser() {
  const [module, losses] = ['core.wasm', 'losses.wasm'].map((name) =>
    readFileSync(join(root, 'build', name)),
  );
  const whole = await bundleBrowser();
  const atOnce = (outputs) => {
    const first = loadedAtOnce(outputs);
    return outputs.filter(({ name }) => first.has(name)).map(({ bytes }) => bytes);
  };
  const first = loadedAtOnce(whole);
  const later = whole.filter(({ name }) => !first.has(name));
  const bytesOf = (outputs) => outputs.map(({ bytes }) => bytes);
  return {
    'module core.wasm': { ...sizeOf([module]), limit: LIMITS.module },
    'module losses.wasm': { ...sizeOf([losses]), limit: LIMITS.module },
    'module and the entry that scores, to begin with': {
      ...sizeOf([module, ...atOnce(await bundleBrowser(SCORING))]),
      limit: LIMITS.scoring,
    },
    // esbuild also loads at once what the other exports share with parts that load on demand.
    'module and the same from the whole library': sizeOf([
      module,
      ...atOnce(await bundleBrowser(LIBRARY, SCORING_NAMES)),
    ]),
    'modules and all exports, to begin with': sizeOf([module, losses, ...atOnce(whole)]),
    'readers of files, once one is opened': sizeOf(
      bytesOf(later.filter(({ name }) => name !== WORKER)),
    ),
    'script of workers, once one starts': sizeOf(
      bytesOf(later.filter(({ name }) => name === WORKER)),
    ),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1)} KB`;
  const sizes = await weighBrowser();
  for (const [name, { plain, gzip, limit }] of Object.entries(sizes)) {
    const verdict =
      limit === undefined
        ? ''
        : `, ${gzip <= limit ? 'within' : 'PAST'} the limit of ${kilobytes(limit)}`;
    console.log(
      `${name.padEnd(48)} ${kilobytes(plain).padStart(9)}, gzip ${kilobytes(gzip).padStart(8)}${verdict}`,
    );
    if (gzip > limit) process.exitCode = 1;
  }
}
