// Mail of this system's own: through the door like any other, from nobody, under an id made of what it tells, so
// that telling it again gives one message.
import { createHash } from 'node:crypto';
import { formatMessageId, type PinnedPolicy } from '@sealpost/mail';
import { submitMessage, type DoorDeps } from '@sealpost/submission';

export interface OwnMail {
  readonly recipient: string;
  readonly content: Buffer;
  readonly smtpUtf8: boolean;
  /** As in events: `ses:operation`. */
  readonly operation: string;
  /** Of what it tells, in hex. */
  readonly digest: string;
  /** When that was accepted; milliseconds since 1970. */
  readonly acceptedAt: number;
  /** T11: what is told of a message that had to be encrypted may have to be as well. */
  readonly tlsPolicy: PinnedPolicy['tlsPolicy'];
}

export type OwnDoor = Omit<DoorDeps, 'policies'>;

/** `refused`: the door will never take it; logged here. `unavailable`: the store is away. */
export type Submitted = 'stored' | 'refused' | 'unavailable';

export async function submitOwn(mail: OwnMail, door: OwnDoor): Promise<Submitted> {
  const { recipient, content, smtpUtf8, operation, tlsPolicy } = mail;
  // It belongs to no configuration set, whatever its header section says.
  const policies = {
    resolvePolicy: () => Promise.resolve({ kind: 'policy', policy: { tlsPolicy } } as const),
  };
  const result = await submitMessage(
    {
      reversePath: '',
      recipients: [recipient],
      content,
      smtpUtf8,
      source: { operation, clientAddress: '', callerIdentity: 'sealpost' },
      messageId: formatMessageId(door.region, mail.acceptedAt, asUuid(mail.digest)),
    },
    { ...door, policies },
  );
  if (result.kind === 'refused') {
    door.logger.error({ operation, refusal: result.refusal }, 'mail of our own was refused at the door');
    return 'refused';
  }
  return result.kind === 'accepted' ? 'stored' : 'unavailable';
}

export function digestOf(told: readonly string[]): string {
  return createHash('sha256').update(told.join('\n')).digest('hex');
}

function asUuid(digest: string): string {
  return digest.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
