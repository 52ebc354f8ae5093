// The scripted peer is driven here by raw sockets: what it says and records must be right by itself.
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { afterEach, expect, test } from 'vitest';
import { testAuthority } from './authority.ts';
import { eventually } from './eventually.ts';
import { startReceiver, type Receiver } from './receiver.ts';
import type { ReceiverScript } from './receiver-script.ts';

const open: { close(): Promise<void> | void }[] = [];

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function receiver(script: ReceiverScript = {}): Promise<Receiver> {
  const started = await startReceiver(script);
  open.push(started);
  return started;
}

interface Client {
  readonly socket: Socket;
  text(): string;
  send(text: string): void;
  /** Waits until everything received ends in a match. */
  until(pattern: RegExp): Promise<string>;
  readonly closed: Promise<string>;
}

function clientOver(socket: Socket): Client {
  let received = '';
  let failure = 'closed';
  socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
  socket.on('error', (error: NodeJS.ErrnoException) => (failure = error.code ?? 'error'));
  const closed = new Promise<string>((resolve) => {
    socket.once('close', () => {
      resolve(failure);
    });
  });
  return {
    socket,
    text: () => received,
    send: (text) => socket.write(text),
    until: async (pattern) => {
      await eventually(() => pattern.test(received), { what: `${pattern} in ${JSON.stringify(received)}` });
      return received;
    },
    closed,
  };
}

function dial(to: Receiver): Client {
  const socket = connectTcp(to.port, to.address);
  open.push({
    close: () => {
      socket.destroy();
    },
  });
  return clientOver(socket);
}

