// The door over a real NATS server and a real spool; policies and senders are what a test says.
import { randomUUID } from 'node:crypto';
import { connectBus, type Bus } from '@sealpost/bus';
import type { AcceptedMessage } from '@sealpost/mail';
import { openSpool, type Spool } from '@sealpost/spool';
import { eventually, startNats, type Engine } from '@sealpost/testing';
import type { Sender } from '@sealpost/policy-client';
import { submitMessage, type DoorDeps, type SenderRules, type Submission } from '../../src/index.ts';

export const log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

export interface TestDoor {
  readonly nats: Engine;
  readonly bus: Bus;
  readonly deps: DoorDeps & { readonly spool: Spool };
  close(): Promise<void>;
}

export async function startDoor(resolvePolicy: DoorDeps['policies']['resolvePolicy']): Promise<TestDoor> {
  const nats = await startNats();
  const bus = await connectBus({ servers: nats.url, clientName: 'test' }, log);
  return {
    nats,
    bus,
    deps: {
      bus,
      spool: await openSpool(bus, { inlineBytes: undefined, folder: undefined }),
      policies: { resolvePolicy },
      blockedExtensions: ['.exe'],
      region: 'us-east-1',
      hostName: 'out.sealpost.test',
      now: Date.now,
      randomUuid: randomUUID,
      logger: log,
    },
    close: async () => {
      await bus.close();
      await nats.stop();
    },
  };
}

export function submission(content: string | Buffer, extra: Partial<Submission> = {}): Submission {
  return {
    reversePath: 'app@sender.test',
    recipients: ['b@receiver.test'],
    content: Buffer.from(content),
    source: {
      operation: 'SendSmtpEmail',
      clientAddress: '127.0.0.1',
      callerIdentity: 'AKIATEST',
      helo: 'client',
    },
    ...extra,
  };
}

/** The record of a message that is accepted, taken from the stream. */
export async function storedRecord(
  submitted: Submission,
  bus: Bus,
  deps: DoorDeps,
): Promise<AcceptedMessage> {
  const result = await submitMessage(submitted, deps);
  if (result.kind !== 'accepted') throw new Error(JSON.stringify(result));
  const found: AcceptedMessage[] = [];
  const consumption = bus.consumeAccepted((delivery) => {
    found.push(delivery.message);
    delivery.ack();
    return Promise.resolve();
  });
  const message = await eventually(() => found.find(({ messageId }) => messageId === result.messageId));
  await consumption.stop();
  return message;
}

/** The identity and the account of a sender, as policy-service would tell. */
export function sentBy(facts: Partial<Sender>, isSendingPaused = false): SenderRules {
  const sender: Sender = {
    isVerified: true,
    signingKeys: [],
    configurationSet: undefined,
    mailFromDomain: undefined,
    isMailFromMissing: false,
    forwardingDisabled: false,
    smimeKey: undefined,
    ...facts,
  };
  return {
    mustBeVerified: true,
    signs: true,
    refusesUnsigned: false,
    resolveSender: () => Promise.resolve({ kind: 'sender', sender }),
    account: () => Promise.resolve({ kind: 'account', account: { isSendingPaused } }),
  };
}
