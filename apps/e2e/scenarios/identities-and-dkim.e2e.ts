// Who may send, and what is signed: identities proven through DNS, signatures checked by dkimpy. SES contract 5.8, 5.9.
import path from 'node:path';
import { connectPolicyClient, type PolicyClient } from '@sealpost/policy-client';
import { eventually, startDnsServer, type DnsServer, type DnsZone } from '@sealpost/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createKeys, type Keys } from '../support/keys.ts';
import { findProgram, runProgram } from '../support/run-program.ts';
import { sealedForms } from '../support/sealed-mail.ts';
import { mailText, submitBySmtp } from '../support/submit.ts';
import { startSystem, type InboxMail, type System } from '../support/system.ts';

const python = findProgram('/usr/bin/python3') ?? 'python3';
const verifier = path.join(import.meta.dirname, '../support/verify-dkim.py');

type Records = Record<string, string>;

interface Verdict {
  readonly algorithm: string;
  readonly domain: string;
  /** Or why not. */
  readonly isGood: boolean | string;
}

async function verify(content: Buffer, records: Records): Promise<readonly Verdict[]> {
  const result = await runProgram(python, [verifier, JSON.stringify(records)], { input: content });
  if (result.status !== 0) throw new Error(result.stderr);
  return JSON.parse(result.stdout) as readonly Verdict[];
}

describe('identities and DKIM', () => {
  let dns: DnsServer;
  let system: System;
  let policies: PolicyClient;
  let keys: Keys;
  const zone: Record<string, DnsZone[string]> = {};
  const records: Records = {};

  beforeAll(async () => {
    keys = await createKeys();
    dns = await startDnsServer({});
    system = await startSystem({ env: { IDENTITY_VERIFICATION: 'required', DNS_SERVERS: dns.address } });
    policies = await connectPolicyClient({ address: `127.0.0.1:${String(system.ports.policy)}` });
    await createVerified('sender.test');
  });

  afterAll(async () => {
    policies.close();
    await system.dispose();
    await dns.close();
    await keys.close();
  });

  /** A domain with keys of ours, published as its owner would. */
  async function createVerified(domain: string): Promise<void> {
    const made = await policies.createIdentity(domain, { signing: 'own' });
    if (made.kind !== 'identity') throw new Error(made.kind);
    for (const { selector, algorithm, publicKey } of made.identity.dkim.keys) {
      const text = `v=DKIM1; k=${algorithm}; p=${publicKey.toString('base64')}`;
      records[`${selector}._domainkey.${domain}`] = text;
      zone[`${selector}._domainkey.${domain}`] = { TXT: [text] };
    }
    dns.setZone(zone);
    await eventually(
      async () => {
        const found = await policies.getIdentity(domain);
        return (
          found.kind === 'identity' &&
          found.identity.verification.status === 'SUCCESS' &&
          found.identity.dkim.keys.every(({ isPublished }) => isPublished)
        );
      },
      { timeoutMs: 30_000, what: `${domain} verified through DNS` },
    );
  }

  function arrived(subject: string): Promise<InboxMail> {
    return eventually(
      async () => (await system.inbox()).find(({ content }) => content.includes(`Subject: ${subject}\r\n`)),
      { what: `${subject} in the inbox` },
    );
  }

  const BOTH_GOOD = [
    { algorithm: 'rsa-sha256', domain: 'sender.test', isGood: true },
    { algorithm: 'ed25519-sha256', domain: 'sender.test', isGood: true },
  ];

  test('mail of a verified domain carries an RSA and an Ed25519 signature that dkimpy finds good', async () => {
    await submitBySmtp(system, { to: ['b@receiver.test'], raw: mailText('plainly signed') });
    const { content } = await arrived('plainly signed');
    expect(await verify(content, records)).toEqual(BOTH_GOOD);
    const changed = Buffer.from(content.toString('latin1').replace('Hello', 'Hallo'), 'latin1');
    for (const { isGood } of await verify(changed, records)) expect(isGood).toContain('body hash mismatch');
  });

  test('the signatures hold over blank lines at the end, folded fields, 8-bit text and an empty body', async () => {
    const field = 'References: voilà\r\nIn-Reply-To: \t\r\nSubject:  many   blanks\r\n \t and folds  \r\n';
    const bodies = ['', '\r\n\r\n', 'Grüße  \r\n \r\n\r\n', `${'x'.repeat(998)}\r\n`];
    for (const [index, body] of bodies.entries()) {
      const raw = `From: App <app@sender.test>\r\nX-Number: ${String(index)}\r\n${field}\r\n${body}`;
      await submitBySmtp(system, { to: ['b@receiver.test'], raw: Buffer.from(raw) });
      const { content } = await eventually(async () =>
        (await system.inbox()).find((mail) => mail.content.includes(`X-Number: ${String(index)}\r\n`)),
      );
      expect(await verify(content, records)).toEqual(BOTH_GOOD);
    }
  });

  test('T12, T13: S/MIME and PGP mail is signed around, and opens as it was sealed', async () => {
    for (const [index, form] of sealedForms.entries()) {
      const entity = Buffer.from('Content-Type: text/plain\r\n\r\nsealed  \r\n.dot\r\n');
      const sealed = await form.seal(entity, keys);
      const subject = `sealed ${String(index)}`;
      const header = `From: app@sender.test\r\nSubject: ${subject}\r\nMIME-Version: 1.0\r\n${sealed.fields}\r\n`;
      await submitBySmtp(system, {
        to: ['b@receiver.test'],
        raw: Buffer.concat([Buffer.from(header), sealed.body]),
      });
      const { content } = await arrived(subject);
      expect(await verify(content, records), form.title).toEqual(BOTH_GOOD);
      await form.open(content, keys);
    }
  });

  test('T13: a signed message that went through the object store is good as well', async () => {
    const raw = mailText('large and signed') + `${'x'.repeat(76)}\r\n`.repeat(80_000);
    await submitBySmtp(system, { to: ['b@receiver.test'], raw });
    expect(await verify((await arrived('large and signed')).content, records)).toEqual(BOTH_GOOD);
  });

  test.each([
    ['the reverse-path', 'app@other.test', 'app@sender.test', 'app@other.test'],
    ['From', 'app@sender.test', 'Evil <app@other.test>', 'Evil <app@other.test>'],
    ['one of two in From', 'app@sender.test', 'app@sender.test, x@other.test', 'x@other.test'],
  ])(
    '4.1 row 27, trap 34: %s of a domain that is not verified is refused at the end of the content',
    async (_title, from, header, named) => {
      const raw = `From: ${header}\r\nSubject: not verified\r\n\r\nx\r\n`;
      const failure: unknown = await submitBySmtp(system, { from, to: ['b@receiver.test'], raw }).catch(
        (error: unknown) => error,
      );
      expect(failure).toMatchObject({
        command: 'DATA',
        response:
          '554 Message rejected: Email address is not verified. The following identities failed the check in ' +
          `region US-EAST-1: ${named}`,
      });
    },
  );

  test('4.1 row 27: a subdomain is covered by its domain', async () => {
    await submitBySmtp(system, {
      from: 'app@news.sender.test',
      to: ['b@receiver.test'],
      raw: mailText('of a subdomain').replace('app@sender.test', 'app@news.sender.test'),
    });
    expect(await verify((await arrived('of a subdomain')).content, records)).toEqual(BOTH_GOOD);
  });
});
