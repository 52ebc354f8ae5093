import { mkdir, mkdtemp, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fingerprint } from './fingerprint.ts';

let folder: string;
let source: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fingerprint-'));
  source = path.join(folder, 'src', 'a.ts');
  await mkdir(path.dirname(source));
  await writeFile(source, 'a');
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

test.each<[string, () => Promise<unknown>]>([
  ['changed', () => writeFile(source, 'ab')],
  ['replaced by an older one', () => utimes(source, 1, 1)],
  ['added', () => writeFile(path.join(folder, 'src', 'b.ts'), 'b')],
  ['renamed', () => rename(path.join(folder, 'src', 'b.ts'), path.join(folder, 'src', 'c.ts'))],
  ['removed', () => rm(path.join(folder, 'src', 'c.ts'))],
])('a source that is %s is noticed', async (_, change) => {
  const before = fingerprint([folder]);
  await change();
  expect(fingerprint([folder])).not.toBe(before);
});

test('tests, what a build made and packages are no sources', async () => {
  const before = fingerprint([folder]);
  await writeFile(path.join(folder, 'src', 'a.test.ts'), 'test');
  for (const name of ['dist', 'generated', 'reports', 'node_modules', 'test']) {
    await mkdir(path.join(folder, name));
    await writeFile(path.join(folder, name, 'x.js'), 'x');
  }
  expect(fingerprint([folder])).toBe(before);
});

test('a file that is not there is known from one that is', () => {
  const missing = path.join(folder, 'missing');
  expect(fingerprint([missing])).not.toBe(fingerprint([source]));
});
