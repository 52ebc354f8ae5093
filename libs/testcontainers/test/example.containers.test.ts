import { SendEmailCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { SealpostContainer, type StartedSealpostContainer } from '@sealpost/testcontainers';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

let sealpost: StartedSealpostContainer;

beforeAll(async () => {
  sealpost = await new SealpostContainer().start();
}, 120_000);

afterAll(() => sealpost.stop());

beforeEach(() => sealpost.reset());

// What your application does, with the client it uses anyway.
async function sendWelcome(to: string, configurationSet?: string) {
  const ses = new SESv2Client(sealpost.awsConfig());
  await ses.send(
    new SendEmailCommand({
      FromEmailAddress: 'shop@example.org',
      Destination: { ToAddresses: [to] },
      Content: { Simple: { Subject: { Data: 'Welcome' }, Body: { Text: { Data: 'Hello!' } } } },
      ConfigurationSetName: configurationSet,
    }),
  );
}

test('a welcome mail arrives, encrypted', async () => {
  await sendWelcome('ann@example.com');
  const mail = await sealpost.waitForMessage({ recipient: 'ann@example.com' });
  expect(mail.subject).toBe('Welcome');
  expect(mail.text).toContain('Hello!');
  expect(mail.tls?.version).toBe('TLSv1.3');
});

test('SMTP works as well', async () => {
  const smtp = createTransport({ url: sealpost.smtpUrl, tls: { ca: sealpost.ca }, requireTLS: true });
  await smtp.sendMail({
    from: 'shop@example.org',
    to: 'bob@example.com',
    subject: 'By SMTP',
    text: 'Hello!',
  });
  const mail = await sealpost.waitForMessage({ subject: 'By SMTP' });
  expect(mail.envelope.recipients).toEqual(['bob@example.com']);
});

test('under Require nothing goes to a server without TLS, and the sender is told', async () => {
  await sealpost.setTlsPolicy('Confidential', 'Require');
  await sealpost.receiver.withoutStartTls('example.com');
  await sendWelcome('carl@example.com', 'Confidential');
  const report = await sealpost.waitForMessage({ recipient: 'shop@example.org' });
  expect(report.raw.toString()).toContain('Status: 5.7.10');
  expect((await sealpost.messages()).map(({ mxHost }) => mxHost)).not.toContain('mx.example.com');
});

test('a server that is busy gets the mail at the next attempt', async () => {
  await sealpost.receiver.defers('example.net', { times: 1 });
  await sendWelcome('dora@example.net');
  const mail = await sealpost.waitForMessage({ recipient: 'dora@example.net' });
  expect(mail.mxHost).toBe('mx.example.net');
});

test('an address that does not exist comes back as a report', async () => {
  await sealpost.receiver.rejects('nobody@example.com');
  await sendWelcome('nobody@example.com');
  const report = await sealpost.waitForMessage({ recipient: 'shop@example.org' });
  expect(report.raw.toString()).toContain('nobody@example.com');
});
