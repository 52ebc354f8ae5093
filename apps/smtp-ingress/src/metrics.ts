// What the operator watches of submission.
import { Counter, Gauge, type Registry } from 'prom-client';
import type { SubmissionResult } from '@sealpost/submission';
import type { LoginResult } from './session/verify-login.ts';

export interface IngressMetrics {
  message(result: SubmissionResult['kind']): void;
  authentication(result: LoginResult): void;
}

export interface IngressFacts {
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
}
