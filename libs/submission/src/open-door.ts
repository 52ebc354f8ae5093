// The door with everything behind it, as each ingress opens it.
import { randomUUID } from 'node:crypto';
import type { Bus } from '@sealpost/bus';
import { channelCredentials } from '@sealpost/mutual-tls';
import { connectPolicyClient, type PolicyClient } from '@sealpost/policy-client';
import { formatHostPort, type HostPort, type InternalTls, type Logger } from '@sealpost/runtime';
import { openSpool } from '@sealpost/spool';
import { submitMessage } from './submit-message.ts';
import type { Submission, SubmissionResult } from './submission.ts';

export interface DoorOptions {
  readonly policyService: HostPort;
  /** Undefined: policy-service is asked in the clear. */
  readonly internalTls: InternalTls | undefined;
  readonly inlineContentBytes: number;
  readonly blockedExtensions: readonly string[];
  readonly region: string;
  readonly hostName: string;
  readonly senders: { readonly mustBeVerified: boolean; readonly signs: boolean };
}

export interface Door {
  readonly submit: (submission: Submission) => Promise<SubmissionResult>;
  /** For mail that this system writes itself: neither its sender is checked nor is it signed or paused. */
  readonly submitOwn: (submission: Submission) => Promise<SubmissionResult>;
  /** The door's own, for what else an ingress asks: passwords, signing keys, sets. */
  readonly policies: PolicyClient;
  /** Larger content had better be handed over while it arrives. */
  readonly inlineBytes: number;
  /** The store is nearly full: what is submitted now is `queue-full`. */
  isFull(): boolean;
  close(): void;
}

/** `bus` stays the caller's to close. */
export async function openDoor(bus: Bus, options: DoorOptions, logger: Logger): Promise<Door> {
  const { internalTls } = options;
  const channel = internalTls === undefined ? undefined : channelCredentials(internalTls, logger);
  const policies = await connectPolicyClient({
    address: formatHostPort(options.policyService),
    bucket: await bus.openBucket('POLICY'),
    ...(channel === undefined ? {} : { credentials: channel.credentials }),
  });
  const spool = await openSpool(bus, options.inlineContentBytes);
  const room = await bus.watchStoreRoom();
  const ownDeps = {
    bus,
    policies,
    spool,
    blockedExtensions: options.blockedExtensions,
    region: options.region,
    hostName: options.hostName,
    now: Date.now,
    randomUuid: randomUUID,
    logger,
  };
  const deps = {
    ...ownDeps,
    senders: {
      ...options.senders,
      resolveSender: (address: string) => policies.resolveSender(address),
      account: () => policies.account(),
    },
  };
  return {
    submit: (submission) =>
      room.isFull()
        ? Promise.resolve({ kind: 'unavailable', cause: 'queue-full' })
        : submitMessage(submission, deps),
    submitOwn: (submission) => submitMessage(submission, ownDeps),
    isFull: () => room.isFull(),
    policies,
    inlineBytes: spool.inlineBytes,
    close: () => {
      room.close();
      policies.close();
      channel?.close();
    },
  };
}
