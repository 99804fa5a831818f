/**
 * Runs the suite in a browser: in a page, and in a web worker of that page, on
 * the bundle; what concerns workers also on the package's own files, and on
 * pages that forbid workers, or have shared memory.
 */

import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';

const ROOT = new URL('../../', import.meta.url);
const FILES =
  /^(?:test\/runtimes\/[\w-]+\.(?:mjs|json)|build\/(?:core|losses)\.wasm|dist\/[\w/-]+\.js|node_modules\/(?:@assemblyscript\/loader|fflate)\/[\w/.]+\.js)$/;
const TYPES = {
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};
/** Where the package's own files find the others: a page must say so to browsers. */
const IMPORT_MAP = JSON.stringify({
  imports: {
    '@assemblyscript/loader': '/node_modules/@assemblyscript/loader/index.js',
    fflate: '/node_modules/fflate/esm/browser.js',
  },
});
const MAP_HASH = createHash('sha256').update(IMPORT_MAP).digest('base64');
/** As a careful site would send them: no code but its own, and no cross-origin isolation. */
const POLICY = `default-src 'self'; script-src 'self' 'wasm-unsafe-eval' 'sha256-${MAP_HASH}'`;

/** Pages by path, with what distinguishes their headers. */
const PAGES = {
  '': {},
  'no-workers': { 'content-security-policy': `${POLICY}; worker-src 'none'` },
  isolated: {
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
  },
};

const FLAGS = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-gpu',
  '--disable-quic',
  '--disable-sync',
  '--no-first-run',
];

/** Serves empty pages, the bundle, the package's files, the suite and the module on a free port of this machine. */
async function serve(bundle) {
  const bundled = new Map(bundle.map(({ name, bytes }) => [`bundle/${name}`, bytes]));
  const server = createServer((request, response) => {
    const path = new URL(request.url, 'http://localhost').pathname.slice(1);
    const headers = {
      'content-security-policy': POLICY,
      'cache-control': 'no-store',
      // Without it an isolated page could not start workers; to others it means nothing.
      'cross-origin-embedder-policy': PAGES.isolated['cross-origin-embedder-policy'],
    };
    if (Object.hasOwn(PAGES, path)) {
      delete headers['cross-origin-embedder-policy'];
      response.writeHead(200, { ...headers, ...PAGES[path], 'content-type': 'text/html' });
      response.end(
        `<!doctype html><title>logitscope</title><script type="importmap">${IMPORT_MAP}</script>`,
      );
      return;
    }
    const bytes =
      bundled.get(path) ??
      (FILES.test(path) && existsSync(new URL(path, ROOT)) && readFileSync(new URL(path, ROOT)));
    if (!bytes) {
      response.writeHead(404, headers).end();
      return;
    }
    response.writeHead(200, { ...headers, 'content-type': TYPES[extname(path)] }).end(bytes);
  });
  await new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return server;
}

/** Loads the module in the page and runs it there; runs in the browser, so it can use nothing from here. */
async function inPage() {
  const { runHere } = await import('/test/runtimes/here.mjs');
  return runHere();
}

function inWorker() {
  return new Promise((resolve, reject) => {
    const worker = new Worker('/test/runtimes/worker.mjs', { type: 'module' });
    worker.onmessage = ({ data }) => (data.error ? reject(new Error(data.error)) : resolve(data));
    worker.onerror = ({ message }) => reject(new Error(message));
  });
}

async function spreadInPage(workers) {
  const { runSpreadingHere } = await import('/test/runtimes/here.mjs');
  return runSpreadingHere(workers);
}

/** What runs where. Cross-origin isolation on a page that is to have none would prove too little. */
const RUNS = [
  { where: 'page', path: '', script: inPage },
  { where: 'worker', path: '', script: inWorker },
  { where: "package's files", path: '', script: spreadInPage, workers: true },
  { where: 'workers forbidden', path: 'no-workers', script: spreadInPage, workers: false },
  { where: 'isolated', path: 'isolated', script: spreadInPage, workers: true },
];

/**
 * @param program path of Chromium
 * @param bundle outputs of scripts/bundle.mjs
 * @returns counts and failures of all runs together, and their digests of reports
 */
export async function runInBrowser(program, bundle) {
  const { chromium } = await import('playwright-core');
  const profile = mkdtempSync(join(tmpdir(), 'logitscope-chromium-'));
  const server = await serve(bundle);
  let context;
  try {
    context = await chromium.launchPersistentContext(profile, {
      executablePath: program,
      headless: true,
      args: FLAGS,
    });
    const page = await context.newPage();
    const total = { passed: 0, failed: 0, failures: [], reports: [] };
    for (const { where, path, script, workers } of RUNS) {
      await page.goto(`http://127.0.0.1:${server.address().port}/${path}`);
      const { passed, failed, failures, reports, isolated } = await page.evaluate(script, workers);
      if (isolated !== (path === 'isolated')) {
        throw new Error(`The page "${where}" is ${isolated ? '' : 'not '}cross-origin isolated.`);
      }
      total.passed += passed;
      total.failed += failed;
      total.failures.push(...failures.map((failure) => `FAILED (${where}) ${failure}`));
      if (reports !== undefined) total.reports.push(reports);
    }
    return total;
  } finally {
    await context?.close();
    server.close();
    rmSync(profile, { recursive: true, force: true });
  }
}
