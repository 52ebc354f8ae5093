import { expect, test } from 'vitest';
import { routeMatcher } from './match-route.ts';

const match = routeMatcher([
  {
    name: 'get',
    routes: ['GET /v2/email/identities/{EmailIdentity}', 'GET /v1/email/identities/{EmailIdentity}'],
  },
  { name: 'list', routes: ['GET /v2/email/identities'] },
  { name: 'insights', routes: ['GET /v2/email/insights/{MessageId}/'] },
] as const);

test.each([
  ['GET', '/v2/email/identities', 'list', {}],
  ['GET', '/v2/email/identities/', 'list', {}],
  ['GET', '/v2/email/identities/a%2Fb%40x.test', 'get', { EmailIdentity: 'a/b@x.test' }],
  ['GET', '/v1/email/identities/a+b', 'get', { EmailIdentity: 'a+b' }],
  ['GET', '/v2/email/insights/1', 'insights', { MessageId: '1' }],
  ['GET', '/v2/email/insights/1/', 'insights', { MessageId: '1' }],
])('traps 1, 21: %s %s is %s', (method, path, name, labels) => {
  expect(match(method, path)).toMatchObject({ kind: 'operation', operation: { name }, labels });
});

test('other methods, other paths, a stray percent sign', () => {
  expect(match('PUT', '/v2/email/identities')).toEqual({ kind: 'other-method' });
  expect(match('GET', '/v2/email/identities/a/b')).toEqual({ kind: 'unknown' });
  expect(() => match('GET', '/v2/email/identities/%')).toThrow('percent-encoding');
});
