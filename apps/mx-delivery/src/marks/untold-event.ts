// An event beside the mark of what it tells of, as a value in Redis.
import type { MailEvent } from '@sealpost/bus';

/** The JSON as it is: it is long, and written with every delivery. */
export function formatEvent({ type, messageId, json }: MailEvent): string {
  return `${type} ${messageId}\n${json}`;
}

export function parseEvent(id: string, text: string): MailEvent {
  const end = text.indexOf('\n');
  const [type, messageId] = text.slice(0, end).split(' ');
  return { type, messageId, id, json: text.slice(end + 1) } as MailEvent;
}
