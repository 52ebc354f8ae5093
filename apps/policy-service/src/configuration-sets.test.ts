import { expect, test } from 'vitest';
import { isSetName, optionsFault, withOptions } from './configuration-sets.ts';

test.each([
  ['MyConfigurationSet', true],
  ['a-b_C9', true],
  ['x'.repeat(64), true],
  ['x'.repeat(65), false],
  ['', false],
  ['../etc', false],
  ['a b', false],
  ['a\n', false],
  ['a.b', false],
])('4.3 row 62: the name %j is allowed: %s', (name, expected) => {
  expect(isSetName(name)).toBe(expected);
});

test.each([
  [299, 'greater than or equal to 300'],
  [50_401, 'less than or equal to 50400'],
])('4.2 row 52: MaxDeliverySeconds %i is refused', (maxDeliverySeconds, words) => {
  expect(optionsFault({ maxDeliverySeconds })).toContain(words);
});

test('MaxDeliverySeconds from 300 to 50400 is taken', () => {
  expect(optionsFault({ maxDeliverySeconds: 300 })).toBeUndefined();
  expect(optionsFault({ maxDeliverySeconds: 50_400 })).toBeUndefined();
});

test('T8: options that are put without TlsPolicy leave it as it is', () => {
  const set = { name: 's', deliveryOptions: { tlsPolicy: 'Require' }, createdAt: 0 } as const;
  expect(withOptions(set, { maxDeliverySeconds: 300 }).deliveryOptions).toEqual({
    tlsPolicy: 'Require',
    maxDeliverySeconds: 300,
  });
});
