import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { connect as connectTcp, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect as connectTls, createSecureContext } from 'node:tls';
import { eventually, testAuthority, testCertificate } from '@sealpost/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listenForMail, type Listening } from './listen.ts';
import { openInbox, type StoreMessage } from './store-message.ts';

const logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
let folder = '';
let inbox: Listening;

async function listenWith(store: StoreMessage): Promise<Listening> {
  const { certificatePem, keyPem } = await testCertificate(['localhost']);
  const context = createSecureContext({ cert: certificatePem, key: keyPem });
  return listenForMail({ host: '127.0.0.1', port: 0 }, { secureContext: () => context, store, logger });
}

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sealpost-inbox-'));
  inbox = await listenWith(openInbox(folder));
});

afterEach(async () => {
  await inbox.close();
  await rm(folder, { recursive: true });
});

/** Sends a text and waits until all that came ends in a match. */
function talkOver(socket: Socket): (text: string, pattern: RegExp) => Promise<string> {
  let received = '';
  socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
  return async (text, pattern) => {
    socket.write(text);
    return eventually(() => pattern.test(received) && received);
  };
}

interface Stored {
  readonly eml: Buffer;
  readonly json: Readonly<Record<string, unknown>>;
}

async function stored(): Promise<Stored[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(
    names.map(async (name) => ({
      eml: await readFile(path.join(folder, name.replace('.json', '.eml'))),
      json: JSON.parse(await readFile(path.join(folder, name), 'utf8')) as Stored['json'],
    })),
  );
}

test('mail in the clear is kept byte for byte, pipelined, with its envelope', async () => {
  const socket = connectTcp(inbox.port, '127.0.0.1');
  const talk = talkOver(socket);
  await talk('EHLO me.example\r\n', /250-STARTTLS|250 STARTTLS\r\n$/);
  await talk(
    'MAIL FROM:<> BODY=8BITMIME\r\nRCPT TO:<a@x.example>\r\nRCPT TO:<b@x.example>\r\nDATA\r\n',
    /354 .*\r\n$/,
  );
  await talk('Subject: x\r\n\r\n..a\r\nb\n.\n..\r\n...\r\n\xff\r\n.\r\n', /250 2\.0\.0 Ok: .*\r\n$/);
  const [message, ...others] = await stored();
  expect(others).toEqual([]);
  expect(message?.eml.toString()).toBe('Subject: x\r\n\r\n.a\r\nb\n.\n..\r\n..\r\n\xff\r\n');
  expect(message?.json).toMatchObject({
    envelope: { reversePath: '', recipients: ['a@x.example', 'b@x.example'] },
    tls: null,
    heloName: 'me.example',
    remoteAddress: '127.0.0.1',
    sizeBytes: message?.eml.length,
  });
  expect(Date.parse(String(message?.json.receivedAt))).toBeGreaterThan(Date.now() - 10_000);
  const closed = once(socket, 'close');
  await talk('QUIT\r\n', /221 .*\r\n$/);
  await closed;
});

test('mail over STARTTLS is kept with version, cipher and server name', async () => {
  const plain = connectTcp(inbox.port, '127.0.0.1');
  const talkPlain = talkOver(plain);
  await talkPlain('EHLO me.example\r\n', /STARTTLS\r\n$/);
  await talkPlain('STARTTLS\r\n', /220 2\.0\.0 .*\r\n$/);
  plain.removeAllListeners('data');
  const socket = connectTls({
    socket: plain,
    ca: (await testAuthority()).certificatePem,
    servername: 'localhost',
  });
  await once(socket, 'secureConnect');
  const talk = talkOver(socket);
  expect(await talk('EHLO me.example\r\n', /250 [A-Z0-9]+\r\n$/)).not.toContain('STARTTLS');
  await talk('MAIL FROM:<a@x.example>\r\nRCPT TO:<b@x.example>\r\nDATA\r\n', /354 .*\r\n$/);
  await talk('x\r\n.\r\n', /250 2\.0\.0 Ok: .*\r\n$/);
  expect((await stored())[0]?.json.tls).toEqual({
    version: 'TLSv1.3',
    cipher: 'TLS_AES_256_GCM_SHA384',
    serverName: 'localhost',
  });
  socket.destroy();
});

test('what is sent ahead of the handshake does not count', async () => {
  const socket = connectTcp(inbox.port, '127.0.0.1');
  const text = await talkOver(socket)(
    'EHLO x\r\nSTARTTLS\r\nMAIL FROM:<evil@x.example>\r\n',
    /220 2\.0\.0 .*\r\n$/,
  );
  expect(text).not.toContain('250 2.1.0');
  socket.destroy();
});

test('250 is not said when the files can’t be written', async () => {
  const broken = await listenWith(() => Promise.reject(new Error('disk full')));
  const socket = connectTcp(broken.port, '127.0.0.1');
  const talk = talkOver(socket);
  await talk('EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@x.example>\r\nDATA\r\n', /354 .*\r\n$/);
  await talk('x\r\n.\r\n', /451 4\.3\.0 .*\r\n$/);
  socket.destroy();
  await broken.close();
});

test('a large content in many packets, then a second message on the same connection', async () => {
  const socket = connectTcp(inbox.port, '127.0.0.1');
  const talk = talkOver(socket);
  const begin = 'MAIL FROM:<>\r\nRCPT TO:<a@x.example>\r\nDATA\r\n';
  await talk(`EHLO x\r\n${begin}`, /354 .*\r\n$/);
  const content = `${'x'.repeat(998)}\r\n`.repeat(5000);
  await talk(`${content}.\r\n${begin}`, /Ok: .*\r\n250 .*\r\n250 .*\r\n354 .*\r\n$/);
  await talk('.\r\n', /Ok: \S+-2\r\n$/);
  expect((await stored()).map(({ eml }) => eml.length)).toEqual([content.length, 0]);
  socket.destroy();
});

test('commands out of order and nonsense are answered, not obeyed', async () => {
  const socket = connectTcp(inbox.port, '127.0.0.1');
  const talk = talkOver(socket);
  const text = await talk(
    'RCPT TO:<a@x.example>\r\nDATA\r\nMAIL x\r\nMAIL FROM:<>\r\nMAIL FROM:<>\r\nRSET\r\nNOOP\r\nBDAT 1\r\nHELO x\r\n',
    /250 inbox\.localhost\r\n$/,
  );
  expect(text.match(/^\d{3}/gm)).toEqual([
    '220',
    '503',
    '503',
    '501',
    '250',
    '503',
    '250',
    '250',
    '500',
    '250',
  ]);
  socket.destroy();
});
