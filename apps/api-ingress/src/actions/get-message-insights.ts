// GetMessageInsights, v2: what became of each recipient, with the TLS evidence beside what SES tells.
// Source: SES contract 2.3; evidence, "Where it can be read".
import { diagnosticOf, readKeptEvent, type KeptEvent } from '@sealpost/events';
import { parseMessageId } from '@sealpost/mail';
import { ApiFault } from '../api-fault.ts';
import { required, text } from '../input/members.ts';
import { restOperation } from '../operation.ts';
import { epochSeconds } from '../rest/epoch-seconds.ts';
import { withoutUndefined } from '../without-undefined.ts';

export const getMessageInsights = restOperation({
  name: 'GetMessageInsights',
  routes: ['GET /v2/email/insights/{MessageId}/'],
  input: { MessageId: required(text()) },
  errors: ['not-found'],
  run: async ({ MessageId }, { eventsOf }) => {
    const messageId = parseMessageId(MessageId);
    const kept = messageId === undefined ? [] : await eventsOf(messageId);
    const events = kept.map(readKeptEvent).filter((event) => event !== undefined);
    const [first] = events;
    if (first === undefined) {
      throw new ApiFault('not-found', `No insights are available for message ${MessageId.slice(0, 100)}.`);
    }
    const { source, commonHeaders, destination, tags } = first.mail;
    return withoutUndefined({
      MessageId,
      FromEmailAddress: source,
      Subject: commonHeaders?.subject,
      EmailTags: Object.entries(tags).map(([Name, [Value]]) => ({ Name, Value })),
      Insights: destination.map((address) => ({
        Destination: address,
        Events: events
          .filter(({ recipients }) => recipients.includes(address))
          .map((event) => shown(event, address)),
      })),
    });
  },
});

function shown(event: KeptEvent, address: string): object {
  const { tls, content, attempt } = event.facts;
  const details = withoutUndefined({ ...sesDetails(event, address), tls, content, attempt });
  return {
    Timestamp: epochSeconds(Date.parse(event.timestamp)),
    Type: event.kind.name,
    ...(Object.keys(details).length === 0 ? {} : { Details: details }),
  };
}

/** SES has details of bounces and complaints only. */
function sesDetails(event: KeptEvent, address: string): object {
  const { facts } = event;
  switch (event.kind.name) {
    case 'BOUNCE':
      return {
        Bounce: withoutUndefined({
          BounceType: facts.bounceType?.toUpperCase(),
          BounceSubType: facts.bounceSubType,
          DiagnosticCode: diagnosticOf(event, address),
        }),
      };
    case 'COMPLAINT':
      return {
        Complaint: withoutUndefined({
          ComplaintSubType: facts.complaintSubType ?? undefined,
          ComplaintFeedbackType: facts.complaintFeedbackType ?? undefined,
        }),
      };
    default:
      return {};
  }
}
