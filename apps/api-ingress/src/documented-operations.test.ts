// docs/ses-operations.md tells what is served: it has to be what is in the tables.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { queryNotServed, restNotServed } from './not-served.ts';
import { queryOperations, restOperations } from './operations.ts';

const file = path.resolve(import.meta.dirname, '../../../docs/ses-operations.md');
const rows = readFileSync(file, 'utf8')
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .filter(([, ...cells]) => cells.some((cell) => /^`\w+`$/.test(cell)))
  .map(([, v1 = '', v2 = '', here = '']) => ({ v1, v2, isServed: !here.startsWith('not served') }));

function documented(api: 'v1' | 'v2', isServed: boolean): readonly string[] {
  return rows
    .filter((row) => row[api] !== '' && row.isServed === isServed)
    .map((row) => row[api].replaceAll('`', ''))
    .sort();
}

const named = (operations: readonly { readonly name: string }[]) => operations.map(({ name }) => name).sort();

test('the document names every operation of v1 once, and tells truly whether it is served', () => {
  expect(documented('v1', true)).toEqual([...queryOperations.keys()].sort());
  expect(documented('v1', false)).toEqual([...queryNotServed].sort());
});

test('the document names every operation of v2 once, and tells truly whether it is served', () => {
  expect(documented('v2', true)).toEqual(named(restOperations));
  expect(documented('v2', false)).toEqual(named(restNotServed));
});
