import { expect, test } from 'vitest';
import { copies, defaultCopies } from './copies.ts';

const each = (count: number) => ({ smtpIngress: count, apiIngress: count, mxDelivery: count });

test.each([
  ['1', each(1)],
  [' 3 ', each(3)],
  ['mx-delivery:4', { ...each(1), mxDelivery: 4 }],
  ['smtp-ingress:2, mx-delivery:4', { ...each(1), smtpIngress: 2, mxDelivery: 4 }],
])('COPIES=%s', (text, expected) => {
  expect(copies.parse(text)).toEqual(expected);
});

test.each([
  '',
  '0',
  '65',
  '-1',
  '1.5',
  'two',
  'mx-delivery',
  'mx-delivery:0',
  'policy-service:2',
  'constructor:2',
  '2,mx-delivery:2',
])('COPIES=%s is no number of copies', (text) => {
  expect(copies.safeParse(text).error?.issues[0]?.message).toContain('expected a number from 1 to 64');
});

test('a machine with up to seven cores has one of each, a larger one a copy for each four cores', () => {
  const counts = [1, 2, 7, 8, 15, 16].map((cores) => defaultCopies(cores, 'linux').mxDelivery);
  expect(counts).toEqual([1, 1, 1, 2, 3, 4]);
  expect(defaultCopies(16, 'darwin')).toEqual(each(1));
});
