/** Numbers from elsewhere beside our own. */

import { expect } from 'vitest';

/** "NaN" and "Infinity" of a fixture are those numbers. */
export function fromFixture(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromFixture);
  return value === 'NaN' || value === 'Infinity' || value === '-Infinity' ? Number(value) : value;
}

/** Within 1e-9 relative, entry by entry. */
export function expectClose(found: unknown, expected: unknown, name = 'value'): void {
  if (Array.isArray(expected)) {
    expect(found, name).toHaveLength(expected.length);
    expected.forEach((entry, i) => {
      expectClose((found as unknown[])[i], entry, `${name}[${i}]`);
    });
    return;
  }
  const wanted = fromFixture(expected) as number;
  if (!Number.isFinite(wanted)) {
    expect(found, name).toBe(wanted);
    return;
  }
  const bar = 1e-9 * Math.abs(wanted) + 1e-15;
  expect(
    Math.abs((found as number) - wanted),
    `${name}: ${found} for ${wanted}`,
  ).toBeLessThanOrEqual(bar);
}
