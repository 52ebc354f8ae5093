import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import * as v1 from '@aws-sdk/client-ses';
import * as v2 from '@aws-sdk/client-sesv2';
import { eventually } from '@sealpost/testing';
import nodemailer from 'nodemailer';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { exchange, signedRequest } from './support/raw-client.ts';
import { ID, key, startApi, type RunningApi } from './support/start-api.ts';

const run = promisify(execFile);
const welcome = { subject: 'Hi {{name}}', text: 'Dear {{name}}', html: '<p>{{name}}</p>' };

describe('sending', () => {
  let api: RunningApi;
  let ses: v1.SESClient;
  let sesv2: v2.SESv2Client;
  let folder: string;

  beforeAll(async () => {
    api = await startApi();
    ses = new v1.SESClient(api.settings());
    sesv2 = new v2.SESv2Client(api.settings());
    api.templates.set('welcome', welcome);
    folder = mkdtempSync(path.join(tmpdir(), 'sealpost-sending-'));
    writeFileSync(path.join(folder, 'ca.pem'), api.ca);
  });

  beforeEach(() => {
    api.submissions.length = 0;
    api.renderingFailures.length = 0;
    api.answer = { kind: 'accepted', messageId: ID };
  });

  afterAll(async () => {
    rmSync(folder, { recursive: true });
    ses.destroy();
    sesv2.destroy();
    await api.close();
  });

  const contents = () => api.submissions.map(({ content }) => content.toString());
  const programEnv = () => ({
    ...process.env,
    AWS_ACCESS_KEY_ID: key.accessKeyId,
    AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_CA_BUNDLE: path.join(folder, 'ca.pem'),
    AWS_EC2_METADATA_DISABLED: 'true',
    ENDPOINT: `https://127.0.0.1:${String(api.port)}`,
    NO_PROXY: '*',
  });

  test('v1 SendTemplatedEmail fills a template; values are not escaped', async () => {
    const sent = await ses.send(
      new v1.SendTemplatedEmailCommand({
        Source: 'Shop <a@x.test>',
        Destination: { ToAddresses: ['b@y.test'] },
        Template: 'welcome',
        TemplateData: '{"name":"<Ann>"}',
        ReturnPath: 'bounces@x.test',
        Tags: [{ Name: 'campaign', Value: 'spring' }],
        SourceArn: 'arn:aws:ses:us-east-1:111122223333:identity/x.test',
      }),
    );
    expect(sent.MessageId).toBe(ID);
    expect(api.submissions).toMatchObject([
      {
        reversePath: 'bounces@x.test',
        recipients: ['b@y.test'],
        source: { operation: 'SendTemplatedEmail' },
        tags: { campaign: ['spring'] },
      },
    ]);
    expect(contents()[0]).toMatch(/Subject: Hi <Ann>\r\n[^]*Dear <Ann>[^]*<p><Ann><\/p>/);
  });

  test('v2 SendEmail with a stored template, headers and attachments, and with one inline', async () => {
    const common = { FromEmailAddress: 'a@x.test', Destination: { ToAddresses: ['b@y.test'] } };
    await sesv2.send(
      new v2.SendEmailCommand({
        ...common,
        Content: {
          Template: {
            TemplateArn: 'arn:aws:ses:us-east-1:111122223333:template/welcome',
            TemplateData: '{"name":"Ann"}',
            Headers: [{ Name: 'X-Mine', Value: '1' }],
            Attachments: [{ FileName: 'a.txt', RawContent: Buffer.from('attached') }],
          },
        },
      }),
    );
    await sesv2.send(
      new v2.SendEmailCommand({
        ...common,
        Content: {
          Template: { TemplateContent: { Subject: 'S {{x}}', Text: '{{x}}' }, TemplateData: '{"x":"1"}' },
        },
      }),
    );
    expect(contents()[0]).toMatch(/X-Mine: 1\r\n[^]*Dear Ann[^]*YXR0YWNoZWQ=/);
    expect(contents()[1]).toMatch(/Subject: S 1\r\n/);
  });

  test('a template that is not there is TemplateDoesNotExist on v1 and NotFoundException on v2', async () => {
    const one = new v1.SendTemplatedEmailCommand({
      Source: 'a@x.test',
      Destination: { ToAddresses: ['b@y.test'] },
      Template: 'none',
      TemplateData: '{}',
    });
    await expect(ses.send(one)).rejects.toBeInstanceOf(v1.TemplateDoesNotExistException);
    const two = new v2.SendEmailCommand({
      FromEmailAddress: 'a@x.test',
      Destination: { ToAddresses: ['b@y.test'] },
      Content: { Template: { TemplateName: 'none' } },
    });
    await expect(sesv2.send(two)).rejects.toMatchObject({
      name: 'NotFoundException',
      message: 'Template none does not exist.',
    });
  });

  test('trap 49: a template that can not be rendered is no error but an event, and no mail', async () => {
    const sent = await sesv2.send(
      new v2.SendEmailCommand({
        FromEmailAddress: 'Shop <a@x.test>',
        Destination: { ToAddresses: ['b@y.test'] },
        Content: { Template: { TemplateName: 'welcome', TemplateData: '{}' } },
        EmailTags: [{ Name: 'campaign', Value: 'spring' }],
      }),
    );
    expect(api.submissions).toEqual([]);
    await eventually(() => api.renderingFailures.length === 1);
    expect(JSON.parse(api.renderingFailures[0] ?? '')).toMatchObject({
      eventType: 'Rendering Failure',
      mail: {
        messageId: sent.MessageId,
        destination: ['b@y.test'],
        source: 'Shop <a@x.test>',
        tags: { campaign: ['spring'], 'ses:operation': ['SendEmail'] },
      },
      failure: {
        templateName: 'welcome',
        errorMessage: "Attribute 'name' is not present in the rendering data.",
      },
    });
  });

  test('trap 50: bulk mail has a result per destination, in order, whatever becomes of the others', async () => {
    const { Status } = await ses.send(
      new v1.SendBulkTemplatedEmailCommand({
        Source: 'a@x.test',
        Template: 'welcome',
        DefaultTemplateData: '{"name":"friend"}',
        DefaultTags: [{ Name: 'kind', Value: 'bulk' }],
        Destinations: [
          { Destination: { ToAddresses: ['b@y.test'] }, ReplacementTemplateData: '{"name":"Bob"}' },
          { Destination: { ToAddresses: ['nobody'] } },
          {
            Destination: { ToAddresses: ['c@y.test'] },
            ReplacementTags: [{ Name: 'kind', Value: 'own' }],
          },
        ],
      }),
    );
    expect(Status).toEqual([
      { Status: 'Success', MessageId: ID },
      { Status: 'InvalidParameterValue', Error: "Missing final '@domain'" },
      { Status: 'Success', MessageId: ID },
    ]);
    expect(contents().map((content) => /^Subject: (.*)\r$/m.exec(content)?.[1])).toEqual([
      'Hi Bob',
      'Hi friend',
    ]);
    expect(api.submissions.map(({ tags }) => tags)).toEqual([{ kind: ['bulk'] }, { kind: ['own'] }]);
  });

  test('trap 50: SendBulkEmail answers 200 even when every entry failed', async () => {
    api.answer = { kind: 'throttled', limit: 'daily-quota' };
    const { BulkEmailEntryResults } = await sesv2.send(
      new v2.SendBulkEmailCommand({
        FromEmailAddress: 'a@x.test',
        DefaultContent: {
          Template: {
            TemplateName: 'welcome',
            TemplateData: '{"name":"friend"}',
            Headers: [{ Name: 'X-Kind', Value: 'default' }],
          },
        },
        BulkEmailEntries: [
          {
            Destination: { ToAddresses: ['b@y.test'] },
            ReplacementHeaders: [{ Name: 'x-kind', Value: 'own' }],
          },
          { Destination: { ToAddresses: [] } },
        ],
      }),
    );
    expect(BulkEmailEntryResults).toEqual([
      { Status: 'ACCOUNT_DAILY_QUOTA_EXCEEDED', Error: 'Daily message quota exceeded.' },
      { Status: 'INVALID_PARAMETER', Error: 'No recipients were specified.' },
    ]);
    expect(contents()[0]).toMatch(/^x-kind: own\r$/im);
  });

  test('what is asked for and not to be had is refused', async () => {
    const send = (extra: Partial<v2.SendEmailCommandInput>) =>
      sesv2.send(
        new v2.SendEmailCommand({
          FromEmailAddress: 'a@x.test',
          Destination: { ToAddresses: ['b@y.test'] },
          Content: { Simple: { Subject: { Data: 'x' }, Body: { Text: { Data: 'x' } } } },
          ...extra,
        }),
      );
    await expect(send({ TenantName: 't' })).rejects.toBeInstanceOf(v2.NotFoundException);
    await expect(send({ ListManagementOptions: { ContactListName: 'l' } })).rejects.toBeInstanceOf(
      v2.NotFoundException,
    );
    await expect(send({ FromEmailAddressIdentityArn: 'x.test' })).rejects.toBeInstanceOf(
      v2.BadRequestException,
    );
    expect(api.submissions).toEqual([]);
  });

  test('trap 26: a call that is tried again is one mail with one id; equal calls of their own are two', async () => {
    const body = JSON.stringify({
      FromEmailAddress: 'a@x.test',
      Destination: { ToAddresses: ['b@y.test'] },
      Content: { Simple: { Subject: { Data: 'x' }, Body: { Text: { Data: 'x' } } } },
    });
    const send = (id: string) =>
      exchange(
        api,
        signedRequest(api, {
          body,
          headers: { 'content-type': 'application/json', 'amz-sdk-invocation-id': id },
        }),
      );
    const first = await send('0d1d45a7-37d7-4b46-8c21-86dbbf9bd3d9');
    const again = await send('0d1d45a7-37d7-4b46-8c21-86dbbf9bd3d9');
    expect(again.status).toBe(200);
    expect(/"MessageId":"[^"]+"/.exec(again.text)?.[0]).toBe(/"MessageId":"[^"]+"/.exec(first.text)?.[0]);
    expect(api.submissions).toHaveLength(1);
    await send('11111111-37d7-4b46-8c21-86dbbf9bd3d9');
    expect(api.submissions).toHaveLength(2);
  });

  test('trap 25: two equal calls in one second are two mails', async () => {
    const request = signedRequest(api, {
      body: '{"Content":{"Raw":{"Data":"RnJvbTogYUB4LnRlc3QNClRvOiBiQHkudGVzdA0KDQp4"}}}',
      headers: { 'content-type': 'application/json' },
    });
    await Promise.all([exchange(api, request), exchange(api, request)]);
    expect(api.submissions).toHaveLength(2);
  });

  test('trap 37: nodemailer verifies its transport and sends raw mail with Bcc', async () => {
    const transport = nodemailer.createTransport({
      SES: { sesClient: sesv2, SendEmailCommand: v2.SendEmailCommand },
    });
    expect(await transport.verify()).toBe(true);
    expect(api.submissions).toEqual([]);
    await transport.sendMail({ from: 'a@x.test', to: 'b@y.test', bcc: 'c@y.test', subject: 'x', text: 'x' });
    expect(api.submissions[0]?.recipients).toEqual(['b@y.test', 'c@y.test']);
  });

  test('traps 4, 11, 42: boto3 sends over v1 and v2 and catches its own exceptions', async () => {
    const script = `
import os, boto3, base64
common = dict(endpoint_url=os.environ['ENDPOINT'])
ses = boto3.client('ses', **common); v2 = boto3.client('sesv2', **common)
raw = b'From: a@x.test\\r\\nTo: b@y.test\\r\\nSubject: \\xc3\\xa4+\\r\\n\\r\\nx+y\\r\\n'
to = {'ToAddresses': ['b@y.test']}
print(ses.send_email(Source='a@x.test', Destination=to, Message={'Subject': {'Data': 'a+b'}, 'Body': {'Text': {'Data': 'ä'}}})['MessageId'])
print(ses.send_raw_email(RawMessage={'Data': raw}, Source='a@x.test', Destinations=['b@y.test'])['MessageId'])
print(ses.send_templated_email(Source='a@x.test', Destination=to, Template='welcome', TemplateData='{"name":"Ann"}')['MessageId'])
print(ses.send_bulk_templated_email(Source='a@x.test', Template='welcome', DefaultTemplateData='{"name":"x"}', Destinations=[{'Destination': to}])['Status'][0]['MessageId'])
print(v2.send_email(Content={'Raw': {'Data': raw}})['MessageId'])
print(v2.send_email(FromEmailAddress='a@x.test', Destination=to, Content={'Template': {'TemplateName': 'welcome', 'TemplateData': '{"name":"Ann"}'}})['MessageId'])
print(v2.send_bulk_email(FromEmailAddress='a@x.test', DefaultContent={'Template': {'TemplateName': 'welcome', 'TemplateData': '{"name":"x"}'}}, BulkEmailEntries=[{'Destination': to}])['BulkEmailEntryResults'][0]['MessageId'])
try: ses.send_templated_email(Source='a@x.test', Destination=to, Template='none', TemplateData='{}')
except ses.exceptions.TemplateDoesNotExistException as e: print(e.response['Error']['Code'])
try: v2.get_suppressed_destination(EmailAddress='a+b@x.test')
except v2.exceptions.NotFoundException as e: print(e.response['Error']['Code'])
`;
    const { stdout } = await run('/usr/bin/python3', ['-c', script], { env: programEnv() });
    expect(stdout.trim().split('\n')).toEqual([
      ...Array.from({ length: 7 }, () => ID),
      'TemplateDoesNotExist',
      'NotFoundException',
    ]);
    const raw = 'From: a@x.test\r\nTo: b@y.test\r\nSubject: ä+\r\n\r\nx+y\r\n';
    expect(contents()[1]).toBe(raw);
    expect(contents()[4]).toBe(raw);
  });

  test('traps 1, 2, 7, 42: the AWS CLI calls v1 and v2 on one port', async () => {
    const data = Buffer.from('From: a@x.test\r\nTo: b@y.test\r\n\r\nx+y\r\n').toString('base64');
    const aws = async (...args: readonly string[]) => {
      const { stdout } = await run(
        '/usr/bin/aws',
        ['--endpoint-url', programEnv().ENDPOINT, '--output', 'json', ...args],
        { env: programEnv() },
      );
      return JSON.parse(stdout) as Readonly<Record<string, unknown>>;
    };
    expect(await aws('ses', 'get-send-quota')).toMatchObject({ Max24HourSend: -1 });
    expect(await aws('ses', 'send-raw-email', '--raw-message', `{"Data":"${data}"}`)).toEqual({
      MessageId: ID,
    });
    expect(await aws('sesv2', 'send-email', '--content', JSON.stringify({ Raw: { Data: data } }))).toEqual({
      MessageId: ID,
    });
    expect(contents()).toEqual(Array.from({ length: 2 }, () => Buffer.from(data, 'base64').toString()));
    const listed = await aws('sesv2', 'list-suppressed-destinations', '--reasons', 'BOUNCE', 'COMPLAINT');
    expect(listed).toEqual({ SuppressedDestinationSummaries: [] });
  });
});
