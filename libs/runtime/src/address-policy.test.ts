import { expect, test } from 'vitest';
import { addressPolicy } from './address-policy.ts';

test.each([
  '127.0.0.1',
  '10.1.2.3',
  '169.254.169.254',
  '0.0.0.0',
  '224.0.0.1',
  '::1',
  '::',
  '::ffff:10.0.0.1',
  'fe80::1',
  'fd00::1',
  '64:ff9b::7f00:1',
])('4.5 row 86, 4.2 row 55: %s is refused', (address) => {
  expect(addressPolicy([], 'MX_ALLOWED_NETWORKS')(address)).toContain('not a public address');
});

test('4.5 row 86: public addresses pass, and what the operator allows', () => {
  expect(addressPolicy([], 'MX_ALLOWED_NETWORKS')('8.8.8.8')).toBeUndefined();
  expect(addressPolicy([], 'MX_ALLOWED_NETWORKS')('2606:4700::1111')).toBeUndefined();
  expect(addressPolicy(['127.0.0.0/8'], 'MX_ALLOWED_NETWORKS')('127.0.0.9')).toBeUndefined();
  expect(addressPolicy(['127.0.0.0/8'], 'MX_ALLOWED_NETWORKS')('10.0.0.1')).toBeDefined();
  expect(() => addressPolicy(['127.0.0.1'], 'MX_ALLOWED_NETWORKS')).toThrow('MX_ALLOWED_NETWORKS');
});
