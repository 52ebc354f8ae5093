// Sends the report of a bounce to the reverse-path.
import type { AttemptFacts, Bounced } from '../events/compose-events.ts';
import { composeDsn } from './compose-dsn.ts';
import { digestOf, submitOwn, type OwnDoor } from './submit-own.ts';

/**
 * True when the report is accepted, or there is nobody to report to (RFC 5321 §6.1: never to `<>`)
 * or nobody who wants it (feedback forwarding is off).
 * Reporting the same bounce again gives the same message id, so that it is stored once.
 */
export async function sendDsn(
  facts: AttemptFacts,
  outcomes: readonly Bounced[],
  door: OwnDoor,
): Promise<boolean> {
  const { message, jobId } = facts.job;
  if (message.envelope.reversePath === '' || message.policy.forwardingDisabled === true) return true;
  const digest = digestOf([jobId, ...outcomes.map(({ recipient }) => recipient)]);
  const content = composeDsn({
    message,
    outcomes,
    reportingMta: door.hostName,
    ...(facts.report.mx === undefined ? {} : { remoteMta: facts.report.mx.host }),
    at: facts.endedAt,
    boundary: `=_${digest.slice(0, 32)}`,
  });
  const submitted = await submitOwn(
    {
      recipient: message.envelope.reversePath,
      content,
      smtpUtf8: message.envelope.smtpUtf8 === true,
      operation: 'DeliveryStatusNotification',
      digest,
      acceptedAt: message.acceptedAt,
      // It holds nothing of what the sender wrote when the message was under Require.
      tlsPolicy: 'Optional',
    },
    door,
  );
  // A report that is refused would be so again.
  return submitted !== 'unavailable';
}
