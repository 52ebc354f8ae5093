import type { ConfigurationSet, EventDestination, SetChange } from '@sealpost/contracts';
import { describe, expect, test } from 'vitest';
import { changedSet, isSetName } from './set-rules.ts';

const set: ConfigurationSet = {
  name: 's',
  deliveryOptions: { tlsPolicy: 'Require' },
  isSendingPaused: false,
  hasReputationMetrics: false,
  lastFreshStart: 0,
  tracking: undefined,
  suppressedReasons: undefined,
  tags: [{ key: 'a', value: '1' }],
  eventDestinations: [],
  signingScheme: undefined,
  createdAt: 0,
};

function changed(change: SetChange, from = set): ConfigurationSet {
  const result = changedSet(from, change, 5);
  if (result.kind !== 'set') throw new Error(JSON.stringify(result));
  return result.set;
}

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
  expect(changedSet(set, { kind: 'deliveryOptions', value: { maxDeliverySeconds } }, 0)).toEqual({
    kind: 'invalid',
    message: expect.stringContaining(words) as string,
  });
});

test('T8: options that are put without TlsPolicy leave it as it is', () => {
  for (const maxDeliverySeconds of [300, 50_400]) {
    const { deliveryOptions } = changed({ kind: 'deliveryOptions', value: { maxDeliverySeconds } });
    expect(deliveryOptions).toEqual({ tlsPolicy: 'Require', maxDeliverySeconds });
  }
});

test('sending that goes on again is a fresh start, and pausing is none', () => {
  const paused = changed({ kind: 'isSendingPaused', value: true });
  expect(paused).toMatchObject({ isSendingPaused: true, lastFreshStart: 0 });
  expect(changed({ kind: 'isSendingPaused', value: false }, paused).lastFreshStart).toBe(5);
  expect(changed({ kind: 'isSendingPaused', value: false }).lastFreshStart).toBe(0);
});

test('tags are put and removed by key', () => {
  const put = {
    put: [
      { key: 'a', value: '2' },
      { key: 'b', value: '' },
    ],
    removedKeys: [],
  };
  expect(changed({ kind: 'tags', value: put }).tags).toEqual(put.put);
  expect(changed({ kind: 'tags', value: { put: [], removedKeys: ['a', 'none'] } }).tags).toEqual([]);
  const many = Array.from({ length: 51 }, (_each, index) => ({ key: String(index), value: '' }));
  expect(changedSet(set, { kind: 'tags', value: { put: many, removedKeys: [] } }, 0).kind).toBe('invalid');
});

describe('event destinations', () => {
  const good: EventDestination = {
    name: 'd',
    isEnabled: true,
    eventTypes: ['SEND'],
    sink: { kind: 'sns', topicArn: 'arn:aws:sns:us-east-1:111122223333:topic' },
  };

  test('are made, changed and removed by name', () => {
    const one = changed({ kind: 'newEventDestination', value: good });
    expect(changedSet(one, { kind: 'newEventDestination', value: good }, 0).kind).toBe('destination-exists');
    const other = { ...good, isEnabled: false };
    expect(changed({ kind: 'eventDestination', value: other }, one).eventDestinations).toEqual([other]);
    expect(changedSet(set, { kind: 'eventDestination', value: good }, 0).kind).toBe('destination-absent');
    expect(changed({ kind: 'removedEventDestination', value: 'd' }, one).eventDestinations).toEqual([]);
    expect(changedSet(set, { kind: 'removedEventDestination', value: 'd' }, 0).kind).toBe(
      'destination-absent',
    );
  });

  test('a set has at most ten', () => {
    const eventDestinations = Array.from({ length: 10 }, (_each, index) => ({
      ...good,
      name: `d${String(index)}`,
    }));
    expect(
      changedSet({ ...set, eventDestinations }, { kind: 'newEventDestination', value: good }, 0).kind,
    ).toBe('too-many-destinations');
  });

  test.each<[string, Partial<EventDestination>, string]>([
    ['a bad name', { name: '../x' }, 'Invalid event destination name <../x>.'],
    ['no event types', { eventTypes: [] }, 'At least one event type must be specified.'],
    ['an unknown event type', { eventTypes: ['SENT\n'] }, 'Invalid event type <SENT?>.'],
    ['no ARN', { sink: { kind: 'sns', topicArn: 'http://169.254.169.254' } }, 'Invalid SNS topic ARN'],
    [
      'another service',
      { sink: { kind: 'eventBridge', eventBusArn: 'arn:aws:sns:a:1:t' } },
      'Invalid EventBridge bus ARN',
    ],
    [
      'half a firehose',
      { sink: { kind: 'firehose', iamRoleArn: 'arn:aws:iam::1:role/r', deliveryStreamArn: '' } },
      'Invalid Firehose',
    ],
    ['no dimensions', { sink: { kind: 'cloudWatch', dimensions: [] } }, '1 to 10 dimensions'],
    [
      'a bad dimension',
      {
        sink: {
          kind: 'cloudWatch',
          dimensions: [{ name: 'x y', valueSource: 'MESSAGE_TAG', defaultValue: 'd' }],
        },
      },
      'dimension',
    ],
  ])('%s is refused', (_title, change, words) => {
    expect(changedSet(set, { kind: 'newEventDestination', value: { ...good, ...change } }, 0)).toEqual({
      kind: 'invalid',
      message: expect.stringContaining(words) as string,
    });
  });
});
