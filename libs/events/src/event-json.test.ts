import { formatMessageId, type AcceptedMessage } from '@sealpost/mail';
import { expect, test } from 'vitest';
import { eventJson, membersOf } from './event-json.ts';

const origin = { region: 'us-east-1', accountId: '000000000000', hostName: 'mta.test' };

function message(tags: AcceptedMessage['tags'], source: Partial<AcceptedMessage['source']>): AcceptedMessage {
  return {
    messageId: formatMessageId('us-east-1', 1, '37d7aa37-4b46-4c21-86db-bf9bd3d914bb'),
    acceptedAt: 0,
    envelope: { reversePath: '', recipients: ['b@receiver.test'] },
    policy: { tlsPolicy: 'Optional' },
    source: { operation: '', clientAddress: '', callerIdentity: '', ...source },
    tags,
    originalHeaders: Buffer.from('Subject: a "b" {c}, \\d\r\n'),
    originalHeadersTruncated: false,
    content: { kind: 'inline', bytes: Buffer.alloc(0) },
    bodySha256: '',
  };
}

const nothing = { sent: {}, source: {}, outgoing: {}, tags: {} };
const submission = { operation: 'Smtp', clientAddress: '::1' };
const ofSubmission = { 'ses:operation': ['Smtp'], 'ses:source-ip': ['::1'] };
const outgoing = { localAddress: '192.0.2.1' };
const ofDelivery = { 'ses:outgoing-ip': ['192.0.2.1'] };

test.each([
  { ...nothing, who: 'nobody has tags' },
  { ...nothing, who: 'the sender alone has', sent: { a: ['1', '}'] }, tags: { a: ['1', '}'] } },
  { ...nothing, who: 'the submission alone has', source: submission, tags: ofSubmission },
  { ...nothing, who: 'the delivery alone has', outgoing, tags: ofDelivery },
  {
    who: 'all have',
    sent: { a: ['"'] },
    source: submission,
    outgoing,
    tags: { a: ['"'], ...ofSubmission, ...ofDelivery },
  },
])('an event is one JSON object with all its tags when $who', ({ sent, source, tags, ...facts }) => {
  const members = membersOf({ delivery: { text: '},{"' } });
  const json = eventJson({
    eventType: 'Delivery',
    message: message(sent, source),
    origin,
    ...facts,
    members,
  });
  const event = JSON.parse(json) as { readonly mail: object };
  expect(event).toMatchObject({
    eventType: 'Delivery',
    mail: { commonHeaders: { subject: 'a "b" {c}, \\d' } },
    delivery: { text: '},{"' },
  });
  expect(event.mail).toHaveProperty('tags', tags);
});

test('a copy of a message that says something else has events of its own', () => {
  const tell = (of: AcceptedMessage) =>
    (
      JSON.parse(eventJson({ eventType: 'Send', message: of, origin, members: '"send":{}' })) as {
        mail: object;
      }
    ).mail;
  const first = message({}, {});
  expect(tell(first)).toMatchObject({ destination: ['b@receiver.test'] });
  const copy = { ...first, envelope: { reversePath: '', recipients: ['c@receiver.test'] } };
  expect(tell(copy)).toMatchObject({ destination: ['c@receiver.test'] });
  expect(tell(first)).toMatchObject({ destination: ['b@receiver.test'] });
});
