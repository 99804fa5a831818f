/** Runs the suite in a browser: in a page, and in a web worker of that page. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';

const ROOT = new URL('../../', import.meta.url);
const FILES = /^(?:test\/runtimes\/[\w-]+\.(?:mjs|json)|build\/core\.wasm)$/;
const TYPES = {
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};
/** As a careful site would send them: no code but its own, and no cross-origin isolation. */
const HEADERS = {
  'content-security-policy': "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'",
  'cache-control': 'no-store',
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

/** Serves an empty page, the bundle, the suite and the module on a free port of this machine. */
async function serve(bundle) {
  const bundled = new Map(bundle.map(({ name, bytes }) => [`dist/browser/${name}`, bytes]));
  const server = createServer((request, response) => {
    const path = new URL(request.url, 'http://localhost').pathname.slice(1);
    if (path === '') {
      response.writeHead(200, { ...HEADERS, 'content-type': 'text/html' });
      response.end('<!doctype html><title>logitscope</title>');
      return;
    }
    const bytes = bundled.get(path) ?? (FILES.test(path) && readFileSync(new URL(path, ROOT)));
    if (!bytes) {
      response.writeHead(404, HEADERS).end();
      return;
    }
    response.writeHead(200, { ...HEADERS, 'content-type': TYPES[extname(path)] }).end(bytes);
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

/**
 * @param program path of Chromium
 * @param bundle outputs of scripts/bundle.mjs
 * @returns counts and failures of page and worker together, and their digests of reports
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
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    const total = { passed: 0, failed: 0, failures: [], reports: [] };
    for (const [where, script] of Object.entries({ page: inPage, worker: inWorker })) {
      const { passed, failed, failures, reports, isolated } = await page.evaluate(script);
      if (isolated)
        throw new Error('The page is cross-origin isolated, so this proves too little.');
      total.passed += passed;
      total.failed += failed;
      total.failures.push(...failures.map((failure) => `FAILED (${where}) ${failure}`));
      total.reports.push(reports);
    }
    return total;
  } finally {
    await context?.close();
    server.close();
    rmSync(profile, { recursive: true, force: true });
  }
}
