// Content that is stored apart goes when no job needs it any more; what is left over is swept by age.
import type { AcceptedMessage } from '@sealpost/mail';
import type { Logger } from '@sealpost/runtime';
import type { Spool } from '@sealpost/spool';

export interface DiscardDeps {
  readonly spool: Pick<Spool, 'discard'>;
  readonly logger: Pick<Logger, 'warn'>;
}

/** To be called when the last job of the message is settled, before its record goes. */
export async function discardContent(message: AcceptedMessage, deps: DiscardDeps): Promise<void> {
  if (message.content.kind === 'inline') return;
  try {
    await deps.spool.discard(message.content);
  } catch (error) {
    deps.logger.warn({ messageId: message.messageId, err: error }, 'stored content is left to the sweep');
  }
}
