import { createCipheriv, createHash } from 'node:crypto';
import { enhancedStatus, type AcceptedMessage, type DomainName, type MxHost } from '@sealpost/mail';
import { acceptedMessage } from '@sealpost/testing';
import { describe, expect, test } from 'vitest';
import type { AttemptReport, AttemptRequest } from './attempt/attempt-route.ts';
import { bodySha256 as bodySha256OfSent } from './body-hash.ts';
import { deliver, type DeliverDeps } from './deliver.ts';
import { expire } from './expire.ts';
import type { Job } from './jobs.ts';
import type { HostHealth, Readiness } from './retry/host-health.ts';

const hour = 3_600_000;
const acceptedAt = 1_764_000_000_000;
const content = Buffer.from('Subject: x\r\n\r\nbody\r\n');
const bodySha256 = createHash('sha256').update('body\r\n').digest('hex');
const host: MxHost = { host: 'mx.y.test', preference: 10 };

function jobOf(change: Partial<AcceptedMessage> = {}, isForced = false): Job {
  const message = acceptedMessage({
    acceptedAt,
    envelope: { reversePath: 'a@x.test', recipients: ['b@y.test'] },
    policy: { tlsPolicy: 'Optional' },
    content: { kind: 'inline', bytes: content },
    bodySha256,
    ...change,
  });
  const domain = 'y.test' as DomainName;
  return {
    jobId: `${message.messageId}-0`,
    message,
    domain,
    recipients: ['b@y.test'],
    attemptCount: 0,
    handshakeRefusedBefore: false,
    isForced,
  };
}

const report: AttemptReport = {
  outcomes: [{ kind: 'delivered', recipient: 'b@y.test', reply: { code: 250, text: 'ok' } }],
  policy: 'Optional',
  required: 'none',
  achieved: 'none',
  mx: { ...host, address: '127.0.0.2', port: 25 },
  failures: [],
  milliseconds: { dns: 0, connect: 0, tls: 0, transmit: 0 },
  possiblyDelivered: false,
  handshakeRefused: false,
  dialogue: [],
  hosts: [],
};

interface World {
  readonly attempts: AttemptRequest[];
  readonly learnt: Parameters<HostHealth['note']>[0][];
  /** Contents that nobody reads any more. */
  readonly givenBack: Buffer[];
  readonly deps: DeliverDeps;
}

function world(change: {
  readonly now?: number;
  readonly readiness?: Readiness;
  readonly content?: Buffer | undefined;
  readonly report?: Partial<AttemptReport>;
}): World {
  const attempts: AttemptRequest[] = [];
  const learnt: Parameters<HostHealth['note']>[0][] = [];
  const givenBack: Buffer[] = [];
  const deps: DeliverDeps = {
    resolve: () => Promise.resolve({ kind: 'hosts', hosts: [host] }),
    attempt: (request) => {
      attempts.push(request);
      return Promise.resolve({ ...report, ...change.report });
    },
    spool: {
      read: () => Promise.resolve('content' in change ? change.content : content),
      giveBack: (bytes) => givenBack.push(bytes),
    },
    lanes: {
      run: async (_destination, task) => {
        const place = { moveTo: () => Promise.resolve(true), takeOver: () => undefined, handOn: () => false };
        return { kind: 'ran', value: await task(place) };
      },
      close: () => undefined,
    },
    health: {
      ask: (hosts) => Promise.resolve(change.readiness ?? { kind: 'go', hosts }),
      note: (facts) => {
        learnt.push(facts);
        return Promise.resolve();
      },
    },
    suppression: { reasonFor: () => undefined },
    giveUpAfterMs: 14 * hour,
    requireTlsVerify: false,
    metrics: {
      outcome: () => undefined,
      delivered: () => undefined,
      contentChanged: () => undefined,
      tlsDowngrade: () => undefined,
    },
    now: () => change.now ?? acceptedAt,
    random: () => 0.5,
    logger: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
  };
  return { attempts, learnt, givenBack, deps };
}

/** What a job without an attempt becomes, with its expiry judged. */
async function outcomeWithoutAttempt(now: number, readiness?: Readiness) {
  const { attempts, deps } = world({ now, ...(readiness === undefined ? {} : { readiness }) });
  const delivery = await deliver(jobOf(), deps);
  if (delivery.kind !== 'attempted') throw new Error(delivery.kind);
  expect(attempts).toEqual([]);
  const { job, endedAt, giveUpAt } = delivery.facts;
  const facts = { domain: job.domain, acceptedAt, endedAt, giveUpAt, giveUpAfterMs: 14 * hour };
  return delivery.facts.report.outcomes.map((outcome) => expire(outcome, facts));
}

test('4.4 row 74: a message older than its delivery time bounces with 4.4.7 and is not tried', async () => {
  expect(await outcomeWithoutAttempt(acceptedAt + 15 * hour)).toMatchObject([
    { kind: 'bounced', status: '4.4.7', bounce: { type: 'Transient', subType: 'General' } },
  ]);
});

