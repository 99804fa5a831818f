/** Expectations without a test framework. */

export function expect(holds, message) {
  if (!holds) throw new Error(message());
}

export function expectEqual(actual, expected, what) {
  expect(Object.is(actual, expected), () => `${what}: ${actual}, expected ${expected}`);
}

export function expectNear(actual, expected, relative, absolute, what) {
  if (Object.is(actual, expected) || actual === expected) return;
  const distance = Math.abs(actual - expected);
  expect(
    distance <= Math.max(relative * Math.abs(expected), absolute),
    () => `${what}: ${actual}, expected ${expected}`,
  );
}

/** Runs `action`, which must throw an error of this class and code. */
export async function expectError(ErrorClass, code, action) {
  let found;
  try {
    await action();
  } catch (error) {
    found = error;
  }
  expect(found !== undefined, () => `nothing was thrown, expected ${code}`);
  expect(found instanceof ErrorClass, () => `${found?.stack}\nis no ${ErrorClass.name}`);
  expectEqual(found.code, code, 'code');
  return found;
}
