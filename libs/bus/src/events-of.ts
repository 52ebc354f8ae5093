// The events of one message, found by their subjects: no index beside the stream that could differ from it.
import type { MessageId } from '@sealpost/mail';
import { NatsError } from 'nats';
import type { JetStreamManager, MsgRequest, StoredMsg } from 'nats';
import type { Requests } from './requests.ts';
import { lastRecord } from './stream-records.ts';
import { eventTypes, streamNames, subjects, type EventType } from './streams.ts';

/** A message with 50 recipients and a retry every minute of 14 hours has fewer. */
const MAX_EVENTS = 1000;

/** SES's JSON, in the order in which the events were stored. */
export async function eventsOf(manager: JetStreamManager, messageId: MessageId): Promise<readonly string[]> {
  const found = await Promise.all(
    // One subject at a time: a server finds it without a look at the rest (measured: 1 to 40 ms of 150 000 events; 500 ms
    // with a wildcard).
    eventTypes.map((type) => withSubject(manager, subjects.event(type, messageId))),
  );
  return found
    .flat()
    .sort((a, b) => a.seq - b.seq)
    .map(({ data }) => new TextDecoder().decode(data));
}

export async function hasEvent(requests: Requests, type: EventType, messageId: MessageId): Promise<boolean> {
  return (await lastRecord(requests, streamNames.events, subjects.event(type, messageId))) !== undefined;
}

async function withSubject(manager: JetStreamManager, subject: string): Promise<readonly StoredMsg[]> {
  const events: StoredMsg[] = [];
  for (let seq = 1; events.length < MAX_EVENTS;) {
    const next = await nextFrom(manager, { seq, next_by_subj: subject });
    if (next === undefined) break;
    events.push(next);
    seq = next.seq + 1;
  }
  return events;
}

async function nextFrom(
  manager: JetStreamManager,
  query: MsgRequest & { readonly next_by_subj: string },
): Promise<StoredMsg | undefined> {
  try {
    return await manager.streams.getMessage(streamNames.events, query);
  } catch (error) {
    if (error instanceof NatsError && error.api_error?.code === 404) return undefined;
    throw error;
  }
}
