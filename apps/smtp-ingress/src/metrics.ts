// What the operator watches of submission.
import { Counter, Gauge, type Registry } from 'prom-client';
import type { SubmissionResult } from '@sealpost/submission';
import type { TlsProfile } from '@sealpost/tls';
import type { LoginResult } from './session/verify-login.ts';

export interface IngressMetrics {
  message(result: SubmissionResult['kind']): void;
  authentication(result: LoginResult): void;
  handshake(version: string): void;
  handshakeFailed(reason: string): void;
}

export interface IngressFacts {
  readonly tlsProfile: TlsProfile;
  readonly connections: () => number;
  readonly heldBytes: () => number;
}

export function ingressMetrics(registry: Registry, facts: IngressFacts): IngressMetrics {
  const messages = new Counter({
    name: 'sealpost_smtp_messages_total',
    help: 'Messages after their final dot by result: accepted, refused, unavailable. Alert on unavailable: a store or policy-service is away.',
    labelNames: ['result'],
    registers: [registry],
  });
  const authentications = new Counter({
    name: 'sealpost_smtp_auth_total',
    help: 'AUTH by result: accepted, refused, throttled, unavailable. Many refusals mean guessing or a client with old credentials.',
    labelNames: ['result'],
    registers: [registry],
  });
  gaugesOf(registry, facts);
  return {
    message: (result) => {
      messages.inc({ result });
    },
    authentication: (result) => {
      authentications.inc({ result });
    },
    ...tlsMetrics(registry),
  };
}

function gaugesOf(registry: Registry, facts: IngressFacts): void {
  new Gauge({
    name: 'sealpost_smtp_connections',
    help: 'Open connections.',
    registers: [registry],
    collect() {
      this.set(facts.connections());
    },
  });
  new Gauge({
    name: 'sealpost_smtp_held_content_bytes',
    help: 'Content gathered in memory (bytes). At SMTP_MAX_IN_FLIGHT_BYTES content goes to the store as it arrives.',
    registers: [registry],
    collect() {
      this.set(facts.heldBytes());
    },
  });
  new Gauge({
    name: 'sealpost_smtp_tls_profile',
    help: 'The TLS profile in force (label profile: ses-classic, modern).',
    labelNames: ['profile'],
    registers: [registry],
  }).set({ profile: facts.tlsProfile }, 1);
}

function tlsMetrics(registry: Registry): Pick<IngressMetrics, 'handshake' | 'handshakeFailed'> {
  const handshakes = new Counter({
    name: 'sealpost_smtp_tls_handshakes_total',
    help: 'Finished handshakes by version (TLSv1 … TLSv1.3). When none below 1.2 are left, TLS_PROFILE=modern costs nothing.',
    labelNames: ['version'],
    registers: [registry],
  });
  const failures = new Counter({
    name: 'sealpost_smtp_tls_handshake_failures_total',
    help: 'Failed handshakes by reason: version, cipher, not-tls, timeout, other.',
    labelNames: ['reason'],
    registers: [registry],
  });
  return {
    handshake: (version) => {
      handshakes.inc({ version });
    },
    handshakeFailed: (reason) => {
      failures.inc({ reason: reasonLabel(reason) });
    },
  };
}

function reasonLabel(reason: string): string {
  if (/http request|wrong version number|unknown protocol|packet length/i.test(reason)) return 'not-tls';
  if (/version|protocol/i.test(reason)) return 'version';
  if (/cipher/i.test(reason)) return 'cipher';
  return /timed out/i.test(reason) ? 'timeout' : 'other';
}
