import { defineConfig } from 'vitest/config';
import { reporters } from './vitest.reporters.ts';

export default defineConfig({
  test: {
    include: ['containers/**/*.containers.ts', 'test/**/*.containers.test.ts'],
    fileParallelism: false,
    testTimeout: 120_000,
    // Images are built here.
    hookTimeout: 600_000,
    passWithNoTests: true,
    ...reporters('containers'),
  },
});
