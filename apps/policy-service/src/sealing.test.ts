import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parseKeys } from '@sealpost/runtime';
import { openSealingKeys, resealed, seal, unseal } from './sealing.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'sealpost-sealing-'));

afterAll(() => {
  rmSync(folder, { recursive: true });
});

test('a secret opens under its key and its context, and under no other', () => {
  const key = openSealingKeys(path.join(folder, 'a', 'one.key'));
  const sealed = seal(key, 'secret', 'AKIA1');
  expect(sealed.includes('secret')).toBe(false);
  expect(unseal(key, sealed, 'AKIA1')).toBe('secret');
  expect(unseal(key, sealed, 'AKIA2')).toBeUndefined();
  expect(unseal(openSealingKeys(path.join(folder, 'two.key')), sealed, 'AKIA1')).toBeUndefined();
  const damaged = Buffer.from(sealed);
  damaged[14] = (damaged[14] ?? 0) ^ 1;
  expect(unseal(key, damaged, 'AKIA1')).toBeUndefined();
  expect(unseal(key, Buffer.alloc(3), 'AKIA1')).toBeUndefined();
});

test('the key is made once, for its owner only, and a broken one is told in a sentence', () => {
  const file = path.join(folder, 'key');
  expect(openSealingKeys(file)).toEqual(openSealingKeys(file));
  expect(statSync(file).mode & 0o777).toBe(0o600);
  writeFileSync(file, 'short');
  expect(() => openSealingKeys(file)).toThrow(`The sealing key ${file} is not base64 of 32 bytes.`);
});

test('several keys: the first seals, all of them open', () => {
  const [one, two] = ['1', '2'].map((name) => openSealingKeys(path.join(folder, name)));
  if (one === undefined || two === undefined) throw new Error('no keys');
  const both = parseKeys(`${two[0].toString('base64')}\n${one[0].toString('base64')}\n`, 'keys');
  const sealed = seal(one, 'secret', 'AKIA1');
  expect(unseal(both, sealed, 'AKIA1')).toBe('secret');
  const again = resealed(both, sealed, 'AKIA1');
  expect(again && unseal(two, again, 'AKIA1')).toBe('secret');
  expect(again && resealed(both, again, 'AKIA1')).toBe(again);
  expect(resealed(two, sealed, 'AKIA1')).toBeUndefined();
  expect(() => parseKeys('', 'SEALING_KEY')).toThrow('SEALING_KEY is not base64 of 32 bytes.');
});
