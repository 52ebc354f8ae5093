import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { eventually, sslv2Handshake, testAuthority, type MinorVersion } from '@sealpost/testing';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTlsFront, type TlsFront } from '../src/index.ts';

const VERSIONS = ['tls1', 'tls1_1', 'tls1_2', 'tls1_3'] as const;
const NAMES = { tls1: 'TLSv1', tls1_1: 'TLSv1.1', tls1_2: 'TLSv1.2', tls1_3: 'TLSv1.3' } as const;

interface Listening {
  readonly port: number;
  readonly front: TlsFront;
  readonly registry: Registry;
  readonly warnings: { readonly reason?: string; readonly clientAddress?: string; readonly err?: unknown }[];
  close(): Promise<void>;
}

let folder: string;
const opened: Listening[] = [];

function file(name: string): string {
  return path.join(folder, name);
}

async function writeCertificate(name: string, dnsName: string, keyType: 'rsa' | 'ecdsa'): Promise<void> {
  const { certificatePem, keyPem } = await (
    await testAuthority()
  ).issue({ commonName: dnsName, dnsNames: [dnsName], ipAddresses: ['127.0.0.1'], keyType });
  writeFileSync(file(`${name}.pem`), certificatePem);
  writeFileSync(file(`${name}.key`), keyPem);
}

/** A server that says the version inside TLS, and nothing before. */
async function listen(
  profile: 'ses-classic' | 'modern',
  via: 'starttls' | 'first-byte',
  certificates: readonly string[] = ['rsa', 'ecdsa'],
): Promise<Listening> {
  const registry = new Registry();
  const warnings: Listening['warnings'] = [];
  const front = openTlsFront(
    {
      certFile: certificates.map((name) => file(`${name}.pem`)).join(','),
      keyFile: certificates.map((name) => file(`${name}.key`)).join(','),
      profile,
      handshakeTimeoutMs: 500,
    },
    registry,
    {
      debug: () => undefined,
      info: () => undefined,
      warn: (facts: object) => warnings.push(facts),
      error: (facts: object) => warnings.push(facts),
    },
  );
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    void front.secure(socket, via).then((secured) => {
      secured?.socket.on('error', () => undefined);
      secured?.socket.write(`inside ${secured.tls.version}\r\n`);
      secured?.socket.on('data', (bytes: Buffer) => secured.socket.end(bytes));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const listening: Listening = {
    port: (server.address() as AddressInfo).port,
    front,
    registry,
    warnings,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      front.close();
      server.close();
      await once(server, 'close');
    },
  };
  opened.push(listening);
  return listening;
}

/** The real program; what it prints, handshake facts and all. */
async function openssl(port: number, ...args: readonly string[]): Promise<string> {
  const child = spawn('openssl', ['s_client', '-connect', `127.0.0.1:${String(port)}`, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  const add = (bytes: Buffer): void => {
    output += bytes.toString();
  };
  child.stdout.on('data', add);
  child.stderr.on('data', add);
  child.stdin.on('error', () => undefined);
  const closed = once(child, 'close');
  await eventually(() => child.exitCode !== null || output.includes('inside TLS'), {
    what: 'the end of a handshake',
  });
  child.stdin.end('bye\r\n');
  await closed;
  return output;
}

async function handshake(port: number, options: ConnectionOptions): Promise<TLSSocket> {
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
  await once(socket, 'secureConnect');
  return socket;
}

const anyCipher = ['-cipher', 'ALL:COMPLEMENTOFALL:@SECLEVEL=0'];

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'sealpost-front-'));
  await writeCertificate('rsa', 'in.sealpost.test', 'rsa');
  await writeCertificate('ecdsa', 'in.sealpost.test', 'ecdsa');
  await writeCertificate('other', 'other.sealpost.test', 'rsa');
});

afterAll(async () => {
  for (const listening of opened) await listening.close();
  rmSync(folder, { recursive: true });
});

