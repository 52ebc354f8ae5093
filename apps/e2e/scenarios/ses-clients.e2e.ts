import { SESClient } from '@aws-sdk/client-ses';
import * as v1 from '@aws-sdk/client-ses';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import * as v2 from '@aws-sdk/client-sesv2';
import { eventually } from '@sealpost/testing';
import { request, type Agent } from 'node:https';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findProgram, runProgram, type ProgramResult } from '../support/run-program.ts';
import { bodyOf, mailText } from '../support/submit.ts';
import { startSystem, type InboxMail, type System } from '../support/system.ts';
import { agentFor, sdkSettings } from '../support/sdk-settings.ts';

const ID = /^[0-9a-f]{16}-[0-9a-f-]{36}-\d{6}$/;
// Debian's; an older one may stand before it on PATH.
const awsProgram = findProgram('/usr/bin/aws') ?? 'aws';

describe('SES clients', () => {
  let system: System;
  let agent: Agent;

  beforeAll(async () => {
    system = await startSystem();
    agent = await agentFor(system);
  });

  afterAll(async () => {
    agent.destroy();
    await system.dispose();
  });

  function aws(args: readonly string[], env: Record<string, string> = {}): Promise<ProgramResult> {
    return runProgram(
      awsProgram,
      [
        ...args,
        ...['--endpoint-url', system.env.SEALPOST_API_ENDPOINT ?? ''],
        ...['--ca-bundle', system.env.AWS_CA_BUNDLE ?? '', '--output', 'json'],
      ],
      { env: { ...system.env, AWS_EC2_METADATA_DISABLED: 'true', AWS_CA_BUNDLE: '', ...env } },
    );
  }

  async function awsJson(args: readonly string[]): Promise<Record<string, unknown>> {
    const result = await aws(args);
    expect(result.status, result.stderr).toBe(0);
    return result.stdout.trim() === '' ? {} : (JSON.parse(result.stdout) as Record<string, unknown>);
  }

  function settings(credentials?: { accessKeyId: string; secretAccessKey: string }) {
    return { ...sdkSettings(system, agent), ...(credentials === undefined ? {} : { credentials }) };
  }

  function arrived(subject: string): Promise<InboxMail> {
    return eventually(async () => (await system.inbox()).find(({ content }) => content.includes(subject)), {
      what: `${subject} in the inbox`,
    });
  }

  test('T8, trap 13: the AWS CLI sets TlsPolicy with the documented command, and v2 sees it', async () => {
    const name = 'MyConfigurationSet';
    await awsJson(['ses', 'create-configuration-set', '--configuration-set', `Name=${name}`]);
    await awsJson([
      ...['ses', 'put-configuration-set-delivery-options'],
      ...['--configuration-set-name', name, '--delivery-options', 'TlsPolicy=Require'],
    ]);
    const described = await awsJson([
      ...['ses', 'describe-configuration-set', '--configuration-set-name', name],
      ...['--configuration-set-attribute-names', 'deliveryOptions'],
    ]);
    expect(described).toMatchObject({
      ConfigurationSet: { Name: name },
      DeliveryOptions: { TlsPolicy: 'Require' },
    });
    const seen = await awsJson(['sesv2', 'get-configuration-set', '--configuration-set-name', name]);
    expect(seen).toMatchObject({ ConfigurationSetName: name, DeliveryOptions: { TlsPolicy: 'REQUIRE' } });
    const listed = await awsJson(['ses', 'list-configuration-sets']);
    expect(listed.ConfigurationSets).toContainEqual({ Name: name });
    await awsJson(['ses', 'delete-configuration-set', '--configuration-set-name', name]);
    const gone = await aws(['ses', 'describe-configuration-set', '--configuration-set-name', name]);
    expect(gone.stderr).toContain('(ConfigurationSetDoesNotExist)');
  });

  test('T8: sesv2 creates a set, changes its policy back and forth, and v1 sees it', async () => {
    await awsJson([
      ...['sesv2', 'create-configuration-set', '--configuration-set-name', 'second'],
      ...['--delivery-options', 'TlsPolicy=REQUIRE'],
    ]);
    const policy = async () =>
      (
        await awsJson([
          ...['ses', 'describe-configuration-set', '--configuration-set-name', 'second'],
          ...['--configuration-set-attribute-names', 'deliveryOptions'],
        ])
      ).DeliveryOptions;
    expect(await policy()).toEqual({ TlsPolicy: 'Require' });
    await awsJson([
      ...['sesv2', 'put-configuration-set-delivery-options'],
      ...['--configuration-set-name', 'second', '--tls-policy', 'OPTIONAL'],
    ]);
    expect(await policy()).toEqual({ TlsPolicy: 'Optional' });
    const again = await aws(['ses', 'create-configuration-set', '--configuration-set', 'Name=second']);
    expect(again.stderr).toContain('(ConfigurationSetAlreadyExists)');
  });

  test('the AWS CLI sends a composed and a raw mail and reads quota and account', async () => {
    const composed = await awsJson([
      ...['ses', 'send-email', '--from', 'app@sender.test', '--to', 'someone@receiver.test'],
      ...['--subject', 'cli composed', '--text', 'Hello + from the CLI'],
    ]);
    expect(composed.MessageId).toMatch(ID);
    expect((await arrived('Subject: cli composed')).tls?.version).toBe('TLSv1.3');
    const raw = Buffer.from(mailText('cli raw')).toString('base64');
    const sent = await awsJson(['ses', 'send-raw-email', '--raw-message', JSON.stringify({ Data: raw })]);
    expect(sent.MessageId).toMatch(ID);
    expect(bodyOf((await arrived('Subject: cli raw')).content)).toBe(bodyOf(mailText('cli raw')));
    const quota = await awsJson(['ses', 'get-send-quota']);
    expect(Object.keys(quota).sort()).toEqual(['Max24HourSend', 'MaxSendRate', 'SentLast24Hours']);
    const account = await awsJson(['sesv2', 'get-account']);
    expect(account).toMatchObject({ SendingEnabled: true, ProductionAccessEnabled: true });
  });

  test('the AWS CLI sends over sesv2, simple and raw', async () => {
    const simple = {
      Simple: {
        Subject: { Data: 'v2 cli simple' },
        Body: { Text: { Data: 'Hello' }, Html: { Data: '<p>Hello</p>' } },
      },
    };
    const one = await awsJson([
      ...['sesv2', 'send-email', '--from-email-address', 'app@sender.test'],
      ...['--destination', 'ToAddresses=someone@receiver.test', '--content', JSON.stringify(simple)],
    ]);
    expect(one.MessageId).toMatch(ID);
    await arrived('Subject: v2 cli simple');
    const raw = { Raw: { Data: Buffer.from(mailText('v2 cli raw')).toString('base64') } };
    const two = await awsJson(['sesv2', 'send-email', '--content', JSON.stringify(raw)]);
    expect(two.MessageId).toMatch(ID);
    await arrived('Subject: v2 cli raw');
  });

  test('traps 19, 38: the JavaScript SDK v1 sends to To, Cc and Bcc, and Bcc is not shown', async () => {
    const client = new SESClient(settings());
    const sent = await client.send(
      new v1.SendEmailCommand({
        Source: 'App <app@sender.test>',
        Destination: {
          ToAddresses: ['a@receiver.test'],
          CcAddresses: [],
          BccAddresses: ['hidden@receiver.test'],
        },
        Message: { Subject: { Data: 'js v1 Grüße', Charset: 'UTF-8' }, Body: { Text: { Data: 'Hi' } } },
      }),
    );
    expect(sent.MessageId).toMatch(ID);
    const mail = await arrived('Subject: =?UTF-8?');
    expect(mail.envelope.recipients).toEqual(['a@receiver.test', 'hidden@receiver.test']);
    expect(mail.content.toString()).not.toContain('hidden@receiver.test');
    const quota = await client.send(new v1.GetSendQuotaCommand({}));
    expect(quota.Max24HourSend).toBeTypeOf('number');
    client.destroy();
  });

  test('the JavaScript SDK v2 sends raw with a configuration set; an unknown one is NotFoundException (T10)', async () => {
    const client = new SESv2Client(settings());
    await client.send(new v2.CreateConfigurationSetCommand({ ConfigurationSetName: 'js' }));
    const command = (ConfigurationSetName: string) =>
      new v2.SendEmailCommand({
        ConfigurationSetName,
        Content: { Raw: { Data: Buffer.from(mailText('js v2')) } },
      });
    expect((await client.send(command('js'))).MessageId).toMatch(ID);
    await arrived('Subject: js v2');
    await expect(client.send(command('absent'))).rejects.toBeInstanceOf(v2.NotFoundException);
    expect((await client.send(new v2.GetAccountCommand({}))).SendQuota?.SentLast24Hours).toBeTypeOf('number');
    client.destroy();
  });

  test.each([
    [
      'a wrong key',
      { accessKeyId: 'AKIAWRONGWRONGWRONG1', secretAccessKey: 'x' },
      'InvalidClientTokenId',
      'UnrecognizedClientException',
    ],
    ['a wrong secret', undefined, 'SignatureDoesNotMatch', 'InvalidSignatureException'],
  ])('traps 8, 9: %s is refused as SES does, on v1 and v2', async (_title, wrong, v1Code, v2Code) => {
    const credentials = wrong ?? {
      accessKeyId: system.env.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: 'wrong',
    };
    const one = new SESClient(settings(credentials));
    await expect(one.send(new v1.GetSendQuotaCommand({}))).rejects.toMatchObject({
      name: v1Code,
      $metadata: { httpStatusCode: 403 },
    });
    const two = new SESv2Client(settings(credentials));
    await expect(two.send(new v2.GetAccountCommand({}))).rejects.toMatchObject({
      name: v2Code,
      $metadata: { httpStatusCode: 403 },
    });
    one.destroy();
    two.destroy();
  });

  test('a tampered body is refused', async () => {
    const client = new SESClient(settings());
    client.middlewareStack.add(
      (next) => (args) => {
        const outgoing = args.request as { body: string };
        outgoing.body = outgoing.body.replace('honest', 'forged');
        return next(args);
      },
      { step: 'deserialize', name: 'tamper' },
    );
    const command = new v1.SendEmailCommand({
      Source: 'app@sender.test',
      Destination: { ToAddresses: ['a@receiver.test'] },
      Message: { Subject: { Data: 'honest' }, Body: { Text: { Data: 'x' } } },
    });
    await expect(client.send(command)).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' });
    client.destroy();
  });

  test('trap 27: a date out of the window is refused, and the Date of that answer sets the client’s clock right', async () => {
    const client = new SESv2Client({ ...settings(), systemClockOffset: -20 * 60_000 });
    await expect(client.send(new v2.GetAccountCommand({}))).rejects.toMatchObject({
      name: 'InvalidSignatureException',
      message: expect.stringContaining('Signature expired') as string,
    });
    await expect(client.send(new v2.GetAccountCommand({}))).resolves.toMatchObject({ SendingEnabled: true });
    client.destroy();
  });

  test('T1: the API port speaks no plaintext HTTP', async () => {
    const answer = await fetch(`http://127.0.0.1:${String(system.ports.api)}/`).catch(
      (error: unknown) => error,
    );
    expect(answer).toBeInstanceOf(Error);
  });

  test.each([
    ['TLSv1', 'TLSv1'],
    ['TLSv1.1', 'TLSv1.1'],
    ['TLSv1.2', 'TLSv1.2'],
    ['TLSv1.3', 'TLSv1.3'],
  ] as const)(
    'T1: the API is reached over %s, and an unsigned call is refused in XML',
    async (minVersion, maxVersion) => {
      const { status, text } = await new Promise<{ status: number | undefined; text: string }>(
        (resolve, reject) => {
          const call = request(
            `https://127.0.0.1:${String(system.ports.api)}/?Action=GetSendQuota&Version=2010-12-01`,
            { minVersion, maxVersion, ciphers: 'ALL:@SECLEVEL=0', rejectUnauthorized: false, agent: false },
            (response) => {
              let text = '';
              response.on('data', (chunk: Buffer) => (text += chunk.toString()));
              response.on('end', () => {
                resolve({ status: response.statusCode, text });
              });
            },
          );
          call.on('error', reject);
          call.end();
        },
      );
      expect(status).toBe(403);
      expect(text).toContain('<Code>MissingAuthenticationToken</Code>');
    },
  );
});
