// Bundles the browser library as an application would, and weighs it: fails past the limits.

import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const WORKER = 'score-worker.js';

/** What a page imports that scores dumps and shows reports; bundlers leave out the rest. */
const SCORING = 'createScorer, init, renderCsv, renderJson, renderText, scoreArrays, scoreBlob';

/** Bytes after gzip: each module, and all that a page that scores loads before it opens a file or starts a worker, its module included. */
// What scores is meant to stay below 60 KB. The code that it runs does; but esbuild, asked for a part
// of the library, also loads at once what other exports share with parts that load on demand.
const LIMITS = { module: 40 * 1024, library: 72 * 1024 };

/**
 * The library with `names`, or all it exports, minified, as ES modules in memory:
 * `logitscope.js`, and those that it loads at once or when a file is opened;
 * and the script of workers, which esbuild leaves to be copied beside them.
 */
export async function bundleBrowser(names = '*') {
  const { outputFiles, metafile } = await build({
    stdin: {
      contents: `export ${names === '*' ? '*' : `{ ${names} }`} from './dist/browser/index.js';`,
      resolveDir: root,
    },
    entryNames: 'logitscope',
    outdir: join(root, 'bundle'),
    absWorkingDir: root,
    bundle: true,
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

function weigh(outputs, scoring) {
  const size = (files) => ({
    plain: files.reduce((sum, bytes) => sum + bytes.length, 0),
    gzip: files.reduce((sum, bytes) => sum + gzipSync(bytes, { level: 9 }).length, 0),
  });
  const [module, losses] = ['core.wasm', 'losses.wasm'].map((name) =>
    readFileSync(join(root, 'build', name)),
  );
  const first = loadedAtOnce(outputs);
  const firstOfScoring = loadedAtOnce(scoring);
  const scripts = (chosen) => outputs.filter(chosen).map(({ bytes }) => bytes);
  return {
    'module core.wasm': { ...size([module]), limit: LIMITS.module },
    'module losses.wasm': { ...size([losses]), limit: LIMITS.module },
    'module and what scores, to begin with': {
      ...size([
        module,
        ...scoring.filter(({ name }) => firstOfScoring.has(name)).map(({ bytes }) => bytes),
      ]),
      limit: LIMITS.library,
    },
    'modules and all exports, to begin with': size([
      module,
      losses,
      ...scripts(({ name }) => first.has(name)),
    ]),
    'readers of files, once one is opened': size(
      scripts(({ name }) => !first.has(name) && name !== WORKER),
    ),
    'script of workers, once one starts': size(scripts(({ name }) => name === WORKER)),
  };
}

/** Bytes of what pages load, as they are and after gzip. */
export async function weighBrowser() {
  return weigh(await bundleBrowser(), await bundleBrowser(SCORING));
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
      `${name.padEnd(38)} ${kilobytes(plain).padStart(9)}, gzip ${kilobytes(gzip).padStart(8)}${verdict}`,
    );
    if (gzip > limit) process.exitCode = 1;
  }
}
