import { expect, test } from 'vitest';
import { parseEventTargets } from './event-targets.ts';

const topic = 'arn:aws:sns:us-east-1:111122223333:mail';

test('an ARN stands for all that is given for it', () => {
  const targets = parseEventTargets(`${topic}=https://a.test/hook?x=1,2\n\t${topic}=nats:mail.raw `);
  expect(targets.of(topic)).toMatchObject([
    { kind: 'webhook', topicArn: topic, url: new URL('https://a.test/hook?x=1,2') },
    { kind: 'subject', name: 'mail.raw' },
  ]);
  expect(targets.webhooks).toHaveLength(1);
  expect(targets.isMapped(topic)).toBe(true);
});

test.each([
  [topic, 'sns.mail'],
  ['arn:aws:firehose:us-east-1:111122223333:deliverystream/lake', 'firehose.deliverystream.lake'],
  ['arn:aws:events:us-east-1:111122223333:event-bus/a b*>', 'events.event-bus.a_b_'],
])('%s without a place is the subject %s', (arn, name) => {
  const targets = parseEventTargets('');
  expect(targets.of(arn)).toEqual([{ kind: 'subject', name }]);
  expect(targets.isMapped(arn)).toBe(false);
});

test.each([
  `${topic}=http://a.test/`,
  `${topic}=https://a.test/#part`,
  `${topic}=nats:mail.>`,
  `${topic}=nats:`,
  `${topic}=a.test`,
  'https://a.test/',
  '=https://a.test/',
])('4.2 row 55: %s is refused at start', (text) => {
  expect(() => parseEventTargets(text)).toThrow('EVENT_TARGETS');
});
