// The message that something has come back for, as its events tell of it. Source: SES contract 6.1.
import type { MessageId } from '@sealpost/mail';
import * as z from 'zod';
import { domainOf } from '../jobs.ts';
import type { ReturnReference } from './return-address.ts';

export interface Original {
  readonly messageId: MessageId;
  /** Milliseconds since 1970. */
  readonly acceptedAt: number;
  /** The member `mail` of its events. */
  readonly mail: object;
  /** Empty: there is nobody to tell, or the events are gone. */
  readonly reversePath: string;
  /** As submitted. */
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  /** Those that the return may be about, by its address; none when the events are gone. */
  readonly candidates: readonly string[];
}

/** What is kept of a message, in the order of storing. Throws while NATS is away. */
export type EventsOf = (messageId: MessageId) => Promise<readonly string[]>;

export async function findOriginal(reference: ReturnReference, eventsOf: EventsOf): Promise<Original> {
  const { messageId } = reference;
  const events = (await eventsOf(messageId)).map((json) => anyEvent.parse(JSON.parse(json)));
  const acceptedAt = parseInt(messageId.slice(4, 16), 16);
  const [first] = events;
  if (first === undefined) return { ...withoutEvent(messageId, acceptedAt), messageId, acceptedAt };
  const candidates = candidatesOf(reference, first.mail.destination);
  // The event of their delivery has tags of the way out as well.
  const delivery = events.findLast((event) =>
    event.delivery?.recipients.some((each) => candidates.includes(each)),
  );
  return {
    messageId,
    acceptedAt,
    mail: (delivery ?? first).mail,
    reversePath: first.mail.commonHeaders.returnPath ?? '',
    headers: first.mail.headers,
    candidates,
  };
}

const anyEvent = z.object({
  mail: z.looseObject({
    destination: z.array(z.string()),
    headers: z.array(z.object({ name: z.string(), value: z.string() })),
    commonHeaders: z.looseObject({ returnPath: z.string().optional() }),
  }),
  delivery: z.object({ recipients: z.array(z.string()) }).optional(),
});

/** EVENTS keeps so much and no more: what is in the address is told all the same. */
function withoutEvent(
  messageId: MessageId,
  acceptedAt: number,
): Pick<Original, 'mail' | 'reversePath' | 'headers' | 'candidates'> {
  const mail = { timestamp: new Date(acceptedAt).toISOString(), messageId, destination: [], tags: {} };
  return { mail, reversePath: '', headers: [], candidates: [] };
}

/** The places are those that the sending side has counted: see envelope-sender.ts. */
function candidatesOf({ about }: ReturnReference, destination: readonly string[]): readonly string[] {
  if (about.kind === 'recipient') return destination.slice(about.index, about.index + 1);
  const domain = [...new Set(destination.map(domainOf))][about.index];
  return destination.filter((recipient) => domainOf(recipient) === domain);
}
