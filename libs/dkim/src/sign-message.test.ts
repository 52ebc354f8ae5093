import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { describe, expect, test } from 'vitest';
import { createBodyHash, hashBody } from './body-hash.ts';
import { signMessage, type SignableField } from './sign-message.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ed25519 = generateKeyPairSync('ed25519');

function record(publicKey: KeyObject): string {
  const isRsa = publicKey.asymmetricKeyType === 'rsa';
  const der = publicKey.export({ type: 'spki', format: 'der' });
  // RFC 8463 §3.1: the bare key of 32 bytes.
  return `v=DKIM1; k=${isRsa ? 'rsa' : 'ed25519'}; p=${(isRsa ? der : der.subarray(-32)).toString('base64')}`;
}

const zone: Readonly<Record<string, string>> = {
  'r1._domainkey.x.test': record(rsa.publicKey),
  'e1._domainkey.x.test': record(ed25519.publicKey),
};

function fieldsOf(header: string): SignableField[] {
  return [...header.matchAll(/^([^:\s]+):[^]*?\r\n(?![ \t])/gm)].map((match) => ({
    lowerName: (match[1] ?? '').toLowerCase(),
    start: match.index,
    end: match.index + match[0].length,
  }));
}

async function signed(header: string, body: string): Promise<string> {
  const hash = createBodyHash();
  hash.push(Buffer.from(body));
  const signatures = await signMessage(
    {
      header: Buffer.from(header),
      fields: fieldsOf(header),
      bodyHash: hash.finish().dkim,
      signedAt: Date.now(),
    },
    [
      { domain: 'x.test', selector: 'r1', privateKey: rsa.privateKey },
      { domain: 'x.test', selector: 'e1', privateKey: ed25519.privateKey },
    ],
  );
  return `${signatures.toString()}${header}\r\n${body}`;
}

async function verify(message: string): Promise<readonly string[]> {
  const { results } = await dkimVerify(Buffer.from(message), {
    resolver: (name: string) => Promise.resolve([[zone[name] ?? '']]),
  });
  return results.map(({ status }) => status.result);
}

const header =
  'From: A <a@x.test>\r\nTo: b@y.test,\r\n\tc@y.test\r\nSubject:   many   blanks  \r\n' +
  'Date: Tue, 24 Nov 2026 10:00:00 +0000\r\nContent-Type: multipart/signed;\r\n micalg=sha-256; boundary="b"\r\n';

describe('a signature', () => {
  test.each([
    ['a body', 'one\r\ntwo  \r\n\r\n three\r\n'],
    ['no body', ''],
    ['empty lines at the end', 'x\r\n\r\n\r\n'],
    ['nothing but empty lines', '\r\n\r\n'],
    ['no line end at the end', 'x'],
  ])('RSA-2048 and Ed25519 side by side verify over %s', async (_title, body) => {
    expect(await verify(await signed(header, body))).toEqual(['pass', 'pass']);
  });

  test('8-bit fields and UTF-8 fields are signed as they stand', async () => {
    expect(await verify(await signed(`${header}List-Id: Grüße <l.x.test>\r\n`, 'Grüße\r\n'))).toEqual([
      'pass',
      'pass',
    ]);
  });

  test.each([
    ['a changed body', (message: string) => message.replace('two', 'too')],
    ['a re-wrapped line end', (message: string) => message.replace('two  \r\n', 'two\r\n')],
    ['a second From', (message: string) => message.replace('From:', 'From: e@evil.test\r\nFrom:')],
    ['a changed subject', (message: string) => message.replace('many', 'few')],
    ['an added Reply-To', (message: string) => message.replace('From:', 'Reply-To: e@evil.test\r\nFrom:')],
  ])('%s breaks it', async (_title, change) => {
    const results = await verify(change(await signed(header, 'one\r\ntwo  \r\n')));
    expect(results).not.toContain('pass');
  });

  test('no line is longer than 78 characters', async () => {
    const message = await signed(header, 'x\r\n');
    expect(Math.max(...message.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(78);
  });
});

test.each([1, 2, 3, 7])('the body hash is the same in pieces of %i bytes', (size) => {
  const body = Buffer.from('a\r\n\r\nb\r\n\r\n\r\n');
  const hash = createBodyHash();
  for (let at = 0; at < body.length; at += size) hash.push(body.subarray(at, at + size));
  expect(hash.finish()).toEqual({
    dkim: createHash('sha256').update('a\r\n\r\nb\r\n').digest('base64'),
    sha256: createHash('sha256').update(body).digest(),
  });
});

test.each(['', 'a', 'a\r\n', 'a\r\n\r\n', '\r\n', '\r\n\r\n', 'a\r\n\r\nb\r\n\r\n\r\n'])(
  'the body hash of %j is the same at once and in pieces',
  (text) => {
    const hash = createBodyHash();
    hash.push(Buffer.from(text));
    expect(hashBody(Buffer.from(text))).toEqual(hash.finish());
  },
);
