import { connect as connectPlain } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { eventually } from '@sealpost/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { exchange, RawClient, signedHead, signedRequest } from './support/raw-client.ts';
import { ID, startApi, type RunningApi } from './support/start-api.ts';

const MIB = 1024 * 1024;
const SEND = '/v2/email/outbound-emails';
const JSON_TYPE = { 'content-type': 'application/json' };
const FORM_TYPE = { 'content-type': 'application/x-www-form-urlencoded' };

describe('HTTP that is not as it should be', () => {
  let api: RunningApi;

  beforeAll(async () => {
    api = await startApi({ requestTimeoutMs: 1000 });
  });

  beforeEach(() => {
    api.submissions.length = 0;
  });

  // Faults 4.2: a living service afterwards.
  afterEach(async () => {
    const request = { method: 'GET', target: '/v2/email/account' };
    expect((await exchange(api, signedRequest(api, request))).status).toBe(200);
    expect(api.submissions).toEqual([]);
  });

  afterAll(() => api.close());

  const v2 = (body: string | Buffer, headers = {}) =>
    exchange(api, signedRequest(api, { target: SEND, body, headers: { ...JSON_TYPE, ...headers } }));
  const v1 = (body: string, headers = {}) =>
    exchange(api, signedRequest(api, { target: '/', body, headers: { ...FORM_TYPE, ...headers } }));

  test('4.2 row 33: no Authorization is XML on v1 and JSON on v2', async () => {
    const one = await exchange(api, 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n');
    expect(one).toMatchObject({ status: 403 });
    expect(one.text).toContain('<Code>MissingAuthenticationToken</Code>');
    const two = await exchange(api, 'GET /v2/email/account HTTP/1.1\r\nhost: x\r\n\r\n');
    expect(two).toMatchObject({ status: 403 });
    expect(two.text).toContain('x-amzn-errortype: MissingAuthenticationTokenException');
    expect(two.text).toContain('"message":"Missing Authentication Token"');
  });

  test('4.2 row 35: a body that was changed on the way', async () => {
    const answer = await exchange(api, signedRequest(api, { body: '{"a":1}', signedBody: '{}' }));
    expect(answer).toMatchObject({ status: 403 });
    expect(answer.text).toContain('InvalidSignatureException');
  });

  test.each(['UNSIGNED-PAYLOAD', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD'])(
    '4.2 row 39: %s',
    async (declared) => {
      const answer = await v2('{}', { 'x-amz-content-sha256': declared });
      expect(answer).toMatchObject({ status: 403 });
    },
  );

  test('4.2 row 40: plain HTTP on the HTTPS port gets no answer', async () => {
    const socket = connectPlain(api.port, '127.0.0.1');
    let received = '';
    let isClosed = false;
    socket.on('data', (bytes: Buffer) => (received += bytes.toString()));
    socket.on('error', () => undefined);
    socket.on('close', () => (isClosed = true));
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await eventually(() => isClosed);
    expect(received).toBe('');
  });

  test('4.2 row 41: unknown action, path and method', async () => {
    expect((await v1('Action=Nothing&Version=2010-12-01')).text).toContain('<Code>InvalidAction</Code>');
    expect((await v1('Version=2010-12-01')).text).toContain('<Code>MissingAction</Code>');
    const unknown = { method: 'GET', target: '/v2/email/nothing' };
    expect((await exchange(api, signedRequest(api, unknown))).status).toBe(404);
    expect((await exchange(api, signedRequest(api, { method: 'PUT', target: SEND }))).status).toBe(405);
  });

  test.each([
    ['syntax', '{"Content":'],
    ['a depth of ten thousand', '['.repeat(10_000)],
    ['a byte order mark', '\ufeff{}'],
    ['an infinite number', '{"Content":1e999}'],
    ['a list', '[]'],
    ['values without end', `[${'1,'.repeat(100_000)}1]`],
  ])('4.2 row 43: JSON with %s is SerializationException', async (_title, body) => {
    const answer = await v2(body);
    expect(answer).toMatchObject({ status: 400 });
    expect(answer.text).toContain('SerializationException');
  });

  test('4.2 row 43: duplicate keys, __proto__ and lone surrogates change nothing', async () => {
    const body =
      '{"__proto__":{"Content":{"Raw":{"Data":"eA=="}}},"FromEmailAddress":"\\ud800@x.test","FromEmailAddress":"a@x.test"}';
    const answer = await v2(body);
    expect(answer).toMatchObject({ status: 400 });
    expect(answer.text).toContain("Value null at 'content'");
  });

  test('4.2 row 44: a body that is declared too large is refused unread', async () => {
    for (const [target, size] of [
      [SEND, 61 * MIB],
      ['/', 29 * MIB],
    ] as const) {
      const head = signedHead(api, { target, headers: { ...JSON_TYPE, 'content-length': String(size) } });
      const answer = await exchange(api, `${head}\r\n`);
      expect(answer).toMatchObject({ status: 413 });
      expect(answer.text).toContain('RequestEntityTooLarge');
    }
  });

  test('4.2 row 44: chunks without end are refused at the limit', async () => {
    const client = new RawClient(api);
    client.write(`${signedHead(api, { target: '/', headers: { 'transfer-encoding': 'chunked' } })}\r\n`);
    const chunk = Buffer.concat([
      Buffer.from('100000\r\nA='),
      Buffer.alloc(MIB - 2, 'x'),
      Buffer.from('\r\n'),
    ]);
    for (let count = 0; count < 30; count += 1) client.write(chunk);
    expect(await client.answer()).toMatchObject({ status: 413 });
    client.destroy();
  });

  test('4.2 row 44: a body that does not come is 408 after its time', async () => {
    const client = new RawClient(api);
    client.write(`${signedHead(api, { headers: { ...JSON_TYPE, 'content-length': '100' } })}\r\n{`);
    expect(await client.answer()).toMatchObject({ status: 408 });
    await client.closed();
  });

  test('4.2 row 44: a head that does not come ends as well', async () => {
    const client = new RawClient(api);
    client.write('POST / HTTP/1.1\r\nx-slow: ');
    expect(await client.answer()).toMatchObject({ status: 408 });
    await client.closed();
  });

  test.each([
    ['Content-Length and Transfer-Encoding', 'content-length: 2\r\ntransfer-encoding: chunked\r\n'],
    ['two Content-Lengths', 'content-length: 2\r\ncontent-length: 3\r\n'],
    ['a Content-Length that is none', 'content-length: +2\r\n'],
    ['another Transfer-Encoding', 'transfer-encoding: xchunked\r\n'],
    ['a folded field', 'x-folded: a\r\n b\r\n'],
    ['NUL in a field', 'x-nul: a\0b\r\n'],
    ['a bare CR in a field', 'x-cr: a\rb: c\r\n'],
    ['a blank before the colon', 'x-blank : a\r\n'],
  ])('4.2 row 45: %s is 400 and the end of the connection', async (_title, field) => {
    const client = new RawClient(api);
    client.write(`${signedHead(api, { target: SEND, body: '{}' })}${field}\r\n{}GET / HTTP/1.1\r\n`);
    const answer = await client.answer();
    expect([400, 403]).toContain(answer.status);
    if (_title !== 'a folded field') expect(answer.status).toBe(400);
    await client.closed();
    expect(answer.text.match(/HTTP\/1\.1 /g)).toHaveLength(1);
  });

  test('4.2 row 45: a head of more than 16 KiB is 431', async () => {
    const answer = await exchange(api, `GET / HTTP/1.1\r\nx-long: ${'x'.repeat(20_000)}\r\n\r\n`);
    expect(answer).toMatchObject({ status: 431 });
  });

  test.each(['gzip', 'deflate', 'identity', 'br'])(
    '4.2 row 46: Content-Encoding %s is 415',
    async (encoding) => {
      const one = await v1('Action=GetSendQuota', { 'content-encoding': encoding });
      expect(one).toMatchObject({ status: 415 });
      expect(one.text).toContain('<ErrorResponse');
      const two = await v2('{}', { 'content-encoding': encoding });
      expect(two).toMatchObject({ status: 415 });
      expect(two.text).toContain('UnsupportedMediaTypeException');
    },
  );

  const simple = (change: object) => ({
    FromEmailAddress: 'a@x.test',
    Destination: { ToAddresses: ['b@y.test'] },
    Content: { Simple: { Subject: { Data: 'Hi' }, Body: { Text: { Data: 'x' } } } },
    ...change,
  });
  const withSimple = (change: object) =>
    simple({ Content: { Simple: { Subject: { Data: 'Hi' }, Body: { Text: { Data: 'x' } }, ...change } } });

  test.each<[string, object]>([
    ['a subject', withSimple({ Subject: { Data: '\u00e4'.repeat(100_000) } })],
    ['an address', simple({ Destination: { ToAddresses: [`${'b'.repeat(100_000)}@y.test`] } })],
    ['recipients', simple({ Destination: { ToAddresses: Array.from({ length: 5000 }, () => 'b@y.test') } })],
    ['Reply-To', simple({ ReplyToAddresses: Array.from({ length: 10_000 }, () => 'b@y.test') })],
    [
      'attachments',
      withSimple({ Attachments: Array.from({ length: 996 }, () => ({ FileName: 'a', RawContent: 'eA==' })) }),
    ],
    [
      'tags',
      simple({ EmailTags: Array.from({ length: 51 }, (_tag, at) => ({ Name: `n${at}`, Value: 'v' })) }),
    ],
    ['the name of a set', simple({ ConfigurationSetName: 'x'.repeat(100_000) })],
  ])('4.2 row 43: %s without end: refused before it takes time', async (_where, body) => {
    const answer = await v2(JSON.stringify(body));
    expect(answer).toMatchObject({ status: 400 });
    expect(answer.text.length).toBeLessThan(2000);
  });

  describe.each([
    ['CR LF', '\r\nBcc: d@y.test'],
    ['LF', '\nBcc: d@y.test'],
    ['CR', '\rBcc: d@y.test'],
    ['NUL', '\0'],
  ])('4.2 row 47: %s', (_title, evil) => {
    test.each<[string, object]>([
      ['Subject', withSimple({ Subject: { Data: `Hi${evil}` } })],
      ['From', simple({ FromEmailAddress: `A${evil} <a@x.test>` })],
      ['an address', simple({ FromEmailAddress: `a${evil}@x.test` })],
      ['To', simple({ Destination: { ToAddresses: [`B${evil} <b@y.test>`] } })],
      ['Reply-To', simple({ ReplyToAddresses: [`R${evil} <r@y.test>`] })],
      ['the feedback address', simple({ FeedbackForwardingEmailAddress: `f${evil}@y.test` })],
      ['the name of a header', withSimple({ Headers: [{ Name: `X${evil}`, Value: '1' }] })],
      ['the value of a header', withSimple({ Headers: [{ Name: 'X-A', Value: `1${evil}` }] })],
      ['a Message-ID', withSimple({ Headers: [{ Name: 'Message-ID', Value: `<1${evil}@x>` }] })],
      ['a tag', simple({ EmailTags: [{ Name: 'a', Value: `1${evil}` }] })],
      ['a file name', withSimple({ Attachments: [{ FileName: `a${evil}.txt`, RawContent: 'eA==' }] })],
      [
        'a content type',
        withSimple({
          Attachments: [{ FileName: 'a.txt', RawContent: 'eA==', ContentType: `text/plain${evil}` }],
        }),
      ],
      [
        'a content id',
        withSimple({ Attachments: [{ FileName: 'a.txt', RawContent: 'eA==', ContentId: `i${evil}` }] }),
      ],
      [
        'a description',
        withSimple({
          Attachments: [{ FileName: 'a.txt', RawContent: 'eA==', ContentDescription: `d${evil}` }],
        }),
      ],
    ])('in %s is refused, never folded into the message', async (_where, body) => {
      expect(await v2(JSON.stringify(body))).toMatchObject({ status: 400 });
    });
  });

  test('4.2 row 48: what is no base64 is refused on both', async () => {
    expect(await v1('Action=SendRawEmail&Version=2010-12-01&RawMessage.Data=a*')).toMatchObject({
      status: 400,
    });
    expect(await v2('{"Content":{"Raw":{"Data":"a*"}}}')).toMatchObject({ status: 400 });
    expect(await v2('{"Content":{"Raw":{"Data":17}}}')).toMatchObject({ status: 400 });
  });

  test.each([
    ['no header section', '\r\njust a text', "Missing required header 'From'."],
    [
      'an address of 321 characters',
      `From: ${'a'.repeat(60)}@${'x'.repeat(255)}.test\r\nTo: b@y.test\r\n\r\nx`,
      '',
    ],
  ])('4.2 rows 48, 49: raw mail with %s is refused', async (_title, raw, message) => {
    const answer = await v2(
      JSON.stringify({ Content: { Raw: { Data: Buffer.from(raw).toString('base64') } } }),
    );
    expect(answer).toMatchObject({ status: 400 });
    expect(answer.text).toContain(message);
  });

  test('4.2 row 56: HTTP/2 is not spoken, its preface ends the connection and others are served', async () => {
    const client = new RawClient(api);
    client.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    expect((await client.answer()).status).toBe(400);
    await client.closed();
    const socket = connectTls({ host: '127.0.0.1', port: api.port, ca: api.ca, ALPNProtocols: ['h2'] });
    let isOver = false;
    socket.on('error', () => (isOver = true));
    socket.on('secureConnect', () => (isOver = socket.alpnProtocol !== 'h2'));
    await eventually(() => isOver);
    socket.destroy();
  });
});

describe('large requests', () => {
  let api: RunningApi;

  beforeAll(async () => {
    api = await startApi({ requestTimeoutMs: 60_000, maxBodyBytesInFlight: 64 * MIB });
  });

  afterAll(() => api.close());

  const line = `${'x'.repeat(76)}\r\n`;
  const mail = (bytes: number) =>
    Buffer.from(`From: a@x.test\r\nTo: b@y.test\r\n\r\n${line.repeat(Math.floor(bytes / line.length))}`);
  const rawBody = (content: Buffer) => `{"Content":{"Raw":{"Data":"${content.toString('base64')}"}}}`;

  test('mail of 40 MB arrives byte for byte, in pairs, within bounds of memory', async () => {
    const content = mail(39 * MIB);
    const request = signedRequest(api, { body: rawBody(content), headers: JSON_TYPE });
    let highest = 0;
    const watch = setInterval(() => {
      const { arrayBuffers, heapUsed } = process.memoryUsage();
      highest = Math.max(highest, arrayBuffers + heapUsed);
    }, 5);
    const before = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed;
    for (let round = 0; round < 4; round += 1) {
      api.submissions.length = 0;
      const answers = await Promise.all([exchange(api, request), exchange(api, request)]);
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
      expect(api.submissions.every((each) => each.content.equals(content))).toBe(true);
    }
    clearInterval(watch);
    api.submissions.length = 0;
    // Beside the server's one body at a time: two clients' copies and what the door was given.
    expect(highest - before).toBeLessThan(512 * MIB);
  });

  test('a message beyond the limit is refused at its end', async () => {
    const body = rawBody(mail(41 * MIB));
    const answer = await exchange(api, signedRequest(api, { body, headers: JSON_TYPE }));
    expect(answer.text).toContain('Message length is more than the allowed 41943040 bytes');
    expect(answer.status).toBe(400);
  });

  test('texts of megabytes and attachments go through in pieces', async () => {
    api.submissions.length = 0;
    const attachment = mail(3 * MIB);
    const body = JSON.stringify({
      FromEmailAddress: 'a@x.test',
      Destination: { ToAddresses: ['b@y.test'] },
      Content: {
        Simple: {
          Subject: { Data: 'large' },
          Body: { Html: { Data: `<p>ä\u{1f600}</p>\n`.repeat(100_000) } },
          Attachments: [
            { FileName: 'a.eml', RawContent: attachment.toString('base64'), ContentDescription: 'it' },
          ],
        },
      },
    });
    const answer = await exchange(api, signedRequest(api, { body, headers: JSON_TYPE }));
    expect(answer.text).toContain(ID);
    const sent = api.submissions[0]?.content.toString() ?? '';
    const html = /text\/html[^]*?\r\n\r\n([^]*?)\r\n--/.exec(sent)?.[1] ?? '';
    expect(Buffer.from(html, 'base64').toString()).toBe(`<p>ä\u{1f600}</p>\r\n`.repeat(100_000));
    const encoded = /filename=a\.eml[^]*?\r\n\r\n([^]*?)\r\n--/.exec(sent)?.[1] ?? '';
    expect(Buffer.from(encoded, 'base64').equals(attachment)).toBe(true);
    expect(sent).toContain('Content-Description: it\r\n');
  });
});
