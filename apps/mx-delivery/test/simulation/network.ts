// Simulated MX hosts whose moods change, and an attempt at them: what is decided (requirement, plans, classification,
// conclusion) is the service's own code, what is done with sockets is simulated.
import { enhancedStatus, type MxHost, type TlsEvidence } from '@sealpost/mail';
import { connectionPlans, requiredTls, satisfies } from '@sealpost/tls';
import type { AttemptReport, AttemptRequest } from '../../src/attempt/attempt-report.ts';
import { classify } from '../../src/attempt/classify.ts';
import { conclude, type Verdict } from '../../src/attempt/conclude.ts';
import type { Answer, Transcript } from '../../src/attempt/transcript.ts';
import type { HostConduct } from '../../src/attempt/trouble-log.ts';
import type { Chance } from './random.ts';
import type { Actor, Steps } from './steps.ts';

const MOODS = [
  'good',
  'good',
  'down',
  'no-tls',
  'tls-refused',
  'handshake-refused',
  'handshake-stalls',
  'busy',
  'greylists',
  'full',
  'unknown-user',
  'content-deferred',
  'content-refused',
  'silent-after-dot',
  'resets-before-dot',
] as const;

type Mood = (typeof MOODS)[number];

export interface Network {
  attempt(actor: Actor, request: AttemptRequest, hosts: readonly MxHost[]): Promise<AttemptReport>;
  /** From now on every host is good. */
  heal(): void;
  /** Copies that receivers took, by message and recipient. */
  readonly copies: ReadonlyMap<string, number>;
  /** By message and domain. */
  readonly attempts: ReadonlyMap<string, number>;
  /** Contents of which nobody knows whether they were taken. */
  unknownReplies(): number;
  readonly violations: readonly string[];
}

interface NetworkDeps {
  readonly chance: Chance;
  readonly steps: Steps;
  readonly now: () => number;
}

const EVIDENCE: TlsEvidence = {
  version: 'TLSv1.3',
  cipher: 'TLS_AES_256_GCM_SHA384',
  serverName: 'mx.test',
  certificate: {
    subject: '',
    issuer: '',
    subjectAltNames: [],
    notBefore: '',
    notAfter: '',
    sha256: '',
    verified: false,
    verificationResult: 'certificate-not-trusted',
  },
};

