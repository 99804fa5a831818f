/** The block that a call names its work in: one order on both sides. */

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as call from '../../src/engine/call.js';

it('has its fields in the same places for kernels and for the host', () => {
  const source = readFileSync(new URL('../../assembly/call.ts', import.meta.url), 'utf8');
  const fields = source.matchAll(/^export const ([A-Z_]+): usize = call_block(?: \+ (\d+))?;$/gm);
  const kernels = Object.fromEntries([...fields].map(([, name, at]) => [name, Number(at ?? 0)]));
  const host = Object.entries(call).filter(([, place]) => typeof place === 'number');
  expect(Object.keys(kernels).length).toBeGreaterThan(30);
  expect(Object.fromEntries(host)).toEqual(kernels);
});

it('is clear but for the fields that are given', () => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const call_block = new WebAssembly.Global({ value: 'i32' }, 1024);
  call.writeCall({ memory, call_block }, [
    [call.CLASSES, 7],
    [call.IGNORE_INDEX, -100],
    [call.EPS, 0.25],
  ]);
  call.writeCall({ memory, call_block }, [...call.ignoring(-1), [call.Q, 0.5]]);
  const view = new DataView(memory.buffer, 1024, 256);
  expect(view.getUint32(call.CLASSES, true)).toBe(0);
  expect(view.getInt32(call.IGNORE_INDEX, true)).toBe(-1);
  expect(view.getUint32(call.HAS_IGNORE, true)).toBe(1);
  expect(view.getFloat64(call.EPS, true)).toBe(0);
  expect(view.getFloat64(call.Q, true)).toBe(0.5);
});
