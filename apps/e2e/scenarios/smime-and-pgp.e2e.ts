// Signed and encrypted mail, made and opened by openssl and gpg, through the whole system: T12, T13, SES contract 8.
import { createHash, randomBytes } from 'node:crypto';
import { SendRawEmailCommand, SESClient } from '@aws-sdk/client-ses';
import { SendEmailCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { awkwardBodies } from '../support/awkward-bodies.ts';
import { readEvents, type EventReader } from '../support/events.ts';
import { createKeys, type Keys } from '../support/keys.ts';
import { hostOf, startInternet, type Internet } from '../support/receivers.ts';
import { sealedForms, type Sealed, type SealedForm } from '../support/sealed-mail.ts';
import { submitBySmtp } from '../support/submit.ts';
import { startSystem, type System } from '../support/system.ts';
import { agentFor, sdkSettings } from '../support/sdk-settings.ts';

const FROM = 'app@sender.test';

/** One way in; resolves with the message id. */
type Route = (to: string, raw: Buffer) => Promise<string>;

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

function message(to: string, sealed: Sealed): Buffer {
  const header = `From: App <${FROM}>\r\nTo: ${to}\r\nSubject: sealed\r\nMIME-Version: 1.0\r\n${sealed.fields}\r\n`;
  return Buffer.concat([Buffer.from(header), sealed.body]);
}

describe('S/MIME and PGP mail arrives byte for byte', () => {
  let internet: Internet;
  let system: System;
  let events: EventReader;
  let keys: Keys;
  let routes: Readonly<Record<string, Route>>;
  /** What has been opened, to be closed in the opposite order. */
  const closings: (() => unknown)[] = [];
  let count = 0;

  beforeAll(async () => {
    keys = await createKeys();
    closings.push(() => keys.close());
    internet = await startInternet({ 'mx.good.test': {} }, { 'good.test': ['mx.good.test'] });
    closings.push(() => internet.close());
    system = await startSystem({ env: internet.env });
    closings.push(() => system.dispose());
    events = await readEvents(system.natsUrl);
    closings.push(() => events.close());
    routes = await openRoutes();
  });

  afterAll(async () => {
    for (const close of closings.reverse()) await close();
  });

  async function openRoutes(): Promise<Readonly<Record<string, Route>>> {
    const agent = await agentFor(system);
    const settings = sdkSettings(system, agent);
    const v1 = new SESClient(settings);
    const v2 = new SESv2Client(settings);
    closings.push(() => {
      v1.destroy();
      v2.destroy();
      agent.destroy();
    });
    return {
      smtp: (to, raw) => submitBySmtp(system, { from: FROM, to: [to], raw }),
      v1: async (to, Data) => {
        const command = new SendRawEmailCommand({ Source: FROM, Destinations: [to], RawMessage: { Data } });
        return (await v1.send(command)).MessageId ?? '';
      },
      v2: async (to, Data) => {
        const Destination = { ToAddresses: [to] };
        const command = new SendEmailCommand({
          FromEmailAddress: FROM,
          Destination,
          Content: { Raw: { Data } },
        });
        return (await v2.send(command)).MessageId ?? '';
      },
    };
  }

  /** The bytes that the receiver got, after the hashes at the door and on the wire have been compared. */
  async function deliver(route: Route, to: string, sealed: Sealed): Promise<Buffer> {
    const delivered = await events.waitFor(await route(to, message(to, sealed)), 'Delivery');
    const received = hostOf(internet, 'mx.good.test')
      .messages()
      .find(({ recipients }) => recipients.includes(to));
    if (received === undefined) throw new Error(`no mail to ${to}`);
    const bodyStart = received.content.indexOf('\r\n\r\n') + 4;
    const sent = sha256(sealed.body);
    expect(sha256(received.content.subarray(bodyStart)), `${to}: received`).toBe(sent);
    expect(delivered.delivery?.content, to).toMatchObject({ bodySha256: sent, sentBodySha256: sent });
    expect(received.content.subarray(0, bodyStart).toString('latin1'), to).toContain(`\r\n${sealed.fields}`);
    return received.content;
  }

  async function sealAndOpen(form: SealedForm, entity: Buffer, ways = routes): Promise<void> {
    const sealed = await form.seal(entity, keys);
    for (const [way, route] of Object.entries(ways)) {
      const received = await deliver(route, `${way}-${String((count += 1))}@good.test`, sealed);
      const opened = await form.open(received, keys);
      expect(opened.equals(entity), `${way}, got:\n${opened.toString('latin1')}`).toBe(true);
    }
  }

  test.each(sealedForms.map((form) => [form.title, form] as const))(
    'T12, T13, trap 43: %s, every body, by SMTP, SendRawEmail and SendEmail Raw',
    async (_title, form) => {
      const endings = await Promise.allSettled(
        Object.entries(awkwardBodies).map(async ([name, entity]) => {
          await sealAndOpen(form, entity).catch((error: unknown) => {
            throw new Error(`${name}: ${String(error)}`);
          });
        }),
      );
      const faults = endings.flatMap((ending) =>
        ending.status === 'rejected' ? [String(ending.reason)] : [],
      );
      expect(faults).toEqual([]);
    },
  );

  test('T13: a signed message of 5 MB, which goes through the object store, is still the same', async () => {
    const [form] = sealedForms;
    if (form === undefined) throw new Error('no form');
    const lines = randomBytes(3_700_000)
      .toString('base64')
      .replace(/.{1,76}/g, '$&\r\n');
    await sealAndOpen(form, Buffer.from(`Content-Transfer-Encoding: base64\r\n\r\n${lines}`));
  });

  test('T13: what a library hands to the API with LF line ends is sent with CRLF, as it was signed', async () => {
    const withLf = (way: string): Route => {
      const route = routes[way];
      if (route === undefined) throw new Error(`no route ${way}`);
      return (to, raw) => route(to, Buffer.from(raw.toString('latin1').replaceAll('\r\n', '\n'), 'latin1'));
    };
    const ways = { v1: withLf('v1'), v2: withLf('v2') };
    const entity = Buffer.from('\r\nHello \r\n.\r\n');
    await Promise.all(sealedForms.map((form) => sealAndOpen(form, entity, ways)));
  });

  test('T12: every one of these mails came once, and over TLS', () => {
    const messages = hostOf(internet, 'mx.good.test').messages();
    expect(count).toBeGreaterThan(3 * sealedForms.length * Object.keys(awkwardBodies).length);
    expect(messages).toHaveLength(count);
    expect(new Set(messages.flatMap(({ recipients }) => recipients)).size).toBe(count);
    expect(messages.filter(({ tls }) => tls === undefined)).toEqual([]);
  });

  test.each(sealedForms.map((form) => [form.title, form] as const))(
    'T13: %s with one byte changed is not what was sealed, so openssl and gpg do look',
    async (_title, form) => {
      const entity = Buffer.from(`Content-Type: text/plain\r\n\r\n${'Hello '.repeat(150)}\r\n`);
      const sealed = await form.seal(entity, keys);
      const sound = await form.open(message('x@good.test', sealed), keys);
      expect(sound.equals(entity)).toBe(true);
      const body = Buffer.from(sealed.body);
      const hello = body.indexOf('Hello');
      // In the sealed text where it can be read, in the middle of the base64 where it can't.
      const at = hello >= 0 ? hello : Math.floor(body.length / 2);
      body[at] = body[at] === 0x4a ? 0x4b : 0x4a;
      const opened = form.open(message('x@good.test', { ...sealed, body }), keys);
      expect(await opened.then((content) => content.equals(entity)).catch(() => false)).toBe(false);
    },
  );
});