export function openNetwork({ chance, steps, now }: NetworkDeps): Network {
  const copies = new Map<string, number>();
  const attempts = new Map<string, number>();
  const violations: string[] = [];
  const moods = new Map<string, { mood: Mood; until: number }>();
  let isHealed = false;
  let unknown = 0;
  const moodOf = (host: string): Mood => {
    if (isHealed) return 'good';
    const known = moods.get(host);
    if (known !== undefined && known.until > now()) return known.mood;
    const mood = chance.pick(MOODS);
    moods.set(host, { mood, until: now() + chance.below(3 * 3_600_000) });
    return mood;
  };
  const take = (request: AttemptRequest, recipients: readonly string[]): void => {
    for (const recipient of recipients) {
      const key = `${request.messageId} ${recipient}`;
      copies.set(key, (copies.get(key) ?? 0) + 1);
    }
  };

  const noteInTheClear = ({ tlsPolicy }: AttemptRequest): void => {
    if (tlsPolicy !== 'Optional') violations.push(`MAIL in the clear under ${tlsPolicy}`);
  };

  /** One host: a verdict, or what was said in a transaction; undefined: abandoned. */
  const talk = async (
    actor: Actor,
    { host }: MxHost,
    request: AttemptRequest,
    undecided: readonly string[],
  ) => {
    const required = requiredTls(request.tlsPolicy, { verify: false });
    const mood = await steps.of(actor, () => moodOf(host));
    const verdict = (kind: Verdict['kind']): Verdict => ({ kind, mxHost: host, detail: mood });
    const turnedAway = TURNED_AWAY[mood];
    if (turnedAway !== undefined) return { verdict: verdict('unknown'), conduct: turnedAway };
    const tls = TLS_MOODS[mood];
    for (const plan of connectionPlans(required)) {
      const evidence = plan === 'starttls' && tls === undefined ? EVIDENCE : undefined;
      // The connection is gone with a handshake that failed; a STARTTLS that was not to be had leaves it.
      const isLost = plan === 'starttls' && tls?.isLost === true;
      if (isLost || !satisfies(required, evidence)) continue;
      const said = await steps.of(actor, () => {
        if (evidence === undefined) noteInTheClear(request);
        return sayTo(mood, undecided);
      });
      const final = await steps.of(actor, () => endContent(said, mood, request, undecided));
      return final === undefined
        ? undefined
        : { transcript: { ...final, inTheClear: evidence === undefined } };
    }
    return { verdict: verdict(tls?.kind ?? 'unknown'), conduct: 'served' as const };
  };

  const endContent = (
    said: Said,
    mood: Mood,
    request: AttemptRequest,
    undecided: readonly string[],
  ): Omit<Transcript, 'inTheClear'> | undefined => {
    const envelope = { mail: reply(250, '2.1.0'), recipients: said, data: reply(354) };
    const taken = undecided.filter((_recipient, index) => said[index] === YES);
    if (taken.length === 0) return { ...envelope, contentSent: false, isReusable: true };
    if (mood === 'resets-before-dot') {
      return { ...envelope, data: CLOSED, contentSent: false, isReusable: false };
    }
    if (!request.isStillOurs()) return undefined;
    if (mood === 'content-deferred')
      return { ...envelope, contentSent: true, final: reply(451, '4.3.0'), isReusable: true };
    if (mood === 'content-refused')
      return { ...envelope, contentSent: true, final: reply(554, '5.7.1'), isReusable: true };
    if (mood === 'silent-after-dot') {
      unknown += 1;
      if (chance.is(0.5)) take(request, taken);
      return { ...envelope, contentSent: true, final: CLOSED, isReusable: false };
    }
    take(request, taken);
    return { ...envelope, contentSent: true, final: reply(250, '2.0.0'), isReusable: true };
  };

  return {
    copies,
    attempts,
    violations,
    unknownReplies: () => unknown,
    heal: () => {
      isHealed = true;
    },
    attempt: async (actor, request, hosts) => {
      const job = `${request.messageId} ${request.recipients[0]?.split('@')[1] ?? ''}`;
      attempts.set(job, (attempts.get(job) ?? 0) + 1);
      const verdicts: Verdict[] = [];
      const conducts: HostConduct[] = [];
      const outcomes: AttemptReport['outcomes'][number][] = [];
      let undecided = request.recipients;
      for (const host of hosts) {
        if (!(await request.place.enterHost(host.host, conducts))) {
          verdicts.push({ kind: 'unknown', mxHost: host.host, detail: 'not tried' });
          break;
        }
        const talked = await talk(actor, host, request, undecided);
        if (talked === undefined) return { ...report(request, outcomes, conducts), isAbandoned: true };
        if (talked.transcript === undefined) {
          verdicts.push(talked.verdict);
          conducts.push({ host: host.host, conduct: talked.conduct });
          continue;
        }
        const judged = classify(talked.transcript, undecided);
        outcomes.push(...judged.outcomes);
        conducts.push({ host: host.host, conduct: 'served' });
        undecided = [...judged.tooMany, ...judged.undecided];
        if (undecided.length === 0) break;
        verdicts.push({ kind: 'unknown', mxHost: host.host, detail: 'undecided' });
      }
      if (undecided.length === 0) return report(request, outcomes, conducts);
      const { handshakeRefusedBefore } = request;
      const concluded = conclude(verdicts, { recipients: undecided, handshakeRefusedBefore });
      outcomes.push(...concluded.outcomes);
      return { ...report(request, outcomes, conducts), handshakeRefused: concluded.handshakeRefused };
    },
  };
}

interface TlsMood {
  readonly kind: Verdict['kind'];
  readonly isLost?: true;
}

const TLS_MOODS: Readonly<Partial<Record<Mood, TlsMood>>> = {
  'no-tls': { kind: 'no-tls' },
  'tls-refused': { kind: 'tls-refused-now' },
  'handshake-refused': { kind: 'handshake-refused', isLost: true },
  'handshake-stalls': { kind: 'tls-failed', isLost: true },
};

const TURNED_AWAY: Readonly<Partial<Record<Mood, HostConduct['conduct']>>> = {
  down: 'unreachable',
  busy: 'overloaded',
};

type Said = readonly Answer[];

const YES = reply(250, '2.1.5');
const CLOSED: Answer = { kind: 'closed', detail: 'connection closed' };

/** Answers to RCPT; where one recipient of several is refused, the others are not. */
function sayTo(mood: Mood, recipients: readonly string[]): Said {
  const no =
    mood === 'greylists'
      ? reply(451, '4.7.1')
      : mood === 'full'
        ? reply(452, '4.2.2')
        : mood === 'unknown-user'
          ? reply(550, '5.1.1')
          : YES;
  return recipients.map((_recipient, index) => (index % 2 === 0 ? no : YES));
}

function reply(code: number, status?: `${number}.${number}.${number}`): Answer {
  const text = status === undefined ? 'go on' : `${status} so it is`;
  const enhanced =
    status === undefined ? {} : { enhancedStatus: enhancedStatus(status as `5.${number}.${number}`) };
  return { kind: 'reply', reply: { code, text, ...enhanced, lines: [`${String(code)} ${text}`] } };
}

function report(
  request: AttemptRequest,
  outcomes: AttemptReport['outcomes'],
  hosts: readonly HostConduct[],
): AttemptReport {
  return {
    outcomes,
    policy: request.tlsPolicy,
    required: requiredTls(request.tlsPolicy, { verify: false }),
    achieved: 'none',
    failures: [],
    milliseconds: { dns: 0, connect: 0, tls: 0, transmit: 0 },
    possiblyDelivered: outcomes.some((each) => each.kind === 'deferred' && each.possiblyDelivered),
    handshakeRefused: request.handshakeRefusedBefore,
    dialogue: [],
    hosts,
  };
}
