// What comes back to mx-delivery, and what it comes to: events, suppression list, mail to the sender.
import { formatMessageId } from '@sealpost/mail';
import { eventually } from '@sealpost/testing';
import { describe, expect, test } from 'vitest';
import { formatReturnPart } from '../src/returns/return-address.ts';
import { contentOf, returnKeys, sample, useReturnWorld, type Sent } from './support/return-world.ts';

const world = useReturnWorld();

describe('a bounce comes back', () => {
  test('it is an event, the address is suppressed, the sender is told; a second time nothing happens', async () => {
    const sent = await world.send();
    const bringing = await world.host();
    expect(await bringing.bring([sent.address], sample('postfix-unknown-user'))).toMatch(/^250 /);
    const [event, ...more] = await world.eventsOf(sent);
    expect(more).toEqual([]);
    expect(event).toMatchObject({
      eventType: 'Bounce',
      mail: {
        destination: ['bea@receiver.test'],
        tags: { campaign: ['one'], 'ses:operation': ['SendRawEmail'] },
        commonHeaders: { subject: 'confidential' },
      },
      bounce: {
        bounceType: 'Permanent',
        bounceSubType: 'NoEmail',
        reportingMTA: 'dns; mx1.receiver.test',
        remoteMtaIp: '127.0.0.1',
        bouncedRecipients: [
          {
            emailAddress: 'bea@receiver.test',
            action: 'failed',
            status: '5.1.1',
            diagnosticCode:
              'smtp; 550 5.1.1 <bea@receiver.test>: Recipient address rejected: User unknown in virtual mailbox table',
          },
        ],
      },
    });
    await eventually(() => world.list.reasonFor('bea@receiver.test', undefined) === 'BOUNCE', {
      what: 'suppression',
    });
    const [report, ...others] = await world.toldTo('app@sender.test', sent.messageId);
    expect(others).toEqual([]);
    expect(report?.envelope.reversePath).toBe('');
    expect(await bringing.bring([sent.address], sample('postfix-unknown-user'))).toMatch(/^250 /);
    expect(await world.eventsOf(sent)).toHaveLength(1);
    expect(await world.counted('repeat')).toBe(1);
    await world.list.delete('bea@receiver.test');
  });

  test('T9, T11: of a message under Require the sender is told over TLS only, and nothing of what it wrote', async () => {
    const sent = await world.send({ tlsPolicy: 'Require' });
    expect(await (await world.host()).bring([sent.address], sample('exchange-online'))).toMatch(/^250 /);
    const [report] = await world.toldTo('app@sender.test', sent.messageId);
    expect(report?.policy.tlsPolicy).toBe('Require');
    const text = report === undefined ? '' : contentOf(report);
    expect(text).toContain('Status: 5.1.10');
    expect(text).not.toMatch(/confidential|secret|Your order/);
    await world.list.delete('bea@receiver.test');
  });

  test('feedback that is switched off is not mailed', async () => {
    const sent = await world.send({ forwardingDisabled: true });
    expect(await (await world.host()).bring([sent.address], sample('gmail-not-found'))).toMatch(/^250 /);
    expect(await world.eventsOf(sent)).toHaveLength(1);
    expect(await world.toldTo('app@sender.test', sent.messageId)).toEqual([]);
    await world.list.delete('bea@receiver.test');
  });

  test('of several recipients in a domain only those that the report names; nobody of another domain', async () => {
    const sent = await world.send({
      recipients: ['amy@receiver.test', 'bea@receiver.test', 'bea@other.test'],
    });
    const forged = sample('gmail-not-found').replaceAll('bea@receiver.test', 'bea@other.test');
    const bringing = await world.host();
    await bringing.bring([sent.address], forged);
    await bringing.bring([sent.address], sample('postfix-unknown-user'));
    const events = await world.eventsOf(sent);
    expect(events.map(({ bounce }) => bounce)).toMatchObject([
      // What it says of somebody else is of no class and suppresses nobody.
      {
        bounceType: 'Undetermined',
        bouncedRecipients: [{ emailAddress: 'amy@receiver.test' }, { emailAddress: 'bea@receiver.test' }],
      },
      { bounceType: 'Permanent', bouncedRecipients: [{ emailAddress: 'bea@receiver.test' }] },
    ]);
    await eventually(() => world.list.reasonFor('bea@receiver.test', undefined), { what: 'suppression' });
    expect(world.list.reasonFor('bea@other.test', undefined)).toBeUndefined();
    expect(world.list.reasonFor('amy@receiver.test', undefined)).toBeUndefined();
    await world.list.delete('bea@receiver.test');
  });

  test('whose events are not kept any more: it is told with what the address says, and suppresses nobody', async () => {
    const messageId = formatMessageId('us-east-1', 1, '37d7aa37-4b46-4c21-86db-bf9bd3d914bb');
    const about = { kind: 'recipient', index: 0 } as const;
    const reference = { messageId, about, forwardingDisabled: false, requiresTls: false };
    const sent = { messageId, address: `${formatReturnPart(reference, returnKeys) ?? ''}@returns.test` };
    expect(await (await world.host()).bring([sent.address], sample('postfix-unknown-user'))).toMatch(/^250 /);
    const [event] = await world.eventsOf(sent);
    expect(event).toMatchObject({
      eventType: 'Bounce',
      bounce: { bounceType: 'Undetermined', bouncedRecipients: [{ emailAddress: 'bea@receiver.test' }] },
    });
    expect(world.list.reasonFor('bea@receiver.test', undefined)).toBeUndefined();
  });

  test("in somebody's own words: undetermined, with the text", async () => {
    const sent = await world.send();
    await (await world.host()).bring([sent.address], sample('qmail-plain'));
    const [event] = await world.eventsOf(sent);
    expect(event?.bounce).toMatchObject({ bounceType: 'Undetermined', bounceSubType: 'Undetermined' });
    expect(JSON.stringify(event)).toContain('no mailbox here by that name');
  });

  test('later, as a delay or as a success', async () => {
    const sent = await world.send();
    const bringing = await world.host();
    expect(await bringing.bring([sent.address], sample('postfix-relayed'))).toMatch(/^250 /);
    expect(await bringing.bring([sent.address], sample('postfix-delayed'))).toMatch(/^250 /);
    const events = await world.eventsOf(sent);
    expect(events).toMatchObject([
      {
        eventType: 'DeliveryDelay',
        deliveryDelay: {
          delayType: 'TransientCommunicationFailure',
          expirationTime: '2026-12-01T08:12:30.000Z',
          reportingMTA: 'mx1.receiver.test',
        },
      },
    ]);
  });

  test('larger than is kept: it is read all the same', async () => {
    const sent = await world.send();
    const report = sample('postfix-unknown-user');
    const large = report.replace('Hello\n', `${'0123456789'.repeat(9)}\n`.repeat(10_000));
    expect(await (await world.host()).bring([sent.address], large)).toMatch(/^250 /);
    expect(await world.eventsOf(sent)).toMatchObject([{ bounce: { bounceSubType: 'NoEmail' } }]);
    await world.list.delete('bea@receiver.test');
  });
});

