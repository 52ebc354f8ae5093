// The evidence of an attempt, as in evidence's `tls` (T14).
import { joinJson } from '@sealpost/events';
import type { TlsEvidence } from '@sealpost/mail';
import type { AttemptReport } from '../attempt/attempt-route.ts';

export function tlsMember(report: AttemptReport): object {
  return { ...ofAttempt(report), ...report.evidence };
}

/** The same as JSON. What is the same for all messages of a session is written once. */
export function tlsJson(report: AttemptReport): string {
  const attempt = JSON.stringify(ofAttempt(report));
  return report.evidence === undefined ? attempt : joinJson(attempt, evidenceJson(report.evidence));
}

function ofAttempt({ policy, required, achieved, mx, failures }: AttemptReport): object {
  return { policy, required, achieved, mx, failures };
}

const written = new WeakMap<TlsEvidence, string>();

function evidenceJson(evidence: TlsEvidence): string {
  const known = written.get(evidence);
  if (known !== undefined) return known;
  const json = JSON.stringify(evidence);
  written.set(evidence, json);
  return json;
}