async function startTls(client: Client, options: { servername: string }): Promise<TLSSocket> {
  client.send('STARTTLS\r\n');
  await client.until(/220 2\.0\.0 .*\r\n$/);
  client.socket.removeAllListeners('data');
  const ca = (await testAuthority()).certificatePem;
  const old = { minVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const;
  return connectTls({ socket: client.socket, ca, ...old, ...options });
}

const TRANSACTION = 'MAIL FROM:<a@from.example> SIZE=9\r\nRCPT TO:<b@to.example>\r\nDATA\r\n';

test('a message in the clear is recorded with its exact content, dots unstuffed', async () => {
  const mx = await receiver({ starttls: 'absent' });
  const client = dial(mx);
  await client.until(/^220 mx\.example\.test .*\r\n$/);
  client.send('EHLO me.example\r\n');
  expect(await client.until(/250 SMTPUTF8\r\n$/)).not.toContain('STARTTLS');
  client.send(TRANSACTION);
  await client.until(/354 .*\r\n$/);
  client.send('..first\r\nx\n.\nbare\r\n');
  client.send('..\r\n.');
  client.send('\r\nQUIT\r\n');
  await client.until(/221 .*\r\n$/);
  const [message] = mx.messages();
  expect(message?.content.toString()).toBe('.first\r\nx\n.\nbare\r\n.\r\n');
  expect(message).toMatchObject({
    reversePath: 'a@from.example',
    mailParameters: ['SIZE=9'],
    recipients: ['b@to.example'],
    tls: undefined,
    replyCode: 250,
  });
  expect(mx.plaintextBytes().toString()).toContain('MAIL FROM:<a@from.example>');
});

test('an empty content is recorded as empty', async () => {
  const mx = await receiver();
  const client = dial(mx);
  client.send(`EHLO x\r\n${TRANSACTION}.\r\n`);
  await client.until(/queued\r\n$/);
  expect(mx.messages()[0]?.content.length).toBe(0);
});

test('bytes inside TLS are kept apart from those outside, with version, cipher and server name', async () => {
  const mx = await receiver({ hostName: 'mx1.to.example' });
  const client = dial(mx);
  client.send('EHLO me.example\r\n');
  await client.until(/250 STARTTLS\r\n$/);
  const tls = await startTls(client, { servername: 'mx1.to.example' });
  await once(tls, 'secureConnect');
  expect(tls.authorized).toBe(true);
  const inside = clientOver(tls);
  inside.send(`EHLO me.example\r\n${TRANSACTION}`);
  expect(await inside.until(/354 .*\r\n$/)).not.toContain('STARTTLS');
  inside.send('secret\r\n.\r\n');
  await inside.until(/queued\r\n$/);
  const [connection] = mx.connections();
  expect(connection?.plaintext.toString()).toBe('EHLO me.example\r\nSTARTTLS\r\n');
  expect(connection?.insideTls.toString()).toContain('secret');
  expect(mx.messages()[0]?.tls).toEqual({
    version: 'TLSv1.3',
    cipher: 'TLS_AES_256_GCM_SHA384',
    serverName: 'mx1.to.example',
  });
});

test('what a client says in the clear after the 220 of STARTTLS is recorded as plaintext', async () => {
  const mx = await receiver({ starttls: 'stall-after-220' });
  const client = dial(mx);
  client.send('EHLO me.example\r\nSTARTTLS\r\n');
  await client.until(/Ready to start TLS\r\n$/);
  client.send('MAIL FROM:<leak@from.example>\r\n');
  await eventually(() => mx.plaintextBytes().includes('leak@from.example'));
  expect(mx.connections()[0]?.commands.map(({ line }) => line)).toEqual(['EHLO me.example', 'STARTTLS']);
});

test.each(['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const)(
  'a receiver can speak %s only',
  async (version) => {
    const mx = await receiver({ tls: { minVersion: version, maxVersion: version } });
    const client = dial(mx);
    await client.until(/220/);
    const tls = await startTls(client, { servername: 'mx.example.test' });
    await once(tls, 'secureConnect');
    expect(tls.getProtocol()).toBe(version);
  },
);

test.each([
  ['self-signed', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ['expired', 'CERT_HAS_EXPIRED'],
  ['not-yet-valid', 'CERT_NOT_YET_VALID'],
  ['wrong-name', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ['unknown-authority', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
] as const)('a receiver can present a certificate that is %s', async (certificate, code) => {
  const mx = await receiver({ tls: { certificate } });
  const client = dial(mx);
  await client.until(/220/);
  const tls = await startTls(client, { servername: 'mx.example.test' });
  const error = await new Promise<NodeJS.ErrnoException>((resolve) => tls.once('error', resolve));
  expect(error.code).toBe(code);
});

test.each([
  ['garbage-after-220', 'ERR_SSL_WRONG_VERSION_NUMBER'],
  ['alert-after-220', 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION'],
] as const)('STARTTLS can fail: %s', async (starttls, code) => {
  const mx = await receiver({ starttls });
  const client = dial(mx);
  await client.until(/220/);
  const tls = await startTls(client, { servername: 'mx.example.test' });
  const error = await new Promise<NodeJS.ErrnoException>((resolve) => tls.once('error', resolve));
  expect(error.code).toBe(code);
  expect(mx.plaintextBytes().toString()).toBe('STARTTLS\r\n');
});

test.each([
  ['close-after-220', 'closed'],
  ['reset-after-220', 'ECONNRESET'],
] as const)('the connection can end behind the 220 of STARTTLS: %s', async (starttls, ending) => {
  const mx = await receiver({ starttls });
  const client = dial(mx);
  client.send('STARTTLS\r\n');
  expect(await client.closed).toBe(ending);
  expect(client.text()).toContain('220 2.0.0 Ready to start TLS\r\n');
});

test('STARTTLS can be refused, or come with plaintext behind its 220', async () => {
  const mx = await receiver({ starttls: { reply: '454 4.7.0 TLS not available' } });
  const client = dial(mx);
  client.send('EHLO x\r\nSTARTTLS\r\nNOOP\r\n');
  await client.until(/454 4\.7\.0 TLS not available\r\n250 2\.0\.0 Ok\r\n$/);
  mx.setScript({ starttls: 'inject-plaintext-after-220' });
  client.send('STARTTLS\r\n');
  await client.until(/220 .*\r\n250-injected\.example\r\n250 SIZE 1\r\n$/);
});

test('rules answer by phase and recipient, a number of times, over all connections', async () => {
  const mx = await receiver({
    rules: [
      { on: 'connect', reply: '421 4.3.2 Busy', times: 1, then: 'close' },
      { on: 'RCPT', recipient: 'NO@to.example', reply: '550 5.1.1 No such user' },
      { on: 'content', reply: ['451-4.3.0 Not', '451 4.3.0 now'], times: 1 },
    ],
  });
  const refused = dial(mx);
  expect(await refused.closed).toBe('closed');
  expect(refused.text()).toBe('421 4.3.2 Busy\r\n');
  const client = dial(mx);
  client.send('EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<no@to.example>\r\nRCPT TO:<yes@to.example>\r\nDATA\r\n');
  await client.until(/550 5\.1\.1 No such user\r\n250 .*\r\n354 .*\r\n$/);
  client.send('x\r\n.\r\n');
  await client.until(/451-4\.3\.0 Not\r\n451 4\.3\.0 now\r\n$/);
  expect(mx.messages()).toHaveLength(0);
  expect(mx.connections()[1]?.messages).toHaveLength(1);
  client.send(`${TRANSACTION}x\r\n.\r\n`);
  await client.until(/queued\r\n$/);
  expect(mx.messages()).toHaveLength(1);
});

test.each([
  ['connect', '', ''],
  ['content-start', `EHLO x\r\n${TRANSACTION}some`, '354'],
  ['content', `EHLO x\r\n${TRANSACTION}some\r\n.\r\n`, '354'],
] as const)('the connection can be reset without a reply at %s', async (on, sent, last) => {
  const mx = await receiver({ rules: [{ on, reply: 'none', then: 'reset' }] });
  const client = dial(mx);
  client.send(sent);
  expect(await client.closed).toBe('ECONNRESET');
  expect(client.text()).toContain(last);
  expect(client.text()).not.toContain('queued');
});

test('a reply can wait, be malformed, or come byte by byte', async () => {
  const gate = Promise.withResolvers<undefined>();
  const mx = await receiver({
    byteWise: true,
    rules: [
      { on: 'connect', after: gate.promise },
      { on: 'NOOP', reply: { raw: '250-a\n000 b\n' } },
    ],
  });
  const client = dial(mx);
  client.send('NOOP\r\n');
  gate.resolve(undefined);
  await client.until(/^220 mx\.example\.test ESMTP\r\n250-a\n000 b\n$/);
});

test('commands sent ahead without PIPELINING are noted', async () => {
  const mx = await receiver({ capabilities: ['8BITMIME'] });
  const client = dial(mx);
  client.send('EHLO x\r\n');
  await client.until(/250 STARTTLS\r\n$/);
  expect(mx.connections()[0]?.pipelinedUnasked).toBe(false);
  client.send('NOOP\r\nNOOP\r\n');
  await client.until(/Ok\r\n.*Ok\r\n$/);
  expect(mx.connections()[0]?.pipelinedUnasked).toBe(true);
});

test('EHLO can be refused so that only HELO is left, and a large content passes', async () => {
  const mx = await receiver({ rules: [{ on: 'EHLO', reply: '502 5.5.1 No' }] });
  const client = dial(mx);
  client.send(`EHLO x\r\nHELO x\r\n${TRANSACTION}`);
  await client.until(/502 5\.5\.1 No\r\n250 mx.*354 .*\r\n$/s);
  const content = `${'x'.repeat(998)}\r\n`.repeat(10_000);
  client.send(`${content}.\r\n`);
  await client.until(/queued\r\n$/);
  expect(mx.messages()[0]?.content.toString()).toBe(content);
});

test('CHUNKING: chunks make one content, whatever is in them', async () => {
  const mx = await receiver({ capabilities: ['CHUNKING'] });
  const client = dial(mx);
  client.send('EHLO x\r\nBDAT 6\r\nQUIT\r\nMAIL FROM:<a@from.example>\r\nRCPT TO:<b@to.example>\r\n');
  await client.until(/503 .*\r\n250 .*\r\n250 .*\r\n$/);
  client.send('BDAT 5\r\n\r\n.\r\nBDAT 4 LAST\r\nend');
  await client.until(/250 2\.0\.0 5 octets\r\n$/);
  client.send('.');
  await client.until(/queued\r\n$/);
  expect(mx.messages()[0]?.content.toString()).toBe('\r\n.\r\nend.');
});

test('a closed receiver refuses connections and has cut those it had', async () => {
  const mx = await startReceiver({ address: '127.0.0.9' });
  const client = dial(mx);
  await mx.close();
  await client.closed;
  const again = connectTcp(mx.port, mx.address);
  const [error] = (await once(again, 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ECONNREFUSED');
});
