import { eventually, type ReceiverScript } from '@sealpost/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readEvents, type EventReader } from '../support/events.ts';
import { hostOf, startInternet, type Internet } from '../support/receivers.ts';
import { sesAdmin, type SesAdmin } from '../support/ses.ts';
import { bodyOf, mailText, submitBySmtp } from '../support/submit.ts';
import { startSystem, type System } from '../support/system.ts';

// One domain per kind of receiver; its MX host is mx.<domain>.
const receivers: Readonly<Record<string, ReceiverScript | 'down'>> = {
  'good.test': {},
  'old.test': { tls: { minVersion: 'TLSv1', maxVersion: 'TLSv1' } },
  'selfsigned.test': { tls: { certificate: 'self-signed' } },
  'plain.test': { starttls: 'absent' },
  'refuses.test': { starttls: { reply: '502 5.5.1 not here' } },
  'busy.test': { starttls: { reply: '454 4.7.0 TLS not available' } },
  'garbage.test': { starttls: 'garbage-after-220' },
  'alert.test': { starttls: 'alert-after-220' },
  'closes.test': { starttls: 'close-after-220' },
  'stalls.test': { starttls: 'stall-after-220' },
  'down.test': 'down',
};

const domains = Object.fromEntries(Object.keys(receivers).map((domain) => [domain, [`mx.${domain}`]]));
const hosts = Object.fromEntries(
  Object.entries(receivers).map(([domain, script]) => [`mx.${domain}`, script]),
);

