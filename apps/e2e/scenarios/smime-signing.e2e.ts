// Mail that the service itself signs with S/MIME, verified by openssl on what the receiver got. SES contract 2.3.
import path from 'node:path';
import { SendRawEmailCommand, SESClient } from '@aws-sdk/client-ses';
import {
  AssociateEmailIdentityCertificateCommand,
  CreateConfigurationSetCommand,
  CreateEmailIdentityCommand,
  DisassociateEmailIdentityCertificateCommand,
  ListEmailIdentityCertificatesCommand,
  SendEmailCommand,
  SESv2Client,
  UpdateConfigurationSetCommand,
} from '@aws-sdk/client-sesv2';
import { connectPolicyClient } from '@sealpost/policy-client';
import { eventually, verifySmime } from '@sealpost/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createKeys } from '../support/keys.ts';
import { findProgram, runProgram } from '../support/run-program.ts';
import { sealedForms } from '../support/sealed-mail.ts';
import { agentFor, sdkSettings } from '../support/sdk-settings.ts';
import { arnOf, putSigner } from '../support/signers.ts';
import { submitBySmtp } from '../support/submit.ts';
import { startSystem, type System } from '../support/system.ts';

const TO = 'b@receiver.test';
const ENTITY = 'Content-Type: text/plain; charset=utf-8\r\n\r\nHello  \r\n.Grüße\r\n';

function rawMail(from: string, subject: string, entity = ENTITY): Buffer {
  return Buffer.from(
    `From: App <${from}>\r\nTo: ${TO}\r\nSubject: ${subject}\r\nMIME-Version: 1.0\r\n${entity}`,
  );
}

interface World {
  readonly system: System;
  readonly v1: SESClient;
  readonly v2: SESv2Client;
  /** By SMTP, in the set that signs. */
  submit(from: string, subject: string, raw?: Buffer): Promise<string>;
  associate(fromAddress: string, id: string): Promise<unknown>;
  arrived(subject: string): Promise<Buffer>;
  close(): Promise<void>;
}

/** A system with the set `signed`, which wants S/MIME, and the identity sender.test. */
async function startWorld(env: Readonly<Record<string, string>> = {}): Promise<World> {
  const system = await startSystem({ env });
  const agent = await agentFor(system);
  const settings = sdkSettings(system, agent);
  const v1 = new SESClient(settings);
  const v2 = new SESv2Client(settings);
  await v2.send(
    new CreateConfigurationSetCommand({
      ConfigurationSetName: 'signed',
      MessageSecurityOptions: { SigningScheme: { SmimeScheme: { SignatureFormat: 'DETACHED' } } },
    }),
  );
  await v2.send(new CreateEmailIdentityCommand({ EmailIdentity: 'sender.test' }));
  return {
    system,
    v1,
    v2,
    submit: (from, subject, raw = rawMail(from, subject)) =>
      submitBySmtp(system, {
        from,
        to: [TO],
        raw: Buffer.concat([Buffer.from('X-SES-CONFIGURATION-SET: signed\r\n'), raw]),
      }),
    associate: (FromAddress, id) =>
      v2.send(
        new AssociateEmailIdentityCertificateCommand({
          EmailIdentity: 'sender.test',
          FromAddress,
          CertificateArn: arnOf(id),
        }),
      ),
    arrived: async (subject) => {
      const mail = await eventually(
        async () => (await system.inbox()).find(({ content }) => content.includes(`Subject: ${subject}\r\n`)),
        { what: `${subject} in the inbox` },
      );
      return mail.content;
    },
    close: async () => {
      v1.destroy();
      v2.destroy();
      agent.destroy();
      await system.dispose();
    },
  };
}

