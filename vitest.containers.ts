// Tests that need a container engine: they run where one answers, and say in one line where they don't.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { defineConfig } from 'vitest/config';
import { reporters } from './vitest.reporters.ts';

const hasEngine = spawnSync('docker', ['version'], { timeout: 20_000 }).status === 0;
if (!hasEngine)
  process.stdout.write('Skipped: no container engine answers here, so no container is tested.\n');

const setup = path.join(process.cwd(), 'test', 'build-images.ts');

export default defineConfig({
  test: {
    include: hasEngine ? ['containers/**/*.containers.ts', 'test/**/*.containers.test.ts'] : [],
    globalSetup: hasEngine && existsSync(setup) ? [setup] : [],
    // Tests end what they start; the clean-up container could not be pulled where images are made locally.
    env: { TESTCONTAINERS_RYUK_DISABLED: process.env.TESTCONTAINERS_RYUK_DISABLED ?? 'true' },
    fileParallelism: false,
    testTimeout: 120_000,
    // Images are built here.
    hookTimeout: 600_000,
    passWithNoTests: true,
    ...reporters('containers'),
  },
});
