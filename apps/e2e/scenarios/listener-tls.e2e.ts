import { connect } from 'node:net';
import { eventually, sslv2Handshake } from '@sealpost/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runProgram } from '../support/run-program.ts';
import { mailText } from '../support/submit.ts';
import { startSystem, type System } from '../support/system.ts';

const VERSIONS = [
  ['tls1', 'TLSv1'],
  ['tls1_1', 'TLSv1.1'],
  ['tls1_2', 'TLSv1.2'],
  ['tls1_3', 'TLSv1.3'],
] as const;
type Door = 'STARTTLS' | 'TLS Wrapper' | 'HTTPS API';
const DOORS: readonly Door[] = ['STARTTLS', 'TLS Wrapper', 'HTTPS API'];

function portOf(system: System, door: Door): number {
  switch (door) {
    case 'STARTTLS':
      return system.ports.starttls;
    case 'TLS Wrapper':
      return system.ports.tls;
    case 'HTTPS API':
      return system.ports.api;
  }
}

/** The version that `openssl s_client` ends up with; undefined when there is no handshake. */
async function handshake(system: System, door: Door, version: string): Promise<string | undefined> {
  const { stdout, stderr } = await runProgram('openssl', [
    's_client',
    ...['-connect', `127.0.0.1:${String(portOf(system, door))}`],
    ...(door === 'STARTTLS' ? ['-starttls', 'smtp'] : []),
    ...[`-${version}`, '-cipher', 'ALL:@SECLEVEL=0'],
    ...['-CAfile', system.env.AWS_CA_BUNDLE ?? '', '-verify_return_error'],
  ]);
  const facts = stdout + stderr;
  return (/^New, (TLSv1\.3)/m.exec(facts) ?? /^New, TLS[^]*^ *Protocol *: (TLSv[\d.]+)/m.exec(facts))?.[1];
}

/** Bytes that an SSLv2-format hello gets for an answer where it is not taken. */
async function answersToSslv2Hello(system: System, door: Door): Promise<number> {
  const socket = connect(portOf(system, door), '127.0.0.1');
  if (door === 'STARTTLS') await sayUntilReady(socket);
  let answered = 0;
  socket.on('data', (bytes: Buffer) => (answered += bytes.length));
  await expect(sslv2Handshake(socket, 3)).rejects.toThrow('closed');
  return answered;
}

async function sayUntilReady(socket: ReturnType<typeof connect>): Promise<void> {
  let said = '';
  const listen = (bytes: Buffer): void => {
    said += bytes.toString();
  };
  socket.on('data', listen);
  await eventually(() => said.endsWith('\r\n'), { what: 'a greeting' });
  socket.write('EHLO old.test\r\nSTARTTLS\r\n');
  await eventually(() => said.includes('220 Ready'), { what: 'the answer to STARTTLS' });
  socket.off('data', listen);
}

describe('under ses-classic', () => {
  let system: System;

  beforeAll(async () => {
    system = await startSystem();
  });

  afterAll(async () => {
    await system.dispose();
  });

  test.each(DOORS.flatMap((door) => VERSIONS.map(([flag, name]) => [door, name, flag] as const)))(
    'T1, T3, T4, T5: %s speaks %s',
    async (door, name, flag) => {
      expect(await handshake(system, door, flag)).toBe(name);
    },
  );

  test('T3: a client that opens with an SSLv2-format hello submits mail over STARTTLS', async () => {
    const socket = connect(system.ports.starttls, '127.0.0.1');
    await sayUntilReady(socket);
    const client = await sslv2Handshake(socket, 1);
    const say = async (line: string, code: string): Promise<void> => {
      client.send(`${line}\r\n`);
      let reply = '';
      while (!new RegExp(`^${code} .*\r\n$`, 'm').test(reply)) reply += await client.receive();
    };
    const { SMTP_USERNAME: user = '', SMTP_PASSWORD: password = '' } = system.env;
    await say('EHLO old.test', '250');
    await say(`AUTH PLAIN ${Buffer.from(`\0${user}\0${password}`).toString('base64')}`, '235');
    await say('MAIL FROM:<old@java.test>', '250');
    await say('RCPT TO:<someone@receiver.test>', '250');
    await say('DATA', '354');
    await say(`${mailText('from an old client')}\r\n.`, '250');
    await eventually(async () =>
      (await system.inbox()).some(({ content }) => content.includes('Subject: from an old client\r\n')),
    );
    socket.destroy();
  });

  test.each(['TLS Wrapper', 'HTTPS API'] as const)(
    'T3, T4: on %s an SSLv2-format hello gets not one byte',
    async (door) => {
      expect(await answersToSslv2Hello(system, door)).toBe(0);
    },
  );
});

describe('under modern', () => {
  let system: System;

  beforeAll(async () => {
    system = await startSystem({ env: { TLS_PROFILE: 'modern' } });
  });

  afterAll(async () => {
    await system.dispose();
  });

  test.each(DOORS)('T5: %s speaks TLS 1.2 and 1.3 and nothing below', async (door) => {
    const spoken: string[] = [];
    for (const [flag] of VERSIONS) {
      const version = await handshake(system, door, flag);
      if (version !== undefined) spoken.push(version);
    }
    expect(spoken).toEqual(['TLSv1.2', 'TLSv1.3']);
  });

  test.each(DOORS)('T5: %s takes no SSLv2-format hello', async (door) => {
    expect(await answersToSslv2Hello(system, door)).toBe(0);
  });

  test('T5: the profile is printed at start and is a metric', async () => {
    expect(system.output()).toContain('modern');
    const metrics = await fetch(`http://127.0.0.1:${String(system.ports.operations.smtpIngress)}/metrics`);
    expect(await metrics.text()).toMatch(/sealpost_tls_profile\{profile="modern",service="smtp-ingress"\} 1/);
  });
});