describe('a set that wants S/MIME', () => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld();
    await putSigner(world.system, 'rsa', ['rsa@sender.test']);
    await putSigner(world.system, 'ecdsa', ['ecdsa@sender.test'], { keyType: 'ecdsa' });
    await putSigner(world.system, 'expired', ['expired@sender.test'], { validity: 'expired' });
    for (const id of ['rsa', 'ecdsa', 'expired']) await world.associate(`${id}@sender.test`, id);
  });

  afterAll(() => world.close());

  test.each(['rsa', 'ecdsa'])(
    'mail by SMTP arrives signed with the %s certificate of its address',
    async (id) => {
      await world.submit(`${id}@sender.test`, `by SMTP, ${id}`);
      expect((await verifySmime(await world.arrived(`by SMTP, ${id}`))).toString()).toBe(ENTITY);
    },
  );

  test('mail by v1 SendRawEmail and by v2 SendEmail, raw and composed, arrives signed', async () => {
    const FROM = 'rsa@sender.test';
    const ConfigurationSetName = 'signed';
    const Data = rawMail(FROM, 'by v1');
    await world.v1.send(
      new SendRawEmailCommand({ ConfigurationSetName, Destinations: [TO], RawMessage: { Data } }),
    );
    const of = { ConfigurationSetName, FromEmailAddress: FROM, Destination: { ToAddresses: [TO] } };
    await world.v2.send(
      new SendEmailCommand({ ...of, Content: { Raw: { Data: rawMail(FROM, 'by v2, raw') } } }),
    );
    await world.v2.send(
      new SendEmailCommand({
        ...of,
        Content: {
          Simple: {
            Subject: { Data: 'by v2' },
            Body: { Text: { Data: 'Grüße' }, Html: { Data: '<p>Grüße</p>' } },
            Attachments: [{ FileName: 'a.txt', RawContent: Buffer.from('attached') }],
          },
        },
      }),
    );
    for (const subject of ['by v1', 'by v2, raw']) {
      expect((await verifySmime(await world.arrived(subject))).toString()).toBe(ENTITY);
    }
    const composed = (await verifySmime(await world.arrived('by v2'))).toString();
    expect(composed).toMatch(/^Content-Type: multipart\/mixed/);
    expect(composed).toContain('filename=a.txt');
  });

  test('T13: a message of 5 MB, which goes through the object store, is signed as well', async () => {
    const entity = `${ENTITY}${`${'x'.repeat(76)}\r\n`.repeat(65_000)}`;
    await world.submit('rsa@sender.test', 'large', rawMail('rsa@sender.test', 'large', entity));
    expect((await verifySmime(await world.arrived('large'))).equals(Buffer.from(entity))).toBe(true);
  });

  test('DKIM signs over it: dkimpy finds both signatures good', async () => {
    const policies = await connectPolicyClient({ address: `127.0.0.1:${String(world.system.ports.policy)}` });
    const made = await policies.updateIdentity('sender.test', { signing: 'own', dkimEnabled: true });
    policies.close();
    if (made.kind !== 'identity') throw new Error(made.kind);
    const records = Object.fromEntries(
      made.identity.dkim.keys.map(({ selector, algorithm, publicKey }) => [
        `${selector}._domainkey.sender.test`,
        `v=DKIM1; k=${algorithm}; p=${publicKey.toString('base64')}`,
      ]),
    );
    let count = 0;
    // The ingress learns of the keys from the store.
    const content = await eventually(async () => {
      const subject = `with DKIM ${String((count += 1))}`;
      await world.submit('rsa@sender.test', subject);
      const arrived = await world.arrived(subject);
      return arrived.includes('DKIM-Signature') ? arrived : undefined;
    });
    await verifySmime(content);
    const verifier = path.join(import.meta.dirname, '../support/verify-dkim.py');
    const python = findProgram('/usr/bin/python3') ?? 'python3';
    const { stdout } = await runProgram(python, [verifier, JSON.stringify(records)], { input: content });
    expect(JSON.parse(stdout)).toEqual([
      { algorithm: 'rsa-sha256', domain: 'sender.test', isGood: true },
      { algorithm: 'ed25519-sha256', domain: 'sender.test', isGood: true },
    ]);
  });

  test('T12, T13: mail that its sender has signed or encrypted is not signed again, and opens as it was sealed', async () => {
    const keys = await createKeys();
    try {
      for (const [index, form] of sealedForms.entries()) {
        // Keys in the open are no signature and no encryption.
        if (form.title.includes('pgp-keys')) continue;
        const sealed = await form.seal(Buffer.from(ENTITY), keys);
        const subject = `sealed ${String(index)}`;
        const header = `From: rsa@sender.test\r\nSubject: ${subject}\r\nMIME-Version: 1.0\r\n${sealed.fields}\r\n`;
        await world.submit('rsa@sender.test', subject, Buffer.concat([Buffer.from(header), sealed.body]));
        const content = await world.arrived(subject);
        expect(content.subarray(content.indexOf('\r\n\r\n') + 4).equals(sealed.body), form.title).toBe(true);
        expect((await form.open(content, keys)).toString(), form.title).toBe(ENTITY);
      }
    } finally {
      await keys.close();
    }
  });

  test('SES contract 8.3: with an expired certificate, or none, mail goes out unsigned, and the log says so', async () => {
    for (const from of ['expired@sender.test', 'nobody@sender.test']) {
      const messageId = await world.submit(from, `unsigned of ${from}`);
      const content = await world.arrived(`unsigned of ${from}`);
      expect(content.toString()).not.toContain('pkcs7');
      expect(content.toString().endsWith('\r\n\r\nHello  \r\n.Grüße\r\n')).toBe(true);
      await eventually(() =>
        world.system
          .output()
          .split('\n')
          .some((line) => line.includes(messageId) && line.includes('not S/MIME-signed')),
      );
    }
    const { Certificates } = await world.v2.send(
      new ListEmailIdentityCertificatesCommand({ EmailIdentity: 'sender.test' }),
    );
    expect(Certificates?.map(({ FromAddress, Status }) => [FromAddress, Status])).toEqual([
      ['ecdsa@sender.test', 'ACTIVE'],
      ['expired@sender.test', 'INACTIVE'],
      ['rsa@sender.test', 'ACTIVE'],
    ]);
  });

  test('a certificate that is taken away signs nothing more; a set that is switched off neither', async () => {
    await putSigner(world.system, 'short', ['short@sender.test']);
    await world.associate('short@sender.test', 'short');
    await eventually(async () => {
      const subject = 'signed for a while';
      await world.submit('short@sender.test', subject);
      return (await world.system.inbox()).some(
        ({ content }) => content.includes(`Subject: ${subject}\r\n`) && content.includes('pkcs7'),
      );
    });
    const isUnsigned = async (subject: string, from: string) => {
      await world.submit(from, subject);
      return !(await world.arrived(subject)).includes('pkcs7');
    };
    await world.v2.send(
      new DisassociateEmailIdentityCertificateCommand({
        EmailIdentity: 'sender.test',
        FromAddress: 'short@sender.test',
      }),
    );
    let count = 0;
    await eventually(() => isUnsigned(`taken away ${String((count += 1))}`, 'short@sender.test'));
    await world.v2.send(
      new UpdateConfigurationSetCommand({
        ConfigurationSetName: 'signed',
        MessageSecurityOptions: { SigningScheme: { DefaultScheme: {} } },
      }),
    );
    await eventually(() => isUnsigned(`switched off ${String((count += 1))}`, 'rsa@sender.test'));
  });
});

