// When a message was accepted, by the server's clock: an ingress whose own is wrong must not make mail expire early or
// late (faults Q14, row 33).
import type { AcceptedMessage } from '@sealpost/mail';
import type { MsgHdrs } from 'nats';
import { wasPutBack } from './poison-records.ts';

export interface Stored {
  /** Milliseconds since 1970, by the server that stored the record. */
  readonly storedAt: number;
  readonly headers: MsgHdrs | undefined;
}

/** A record that was set aside and put back was accepted long before it was stored this time. */
export function withServerTime(message: AcceptedMessage, { storedAt, headers }: Stored): AcceptedMessage {
  return { ...message, acceptedAt: wasPutBack(headers) ? Math.min(message.acceptedAt, storedAt) : storedAt };
}
