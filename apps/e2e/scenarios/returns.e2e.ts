// What comes back after the receiver's 250: out with a signed envelope sender, back by SMTP, told in event, list and mail.
import * as v2 from '@aws-sdk/client-sesv2';
import { eventually, freePort, type ReceivedMessage } from '@sealpost/testing';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readEvents, type EventReader } from '../support/events.ts';
import { hostOf, startInternet, type Internet } from '../support/receivers.ts';
import { mailText, submitBySmtp } from '../support/submit.ts';
import { startSystem, type System } from '../support/system.ts';
import { agentFor, sdkSettings } from '../support/sdk-settings.ts';

describe('the return path', () => {
  let internet: Internet;
  let system: System;
  let events: EventReader;
  let sesv2: v2.SESv2Client;
  let returnPort: number;

  beforeAll(async () => {
    returnPort = await freePort();
    internet = await startInternet(
      { 'mx.receiver.test': {}, 'mx.clear.test': { starttls: 'absent' } },
      { 'receiver.test': ['mx.receiver.test'], 'clear.test': ['mx.clear.test'] },
    );
    system = await startSystem({
      env: {
        ...internet.env,
        RETURN_PATH_DOMAIN: 'returns.test',
        RETURN_PATH_KEY: Buffer.alloc(32, 7).toString('base64'),
        RETURN_PATH_PORT: String(returnPort),
      },
    });
    events = await readEvents(system.natsUrl);
    sesv2 = new v2.SESv2Client(sdkSettings(system, await agentFor(system)));
  });

  afterAll(async () => {
    sesv2.destroy();
    await events.close();
    await system.dispose();
    await internet.close();
  });

  function arrived(host: string, text: string): Promise<ReceivedMessage> {
    return eventually(
      () =>
        hostOf(internet, host)
          .messages()
          .find(({ content }) => content.includes(text)),
      {
        what: `${text} at ${host}`,
        timeoutMs: 30_000,
      },
    );
  }

  /** As the receiver's own mail system does, over STARTTLS. */
  async function bring(from: string, to: string, raw: string): Promise<string> {
    const transport = createTransport({
      host: '127.0.0.1',
      port: returnPort,
      requireTLS: true,
      tls: { rejectUnauthorized: false },
    });
    try {
      return (await transport.sendMail({ envelope: { from, to: [to] }, raw })).response;
    } finally {
      transport.close();
    }
  }

  const report = (recipient: string) =>
    [
      'From: MAILER-DAEMON@mx.receiver.test',
      'Subject: Undelivered Mail Returned to Sender',
      'Auto-Submitted: auto-replied',
      'MIME-Version: 1.0',
      'Content-Type: multipart/report; report-type=delivery-status; boundary=b1',
      '',
      '--b1',
      'Content-Type: text/plain',
      '',
      'It could not be delivered.',
      '--b1',
      'Content-Type: message/delivery-status',
      '',
      'Reporting-MTA: dns; mx.receiver.test',
      '',
      `Final-Recipient: rfc822; ${recipient}`,
      'Action: failed',
      'Status: 5.1.1',
      'Diagnostic-Code: smtp; 550 5.1.1 unknown user',
      '--b1--',
      '',
    ].join('\r\n');

  const complaint = (recipient: string, mailFrom: string) =>
    [
      'From: fbl@provider.test',
      'Subject: complaint',
      'MIME-Version: 1.0',
      'Content-Type: multipart/report; report-type=feedback-report; boundary=b1',
      '',
      '--b1',
      'Content-Type: message/feedback-report',
      '',
      'Feedback-Type: abuse',
      'User-Agent: ProviderFBL/1.0',
      'Version: 1',
      `Original-Mail-From: <${mailFrom}>`,
      `Original-Rcpt-To: <${recipient}>`,
      '--b1--',
      '',
    ].join('\r\n');

  const suppressed = async (address: string) =>
    (await sesv2.send(new v2.GetSuppressedDestinationCommand({ EmailAddress: address })))
      .SuppressedDestination;

  test('a bounce that comes back is an event like one at delivery; the address is suppressed, the sender told', async () => {
    const messageId = await submitBySmtp(system, { to: ['gone@receiver.test'], raw: mailText('returned') });
    const { reversePath } = await arrived('mx.receiver.test', 'Subject: returned');
    expect(reversePath).toMatch(/^[0-9a-v]{60}@returns\.test$/);
    await events.waitFor(messageId, 'Delivery');
    expect(await bring('', reversePath, report('gone@receiver.test'))).toMatch(/^250 /);
    const event = await events.waitFor(messageId, 'Bounce');
    expect(event.bounce).toMatchObject({
      bounceType: 'Permanent',
      bounceSubType: 'NoEmail',
      bouncedRecipients: [{ emailAddress: 'gone@receiver.test', status: '5.1.1' }],
    });
    expect(event.mail.tags['ses:outgoing-tls-version']).toEqual(['TLSv1.3']);
    const entry = await eventually(() => suppressed('gone@receiver.test').catch(() => undefined), {
      what: 'the address on the list',
    });
    expect(entry).toMatchObject({ Reason: 'BOUNCE', Attributes: { MessageId: messageId } });
    const told = await arrived('mx.sender.test', `X-Sealpost-Message-ID: ${messageId}`);
    expect(told).toMatchObject({ reversePath: '', recipients: ['app@sender.test'] });
  });

  test('a complaint of a feedback loop likewise', async () => {
    const messageId = await submitBySmtp(system, { to: ['angry@receiver.test'], raw: mailText('unwanted') });
    const { reversePath } = await arrived('mx.receiver.test', 'Subject: unwanted');
    const raw = complaint('angry@receiver.test', reversePath);
    expect(await bring('fbl@provider.test', 'complaints@returns.test', raw)).toMatch(/^250 /);
    const event = await events.waitFor(messageId, 'Complaint');
    expect(event.complaint).toMatchObject({
      complainedRecipients: [{ emailAddress: 'angry@receiver.test' }],
    });
    const entry = await eventually(() => suppressed('angry@receiver.test').catch(() => undefined), {
      what: 'the address on the list',
    });
    expect(entry).toMatchObject({ Reason: 'COMPLAINT' });
  });

  test('nobody can make one up: an address that was not signed here is refused', async () => {
    const forged = `${'0'.repeat(60)}@returns.test`;
    await expect(bring('', forged, report('gone@receiver.test'))).rejects.toMatchObject({
      responseCode: 550,
    });
    await expect(bring('', 'someone@elsewhere.test', 'Subject: x\r\n\r\nx\r\n')).rejects.toMatchObject({
      responseCode: 550,
    });
  });

  test('T9, T11: what is told of a message under Require is dropped rather than sent in the clear', async () => {
    await sesv2.send(
      new v2.CreateConfigurationSetCommand({
        ConfigurationSetName: 'Sealed',
        DeliveryOptions: { TlsPolicy: 'REQUIRE' },
      }),
    );
    const sender = hostOf(internet, 'mx.clear.test');
    const raw = mailText('sealed', 'Sealed');
    const mail = { from: 'app@clear.test', to: ['lost@receiver.test'], raw };
    const messageId = await submitBySmtp(system, mail);
    const { reversePath } = await arrived('mx.receiver.test', 'Subject: sealed');
    expect(await bring('', reversePath, report('lost@receiver.test'))).toMatch(/^250 /);
    await events.waitFor(messageId, 'Bounce');
    await eventually(() => sender.connections().some(({ open }) => !open), {
      what: 'the end of the attempt to tell',
      timeoutMs: 30_000,
    });
    expect(sender.plaintextBytes().toString('latin1')).not.toContain(messageId);
    expect(sender.messages().some(({ content }) => content.includes(messageId))).toBe(false);
  });
});
