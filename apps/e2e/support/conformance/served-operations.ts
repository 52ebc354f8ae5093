// The operations that the document says are served, as `ses SendEmail` and `sesv2 SendEmail`; a unit test of
// api-ingress holds it against the code.
import { readFileSync } from 'node:fs';
import path from 'node:path';

const file = path.resolve(import.meta.dirname, '../../../../docs/ses-operations.md');

export function servedOperations(): readonly string[] {
  const rows = readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter(([, , , here = 'not served']) => !here.startsWith('not served'));
  return rows
    .flatMap(([, v1 = '', v2 = '']) => [`ses ${v1}`, `sesv2 ${v2}`])
    .flatMap((each) => /^(ses|sesv2) `(\w+)`$/.exec(each)?.slice(1).join(' ') ?? [])
    .sort();
}