describe('a complaint comes back', () => {
  const about = (name: string, { address }: Sent) => sample(name).replaceAll('SIGNED@returns.test', address);

  test('to the address of the feedback loops: event, suppression, notice to the sender', async () => {
    const sent = await world.send();
    const bringing = await world.host();
    const complaint = about('complaint-abuse', sent);
    expect(await bringing.bring(['complaints@returns.test'], complaint, 'staff@fbl.test')).toMatch(/^250 /);
    expect(await bringing.bring(['complaints@returns.test'], complaint, 'staff@fbl.test')).toMatch(/^250 /);
    expect(await world.eventsOf(sent)).toMatchObject([
      {
        eventType: 'Complaint',
        complaint: {
          complainedRecipients: [{ emailAddress: 'bea@receiver.test' }],
          complaintSubType: null,
          userAgent: 'ExampleFBL/1.0',
          complaintFeedbackType: 'abuse',
          arrivalDate: '2026-11-26T08:12:30.000Z',
        },
      },
    ]);
    await eventually(() => world.list.reasonFor('bea@receiver.test', undefined) === 'COMPLAINT', {
      what: 'suppression',
    });
    expect(await world.toldTo('app@sender.test', sent.messageId)).toHaveLength(1);
    await world.list.delete('bea@receiver.test');
  });

  test('without saying who: all of the domain may be meant, and nobody is suppressed', async () => {
    const sent = await world.send({ recipients: ['amy@receiver.test', 'bea@receiver.test'] });
    await (
      await world.host()
    ).bring(['complaints@returns.test'], about('complaint-redacted', sent), 'fbl@p.test');
    const [event] = await world.eventsOf(sent);
    expect(event?.complaint).toMatchObject({
      complainedRecipients: [{ emailAddress: 'amy@receiver.test' }, { emailAddress: 'bea@receiver.test' }],
      complaintFeedbackType: 'other',
    });
    expect(world.list.reasonFor('amy@receiver.test', undefined)).toBeUndefined();
  });

  test('about mail that was never sent from here: refused', async () => {
    const reply = await (
      await world.host()
    ).bring(['complaints@returns.test'], sample('complaint-abuse'), 'a@fbl.test');
    expect(reply).toBe('554 5.6.0 It does not say which message it is about');
  });
});

describe('an automatic answer', () => {
  test('is no bounce: it is passed on to the sender, under Require over TLS only', async () => {
    const sent = await world.send({ tlsPolicy: 'Require' });
    const answer = sample('out-of-office').replace('<m1@sender.test>', `<${sent.messageId}@x>`);
    expect(await (await world.host()).bring([sent.address], answer)).toMatch(/^250 /);
    expect(await world.eventsOf(sent)).toEqual([]);
    expect(await world.toldTo('app@sender.test', sent.messageId)).toMatchObject([
      { policy: { tlsPolicy: 'Require' } },
    ]);
  });
});