describe('TlsPolicy towards receivers', () => {
  let internet: Internet;
  let system: System;
  let events: EventReader;
  let ses: SesAdmin;

  beforeAll(async () => {
    internet = await startInternet(
      { ...hosts, 'mx2.mixed.test': {} },
      {
        ...domains,
        'mixed.test': ['mx.plain.test', 'mx2.mixed.test'],
        'plain-or-down.test': ['mx.plain.test', 'mx.down.test'],
        'fallback.test': ['mx.down.test', 'mx2.mixed.test'],
      },
    );
    system = await startSystem({ env: { ...internet.env, RETRY_SCHEDULE: '1s', RETRY_GIVE_UP_AFTER: '6s' } });
    events = await readEvents(system.natsUrl);
    ses = await sesAdmin(system);
    await ses.createSet('strict', 'Require');
    await ses.createSet('loose', 'Optional');
  });

  afterAll(async () => {
    ses.close();
    await events.close();
    await system.dispose();
    await internet.close();
  });

  function send(domain: string, subject: string, set?: string): Promise<string> {
    return submitBySmtp(system, { to: [`someone@${domain}`], raw: mailText(subject, set) });
  }

  function receivedBy(host: string, subject: string) {
    return hostOf(internet, host)
      .messages()
      .find(({ content }) => content.includes(`Subject: ${subject}\r\n`));
  }

  test.each([
    ['good.test', 'TLSv1.3'],
    ['old.test', 'TLSv1'],
    ['selfsigned.test', 'TLSv1.3'],
  ])('T6, T7, T9: %s gets its mail over %s under Optional and under Require', async (domain, version) => {
    for (const set of ['loose', 'strict']) {
      const subject = `${domain} ${set}`;
      const delivered = await events.waitFor(await send(domain, subject, set), 'Delivery');
      expect(receivedBy(`mx.${domain}`, subject)?.tls).toMatchObject({ version, serverName: `mx.${domain}` });
      expect(delivered.delivery?.tls).toMatchObject({
        policy: set === 'strict' ? 'Require' : 'Optional',
        achieved: 'encrypted',
        version,
        serverName: `mx.${domain}`,
        failures: [],
      });
      expect(delivered.mail.tags['ses:outgoing-tls-version']).toEqual([version]);
      expect(delivered.delivery?.content.sentBodySha256).toBe(delivered.delivery?.content.bodySha256);
    }
  });

  test.each([
    'plain.test',
    'refuses.test',
    'busy.test',
    'garbage.test',
    'alert.test',
    'closes.test',
    'stalls.test',
  ])('T7: without a set %s gets its mail in the clear, since TLS is not to be had', async (domain) => {
    const subject = `clear to ${domain}`;
    const delivered = await events.waitFor(await send(domain, subject), 'Delivery');
    const received = receivedBy(`mx.${domain}`, subject);
    expect(received?.tls).toBeUndefined();
    expect(bodyOf(received?.content ?? '')).toBe(bodyOf(mailText(subject)));
    expect(delivered.delivery?.tls).toMatchObject({ policy: 'Optional', required: 'none', achieved: 'none' });
  });

  test('T9, trap 46: under Require a receiver without STARTTLS sees EHLO and QUIT and nothing else, and the bounce is Transient', async () => {
    const host = hostOf(internet, 'mx.plain.test');
    const before = host.connections().length;
    const bounce = await events.waitFor(await send('plain.test', 'strict to plain', 'strict'), 'Bounce');
    const connections = host.connections().slice(before);
    expect(connections.flatMap(({ commands }) => commands.map(({ line }) => line.split(' ')[0]))).toEqual([
      'EHLO',
      'QUIT',
    ]);
    expect(bounce.bounce).toMatchObject({ bounceType: 'Transient', bounceSubType: 'General' });
    expect(bounce.bounce?.bouncedRecipients[0]).toMatchObject({
      emailAddress: 'someone@plain.test',
      status: '5.7.10',
    });
    expect(bounce.bounce?.tls.failures).toMatchObject([
      { mxHost: 'mx.plain.test', type: 'starttls-not-supported', definite: true },
    ]);
  });

  test('T9: the sender gets a report that names the reason, without the subject', async () => {
    const id = await send('plain.test', 'confidential subject', 'strict');
    const report = await eventually(
      () =>
        hostOf(internet, 'mx.sender.test')
          .messages()
          .find(({ content }) => content.includes(id)),
      { what: 'a report to the sender' },
    );
    expect(report.reversePath).toBe('');
    expect(report.recipients).toEqual(['app@sender.test']);
    const text = report.content.toString();
    expect(text).toContain('Status: 5.7.10');
    expect(text).toContain('mx.plain.test');
    expect(text).not.toContain('confidential subject');
  });

  test.each([
    'refuses.test',
    'busy.test',
    'garbage.test',
    'alert.test',
    'closes.test',
    'stalls.test',
    'down.test',
  ])(
    'T9, T15, trap 45: under Require %s gets no byte of the mail, now or later, and the message bounces in the end',
    async (domain) => {
      const subject = `secret for ${domain}`;
      const bounce = await events.waitFor(await send(domain, subject, 'strict'), 'Bounce');
      expect(bounce.bounce?.bounceType).toBe('Transient');
      expect(bounce.bounce?.tls.policy).toBe('Require');
      expect(bounce.bounce?.tls.failures.length).toBeGreaterThan(0);
      const plaintext = internet.hosts[`mx.${domain}`]?.plaintextBytes().toString() ?? '';
      expect(plaintext).not.toContain(subject);
    },
  );

  test('T15: whatever failed, no receiver without TLS ever saw an envelope of a Require message', () => {
    for (const [name, host] of Object.entries(internet.hosts)) {
      if (name === 'mx.sender.test') continue;
      for (const connection of host.connections()) {
        const text = connection.plaintext.toString();
        expect(text).not.toContain('secret for');
        expect(text).not.toContain('strict to');
      }
    }
  });

  test('5.2: under Require the mail goes to the second MX host when the first has no TLS', async () => {
    const delivered = await events.waitFor(await send('mixed.test', 'strict mixed', 'strict'), 'Delivery');
    expect(receivedBy('mx2.mixed.test', 'strict mixed')?.tls?.version).toBe('TLSv1.3');
    expect(delivered.delivery?.tls.failures).toMatchObject([
      { mxHost: 'mx.plain.test', type: 'starttls-not-supported' },
    ]);
    await events.waitFor(await send('mixed.test', 'loose mixed', 'loose'), 'Delivery');
    expect(receivedBy('mx.plain.test', 'loose mixed')?.tls).toBeUndefined();
  });

  test('5.2: one host without TLS and one that is down defers under Require, and bounces at the end', async () => {
    const id = await send('plain-or-down.test', 'strict half', 'strict');
    await events.waitFor(id, 'DeliveryDelay');
    const bounce = await events.waitFor(id, 'Bounce');
    expect(bounce.bounce?.bouncedRecipients[0]?.status).toBe('4.4.7');
  });

  test('the next MX host is tried when the first is down', async () => {
    await events.waitFor(await send('fallback.test', 'second host', 'strict'), 'Delivery');
    expect(receivedBy('mx2.mixed.test', 'second host')).toBeDefined();
  });

  test('T10: a set that does not exist is a clear error at submission', async () => {
    await expect(send('good.test', 'no such set', 'absent')).rejects.toMatchObject({ responseCode: 554 });
  });

  test('T11: a policy that changes while a message waits does not change for that message', async () => {
    await ses.createSet('changing', 'Require');
    hostOf(internet, 'mx.good.test').setScript({
      hostName: 'mx.good.test',
      starttls: { reply: '454 4.7.0 later' },
    });
    const id = await send('good.test', 'pinned', 'changing');
    await events.waitFor(id, 'DeliveryDelay');
    await ses.setPolicy('changing', 'Optional');
    const delay = await events.waitFor(id, 'Bounce');
    expect(delay.bounce?.tls.policy).toBe('Require');
    expect(receivedBy('mx.good.test', 'pinned')).toBeUndefined();
    hostOf(internet, 'mx.good.test').setScript({ hostName: 'mx.good.test' });
  });
});
