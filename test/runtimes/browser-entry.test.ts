/** The entry for browsers: what it may import, what it exports, and how the module is loaded. */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it, vi } from 'vitest';

const SRC = new URL('../../src/', import.meta.url);
const ENTRY = new URL('browser/index.ts', SRC);
const SCORING = new URL('browser/scoring.ts', SRC);
const core = readFileSync(new URL('../build/core.wasm', SRC));

function importsOf(file: URL): string[] {
  const text = readFileSync(file, 'utf8');
  const pattern =
    /^(?:import|export)\b(?! type\b)[^;]*?from '([^']+)'|\bimport\('([^']+)'\)|^import '([^']+)'/gm;
  return [...text.matchAll(pattern)].map((match) => match[1] ?? match[2] ?? match[3]);
}

/** Files and packages that an entry loads, at once or later. */
function reachable(entry: URL): { files: string[]; packages: string[] } {
  const files = new Set([entry.href]);
  const packages = new Set<string>();
  for (const file of files) {
    for (const specifier of importsOf(new URL(file))) {
      if (!specifier.startsWith('.')) packages.add(specifier);
      else files.add(new URL(specifier.replace(/\.js$/, '.ts'), file).href);
    }
  }
  return { files: [...files], packages: [...packages].sort() };
}

describe('the entry for browsers', () => {
  it('reaches no module of Node', () => {
    const { files, packages } = reachable(ENTRY);
    // The module is instantiated by the platform: the loader would be a twentieth of the first load.
    expect(packages).toEqual(['fflate', 'h5wasm', 'hyparquet-compressors']);
    const folders = new Set(files.map((file) => file.slice(SRC.href.length).split('/')[0]));
    expect(folders).toContain('formats');
    expect(folders).not.toContain('node');
    expect(folders).not.toContain('cli');
  });

  it('exports all that the main entry does, but for what needs files', () => {
    const exported = (file: URL) => {
      const text = readFileSync(file, 'utf8');
      return [...text.matchAll(/export (?:type )?\{([^}]*)\} from '([^']+)'/g)].flatMap((match) =>
        match[1]
          .split(',')
          .map((name) => name.replace(/\btype\b/, '').trim())
          .filter(Boolean)
          .map((name) => ({ name, from: match[2] })),
      );
    };
    const here = exported(ENTRY).map(({ name }) => name);
    for (const { name, from } of exported(new URL('index.ts', SRC))) {
      if (from.startsWith('./node/')) continue;
      expect(here, `${name}, which src/index.ts exports`).toContain(name);
    }
    expect(here).toEqual(
      expect.arrayContaining(['init', 'initLosses', 'createScorer', 'scoreBlob']),
    );
  });
});

describe('the entry that only scores', () => {
  it('exports a part of what the entry for browsers does', async () => {
    const whole: Record<string, unknown> = await import('../../src/browser/index.js');
    const part: Record<string, unknown> = await import('../../src/browser/scoring.js');
    expect(Object.keys(part).sort()).toEqual([
      'InputError',
      'LogitscopeError',
      'MISSING_TARGET',
      'NO_LARGEST',
      'UsageError',
      'VERSION',
      'createScorer',
      'init',
      'renderCsv',
      'renderJson',
      'scoreArrays',
      'scoreBlob',
    ]);
    for (const [name, value] of Object.entries(part)) expect(whole[name], name).toBe(value);
  });

  it('reaches no losses, curves or metrics of arrays', () => {
    const files = reachable(SCORING).files.map((file) => file.slice(SRC.href.length));
    expect(files).toContain('run/scorer.ts');
    for (const file of ['losses/registry.ts', 'metrics/index.ts', 'ranking/index.ts']) {
      expect(files).not.toContain(file);
    }
  });
});

