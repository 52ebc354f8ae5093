// The example of the README is the one that runs: test/example.containers.test.ts.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const folder = path.resolve(import.meta.dirname, '..');

test('the README shows the example that is tested', () => {
  const readme = readFileSync(path.join(folder, 'README.md'), 'utf8');
  const shown = /```ts\n(.*?)```/s.exec(readme)?.[1];
  expect(shown).toBe(readFileSync(path.join(folder, 'test/example.containers.test.ts'), 'utf8'));
});
