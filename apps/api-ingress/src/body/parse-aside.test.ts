import { expect, test } from 'vitest';
import { parseAside } from './parse-aside.ts';

test.each([
  ['here', 10],
  ['in another thread', 300_000],
])('a form is read %s, and names that are none anyway are cut', async (_where, size) => {
  const form = Buffer.from(`a=b+c&${'n'.repeat(1000)}=x&long=${'v'.repeat(size)}`);
  expect(await parseAside('form', [form])).toEqual([
    ['a', 'b c'],
    ['n'.repeat(256), 'x'],
    ['long', 'v'.repeat(size)],
  ]);
});
