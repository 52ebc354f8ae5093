// T15: the plaintext sentinel. A bug is played that hands it a connection which must not carry the mail, from every
// receiver of table 5.2 that Require mail does not get to over TLS.
import { readdirSync, readFileSync } from 'node:fs';
import type { MxAddress, TlsEvidence, TlsLevel } from '@sealpost/mail';
import { startReceiver, testAuthority, type Receiver } from '@sealpost/testing';
import { deliverySecureContext } from '@sealpost/tls';
import { afterEach, describe, expect, test } from 'vitest';
import { dial } from '../src/attempt/dial.ts';
import { openSession, type OpenedSession, type PhaseTimeouts } from '../src/attempt/open-session.ts';
import { RequirementNotMet, sendMessage } from '../src/attempt/send-message.ts';
import { DialogueRecorder } from '../src/attempt/transcript.ts';
import { plainContent, plaintextOfMail, testTimeouts } from './support/outbound.ts';
import { calmTimeouts, patienceFor, tlsTable } from './support/tls-table.ts';

const open: Receiver[] = [];

afterEach(async () => {
  for (const receiver of open.splice(0)) await receiver.close();
});

async function sessionWith(
  receiver: Receiver,
  plan: 'starttls' | 'plaintext',
  timeouts: Partial<PhaseTimeouts> = {},
): Promise<Extract<OpenedSession, { kind: 'session' }>['session'] | undefined> {
  const mx: MxAddress = { host: 'mx1.y.test', preference: 0, address: receiver.address, port: receiver.port };
  const opened = await openSession(mx, plan, {
    dial,
    refuseAddress: () => undefined,
    timeouts: { ...testTimeouts, ...calmTimeouts, ...timeouts },
    heloName: 'out.sealpost.test',
    secureContext: deliverySecureContext((await testAuthority()).certificatePem),
    beginDialogue: () => new DialogueRecorder(0),
    spent: { connect: 0, tls: 0 },
  });
  return opened.kind === 'session' ? opened.session : undefined;
}

function mailThat(required: TlsLevel) {
  return {
    required,
    reversePath: 'a@x.test',
    recipients: ['b@y.test'],
    content: plainContent,
    smtpUtf8: false,
    mayFinish: () => true,
    handOn: () => false,
  };
}

/** Proof of a handshake that took place, elsewhere. */
async function evidenceOfAnother(): Promise<TlsEvidence> {
  const other = await startReceiver({ hostName: 'mx1.y.test' });
  open.push(other);
  const session = await sessionWith(other, 'starttls');
  session?.client.quit();
  if (session?.evidence === undefined) throw new Error('no handshake');
  return session.evidence;
}

describe('T15: nothing gets past the sentinel', () => {
  const failing = tlsTable.filter(({ require }) => require !== 'TLS');

  test.each(failing)('$receiver', async ({ script }) => {
    const receiver = await startReceiver({ hostName: 'mx1.y.test', ...script });
    open.push(receiver);
    // What is left of the try with TLS, and a connection in the clear that nobody should have made.
    const { timeouts } = patienceFor(script);
    const sessions = [
      await sessionWith(receiver, 'starttls', timeouts),
      await sessionWith(receiver, 'plaintext'),
    ];
    const stolen = await evidenceOfAnother();
    for (const session of sessions) {
      if (session === undefined) continue;
      for (const required of ['encrypted', 'authenticated'] as const) {
        const attempts = [session, { ...session, evidence: stolen }];
        for (const each of attempts) {
          await expect(sendMessage(each, mailThat(required), testTimeouts)).rejects.toThrow(
            RequirementNotMet,
          );
        }
      }
      session.client.destroy();
    }
    expect(sessions[1]).toBeDefined();
    expect(plaintextOfMail(receiver)).toEqual([]);
    expect(receiver.messages()).toEqual([]);
  });

  test('a certificate that does not verify where it has to', async () => {
    const receiver = await startReceiver({ hostName: 'mx1.y.test', tls: { certificate: 'self-signed' } });
    open.push(receiver);
    const session = await sessionWith(receiver, 'starttls');
    if (session === undefined) throw new Error('no session');
    await expect(sendMessage(session, mailThat('authenticated'), testTimeouts)).rejects.toThrow(
      RequirementNotMet,
    );
    expect(receiver.connections()[0]?.insideTls.toString()).not.toContain('MAIL');
    // The same connection may carry what asks for encryption only.
    expect(await sendMessage(session, mailThat('encrypted'), testTimeouts)).toMatchObject({
      contentSent: true,
    });
    session.client.quit();
  });

  test('there is one place that writes envelope and content', () => {
    const folder = new URL('../src/', import.meta.url);
    const writers = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .filter((name) =>
        /`(?:MAIL FROM|RCPT TO|BDAT)|'DATA'|\.sendContent\(/.test(
          readFileSync(new URL(name, folder), 'utf8'),
        ),
      );
    expect(writers).toEqual(['attempt/send-message.ts']);
  });
});