describe('row 27: hosts that are down', () => {
  const down: Readiness = { kind: 'wait', delayMs: 60_000 };

  test('the job waits without an attempt, never beyond the end of its time', async () => {
    const { attempts, deps } = world({ readiness: down });
    expect(await deliver(jobOf(), deps)).toMatchObject({ kind: 'wait', delayMs: 60_000 });
    expect(attempts).toEqual([]);
    const late = world({ readiness: down, now: acceptedAt + 14 * hour - 1000 });
    expect(await deliver(jobOf(), late.deps)).toMatchObject({ kind: 'wait', delayMs: 1000 });
  });

  test('at the end of its time it bounces in SES\u2019s words', async () => {
    expect(await outcomeWithoutAttempt(acceptedAt + 14 * hour, down)).toMatchObject([
      {
        kind: 'bounced',
        diagnostic:
          '550 4.4.7 Message expired: unable to deliver in 840 minutes.<421 4.4.1 Failed to establish connection>',
      },
    ]);
  });

  test('an operator\u2019s request is an attempt all the same', async () => {
    const { attempts, deps } = world({ readiness: down });
    expect((await deliver(jobOf({}, true), deps)).kind).toBe('attempted');
    expect(attempts).toHaveLength(1);
  });

  test('a host that has no time for us, or one good address, is there', async () => {
    const { deps, learnt } = world({
      report: {
        hosts: [
          { host: 'gone.test', conduct: 'unreachable' },
          { host: 'mx.y.test', conduct: 'unreachable' },
          { host: 'mx.y.test', conduct: 'served' },
          { host: 'full.test', conduct: 'overloaded' },
        ],
      },
    });
    await deliver(jobOf(), deps);
    expect(learnt).toEqual([
      { unreachable: ['gone.test'], reached: ['mx.y.test', 'full.test'], untried: [] },
    ]);
  });

  test('a host that is down is told before the attempt goes on to another one, and once', async () => {
    const other = { host: 'other.test', preference: 20 };
    const { deps, learnt } = world({ readiness: { kind: 'go', hosts: [host, other] } });
    const attempt: DeliverDeps['attempt'] = async ({ place: { enterHost } }) => {
      const hosts = [{ host: host.host, conduct: 'unreachable' as const }];
      await enterHost(host.host, []);
      expect(learnt).toEqual([]);
      await enterHost(other.host, hosts);
      expect(learnt).toEqual([{ unreachable: [host.host], reached: [], untried: [] }]);
      return { ...report, hosts };
    };
    await deliver(jobOf(), { ...deps, attempt });
    expect(learnt[1]).toEqual({ unreachable: [], reached: [], untried: [other.host] });
  });

  test('a host without an address is down, and one that was not tried is left for others to probe', async () => {
    const failure = {
      mxHost: host.host,
      type: 'dns-failure',
      detail: 'ENOTFOUND',
      definite: false,
      timestamp: '',
    } as const;
    const other = { host: 'other.test', preference: 20 };
    const { deps, learnt } = world({
      readiness: { kind: 'go', hosts: [host, other] },
      report: { hosts: [], failures: [failure] },
    });
    await deliver(jobOf(), deps);
    expect(learnt).toEqual([{ unreachable: [host.host], reached: [], untried: ['other.test'] }]);
  });

  test('damaged content keeps nobody from probing the host', async () => {
    const { deps, learnt } = world({ content: undefined });
    await deliver(jobOf(), deps);
    expect(learnt).toEqual([{ unreachable: [], reached: [], untried: [host.host] }]);
  });
});

test('row 43: what finds no place in its lane waits for as long as the lane says, give or take half, and not beyond its time', async () => {
  const busyAt = async (now: number) => {
    const { attempts, deps } = world({ now });
    const lanes: DeliverDeps['lanes'] = {
      run: () => Promise.resolve({ kind: 'busy', delayMs: 600_000 }),
      close: () => undefined,
    };
    const delivery = await deliver(jobOf(), { ...deps, lanes, random: () => 0.9 });
    expect(attempts).toEqual([]);
    return delivery.kind === 'wait' && delivery.delayMs;
  };
  expect(await busyAt(acceptedAt)).toBe(840_000);
  expect(await busyAt(acceptedAt + 14 * hour - 60_000)).toBe(60_000);
  expect(await busyAt(acceptedAt + 14 * hour + 60_000)).toBe(10_000);
});