describe.each(['starttls', 'first-byte'] as const)('where TLS begins by %s', (via) => {
  test.each(VERSIONS)('T3, T4, T5: ses-classic speaks %s with openssl', async (version) => {
    const { port } = await listen('ses-classic', via);
    expect(await openssl(port, `-${version}`, ...anyCipher)).toContain(`inside ${NAMES[version]}`);
  });

  test.each(VERSIONS)('T5: modern speaks %s only from 1.2 on', async (version) => {
    const listening = await listen('modern', via);
    const output = await openssl(listening.port, `-${version}`, ...anyCipher);
    const isSpoken = version === 'tls1_2' || version === 'tls1_3';
    expect(output.includes(`inside ${NAMES[version]}`)).toBe(isSpoken);
    if (!isSpoken) expect(listening.warnings[0]).toMatchObject({ reason: 'version' });
  });

  test('T5: modern takes no cipher without forward secrecy and authenticated encryption', async () => {
    const { port } = await listen('modern', via);
    for (const cipher of ['AES128-SHA', 'AES128-GCM-SHA256', 'ECDHE-RSA-AES128-SHA']) {
      expect(await openssl(port, '-tls1_2', '-cipher', `${cipher}:@SECLEVEL=0`)).not.toContain('inside');
    }
  });

  test.each(['NULL', 'aNULL', 'ADH', 'AECDH', 'PSK', 'SRP', 'CAMELLIA'])(
    'T5: %s ciphers are never agreed on',
    async (cipher) => {
      const { port } = await listen('ses-classic', via);
      expect(await openssl(port, '-tls1_2', '-cipher', `${cipher}:@SECLEVEL=0`)).not.toContain('inside');
    },
  );

  // Whatever OpenSSL the client has: the hello is written by hand, the server has to refuse it.
  test.each([
    ['RC4', 0x0005],
    ['3DES', 0x000a],
    ['export RC4', 0x0003],
    ['single DES', 0x0009],
  ])('T5: a client that knows nothing but %s is refused', async (_title, suite) => {
    const listening = await listen('ses-classic', via);
    const socket = connect(listening.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(clientHello(3, suite));
    await eventually(() => listening.warnings.length > 0);
    expect(listening.warnings[0]).toMatchObject({ reason: 'cipher' });
    socket.destroy();
  });

  test('RFC 9325 §3.5: a client that wants to renegotiate is told no, and others are served', async () => {
    const { port } = await listen('ses-classic', 'first-byte');
    const client = await handshake(port, { maxVersion: 'TLSv1.2' });
    const failed = new Promise<Error>((resolve) => client.once('error', resolve));
    client.renegotiate({}, () => undefined);
    client.resume();
    expect((await failed).message).toContain('no renegotiation');
    (await handshake(port, {})).destroy();
  });

  test('T3: SSLv3 is never agreed on', async () => {
    const listening = await listen('ses-classic', via);
    const socket = connect(listening.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(clientHello(0, 0x002f));
    await eventually(() => listening.warnings.length > 0);
    expect(listening.warnings[0]).toMatchObject({ reason: 'version' });
    socket.destroy();
  });

  test('4.1 row 5: what is no TLS is cut off without an answer, at once', async () => {
    const listening = await listen('ses-classic', via);
    const socket = connect(listening.port, '127.0.0.1');
    let answer = '';
    socket.on('data', (bytes: Buffer) => (answer += bytes.toString('latin1')));
    socket.on('error', () => undefined);
    socket.write('EHLO client.test\r\n');
    await once(socket, 'close');
    expect(answer).toBe('');
    expect(listening.warnings).toMatchObject([{ reason: 'not-tls', clientAddress: '127.0.0.1' }]);
  });

  test('a client that never says hello is cut off in time', async () => {
    const listening = await listen('ses-classic', via);
    const socket = connect(listening.port, '127.0.0.1');
    await once(socket, 'close');
    expect(listening.warnings).toMatchObject([{ reason: 'timeout' }]);
  });
});

/** A ClientHello in record format for one suite; 0 asks for SSLv3, 3 for TLS 1.2. */
function clientHello(minor: number, suite: number): Buffer {
  const suites = Buffer.from([0, 4, suite >> 8, suite & 255, 0, 0xff]);
  const body = Buffer.concat([
    Buffer.from([3, minor]),
    Buffer.alloc(32, 7),
    Buffer.from([0]),
    suites,
    Buffer.from([1, 0]),
  ]);
  const message = Buffer.concat([Buffer.from([1, 0, 0, body.length]), body]);
  return Buffer.concat([Buffer.from([22, 3, minor, 0, message.length]), message]);
}

describe('a hello in SSLv2 format', () => {
  const versions: readonly (readonly [MinorVersion, string])[] = [
    [1, 'TLSv1'],
    [2, 'TLSv1.1'],
    [3, 'TLSv1.2'],
  ];

  test.each(versions)('T3: offering 3.%i on a STARTTLS port it leads to %s', async (minor, version) => {
    const { port } = await listen('ses-classic', 'starttls');
    const socket = connect(port, '127.0.0.1');
    const client = await sslv2Handshake(socket, minor);
    expect(client.version).toBe(version);
    expect(await client.receive()).toBe(`inside ${version}\r\n`);
    client.send('over\r\n');
    expect(await client.receive()).toBe('over\r\n');
    socket.destroy();
  });

  test.each([
    ['ses-classic', 'first-byte'],
    ['modern', 'starttls'],
    ['modern', 'first-byte'],
  ] as const)('T3, T4, T5: under %s, where TLS begins by %s, it gets not one byte', async (profile, via) => {
    const listening = await listen(profile, via);
    const socket = connect(listening.port, '127.0.0.1');
    let answered = 0;
    socket.on('data', (bytes: Buffer) => (answered += bytes.length));
    await expect(sslv2Handshake(socket, 3)).rejects.toThrow('closed');
    expect(answered).toBe(0);
    expect(listening.warnings).toMatchObject([{ reason: 'sslv2-hello' }]);
  });

  test('T3: byte by byte it is recognised as well', async () => {
    const listening = await listen('ses-classic', 'first-byte');
    const socket = connect(listening.port, '127.0.0.1');
    socket.setNoDelay(true);
    for (const byte of [0x80, 0x2e, 0x01, 0x03]) socket.write(Buffer.from([byte]));
    await once(socket, 'close');
    expect(listening.warnings).toMatchObject([{ reason: 'sslv2-hello' }]);
  });
});

describe('certificates', () => {
  test('T5: a client that knows RSA only gets the RSA certificate, one of ECDSA only the other', async () => {
    const { port } = await listen('ses-classic', 'first-byte');
    const rsa = await openssl(port, '-tls1_2', '-cipher', 'ECDHE-RSA-AES128-GCM-SHA256');
    const ecdsa = await openssl(port, '-tls1_2', '-cipher', 'ECDHE-ECDSA-AES128-GCM-SHA256');
    expect(rsa).toMatch(/Peer signature type: RSA/i);
    expect(ecdsa).toMatch(/Peer signature type: ECDSA/i);
  });

  test('T5: the server name picks the certificate, and without one it is the first', async () => {
    const { port } = await listen('ses-classic', 'first-byte', ['rsa', 'ecdsa', 'other']);
    const commonNameFor = async (options: object): Promise<unknown> => {
      const socket = await handshake(port, options);
      const { subject } = socket.getPeerCertificate();
      socket.destroy();
      return subject.CN;
    };
    expect(await commonNameFor({ servername: 'other.sealpost.test' })).toBe('other.sealpost.test');
    expect(await commonNameFor({ servername: 'in.sealpost.test' })).toBe('in.sealpost.test');
    expect(await commonNameFor({ servername: 'unknown.test' })).toBe('in.sealpost.test');
    expect(await commonNameFor({})).toBe('in.sealpost.test');
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('T5: a session is resumed over %s', async (version) => {
    const { port } = await listen('ses-classic', 'first-byte');
    const range = { minVersion: version, maxVersion: version };
    const first = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...range });
    const [session] = (await once(first, 'session')) as [Buffer];
    first.destroy();
    const second = await handshake(port, { ...range, session });
    expect(second.isSessionReused()).toBe(true);
    second.destroy();
  });

  test('row 32, T5: changed files are used without a restart, and sessions are resumed as before', async () => {
    await writeCertificate('changing', 'before.test', 'rsa');
    const { port } = await listen('ses-classic', 'first-byte', ['changing']);
    const first = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, maxVersion: 'TLSv1.2' });
    const [session] = (await once(first, 'session')) as [Buffer];
    first.destroy();
    await writeCertificate('changing', 'after.test', 'rsa');
    await eventually(
      async () => {
        const socket = await handshake(port, {});
        const { subject } = socket.getPeerCertificate();
        socket.destroy();
        return subject.CN === 'after.test';
      },
      { what: 'the new certificate', timeoutMs: 8000 },
    );
    const resumed = await handshake(port, { session, maxVersion: 'TLSv1.2' });
    expect(resumed.isSessionReused()).toBe(true);
    resumed.destroy();
  }, 15_000);

  test('T5: a renewal that OpenSSL refuses is logged, and the certificate in use stays', async () => {
    await writeCertificate('renewed', 'before.test', 'rsa');
    const { port, warnings } = await listen('ses-classic', 'first-byte', ['renewed']);
    await writeCertificate('renewed', 'after.test', 'rsa');
    const leaf = readFileSync(file('renewed.pem'), 'utf8');
    writeFileSync(
      file('renewed.pem'),
      `${leaf}-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n`,
    );
    await eventually(() => warnings.some(({ err }) => err !== undefined), { timeoutMs: 8000 });
    const socket = await handshake(port, {});
    expect(socket.getPeerCertificate().subject.CN).toBe('before.test');
    socket.destroy();
  }, 15_000);

  test('row 32: handshakes, failures with their reason, the profile and days to expiry are metrics', async () => {
    const { port, registry, warnings } = await listen('modern', 'first-byte');
    await openssl(port, '-tls1_3');
    await openssl(port, '-tls1', ...anyCipher);
    await openssl(port, '-tls1_2', '-cipher', 'AES128-SHA');
    const distrustful = connectTls({ port, host: '127.0.0.1', maxVersion: 'TLSv1.2' });
    distrustful.on('error', () => undefined);
    await eventually(() => warnings.length >= 2);
    const metrics = await registry.metrics();
    expect(metrics).toContain('sealpost_tls_handshakes_total{version="TLSv1.3"} 1');
    expect(metrics).toContain('sealpost_tls_handshake_failures_total{reason="version"} 1');
    expect(metrics).toContain('sealpost_tls_handshake_failures_total{reason="cipher"} 1');
    expect(metrics).toContain('sealpost_tls_profile{profile="modern"} 1');
    expect(metrics).toMatch(/sealpost_tls_certificate_days_to_expiry\{file=".*rsa\.pem"\} \d+/);
  });
});
