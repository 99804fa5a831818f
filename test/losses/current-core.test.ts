import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it, vi } from 'vitest';

const bytes = (file: string) => readFileSync(new URL(`../../build/${file}`, import.meta.url));
const core = bytes('core.wasm');
const losses = bytes('losses.wasm');

const importModules = () => import('../../src/engine/current-core.js');

describe('the modules of functions of arrays', () => {
  beforeEach(() => {
    vi.resetModules();
  });

  it('are loaded by the main entry at the first call, and kept', async () => {
    await import('../../src/index.js');
    const { currentCore, currentLossCore } = await importModules();
    const first = currentCore('simd');
    expect(first.relaxed.value).toBe(0);
    expect(first.tally_rows).toBeTypeOf('function');
    expect(currentCore('simd')).toBe(first);
    const firstOfLosses = currentLossCore('simd');
    expect(firstOfLosses.relaxed.value).toBe(0);
    expect(firstOfLosses.cross_entropy_f32).toBeTypeOf('function');
    expect(currentLossCore('simd')).toBe(firstOfLosses);
  });

  it('wait for init in a browser, and say so', async () => {
    const { init } = await import('../../src/browser/index.js');
    const { currentCore, currentLossCore } = await importModules();
    expect(() => currentCore('simd')).toThrow(
      /core\.wasm is not loaded\. Call `await init\(\)` once/,
    );
    expect(() => currentCore('relaxed')).toThrow(
      /core-relaxed\.wasm.*init\(undefined, "relaxed"\)/,
    );
    await init(core);
    const first = currentCore('simd');
    expect(first.relaxed.value).toBe(0);
    await init();
    expect(currentCore('simd')).toBe(first);
    await init(core);
    expect(currentCore('simd')).not.toBe(first);
    expect(() => currentLossCore('simd')).toThrow(/losses\.wasm is not loaded/);
  });

  it('wait for initLosses where they are losses, and say so', async () => {
    const { crossEntropy, initLosses } = await import('../../src/browser/index.js');
    const { currentCore, currentLossCore } = await importModules();
    const loss = (kernel: 'simd' | 'relaxed') => crossEntropy([2, 1, 0.1], [0], { kernel });
    expect(() => loss('simd')).toThrow(
      /losses\.wasm is not loaded\. Call `await initLosses\(\)` once/,
    );
    expect(() => loss('relaxed')).toThrow(/initLosses\(undefined, "relaxed"\)/);
    await initLosses(losses);
    expect(loss('simd').value).toBeCloseTo(0.41703, 5);
    const first = currentLossCore('simd');
    await initLosses();
    expect(currentLossCore('simd')).toBe(first);
    await initLosses(new WebAssembly.Module(losses));
    expect(currentLossCore('simd')).not.toBe(first);
    expect(() => currentCore('simd')).toThrow(/core\.wasm is not loaded/);
  });

  it('are not taken for each other', async () => {
    const { init, initLosses } = await import('../../src/browser/index.js');
    const refusal = { code: 'bad-core' };
    await expect(init(losses)).rejects.toMatchObject(refusal);
    await expect(initLosses(core)).rejects.toMatchObject(refusal);
    await expect(initLosses(new WebAssembly.Module(core))).rejects.toThrow(
      /another WebAssembly module.*build\/losses\.wasm/,
    );
    await init(core);
    await initLosses(losses);
  });

  it('are fetched once, also by calls at the same time', async () => {
    const { initLosses } = await import('../../src/browser/index.js');
    const fetched = vi
      .spyOn(globalThis, 'fetch')
      .mockImplementation(async () => new Response(losses));
    try {
      await Promise.all([initLosses(), initLosses()]);
      expect(fetched).toHaveBeenCalledTimes(1);
      expect(String(fetched.mock.calls[0][0])).toMatch(/\/build\/losses\.wasm$/);
    } finally {
      fetched.mockRestore();
    }
  });
});
