// The one log line per recipient and attempt, with the evidence of the events (T14). No content, no dialogue.
import type { RecipientOutcome } from '@sealpost/mail';
import type { Logger } from '@sealpost/runtime';
import type { AttemptFacts } from './events/compose-events.ts';
import { tlsMember } from './events/tls-member.ts';
import type { DeliveryMetrics } from './metrics.ts';

export function logAttempt(
  outcomes: readonly RecipientOutcome[],
  facts: AttemptFacts,
  deps: {
    readonly metrics: Pick<DeliveryMetrics, 'outcome' | 'delivered'>;
    readonly logger: Pick<Logger, 'info'>;
  },
): void {
  const { job, report } = facts;
  for (const outcome of outcomes) {
    deps.metrics.outcome(outcome.kind, report.policy, report.achieved);
    if (outcome.kind === 'delivered') {
      deps.metrics.delivered(report.evidence?.version, facts.endedAt - job.message.acceptedAt);
    }
    deps.logger.info(
      {
        messageId: job.message.messageId,
        recipient: outcome.recipient,
        mxHost: report.mx?.host,
        remoteAddress: report.mx?.address,
        attempt: job.attemptCount + 1,
        delaysMs: { queued: facts.startedAt - job.message.acceptedAt, ...report.milliseconds },
        tls: tlsMember(report),
        outcome: outcome.kind,
        status: outcome.kind === 'delivered' ? outcome.reply.enhancedStatus : outcome.status,
        reply:
          outcome.kind === 'delivered' ? `${outcome.reply.code} ${outcome.reply.text}` : outcome.diagnostic,
        ...(report.possiblyDelivered ? { possiblyDelivered: true } : {}),
        ...(report.sentBodySha256 === undefined ? {} : { sentBodySha256: report.sentBodySha256 }),
      },
      'attempt',
    );
  }
}
