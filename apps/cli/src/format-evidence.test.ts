import { readKeptEvent } from '@sealpost/events';
import { expect, test } from 'vitest';
import { formatEvidence } from './format-evidence.ts';

function eventWith(bounce: object) {
  const event = readKeptEvent(
    JSON.stringify({ eventType: 'Bounce', mail: { destination: ['b@y.test'] }, bounce }),
  );
  if (event === undefined) throw new Error('no event');
  return event;
}

const bounce = {
  timestamp: '2026-11-23T15:49:12.911Z',
  bouncedRecipients: [{ emailAddress: 'b@y.test' }],
  tls: {
    policy: 'Require',
    required: 'encrypted',
    achieved: 'none',
    failures: [
      {
        mxHost: 'mx0.y.test',
        mxAddress: '203.0.113.24',
        type: 'starttls-not-supported',
        detail: 'EHLO offered no STARTTLS',
        definite: true,
      },
    ],
  },
  content: { bodySha256: 'aa', sentBodySha256: 'bb' },
  attempt: { number: 1, dialogue: [{ direction: 'received', line: '220 \u001b[2Jmx' }] },
};

test('T14: what was demanded, what was achieved, and why not, in words', () => {
  expect(formatEvidence(eventWith(bounce), { dialogue: false })).toBe(
    [
      '2026-11-23T15:49:12.911Z  Bounce',
      '  recipients  b@y.test',
      '  attempt     1',
      '  demanded    encrypted (policy Require)',
      '  achieved    none',
      '  failure     mx0.y.test (203.0.113.24): starttls-not-supported, definite: EHLO offered no STARTTLS',
      '  body        CHANGED: SHA-256 aa accepted, bb sent',
      '',
    ].join('\n'),
  );
});

test('the conversation is shown on request, and can’t steer the terminal', () => {
  expect(formatEvidence(eventWith(bounce), { dialogue: true })).toContain('  <           220  [2Jmx\n');
});
