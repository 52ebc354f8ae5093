import { expect, test } from 'vitest';
import { changedPolicies, policiesFault } from './identity-policies.ts';

const policy = (name: string, document = '{}') => ({ name, document });

test('a policy replaces the one of its name, and is removed by it', () => {
  const two = changedPolicies([policy('b')], { policy: policy('a') });
  expect(two).toEqual([policy('a'), policy('b')]);
  expect(changedPolicies(two, { policy: policy('b', '{"x":1}') })).toEqual([
    policy('a'),
    policy('b', '{"x":1}'),
  ]);
  expect(changedPolicies(two, { removedPolicy: 'a' })).toEqual([policy('b')]);
  expect(changedPolicies(two, {})).toBe(two);
});

test.each([
  ['a name with a blank', [policy('a b')], 'Invalid policy name.'],
  ['a name of 65 letters', [policy('x'.repeat(65))], 'Invalid policy name.'],
  ['text that is no JSON', [policy('a', 'no')], 'Policy document is not valid JSON.'],
  ['JSON that is no object', [policy('a', '[]')], 'Policy document is not valid JSON.'],
  ['a document of more than 4096 characters', [policy('a', ' '.repeat(4097))], 'at most 4096'],
  ['a twenty-first policy', Array.from({ length: 21 }, (_, index) => policy(`p${index}`)), 'at most 20'],
])('%s is refused', (_title, policies, fault) => {
  expect(policiesFault(policies)).toContain(fault);
});

test('twenty policies are taken', () => {
  expect(policiesFault(Array.from({ length: 20 }, (_, index) => policy(`p${index}`)))).toBeUndefined();
});
