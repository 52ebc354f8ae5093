// The door with everything behind it, as each ingress opens it.
import { randomUUID } from 'node:crypto';
import type { Bus } from '@sealpost/bus';
import { channelCredentials } from '@sealpost/mutual-tls';
import { connectPolicyClient, type PolicyClient } from '@sealpost/policy-client';
import { openSendingQuota, redisQuotaStore, type QuotaLimits, type SendingQuota } from '@sealpost/quota';
import type { Redis } from '@sealpost/redis';
import { formatHostPort, type HostPort, type InternalTls, type Logger } from '@sealpost/runtime';
import { openSpool, type SpoolSettings } from '@sealpost/spool';
import { submitMessage } from './submit-message.ts';
import type { SenderRules, Submission, SubmissionResult } from './submission.ts';

export interface DoorOptions {
  readonly policyService: HostPort;
  /** Undefined: policy-service is asked in the clear. */
  readonly internalTls: InternalTls | undefined;
  readonly spool: SpoolSettings;
  readonly blockedExtensions: readonly string[];
  readonly region: string;
  readonly hostName: string;
  readonly senders: Pick<SenderRules, 'mustBeVerified' | 'signs' | 'refusesUnsigned'>;
  readonly quota: QuotaLimits;
  /** Shared by all copies; undefined: each counts for itself. */
  readonly redis: Redis | undefined;
}

export interface Door {
  readonly submit: (submission: Submission) => Promise<SubmissionResult>;
  /** For mail that this system writes itself: neither its sender is checked nor is it signed or paused. */
  readonly submitOwn: (submission: Submission) => Promise<SubmissionResult>;
  /** The door's own, for what else an ingress asks: passwords, signing keys, sets. */
  readonly policies: PolicyClient;
  /** For what an ingress tells of it. */
  readonly quota: SendingQuota;
  /** Larger content had better be handed over while it arrives. */
  readonly inlineBytes: number;
  /** The store is nearly full: what is submitted now is `queue-full`. */
  isFull(): boolean;
  close(): Promise<void>;
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
  const quota = openSendingQuota({
    limits: options.quota,
    shared: options.redis && redisQuotaStore(options.redis),
    logger,
  });
  const spool = await openSpool(bus, options.spool);
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
  const deps = { ...ownDeps, quota, senders: senderRules(options, policies) };
  return {
    submit: (submission) =>
      room.isFull()
        ? Promise.resolve({ kind: 'unavailable', cause: 'queue-full' })
        : submitMessage(submission, deps),
    submitOwn: (submission) => submitMessage(submission, ownDeps),
    isFull: () => room.isFull(),
    policies,
    quota,
    inlineBytes: spool.inlineBytes,
    close: async () => {
      room.close();
      await quota.close();
      policies.close();
      channel?.close();
    },
  };
}

function senderRules({ senders }: DoorOptions, policies: PolicyClient): SenderRules {
  return {
    ...senders,
    resolveSender: (address) => policies.resolveSender(address),
    account: () => policies.account(),
  };
}
