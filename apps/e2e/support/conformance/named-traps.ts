// Which traps of the SES contract (section 10) the tests of the project name in their titles, as `trap 17` or `traps 8, 9`.
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../../../..');
const PATTERN = /['`][^'`\n]*\btraps? (\d+(?:, \d+)*)/g;

export function namedTraps(): ReadonlySet<number> {
  const files = globSync('{apps,libs}/*/{src,test,scenarios}/**/*.{test,e2e}.ts', { cwd: root });
  const found = files.flatMap((file) => [...readFileSync(path.join(root, file), 'utf8').matchAll(PATTERN)]);
  return new Set(found.flatMap(([, numbers = '']) => numbers.split(', ').map(Number)));
}
