// The event of a mail whose template could not be rendered: there was no message, and the event is all that tells.
// Source: SES contract 6.2 (`Rendering Failure`, member `failure`).
import { createHash } from 'node:crypto';
import type { Bus } from '@sealpost/bus';
import { eventJson, membersOf, type EventOrigin } from '@sealpost/events';
import type { AcceptedMessage, MessageId, PinnedPolicy, SourceTls } from '@sealpost/mail';
import { ApiFault, UNAVAILABLE } from '../api-fault.ts';
import type { Mail } from './mail.ts';

export interface RenderingFailure {
  readonly messageId: MessageId;
  readonly mail: Mail;
  readonly reversePath: string;
  readonly recipients: readonly string[];
  readonly policy: PinnedPolicy;
  readonly templateName: string;
  readonly errorMessage: string;
  readonly caller: {
    readonly accessKeyId: string;
    readonly clientAddress: string;
    readonly tls: SourceTls | undefined;
  };
}

export interface FailureDeps {
  readonly bus: Pick<Bus, 'publishEvent'>;
  readonly origin: EventOrigin;
  readonly now: () => number;
}

/** Stored when it resolves. Throws ApiFault while the store is away. */
export async function publishRenderingFailure(failure: RenderingFailure, deps: FailureDeps): Promise<void> {
  const { messageId, templateName, errorMessage } = failure;
  const json = eventJson({
    eventType: 'Rendering Failure',
    message: messageOf(failure, deps.now()),
    origin: deps.origin,
    members: membersOf({ failure: { templateName, errorMessage } }),
  });
  const id = `${messageId}:rendering-failure`;
  const published = await deps.bus.publishEvent({ type: 'rendering-failure', messageId, id, json });
  if (published.kind !== 'stored') throw new ApiFault('unavailable', UNAVAILABLE);
}

/** As it would have been accepted, without content. */
function messageOf(failure: RenderingFailure, acceptedAt: number): AcceptedMessage {
  const { messageId, mail, reversePath, recipients, policy, caller } = failure;
  return {
    messageId,
    acceptedAt,
    envelope: { reversePath, recipients },
    policy,
    source: {
      operation: mail.operation,
      clientAddress: caller.clientAddress,
      callerIdentity: caller.accessKeyId,
      ...(caller.tls === undefined ? {} : { tls: caller.tls }),
    },
    tags: mail.tags,
    originalHeaders: Buffer.from(headerSection(mail)),
    originalHeadersTruncated: false,
    content: { kind: 'inline', bytes: Buffer.alloc(0) },
    bodySha256: createHash('sha256').digest('hex'),
  };
}

/** Without a subject, as there is none. */
function headerSection({ from, destination, replyTo }: Mail): string {
  const fields = [
    ['From', [from]],
    ['To', destination.to],
    ['Cc', destination.cc],
    ['Reply-To', replyTo],
  ] as const;
  return fields
    .filter(([, values]) => values.length > 0)
    .map(([name, values]) => `${name}: ${values.join(', ').replace(/[\r\n\0]+/g, ' ')}\r\n`)
    .join('');
}
