import { generateKeyPairSync } from 'node:crypto';
import * as v1 from '@aws-sdk/client-ses';
import * as v2 from '@aws-sdk/client-sesv2';
import { eventually, type DnsRecords, type DnsZone } from '@sealpost/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApi, type RunningApi } from './support/start-api.ts';

const TOPIC = 'arn:aws:sns:us-east-1:111122223333:topic';

describe('identities behind v1 and v2, verified for real', () => {
  let api: RunningApi;
  let ses: v1.SESClient;
  let sesv2: v2.SESv2Client;
  let zone: DnsZone = {};

  beforeAll(async () => {
    api = await startApi({ hasRealDoor: true });
    ses = new v1.SESClient(api.settings());
    sesv2 = new v2.SESv2Client(api.settings());
  });

  afterAll(async () => {
    ses.destroy();
    sesv2.destroy();
    await api.close();
  });

  function publish(records: DnsZone): void {
    zone = { ...zone, ...records };
    api.dns.setZone(zone);
  }

  const send = (Source: string) =>
    ses.send(
      new v1.SendEmailCommand({
        Source,
        Destination: { ToAddresses: ['b@y.test'] },
        Message: { Subject: { Data: 'Hi' }, Body: { Text: { Data: 'Hi' } } },
      }),
    );
  const statusOf = async (name: string) => {
    const { VerificationAttributes } = await ses.send(
      new v1.GetIdentityVerificationAttributesCommand({ Identities: [name] }),
    );
    return VerificationAttributes?.[name]?.VerificationStatus;
  };
  const told = (EmailIdentity: string) => sesv2.send(new v2.GetEmailIdentityCommand({ EmailIdentity }));
  const becomes = (name: string, status: string) =>
    eventually(async () => (await statusOf(name)) === status, { timeoutMs: 20_000, what: status });

  test('4.2 row 50, traps 16, 36, 53: an address is verified by the link that is mailed to it, and sends from then on', async () => {
    await expect(send('App <me@x.test>')).rejects.toMatchObject({
      name: 'MessageRejected',
      message: expect.stringMatching(/in region US-EAST-1: App <me@x\.test>$/) as string,
    });
    await ses.send(new v1.VerifyEmailIdentityCommand({ EmailAddress: 'me@x.test' }));
    expect(await statusOf('me@x.test')).toBe('Pending');
    const first = api.links.get('me@x.test') ?? '';
    await ses.send(new v1.VerifyEmailIdentityCommand({ EmailAddress: 'me@x.test' }));
    const link = api.links.get('me@x.test') ?? '';
    expect(link).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/verify-email\?identity=me%40x\.test&token=/);
    // Only the newest link counts, and nobody can make one.
    expect((await api.get(first)).status).toBe(400);
    expect((await api.get(link.replace(/token=.*/, 'token=guess'))).status).toBe(400);
    expect(await statusOf('me@x.test')).toBe('Pending');
    expect(await api.get(link)).toMatchObject({
      status: 200,
      body: expect.stringContaining('verified') as string,
    });
    expect(await statusOf('me@x.test')).toBe('Success');
    expect((await send('me@x.test')).MessageId).toBeDefined();
    expect((await ses.send(new v1.ListVerifiedEmailAddressesCommand({}))).VerifiedEmailAddresses).toEqual([
      'me@x.test',
    ]);
    const seen = await ses.send(
      new v1.GetIdentityVerificationAttributesCommand({ Identities: ['me@x.test'] }),
    );
    expect(seen.VerificationAttributes?.['me@x.test']?.VerificationToken).toBeUndefined();
  });

  test('a domain is verified by its TXT record, the same token at every call', async () => {
    const ask = () => ses.send(new v1.VerifyDomainIdentityCommand({ Domain: 'Txt.Test' }));
    const { VerificationToken = '' } = await ask();
    expect((await ask()).VerificationToken).toBe(VerificationToken);
    expect(await statusOf('txt.test')).toBe('Pending');
    publish({ '_amazonses.txt.test': { TXT: [VerificationToken] } });
    await becomes('txt.test', 'Success');
    expect((await send('anybody@sub.txt.test')).MessageId).toBeDefined();
  });

  test('a domain is verified by the DKIM records of its tokens, which sign its mail from then on', async () => {
    const made = await sesv2.send(new v2.CreateEmailIdentityCommand({ EmailIdentity: 'dkim.test' }));
    expect(made).toMatchObject({
      IdentityType: 'DOMAIN',
      VerifiedForSendingStatus: false,
      DkimAttributes: { SigningEnabled: true, Status: 'PENDING', SigningAttributesOrigin: 'AWS_SES' },
    });
    const tokens = made.DkimAttributes?.Tokens ?? [];
    expect(tokens).toHaveLength(3);
    const again = await ses.send(new v1.VerifyDomainDkimCommand({ Domain: 'dkim.test' }));
    expect(again.DkimTokens).toEqual(tokens);
    await expect(
      ses.send(new v1.SetIdentityDkimEnabledCommand({ Identity: 'dkim.test', DkimEnabled: true })),
    ).rejects.toMatchObject({
      name: 'InvalidParameterValue',
      message: 'Domain dkim.test is not verified for DKIM signing.',
    });
    // SES's CNAME, with the TXT record where it leads to.
    const records = await dnsRecords('dkim.test');
    publish(
      Object.fromEntries<DnsRecords>(
        records
          .filter(({ Name }) => Name.includes('_domainkey'))
          .flatMap(({ Name, Value }, index): [string, DnsRecords][] => [
            [Name, { CNAME: `k${String(index)}.dkim.host.test` }],
            [`k${String(index)}.dkim.host.test`, { TXT: [Value] }],
          ]),
      ),
    );
    await becomes('dkim.test', 'Success');
    const dkim = await ses.send(new v1.GetIdentityDkimAttributesCommand({ Identities: ['dkim.test'] }));
    expect(dkim.DkimAttributes?.['dkim.test']).toEqual({
      DkimEnabled: true,
      DkimVerificationStatus: 'Success',
      DkimTokens: tokens,
    });
    const identity = await told('dkim.test');
    expect(identity.VerificationInfo?.LastSuccessTimestamp).toBeInstanceOf(Date);
    await ses.send(new v1.SetIdentityDkimEnabledCommand({ Identity: 'dkim.test', DkimEnabled: false }));
    expect((await told('dkim.test')).DkimAttributes?.SigningEnabled).toBe(false);
  });

  /** What v2 tells beside SES's members. */
  async function dnsRecords(name: string): Promise<readonly { Name: string; Value: string }[]> {
    let body = '';
    const client = new v2.SESv2Client(api.settings());
    client.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        const { body: stream } = result.response as { body: AsyncIterable<Buffer> };
        const chunks: Buffer[] = [];
        for await (const chunk of stream) chunks.push(chunk);
        body = Buffer.concat(chunks).toString();
        return { ...result, response: { ...(result.response as object), body: Buffer.from(body) } };
      },
      { step: 'deserialize', priority: 'low' },
    );
    await client.send(new v2.GetEmailIdentityCommand({ EmailIdentity: name })).catch(() => undefined);
    client.destroy();
    const parsed = JSON.parse(body) as {
      DkimAttributes: { DnsRecords: { Name: string; Value: string }[] };
    };
    return parsed.DkimAttributes.DnsRecords;
  }

  test('keys of the caller are taken, and what is no key is refused', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const DomainSigningPrivateKey = privateKey.export({ type: 'pkcs1', format: 'der' }).toString('base64');
    const made = await sesv2.send(
      new v2.CreateEmailIdentityCommand({
        EmailIdentity: 'own.test',
        DkimSigningAttributes: { DomainSigningSelector: 'mine', DomainSigningPrivateKey },
      }),
    );
    expect(made.DkimAttributes).toMatchObject({ SigningAttributesOrigin: 'EXTERNAL', Tokens: ['mine'] });
    const put = (SigningAttributes: v2.DkimSigningAttributes) =>
      sesv2.send(
        new v2.PutEmailIdentityDkimSigningAttributesCommand({
          EmailIdentity: 'own.test',
          SigningAttributesOrigin: 'EXTERNAL',
          SigningAttributes,
        }),
      );
    await expect(
      put({ DomainSigningSelector: 'x', DomainSigningPrivateKey: 'bm9uZQ==' }),
    ).rejects.toMatchObject({ name: 'BadRequestException' });
    await expect(put({ DomainSigningSelector: 'x' })).rejects.toMatchObject({ name: 'BadRequestException' });
    const easy = await sesv2.send(
      new v2.PutEmailIdentityDkimSigningAttributesCommand({
        EmailIdentity: 'own.test',
        SigningAttributesOrigin: 'AWS_SES',
      }),
    );
    expect(easy).toMatchObject({ DkimStatus: 'PENDING' });
    expect(easy.DkimTokens).toHaveLength(3);
  });

  test('5.7: a custom MAIL FROM needs its MX and SPF records, and fails as the identity wants', async () => {
    const { VerificationToken = '' } = await ses.send(
      new v1.VerifyDomainIdentityCommand({ Domain: 'from.test' }),
    );
    publish({ '_amazonses.from.test': { TXT: [VerificationToken] } });
    await becomes('from.test', 'Success');
    const put = (MailFromDomain: string, BehaviorOnMXFailure: v1.BehaviorOnMXFailure) =>
      ses.send(
        new v1.SetIdentityMailFromDomainCommand({
          Identity: 'from.test',
          MailFromDomain,
          BehaviorOnMXFailure,
        }),
      );
    await expect(put('bounce.other.test', 'RejectMessage')).rejects.toMatchObject({
      name: 'InvalidParameterValue',
      message: expect.stringContaining(
        'is not subdomain of the domain of the identity <from.test>',
      ) as string,
    });
    await put('bounce.from.test', 'RejectMessage');
    await expect(send('a@from.test')).rejects.toBeInstanceOf(v1.MailFromDomainNotVerifiedException);
    await sesv2.send(
      new v2.PutEmailIdentityMailFromAttributesCommand({
        EmailIdentity: 'from.test',
        MailFromDomain: 'bounce.from.test',
        BehaviorOnMxFailure: 'USE_DEFAULT_VALUE',
      }),
    );
    await eventually(async () => (await send('a@from.test')).MessageId !== undefined);
    publish({
      'bounce.from.test': {
        MX: [{ preference: 10, exchange: 'feedback.sealpost.test' }],
        TXT: ['v=spf1 include:sealpost.test ~all'],
      },
    });
    const attributes = async () =>
      (await ses.send(new v1.GetIdentityMailFromDomainAttributesCommand({ Identities: ['from.test'] })))
        .MailFromDomainAttributes?.['from.test'];
    await eventually(async () => (await attributes())?.MailFromDomainStatus === 'Success', {
      timeoutMs: 20_000,
    });
    expect((await told('from.test')).MailFromAttributes).toEqual({
      MailFromDomain: 'bounce.from.test',
      MailFromDomainStatus: 'SUCCESS',
      BehaviorOnMxFailure: 'USE_DEFAULT_VALUE',
    });
    await ses.send(new v1.SetIdentityMailFromDomainCommand({ Identity: 'from.test' }));
    expect((await attributes())?.MailFromDomain).toBeUndefined();
  });

  test('notification settings: topics, header fields, and mail only off with topics', async () => {
    const Identity = 'me@x.test';
    const forwarding = (ForwardingEnabled: boolean) =>
      ses.send(new v1.SetIdentityFeedbackForwardingEnabledCommand({ Identity, ForwardingEnabled }));
    await expect(forwarding(false)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    for (const NotificationType of ['Bounce', 'Complaint'] as const) {
      await ses.send(
        new v1.SetIdentityNotificationTopicCommand({ Identity, NotificationType, SnsTopic: TOPIC }),
      );
    }
    await ses.send(
      new v1.SetIdentityHeadersInNotificationsEnabledCommand({
        Identity,
        NotificationType: 'Bounce',
        Enabled: true,
      }),
    );
    await forwarding(false);
    const seen = await ses.send(
      new v1.GetIdentityNotificationAttributesCommand({ Identities: [Identity, 'unknown@x.test'] }),
    );
    expect(seen.NotificationAttributes).toEqual({
      [Identity]: {
        BounceTopic: TOPIC,
        ComplaintTopic: TOPIC,
        ForwardingEnabled: false,
        HeadersInBounceNotificationsEnabled: true,
        HeadersInComplaintNotificationsEnabled: false,
        HeadersInDeliveryNotificationsEnabled: false,
      },
    });
    expect((await told(Identity)).FeedbackForwardingStatus).toBe(false);
    await expect(
      ses.send(
        new v1.SetIdentityNotificationTopicCommand({
          Identity,
          NotificationType: 'Open' as v1.NotificationType,
          SnsTopic: TOPIC,
        }),
      ),
    ).rejects.toMatchObject({
      message: 'Invalid notification type: Open. Valid values are: Bounce, Complaint, Delivery.',
    });
  });

  test('trap 52: identities that are not known are left out, told as 404 on v2, and deleted in silence on v1', async () => {
    const none = await ses.send(
      new v1.GetIdentityVerificationAttributesCommand({ Identities: ['none.test', 'bad name'] }),
    );
    expect(none.VerificationAttributes).toEqual({});
    await ses.send(new v1.DeleteIdentityCommand({ Identity: 'none.test' }));
    await expect(told('none.test')).rejects.toMatchObject({
      name: 'NotFoundException',
      message: 'Email identity none.test does not exist.',
    });
    await expect(
      sesv2.send(new v2.DeleteEmailIdentityCommand({ EmailIdentity: 'none.test' })),
    ).rejects.toBeInstanceOf(v2.NotFoundException);
    await expect(
      sesv2.send(
        new v2.PutEmailIdentityFeedbackAttributesCommand({
          EmailIdentity: 'none.test',
          EmailForwardingEnabled: true,
        }),
      ),
    ).rejects.toMatchObject({
      name: 'BadRequestException',
      message: 'Identity <none.test> does not exist.',
    });
    await expect(
      sesv2.send(new v2.CreateEmailIdentityCommand({ EmailIdentity: 'dkim.test' })),
    ).rejects.toMatchObject({
      name: 'AlreadyExistsException',
      message: 'Email identity dkim.test already exist.',
      $metadata: { httpStatusCode: 400 },
    });
  });

  test('traps 20, 54: identities are listed page by page, on old paths and new', async () => {
    const names: string[] = [];
    for await (const page of v1.paginateListIdentities(
      { client: ses, pageSize: 2 },
      { IdentityType: 'Domain' },
    )) {
      names.push(...(page.Identities ?? []));
    }
    expect(names).toEqual(['dkim.test', 'from.test', 'own.test', 'txt.test']);
    const listed = await sesv2.send(new v2.ListEmailIdentitiesCommand({}));
    expect(listed.EmailIdentities).toContainEqual({
      IdentityType: 'EMAIL_ADDRESS',
      IdentityName: 'me@x.test',
      SendingEnabled: true,
      VerificationStatus: 'SUCCESS',
    });
    expect(listed.NextToken).toBeUndefined();
    await expect(ses.send(new v1.ListIdentitiesCommand({ NextToken: 'not ours' }))).rejects.toMatchObject({
      name: 'InvalidParameterValue',
    });
  });
});
