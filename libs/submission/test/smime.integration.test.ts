import { createHash, createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { Readable } from 'node:stream';
import type { AcceptedMessage } from '@sealpost/mail';
import type { Sender } from '@sealpost/policy-client';
import { testSigner, verifySmime } from '@sealpost/testing';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { submitMessage, type Submission } from '../src/index.ts';
import { sentBy, startDoor, storedRecord, submission, type TestDoor } from './support/start-door.ts';

const HEADER = 'From: a@x.test\r\nSubject: signed\r\nMIME-Version: 1.0\r\n';
const dkim = generateKeyPairSync('rsa', { modulusLength: 2048 });

describe('the door, for a set that wants S/MIME', () => {
  let door: TestDoor;
  let sender: Partial<Sender> & { readonly smimeKey: NonNullable<Sender['smimeKey']> };

  beforeAll(async () => {
    door = await startDoor((name) =>
      Promise.resolve({
        kind: 'policy',
        policy: { tlsPolicy: 'Optional' },
        isSmimeSigned: name === 'signed',
      }),
    );
    const { certificatePem, keyPem } = await testSigner(['a@x.test']);
    sender = {
      smimeKey: {
        certificates: [new X509Certificate(certificatePem).raw],
        privateKey: createPrivateKey(keyPem),
        expiresAt: Date.now() + 60_000,
      },
      signingKeys: [{ domain: 'x.test', selector: 's', privateKey: dkim.privateKey }],
    };
  });

  afterAll(() => door.close());

  const deps = (facts: Partial<Sender> = sender, refusesUnsigned = false) => ({
    ...door.deps,
    senders: { ...sentBy(facts), refusesUnsigned },
  });

  async function stored(
    content: Submission['content'],
    { facts = sender, set = 'signed' }: { readonly facts?: Partial<Sender>; readonly set?: string } = {},
  ): Promise<{ readonly message: AcceptedMessage; readonly content: Buffer }> {
    const submitted = submission('', { content, configurationSetName: set });
    const message = await storedRecord(submitted, door.bus, deps(facts));
    return { message, content: (await door.deps.spool.read(message.content)) ?? Buffer.alloc(0) };
  }

  const FIELDS = 'Content-Type: text/plain; charset=utf-8\r\ncontent-transfer-ENCODING:  8bit\r\n';
  const nested =
    '--in\r\nContent-Type: text/html\r\n\r\n<html></html>\r\n--in\r\n\r\n\r\n--in--\r\n\r\nepilogue\r\n';

  test.each([
    ['text', FIELDS, 'Hello\r\n.dot\r\n'],
    ['8-bit text', FIELDS, Buffer.from('Gr\xfc\xdfe  \r\n', 'latin1')],
    ['no line end at the end', FIELDS, 'Hello'],
    ['empty lines at the end', FIELDS, 'Hello\r\n\r\n\r\n'],
    ['no body', FIELDS, ''],
    ['no fields of its own', '', 'Hello\r\n'],
    ['folded fields', 'Content-Type: text/plain;\r\n\tcharset=utf-8 \r\nContent-ID: <x@x.test>\r\n', 'x\r\n'],
    ['a multipart', 'Content-Type: multipart/mixed;\r\n boundary=in\r\n', nested],
    ['lines of the greatest length', FIELDS, `${'x'.repeat(998)}\r\n${' '.repeat(998)}\r\n`],
  ])('T13: %s arrives signed as it was submitted, and openssl verifies it', async (_title, fields, body) => {
    const entity = Buffer.concat([Buffer.from(`${fields}\r\n`), Buffer.from(body)]);
    const { content } = await stored(Buffer.concat([Buffer.from(HEADER), entity]));
    expect(await verifySmime(content)).toEqual(entity);
    expect(content.toString('latin1')).toMatch(/^Subject: signed\r$/m);
    expect(content.toString('latin1').match(/^MIME-Version:/gim)).toHaveLength(1);
  });

  test('fields of the body stand in front of it wherever they stood, and MIME-Version is added', async () => {
    const { content } = await stored(
      Buffer.from(
        'Content-Type: text/html\r\nFrom: a@x.test\r\nContent-ID: <c@x.test>\r\nX-Own: 1\r\n\r\nx\r\n',
      ),
    );
    expect((await verifySmime(content)).toString()).toBe(
      'Content-Type: text/html\r\nContent-ID: <c@x.test>\r\n\r\nx\r\n',
    );
    const [outer = ''] = content.toString().split('\r\n\r\n');
    expect(outer).toMatch(/\r\nMIME-Version: 1\.0\r\nContent-Type: multipart\/signed;/);
    expect(outer).toContain('\r\nX-Own: 1\r\n');
    expect(outer).not.toContain('text/html');
  });

  test('RFC 2045 §6.4: the whole says that there is 8-bit text in it, and only then', async () => {
    const outerOf = async (encoding: string) => {
      const { content } = await stored(
        Buffer.from(`${HEADER}Content-Transfer-Encoding: ${encoding}\r\n\r\nx\r\n`),
      );
      await verifySmime(content);
      return content.subarray(0, content.indexOf('\r\n\r\n')).toString();
    };
    expect(await outerOf('8Bit')).toContain('\r\nContent-Transfer-Encoding: 8bit');
    expect(await outerOf('base64')).not.toContain('Transfer-Encoding');
  });

  test('T13: content that still arrives is signed when it is all here, and kept as it came', async () => {
    const lines = Array.from({ length: 200 }, (_, index) => `${String(index)} ${'line\r\n'.repeat(5000)}`);
    const arriving = {
      head: Buffer.from(`${HEADER}${FIELDS}\r\nbegun`),
      rest: Readable.from(lines.map((line) => Buffer.from(line))),
      fault: () => undefined,
    };
    const { message, content } = await stored(arriving);
    expect(message.content.kind).toBe('spooled');
    expect((await verifySmime(content)).equals(Buffer.from(`${FIELDS}\r\nbegun${lines.join('')}`))).toBe(
      true,
    );
  });

  test('DKIM signs over the result, and the hash of the record is that of what travels', async () => {
    const { message, content } = await stored(Buffer.from(`${HEADER}${FIELDS}\r\nHello\r\n`));
    const body = content.subarray(content.indexOf('\r\n\r\n') + 4);
    expect(message.bodySha256).toBe(createHash('sha256').update(body).digest('hex'));
    const p = dkim.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
    const { results } = await dkimVerify(Buffer.concat([Buffer.from(message.signatures ?? ''), content]), {
      resolver: () => Promise.resolve([[`v=DKIM1; p=${p}`]]),
    });
    expect(results.map(({ status }) => status.result)).toEqual(['pass']);
  });

  test.each([
    ['multipart/signed; protocol="application/pgp-signature"; boundary=in', nested],
    ['multipart/encrypted; protocol="application/pgp-encrypted"; boundary=in', nested],
    ['application/pkcs7-mime; smime-type=enveloped-data', 'MIIB\r\n'],
    ['text/plain', '-----BEGIN PGP MESSAGE-----\r\n\r\nx\r\n'],
  ])('T12: mail that its sender has sealed stays as it is: %s', async (type, body) => {
    const sealed = `Content-Type: ${type}\r\n\r\n${body}`;
    const { content } = await stored(Buffer.from(`From: a@x.test\r\n${sealed}`));
    expect(content.toString()).toContain(`Content-Type: ${type}\r\n`);
    expect(content.toString().endsWith(`\r\n\r\n${body}`)).toBe(true);
    const strict = { configurationSetName: 'signed' };
    const strictly = await submitMessage(submission(`From: a@x.test\r\n${sealed}`, strict), deps({}, true));
    expect(strictly.kind).toBe('accepted');
  });

  const unsigned: readonly [string, () => Partial<Sender>][] = [
    ['no certificate', () => ({})],
    ['one that has expired since', () => ({ smimeKey: { ...sender.smimeKey, expiresAt: Date.now() - 1 } })],
  ];

  test.each(unsigned)(
    'SES contract 8.3: with %s mail goes out unsigned, as in SES',
    async (_title, facts) => {
      const { content } = await stored(Buffer.from(`${HEADER}${FIELDS}\r\nHello\r\n`), { facts: facts() });
      expect(content.toString()).toContain(`\r\n${FIELDS}`);
      expect(content.toString().endsWith('\r\n\r\nHello\r\n')).toBe(true);
      expect(content.toString()).not.toContain('pkcs7');
    },
  );

  test.each(unsigned)('SMIME_UNSIGNED=refuse: with %s it is refused', async (_title, facts) => {
    const result = await submitMessage(
      submission(`${HEADER}\r\nx`, { configurationSetName: 'signed' }),
      deps(facts(), true),
    );
    expect(result).toMatchObject({ kind: 'refused', refusal: { code: 'unsigned' } });
  });

  test('mail of another set is not signed, however strict', async () => {
    const { content } = await stored(Buffer.from(`${HEADER}\r\nx`), { set: 'other' });
    expect(content.toString()).not.toContain('pkcs7');
    const other = submission(`${HEADER}\r\nx`, { configurationSetName: 'other' });
    expect((await submitMessage(other, deps({}, true))).kind).toBe('accepted');
  });
});
