// The evidence of an attempt, as in evidence's `tls` (T14).
import { joinMembers, membersOf } from '@sealpost/events';
import type { TlsEvidence } from '@sealpost/mail';
import type { AttemptReport } from '../attempt/attempt-route.ts';

export function tlsMember(report: AttemptReport): object {
  return { ...ofAttempt(report), ...report.evidence };
}

/** The same as JSON. What is the same for all messages of a session is written once. */
export function tlsJson(report: AttemptReport): string {
  const evidence = report.evidence === undefined ? '' : evidenceMembers(report.evidence);
  return `{${joinMembers(membersOf(ofAttempt(report)), evidence)}}`;
}

function ofAttempt({ policy, required, achieved, mx, failures }: AttemptReport): object {
  return { policy, required, achieved, mx, failures };
}

const written = new WeakMap<TlsEvidence, string>();

function evidenceMembers(evidence: TlsEvidence): string {
  const known = written.get(evidence);
  if (known !== undefined) return known;
  const members = membersOf(evidence);
  written.set(evidence, members);
  return members;
}