describe('a set that wants S/MIME, with SMIME_UNSIGNED=refuse', () => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld({ SMIME_UNSIGNED: 'refuse' });
    await putSigner(world.system, 'good', ['good@sender.test']);
    await putSigner(world.system, 'expired', ['expired@sender.test'], { validity: 'expired' });
    for (const id of ['good', 'expired']) await world.associate(`${id}@sender.test`, id);
  });

  afterAll(() => world.close());

  test('mail that can be signed arrives signed', async () => {
    await world.submit('good@sender.test', 'strictly signed');
    await verifySmime(await world.arrived('strictly signed'));
  });

  test.each(['expired@sender.test', 'nobody@sender.test'])(
    'mail from %s, which can not be signed, is refused over SMTP and the API',
    async (from) => {
      await expect(world.submit(from, 'never')).rejects.toMatchObject({
        response: expect.stringMatching(/^554 Message rejected: Mail of this .* must be signed/) as string,
      });
      const send = new SendEmailCommand({
        ConfigurationSetName: 'signed',
        FromEmailAddress: from,
        Destination: { ToAddresses: [TO] },
        Content: { Raw: { Data: rawMail(from, 'never') } },
      });
      await expect(world.v2.send(send)).rejects.toMatchObject({ name: 'MessageRejected' });
      expect((await world.system.inbox()).some(({ content }) => content.includes('Subject: never'))).toBe(
        false,
      );
    },
  );
});
