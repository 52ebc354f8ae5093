// Sends the report of a bounce to the reverse-path, through the door like any other message.
import { createHash } from 'node:crypto';
import { formatMessageId } from '@sealpost/mail';
import { submitMessage, type DoorDeps } from '@sealpost/submission';
import type { AttemptFacts, Bounced } from '../events/compose-events.ts';
import { composeDsn } from './compose-dsn.ts';

/**
 * True when the report is accepted, or there is nobody to report to (RFC 5321 §6.1: never to `<>`)
 * or nobody who wants it (feedback forwarding is off).
 * Reporting the same bounce again gives the same message id, so that it is stored once.
 */
export async function sendDsn(
  facts: AttemptFacts,
  outcomes: readonly Bounced[],
  deps: DoorDeps,
): Promise<boolean> {
  const { message, jobId } = facts.job;
  if (message.envelope.reversePath === '' || message.policy.forwardingDisabled === true) return true;
  const digest = createHash('sha256')
    .update([jobId, ...outcomes.map(({ recipient }) => recipient)].join('\n'))
    .digest('hex');
  const result = await submitMessage(
    {
      reversePath: '',
      recipients: [message.envelope.reversePath],
      content: composeDsn({
        message,
        outcomes,
        reportingMta: deps.hostName,
        ...(facts.report.mx === undefined ? {} : { remoteMta: facts.report.mx.host }),
        at: facts.endedAt,
        boundary: `=_${digest.slice(0, 32)}`,
      }),
      smtpUtf8: message.envelope.smtpUtf8 === true,
      source: { operation: 'DeliveryStatusNotification', clientAddress: '', callerIdentity: 'sealpost' },
      messageId: formatMessageId(deps.region, message.acceptedAt, asUuid(digest)),
    },
    deps,
  );
  if (result.kind === 'refused') {
    deps.logger.error(
      { messageId: message.messageId, refusal: result.refusal },
      'a bounce report was refused at the door',
    );
    return true;
  }
  return result.kind === 'accepted';
}

function asUuid(digest: string): string {
  return [8, 4, 4, 4, 12]
    .reduce<{ parts: string[]; at: number }>(
      ({ parts, at }, length) => ({ parts: [...parts, digest.slice(at, at + length)], at: at + length }),
      { parts: [], at: 0 },
    )
    .parts.join('-');
}