describe('the package', () => {
  /** What a host that sets these conditions gets for a specifier. */
  const resolved = (specifier: string, ...conditions: string[]) => {
    const flags = conditions.map((condition) => `--conditions=${condition}`);
    const script = `console.log(import.meta.resolve('${specifier}'))`;
    const cwd = fileURLToPath(new URL('..', SRC));
    const url = execFileSync(process.execPath, [...flags, '--input-type=module', '-e', script], {
      cwd,
      encoding: 'utf8',
    });
    return url.trim().slice(new URL('..', SRC).href.length);
  };

  it.each([
    ['logitscope', [], 'dist/index.js'],
    ['logitscope', ['browser'], 'dist/browser/index.js'],
    ['logitscope', ['workerd', 'worker', 'browser'], 'dist/browser/index.js'],
    ['logitscope', ['deno'], 'dist/index.js'],
    ['logitscope', ['bun'], 'dist/index.js'],
    ['logitscope/browser', [], 'dist/browser/index.js'],
    ['logitscope/scoring', [], 'dist/browser/scoring.js'],
    ['logitscope/core.wasm', [], 'build/core.wasm'],
    ['logitscope/losses.wasm', [], 'build/losses.wasm'],
    ['logitscope/losses-relaxed.wasm', [], 'build/losses-relaxed.wasm'],
    ['logitscope/score-worker.js', [], 'dist/browser/score-worker.js'],
  ])('gives %s under conditions %j from %s', (specifier, conditions, file) => {
    expect(resolved(specifier, ...conditions)).toBe(file);
  });
});

describe('init', () => {
  type Library = typeof import('../../src/browser/index.js');
  let library: Library;

  beforeEach(async () => {
    // A module of its own for each test: it remembers what it has loaded.
    vi.resetModules();
    library = await import('../../src/browser/index.js');
  });

  const lossOf = async ({ createScorer }: Library) => {
    const scorer = await createScorer({ classes: 3 });
    scorer.add([2, 1, 0.1], [0]);
    return scorer.report().metrics.log_loss.value;
  };

  it.each([
    ['bytes', () => core],
    ['a promise of bytes', () => Promise.resolve(core)],
    ['a response', () => new Response(core)],
    ['a compiled module', () => new WebAssembly.Module(core)],
    ['an address', () => `data:application/wasm;base64,${core.toString('base64')}`],
  ])('takes %s', async (_, source) => {
    await library.init(source());
    expect(await lossOf(library)).toBeCloseTo(0.41703, 5);
  });

  it('looks for the module in the package when nobody says where it is', async () => {
    const fetched = vi.spyOn(globalThis, 'fetch').mockImplementation(async (address) => {
      return new Response(readFileSync(fileURLToPath(String(address))));
    });
    try {
      expect(await lossOf(library)).toBeCloseTo(0.41703, 5);
      await library.init();
      await library.createScorer({ classes: 2 });
      expect(fetched).toHaveBeenCalledTimes(1);
    } finally {
      fetched.mockRestore();
    }
  });

  it.each([
    [
      'an answer of another status',
      () => new Response('', { status: 404 }),
      'core-not-found',
      /status 404/,
    ],
    ['an address that leads nowhere', () => 'nowhere:core.wasm', 'core-not-found', /nowhere:core/],
    [
      'a page',
      () => new Response('<!doctype html>'),
      'bad-core',
      /no WebAssembly.*<!doctype html>/,
    ],
    ['a module cut short', () => core.subarray(0, 5000), 'bad-core', /damaged; found 5000 bytes/],
  ])('refuses %s, and may be called again', async (_, source, code, message) => {
    const refused = library.init(source());
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toMatchObject({ code });
    await library.init(core);
    expect(await lossOf(library)).toBeCloseTo(0.41703, 5);
  });

  it('says so where the engine has no SIMD; the reference still works', async () => {
    vi.spyOn(WebAssembly, 'compile').mockRejectedValue(new WebAssembly.CompileError('old'));
    vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
    try {
      await expect(library.init(core)).rejects.toMatchObject({ code: 'no-simd' });
      const scorer = await library.createScorer({ classes: 3, kernel: 'reference' });
      scorer.add([2, 1, 0.1], [0]);
      expect(scorer.report().metrics.log_loss.value).toBeCloseTo(0.41703, 5);
    } finally {
      vi.restoreAllMocks();
    }
  });

  it('tells an old engine from a damaged module by one that any engine with SIMD takes', async () => {
    const validate = vi.spyOn(WebAssembly, 'validate');
    await expect(library.init(core.subarray(0, 5000))).rejects.toThrow(/damaged/);
    expect(validate).toHaveReturnedWith(true);
    validate.mockRestore();
  });
});
