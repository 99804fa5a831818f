import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it, vi } from 'vitest';

const core = readFileSync(new URL('../../build/core.wasm', import.meta.url));

describe('the core of loss functions', () => {
  beforeEach(() => {
    vi.resetModules();
  });

  it('is loaded by the main entry at the first call, and kept', async () => {
    await import('../../src/index.js');
    const { currentCore } = await import('../../src/engine/current-core.js');
    const first = currentCore('simd');
    expect(first.relaxed.value).toBe(0);
    expect(currentCore('simd')).toBe(first);
  });

  it('waits for init in a browser, and says so', async () => {
    const { init } = await import('../../src/browser/index.js');
    const { currentCore } = await import('../../src/engine/current-core.js');
    expect(() => currentCore('simd')).toThrow(/Call `await init\(\)` once before/);
    expect(() => currentCore('relaxed')).toThrow(/init\(undefined, "relaxed"\)/);
    await init(core);
    const first = currentCore('simd');
    expect(first.relaxed.value).toBe(0);
    await init();
    expect(currentCore('simd')).toBe(first);
    await init(core);
    expect(currentCore('simd')).not.toBe(first);
  });
});
