import * as v1 from '@aws-sdk/client-ses';
import * as v2 from '@aws-sdk/client-sesv2';
import { eventually } from '@sealpost/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readEvents, type EventReader } from '../support/events.ts';
import { hostOf, startInternet, type Internet } from '../support/receivers.ts';
import { mailText, submitBySmtp } from '../support/submit.ts';
import { startSystem, type System } from '../support/system.ts';
import { agentFor, sdkSettings } from '../support/sdk-settings.ts';

describe('what keeps an account from doing harm', () => {
  let internet: Internet;
  let system: System;
  let events: EventReader;
  let ses: v1.SESClient;
  let sesv2: v2.SESv2Client;
  let settings: ReturnType<typeof sdkSettings>;

  beforeAll(async () => {
    internet = await startInternet(
      {
        'mx.good.test': {},
        'mx.unknown.test': { rules: [{ on: 'RCPT', reply: '550 5.1.1 unknown user' }] },
        'mx.policy.test': { rules: [{ on: 'RCPT', reply: '550 5.7.1 not from you' }] },
      },
      {
        'good.test': ['mx.good.test'],
        'unknown.test': ['mx.unknown.test'],
        'policy.test': ['mx.policy.test'],
      },
    );
    system = await startSystem({ env: { ...internet.env, SENDING_DAILY_QUOTA: '12' } });
    events = await readEvents(system.natsUrl);
    settings = sdkSettings(system, await agentFor(system));
    ses = new v1.SESClient(settings);
    sesv2 = new v2.SESv2Client(settings);
  });

  afterAll(async () => {
    ses.destroy();
    sesv2.destroy();
    await events.close();
    await system.dispose();
    await internet.close();
  });

  const send = async (...ToAddresses: readonly string[]) => {
    const sent = await sesv2.send(
      new v2.SendEmailCommand({
        FromEmailAddress: 'app@sender.test',
        Destination: { ToAddresses: [...ToAddresses] },
        Content: { Simple: { Subject: { Data: 'x' }, Body: { Text: { Data: 'x' } } } },
      }),
    );
    return sent.MessageId ?? '';
  };
  const suppressed = (EmailAddress: string) =>
    sesv2.send(new v2.GetSuppressedDestinationCommand({ EmailAddress }));

  test('trap 47: a suppressed recipient is accepted, and bounces without an attempt; the others get their mail', async () => {
    await sesv2.send(
      new v2.PutSuppressedDestinationCommand({ EmailAddress: 'no@good.test', Reason: 'BOUNCE' }),
    );
    const messageId = await send('no@good.test', 'yes@good.test');
    expect((await events.waitFor(messageId, 'Bounce')).bounce).toMatchObject({
      bounceType: 'Permanent',
      bounceSubType: 'OnAccountSuppressionList',
      bouncedRecipients: [{ emailAddress: 'no@good.test' }],
    });
    await events.waitFor(messageId, 'Send');
    await events.waitFor(messageId, 'Delivery');
    const messages = hostOf(internet, 'mx.good.test').messages();
    expect(messages.flatMap(({ recipients }) => recipients)).toEqual(['yes@good.test']);
  });

  test('one that is on the list for a complaint complains again, without an attempt and without a bounce', async () => {
    const EmailAddress = 'angry@good.test';
    await sesv2.send(new v2.PutSuppressedDestinationCommand({ EmailAddress, Reason: 'COMPLAINT' }));
    const messageId = await send(EmailAddress);
    expect((await events.waitFor(messageId, 'Complaint')).complaint).toMatchObject({
      complaintSubType: 'OnAccountSuppressionList',
      complainedRecipients: [{ emailAddress: EmailAddress }],
    });
    expect(events.of(messageId).map(({ eventType }) => eventType)).not.toContain('Bounce');
    const messages = hostOf(internet, 'mx.good.test').messages();
    expect(messages.flatMap(({ recipients }) => recipients)).not.toContain(EmailAddress);
  });

  test('an address that does not exist comes onto the list, one that was refused by policy does not', async () => {
    const hard = await send('gone@unknown.test');
    expect((await events.waitFor(hard, 'Bounce')).bounce?.bounceSubType).toBe('NoEmail');
    await eventually(async () => {
      const { SuppressedDestination: found } = await suppressed('gone@unknown.test').catch(() => ({
        SuppressedDestination: undefined,
      }));
      return found?.Reason === 'BOUNCE' && found.Attributes?.MessageId === hard;
    });
    const again = await send('gone@unknown.test');
    expect((await events.waitFor(again, 'Bounce')).bounce?.bounceSubType).toBe('OnAccountSuppressionList');
    const policy = await send('someone@policy.test');
    await events.waitFor(policy, 'Bounce');
    await expect(suppressed('someone@policy.test')).rejects.toBeInstanceOf(v2.NotFoundException);
  });

  test('statistics and quota tell what was sent; bounces of suppressed addresses are none of the account’s', async () => {
    await eventually(async () => (await ses.send(new v1.GetSendQuotaCommand({}))).SentLast24Hours === 6);
    const quota = await ses.send(new v1.GetSendQuotaCommand({}));
    expect(quota).toMatchObject({ Max24HourSend: 12, SentLast24Hours: 6 });
    const { SendDataPoints = [] } = await ses.send(new v1.GetSendStatisticsCommand({}));
    expect(SendDataPoints.reduce((sum, { DeliveryAttempts = 0 }) => sum + DeliveryAttempts, 0)).toBe(6);
    expect(SendDataPoints.reduce((sum, { Bounces = 0 }) => sum + Bounces, 0)).toBe(2);
  });

  test('traps 22, 23: after the quota of the day the API and SMTP refuse in the words of SES', async () => {
    for (let left = 6; left > 0; left -= 1) await send(`r${String(left)}@good.test`);
    await expect(send('one@good.test')).rejects.toMatchObject({
      name: 'LimitExceededException',
      message: 'Daily message quota exceeded.',
    });
    await eventually(async () => {
      const refusal: unknown = await submitBySmtp(system, {
        to: ['one@good.test'],
        raw: mailText('beyond'),
      }).catch((error: unknown) => error);
      return String(refusal).includes('454 Throttling failure: Daily message quota exceeded');
    });
  });

  test('trap 56: a client that tries again what the quota refuses costs nothing of it, and ends', async () => {
    const refused = async () => {
      const url = `http://127.0.0.1:${String(system.ports.operations.apiIngress)}/metrics`;
      const lines = (await (await fetch(url)).text()).split('\n');
      const counts = lines.filter((line) => line.includes('LimitExceededException'));
      return counts.reduce((sum, line) => sum + Number(/ (\d+)$/.exec(line)?.[1] ?? 0), 0);
    };
    const before = await refused();
    const patient = new v2.SESv2Client({ ...settings, maxAttempts: 3 });
    const command = new v2.SendEmailCommand({
      FromEmailAddress: 'app@sender.test',
      Destination: { ToAddresses: ['one@good.test'] },
      Content: { Simple: { Subject: { Data: 'x' }, Body: { Text: { Data: 'x' } } } },
    });
    await expect(patient.send(command)).rejects.toMatchObject({
      name: 'LimitExceededException',
      $metadata: { attempts: 3 },
    });
    expect((await refused()) - before).toBe(3);
    expect(await ses.send(new v1.GetSendQuotaCommand({}))).toMatchObject({ SentLast24Hours: 12 });
    patient.destroy();
  });
});
