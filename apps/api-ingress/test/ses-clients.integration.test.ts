import { once } from 'node:events';
import { connect } from 'node:net';
import * as v1 from '@aws-sdk/client-ses';
import * as v2 from '@aws-sdk/client-sesv2';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ID, key, startApi, type RunningApi } from './support/start-api.ts';

describe('the SES API with its real clients', () => {
  let api: RunningApi;
  let ses: v1.SESClient;
  let sesv2: v2.SESv2Client;

  beforeAll(async () => {
    api = await startApi();
    ses = new v1.SESClient(api.settings());
    sesv2 = new v2.SESv2Client(api.settings());
  });

  beforeEach(() => {
    api.submissions.length = 0;
    api.granted = 'full';
    api.answer = { kind: 'accepted', messageId: ID };
  });

  afterAll(async () => {
    ses.destroy();
    sesv2.destroy();
    await api.close();
  });

  function contentOf(index: number): string {
    return api.submissions[index]?.content.toString() ?? '';
  }

  const parts = { Subject: { Data: 'Hello' }, Body: { Text: { Data: 'Hi' }, Html: { Data: '<p>Hi</p>' } } };
  const raw = 'From: App <a@x.test>\r\nTo: b@y.test\r\nBcc: c@z.test\r\nSubject: raw\r\n\r\n.body  \r\n';

  test('traps 3, 8: v1 SendEmail composes a message and answers with the bare id', async () => {
    const sent = await ses.send(
      new v1.SendEmailCommand({
        Source: 'App <a@x.test>',
        Destination: { ToAddresses: ['B <b@y.test>'], CcAddresses: [], BccAddresses: ['c@z.test'] },
        ReplyToAddresses: ['r@x.test'],
        ReturnPath: 'bounces@x.test',
        Message: parts,
        Tags: [{ Name: 'campaign', Value: 'spring' }],
        ConfigurationSetName: 'cs1',
      }),
    );
    expect(sent.MessageId).toBe(ID);
    expect(sent.$metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(api.submissions).toMatchObject([
      {
        reversePath: 'bounces@x.test',
        recipients: ['b@y.test', 'c@z.test'],
        configurationSetName: 'cs1',
        tags: { campaign: ['spring'] },
        source: { operation: 'SendEmail', callerIdentity: key.accessKeyId, tls: { version: 'TLSv1.3' } },
      },
    ]);
    const text = contentOf(0);
    expect(text).toContain('From: App <a@x.test>\r\n');
    expect(text).toContain('Reply-To: r@x.test\r\n');
    expect(text).not.toMatch(/Bcc|X-Mailer|Message-ID|^Date:/im);
    expect(text).not.toMatch(/[^\r]\n/);
  });

  test('traps 38, 42: v1 SendRawEmail takes its recipients from parameters, or else from To, Cc and Bcc', async () => {
    const RawMessage = { Data: Buffer.from(raw) };
    await ses.send(new v1.SendRawEmailCommand({ RawMessage }));
    await ses.send(
      new v1.SendRawEmailCommand({ RawMessage, Destinations: ['only@y.test'], Source: 'source@x.test' }),
    );
    expect(api.submissions).toMatchObject([
      { reversePath: 'a@x.test', recipients: ['b@y.test', 'c@z.test'], content: Buffer.from(raw) },
      { reversePath: 'source@x.test', recipients: ['only@y.test'] },
    ]);
  });

  test('v2 SendEmail: simple with headers and attachments, and raw', async () => {
    await sesv2.send(
      new v2.SendEmailCommand({
        FromEmailAddress: 'a@x.test',
        Destination: { ToAddresses: ['b@y.test'] },
        Content: {
          Simple: {
            ...parts,
            Headers: [{ Name: 'X-Mine', Value: '1' }],
            Attachments: [{ FileName: 'a.txt', RawContent: Buffer.from('attached') }],
          },
        },
      }),
    );
    await sesv2.send(new v2.SendEmailCommand({ Content: { Raw: { Data: Buffer.from(raw) } } }));
    expect(contentOf(0)).toMatch(/X-Mine: 1\r\n[^]*filename=a\.txt\r\n[^]*YXR0YWNoZWQ=/);
    expect(contentOf(1)).toBe(raw);
  });

  test('v2: names of headers arrive as they were given, from SendEmail and SendBulkEmail', async () => {
    const given = [
      { Name: 'X-Bench-Id', Value: '1' },
      { Name: 'x-lower', Value: '2' },
      { Name: 'X-LOWER', Value: '3' },
      { Name: 'List-Unsubscribe-Post', Value: '4' },
      { Name: 'X-MIME-URL', Value: '5' },
    ];
    const destination = { ToAddresses: ['b@y.test'] };
    await sesv2.send(
      new v2.SendEmailCommand({
        FromEmailAddress: 'a@x.test',
        Destination: destination,
        Content: { Simple: { ...parts, Headers: given } },
      }),
    );
    await sesv2.send(
      new v2.SendBulkEmailCommand({
        FromEmailAddress: 'a@x.test',
        DefaultContent: {
          Template: { TemplateContent: { Subject: 's', Text: 't' }, TemplateData: '{}', Headers: given },
        },
        BulkEmailEntries: [
          { Destination: destination, ReplacementHeaders: [{ Name: 'x-Bench-iD', Value: '9' }] },
        ],
      }),
    );
    const own = (index: number) => contentOf(index).match(/^(?:x-|list-).*$/gim);
    const shared = ['x-lower: 2', 'X-LOWER: 3', 'List-Unsubscribe-Post: 4', 'X-MIME-URL: 5'];
    expect(own(0)).toEqual(['X-Bench-Id: 1', ...shared]);
    expect(own(1)).toEqual([...shared, 'x-Bench-iD: 9']);
  });

  test.each([
    ['4.1 row 19: NUL', 'a\0b', 'NUL octet'],
    ['4.1 row 21: a line of 999 octets', 'x'.repeat(999), 'longer than 998'],
  ])('%s in raw mail is refused, on v1 and v2', async (_title, text, message) => {
    const Data = Buffer.from(`From: a@x.test\r\nTo: b@y.test\r\n\r\n${text}\r\n`);
    await expect(ses.send(new v1.SendRawEmailCommand({ RawMessage: { Data } }))).rejects.toThrow(message);
    await expect(sesv2.send(new v2.SendEmailCommand({ Content: { Raw: { Data } } }))).rejects.toThrow(
      message,
    );
    expect(api.submissions).toEqual([]);
  });

  test('4.2 row 48: bare line ends of raw mail become CRLF', async () => {
    await ses.send(
      new v1.SendRawEmailCommand({
        RawMessage: { Data: Buffer.from('From: a@x.test\nTo: b@y.test\n\nx\n') },
      }),
    );
    expect(contentOf(0)).toBe('From: a@x.test\r\nTo: b@y.test\r\n\r\nx\r\n');
  });

  test.each([
    [
      '4.2 row 48: no From',
      { RawMessage: { Data: Buffer.from('To: b@y.test\r\n\r\nx') } },
      "Missing required header 'From'.",
    ],
    [
      '4.2 row 49: 51 recipients',
      {
        RawMessage: { Data: Buffer.from(raw) },
        Destinations: Array.from({ length: 51 }, (_each, index) => `r${String(index)}@y.test`),
      },
      'Recipient count exceeds 50.',
    ],
    [
      '4.2 row 49: one bad recipient',
      { RawMessage: { Data: Buffer.from(raw) }, Destinations: ['b@y.test', 'nobody'] },
      "Missing final '@domain'",
    ],
    [
      'a bad tag',
      { RawMessage: { Data: Buffer.from(raw) }, Tags: [{ Name: 'x y', Value: '1' }] },
      "Invalid tag name <x y>: only alphanumeric ASCII characters, '_',  '-' are allowed.",
    ],
  ])('%s is InvalidParameterValue', async (_title, input, message) => {
    await expect(ses.send(new v1.SendRawEmailCommand(input))).rejects.toMatchObject({
      name: 'InvalidParameterValue',
      message,
    });
    expect(api.submissions).toEqual([]);
  });

  test('4.2 row 47: a line end in the subject is refused, never folded into the message', async () => {
    const Message = { ...parts, Subject: { Data: 'x\r\nBcc: d@y.test' } };
    const command = new v1.SendEmailCommand({
      Source: 'a@x.test',
      Destination: { ToAddresses: ['b@y.test'] },
      Message,
    });
    await expect(ses.send(command)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  });

  test('T1: in the clear there is no answer at all', async () => {
    const socket = connect(api.port, '127.0.0.1');
    let answer = '';
    socket.on('data', (bytes: Buffer) => (answer += bytes.toString()));
    socket.on('error', () => undefined);
    socket.write('GET /v2/email/account HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(socket, 'close');
    expect(answer).toBe('');
  });

  test('T10, 4.2 row 51: an unknown set is ConfigurationSetDoesNotExist on v1 and NotFoundException on v2', async () => {
    api.answer = {
      kind: 'refused',
      refusal: {
        code: 'configuration-set-does-not-exist',
        message: 'Configuration set <none> does not exist.',
        configurationSetName: 'none',
      },
    };
    const one = ses.send(
      new v1.SendRawEmailCommand({ RawMessage: { Data: Buffer.from(raw) }, ConfigurationSetName: 'none' }),
    );
    await expect(one).rejects.toBeInstanceOf(v1.ConfigurationSetDoesNotExistException);
    await expect(one).rejects.toMatchObject({
      ConfigurationSetName: 'none',
      message: 'Configuration set <none> does not exist.',
      $metadata: { httpStatusCode: 400 },
    });
    const two = sesv2.send(
      new v2.SendEmailCommand({ Content: { Raw: { Data: Buffer.from(raw) } }, ConfigurationSetName: 'none' }),
    );
    await expect(two).rejects.toBeInstanceOf(v2.NotFoundException);
    await expect(two).rejects.toMatchObject({ $metadata: { httpStatusCode: 404 } });
  });

  test.each([
    ['sending-rate', 'Maximum sending rate exceeded.', 'TooManyRequestsException', 429],
    ['daily-quota', 'Daily message quota exceeded.', 'LimitExceededException', 400],
  ] as const)(
    'traps 22, 23, 4.2 row 53: beyond the %s is Throttling with 400 on v1',
    async (limit, message, v2Name, v2Status) => {
      api.answer = { kind: 'throttled', limit };
      const Data = Buffer.from(raw);
      await expect(ses.send(new v1.SendRawEmailCommand({ RawMessage: { Data } }))).rejects.toMatchObject({
        name: 'Throttling',
        message,
        $metadata: { httpStatusCode: 400 },
      });
      await expect(sesv2.send(new v2.SendEmailCommand({ Content: { Raw: { Data } } }))).rejects.toMatchObject(
        { name: v2Name, message, $metadata: { httpStatusCode: v2Status } },
      );
    },
  );

  test('GetSendStatistics is a list of quarters of an hour', async () => {
    expect((await ses.send(new v1.GetSendStatisticsCommand({}))).SendDataPoints).toEqual([]);
  });

  test('4.2 row 54: a store that is away is 503 on both', async () => {
    api.answer = { kind: 'unavailable', cause: 'queue' };
    const rejection = {
      name: expect.stringContaining('ServiceUnavailable') as string,
      $metadata: { httpStatusCode: 503 },
    };
    await expect(
      ses.send(new v1.SendRawEmailCommand({ RawMessage: { Data: Buffer.from(raw) } })),
    ).rejects.toMatchObject(rejection);
    await expect(
      sesv2.send(new v2.SendEmailCommand({ Content: { Raw: { Data: Buffer.from(raw) } } })),
    ).rejects.toMatchObject(rejection);
  });

  test('T8, traps 13, 14, 15: one stored set behind v1 and v2, each in its spelling', async () => {
    await ses.send(new v1.CreateConfigurationSetCommand({ ConfigurationSet: { Name: 'shared' } }));
    await ses.send(
      new v1.PutConfigurationSetDeliveryOptionsCommand({
        ConfigurationSetName: 'shared',
        DeliveryOptions: { TlsPolicy: 'Require' },
      }),
    );
    const seen = await sesv2.send(new v2.GetConfigurationSetCommand({ ConfigurationSetName: 'shared' }));
    expect(seen.DeliveryOptions?.TlsPolicy).toBe('REQUIRE');
    await sesv2.send(
      new v2.PutConfigurationSetDeliveryOptionsCommand({
        ConfigurationSetName: 'shared',
        TlsPolicy: 'OPTIONAL',
      }),
    );
    const asked = await ses.send(
      new v1.DescribeConfigurationSetCommand({
        ConfigurationSetName: 'shared',
        ConfigurationSetAttributeNames: ['deliveryOptions', 'eventDestinations'],
      }),
    );
    expect(asked.DeliveryOptions).toEqual({ TlsPolicy: 'Optional' });
    expect(asked.EventDestinations).toEqual([]);
    const unasked = await ses.send(
      new v1.DescribeConfigurationSetCommand({ ConfigurationSetName: 'shared' }),
    );
    expect(unasked.DeliveryOptions).toBeUndefined();
  });

  test('trap 12: a set that exists is refused with 400 on both', async () => {
    await sesv2.send(new v2.CreateConfigurationSetCommand({ ConfigurationSetName: 'twice' }));
    await expect(
      ses.send(new v1.CreateConfigurationSetCommand({ ConfigurationSet: { Name: 'twice' } })),
    ).rejects.toMatchObject({
      name: 'ConfigurationSetAlreadyExistsException',
      $metadata: { httpStatusCode: 400 },
    });
    await expect(
      sesv2.send(new v2.CreateConfigurationSetCommand({ ConfigurationSetName: 'twice' })),
    ).rejects.toMatchObject({ name: 'AlreadyExistsException', $metadata: { httpStatusCode: 400 } });
  });

  test('trap 54: lists are paged, and the last page has no token', async () => {
    for (const name of ['page-a', 'page-b', 'page-c']) {
      await sesv2.send(new v2.CreateConfigurationSetCommand({ ConfigurationSetName: name }));
    }
    const names: (string | undefined)[] = [];
    let token: string | undefined;
    do {
      const page = await ses.send(
        new v1.ListConfigurationSetsCommand({
          MaxItems: 1,
          ...(token === undefined ? {} : { NextToken: token }),
        }),
      );
      names.push(...(page.ConfigurationSets ?? []).map(({ Name }) => Name));
      token = page.NextToken;
    } while (token !== undefined);
    expect(names).toEqual(expect.arrayContaining(['page-a', 'page-b', 'page-c']));
    expect((await sesv2.send(new v2.ListConfigurationSetsCommand({}))).ConfigurationSets).toContain('page-b');
  });

  test('4.2 row 52: a TlsPolicy that is none is a validation error in the words of SES', async () => {
    const TlsPolicy = 'Always' as v1.TlsPolicy;
    await expect(
      ses.send(
        new v1.PutConfigurationSetDeliveryOptionsCommand({
          ConfigurationSetName: 'x',
          DeliveryOptions: { TlsPolicy },
        }),
      ),
    ).rejects.toMatchObject({
      name: 'ValidationError',
      message: expect.stringContaining('[Optional, Require]') as string,
    });
  });

  test('quota and account are answered as numbers', async () => {
    expect(await ses.send(new v1.GetSendQuotaCommand({}))).toMatchObject({ Max24HourSend: -1 });
    expect((await ses.send(new v1.GetAccountSendingEnabledCommand({}))).Enabled).toBe(true);
    expect((await sesv2.send(new v2.GetAccountCommand({}))).SendQuota?.Max24HourSend).toBe(-1);
  });

  test('4.2 row 41: an operation that is not there is InvalidAction in XML, and an error in JSON', async () => {
    await expect(ses.send(new v1.ListReceiptRuleSetsCommand({}))).rejects.toMatchObject({
      name: 'InvalidAction',
    });
    await expect(sesv2.send(new v2.ListContactListsCommand({}))).rejects.toMatchObject({
      name: 'UnknownOperationException',
      $metadata: { httpStatusCode: 404 },
    });
  });

  test('a credential for sending only sends, and is AccessDenied everywhere else', async () => {
    api.granted = 'send';
    const Data = Buffer.from(raw);
    expect((await ses.send(new v1.SendRawEmailCommand({ RawMessage: { Data } }))).MessageId).toBe(ID);
    expect((await sesv2.send(new v2.SendEmailCommand({ Content: { Raw: { Data } } }))).MessageId).toBe(ID);
    await expect(
      ses.send(new v1.CreateConfigurationSetCommand({ ConfigurationSet: { Name: 'no' } })),
    ).rejects.toMatchObject({
      name: 'AccessDenied',
      message: `User \`arn:aws:iam::111122223333:user/${key.accessKeyId}' is not authorized to perform \`ses:CreateConfigurationSet' on resource \`*'`,
      $metadata: { httpStatusCode: 403 },
    });
    await expect(sesv2.send(new v2.GetAccountCommand({}))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      $metadata: { httpStatusCode: 403 },
    });
    api.granted = 'none';
    await expect(ses.send(new v1.SendRawEmailCommand({ RawMessage: { Data } }))).rejects.toMatchObject({
      name: 'AccessDenied',
    });
  });

  test.each([
    [
      '4.2 row 34: an unknown key',
      { ...key, accessKeyId: 'AKIAUNKNOWNUNKNOWN00' },
      'InvalidClientTokenId',
      'UnrecognizedClientException',
    ],
    [
      '4.2 row 35: a wrong secret',
      { ...key, secretAccessKey: 'wrong' },
      'SignatureDoesNotMatch',
      'InvalidSignatureException',
    ],
    [
      'a session token',
      { ...key, sessionToken: 'token' },
      'InvalidClientTokenId',
      'UnrecognizedClientException',
    ],
  ])('trap 9, %s is refused with 403 on both', async (_title, credentials, v1Name, v2Name) => {
    const one = new v1.SESClient({ ...api.settings(), credentials });
    const two = new v2.SESv2Client({ ...api.settings(), credentials });
    await expect(one.send(new v1.GetSendQuotaCommand({}))).rejects.toMatchObject({
      name: v1Name,
      $metadata: { httpStatusCode: 403 },
    });
    await expect(two.send(new v2.GetAccountCommand({}))).rejects.toMatchObject({
      name: v2Name,
      $metadata: { httpStatusCode: 403 },
    });
    one.destroy();
    two.destroy();
  });
});