describe('4.4 row 70, row 40: content that is not what was accepted never leaves', () => {
  test.each([
    ['changed', Buffer.from('Subject: x\r\n\r\nbodY\r\n'), /another SHA-256/],
    ['cut off', content.subarray(0, -3), /another SHA-256/],
    ['gone', undefined, /gone/],
  ])('%s', async (_how, stored, reason) => {
    const { attempts, deps } = world({ content: stored });
    const delivery = await deliver(jobOf(), deps);
    expect(delivery.kind === 'damaged' && delivery.reason).toMatch(reason);
    expect(attempts).toEqual([]);
  });

  describe('stored under a MAC', () => {
    const spooled = { objectName: 'o', sizeBytes: content.length } as const;
    const macOf = (bytes: Buffer): Buffer => {
      const key = Buffer.alloc(16, 'k');
      const cipher = createCipheriv('aes-128-gcm', key, Buffer.alloc(12)).setAAD(bytes);
      cipher.final();
      return Buffer.concat([key, cipher.getAuthTag()]);
    };
    const deliverStored = async (stored: Buffer, mac: Buffer, change: Partial<AcceptedMessage> = {}) => {
      const { attempts, deps } = world({ content: stored });
      const delivery = await deliver(
        jobOf({ content: { kind: 'spooled', ...spooled, mac }, ...change }),
        deps,
      );
      return { attempts, delivery };
    };

    test.each([
      ['a changed body', Buffer.from('Subject: x\r\n\r\nbodY\r\n')],
      ['a changed header section', Buffer.from('Subject: y\r\n\r\nbody\r\n')],
      ['an end that is cut off', content.subarray(0, -3)],
    ])('%s is found', async (_how, stored) => {
      const { attempts, delivery } = await deliverStored(stored, macOf(content));
      expect(delivery.kind === 'damaged' && delivery.reason).toMatch(/its MAC differs/);
      expect(attempts).toEqual([]);
    });

    test('what is proven leaves with the SHA-256 of when it was accepted, and is not hashed again', async () => {
      const stored = Buffer.from(content);
      const atAcceptance = 'ab'.repeat(32);
      const { attempts } = await deliverStored(stored, macOf(content), { bodySha256: atAcceptance });
      const [attempt] = attempts;
      expect(attempt?.content).toBe(stored);
      expect(attempt && bodySha256OfSent(attempt.content, attempt.bodyStart)).toBe(atAcceptance);
    });

    test('our signatures in front are not under it', async () => {
      const signatures = Buffer.from('DKIM-Signature: v=1\r\n');
      const change = { signatures, bodySha256: 'cd'.repeat(32) };
      const { attempts } = await deliverStored(Buffer.from(content), macOf(content), change);
      const [attempt] = attempts;
      expect(attempt?.content.toString()).toBe(signatures.toString() + content.toString());
      expect(attempt && bodySha256OfSent(attempt.content, attempt.bodyStart)).toBe(change.bodySha256);
    });
  });

  test('our signatures in front change nothing', async () => {
    const { attempts, deps } = world({});
    await deliver(jobOf({ signatures: Buffer.from('DKIM-Signature: v=1\r\n') }), deps);
    expect(attempts[0]?.content.toString()).toBe(`DKIM-Signature: v=1\r\n${content.toString()}`);
  });
});

describe('the memory of a content serves for another', () => {
  test('when each recipient is delivered: all of it is with the receiver', async () => {
    const { givenBack, deps } = world({});
    await deliver(jobOf(), deps);
    expect(givenBack).toEqual([content]);
  });

  test('and what was read of one that our signatures came before, at once', async () => {
    const { givenBack, deps } = world({ report: { outcomes: [], isAbandoned: true } });
    await deliver(jobOf({ signatures: Buffer.from('DKIM-Signature: v=1\r\n') }), deps);
    expect(givenBack).toEqual([content]);
  });

  test.each<[string, Partial<AttemptReport>]>([
    ['was given up', { outcomes: [], isAbandoned: true }],
    [
      'ended otherwise',
      {
        outcomes: [
          { kind: 'delivered', recipient: 'b@y.test', reply: { code: 250, text: 'ok' } },
          {
            kind: 'bounced',
            recipient: 'c@y.test',
            status: enhancedStatus('5.1.1'),
            diagnostic: '550 5.1.1 no such user',
            bounce: { type: 'Permanent', subType: 'General' },
          },
        ],
      },
    ],
  ])('not when an attempt %s: a write may be under way', async (_how, change) => {
    const { givenBack, deps } = world({ report: change });
    await deliver(jobOf(), deps);
    expect(givenBack).toEqual([]);
  });
});

test('who lets mail in is told that a message waits for its place, and that an attempt begins', async () => {
  const { deps } = world({});
  const told: string[] = [];
  const lanes: DeliverDeps['lanes'] = {
    run: async (entrant, task) => {
      told.push('lane');
      return deps.lanes.run(entrant, task);
    },
    close: () => undefined,
  };
  const resolve: DeliverDeps['resolve'] = (job) => {
    told.push('route');
    return deps.resolve(job);
  };
  const progress = { waits: () => told.push('waits'), begins: () => told.push('begins') };
  await deliver({ ...jobOf(), progress }, { ...deps, lanes, resolve });
  expect(told).toEqual(['route', 'waits', 'lane', 'begins']);
});
