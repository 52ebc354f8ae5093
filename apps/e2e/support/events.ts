// Reads the events that the system published, from the stream itself.
import { connect, type NatsConnection } from 'nats';
import { eventually } from '@sealpost/testing';

/** The parts of SES's event JSON that the scenarios look at. */
interface SesEvent {
  readonly eventType: string;
  readonly mail: {
    readonly messageId: string;
    readonly source: string;
    readonly destination: readonly string[];
    readonly headers: readonly { readonly name: string; readonly value: string }[];
    readonly tags: Readonly<Record<string, readonly string[]>>;
  };
  readonly delivery?: EventMember & { readonly content: { bodySha256: string; sentBodySha256: string } };
  readonly bounce?: EventMember & {
    readonly bounceType: string;
    readonly bounceSubType: string;
    readonly bouncedRecipients: readonly { emailAddress: string; status: string; diagnosticCode: string }[];
  };
  readonly complaint?: {
    readonly complaintSubType: string | null;
    readonly complainedRecipients: readonly { readonly emailAddress: string }[];
  };
  readonly deliveryDelay?: EventMember & { readonly delayType: string };
}

interface EventMember {
  readonly tls: {
    readonly policy: string;
    readonly required: string;
    readonly achieved: string;
    readonly version?: string;
    readonly cipher?: string;
    readonly serverName?: string;
    readonly mx?: { readonly host: string; readonly address: string; readonly port: number };
    readonly certificate?: {
      readonly sha256: string;
      readonly verified: boolean;
      verificationResult: string;
    };
    readonly failures: readonly { mxHost: string; type: string; definite: boolean; detail: string }[];
  };
  readonly attempt: { readonly number: number; readonly possiblyDelivered: boolean };
}

export interface EventReader {
  /** Waits until the message has an event of this type. */
  waitFor(messageId: string, eventType: string): Promise<SesEvent>;
  of(messageId: string): readonly SesEvent[];
  close(): Promise<void>;
}

export async function readEvents(natsUrl: string): Promise<EventReader> {
  const connection: NatsConnection = await connect({ servers: natsUrl, maxReconnectAttempts: -1 });
  const consumer = await connection.jetstream().consumers.get('EVENTS');
  // Soon there again after a loss of the server, which takes the consumer with it.
  const messages = await consumer.consume({ expires: 3000, idle_heartbeat: 500 });
  const events: SesEvent[] = [];
  void (async () => {
    for await (const message of messages) events.push(message.json());
  })();
  const of = (messageId: string) => events.filter((event) => event.mail.messageId === messageId);
  return {
    of,
    waitFor: (messageId, eventType) =>
      eventually(() => of(messageId).find((event) => event.eventType === eventType), {
        timeoutMs: 30_000,
        what: `a ${eventType} event of ${messageId}`,
      }),
    close: () => connection.close(),
  };
}
