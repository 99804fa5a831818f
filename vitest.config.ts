import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // The programs in examples/ import the package by its name.
  resolve: {
    alias: [
      {
        find: /^logitscope$/,
        replacement: fileURLToPath(new URL('src/index.ts', import.meta.url)),
      },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    // Of two processors one would stand still.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
});
