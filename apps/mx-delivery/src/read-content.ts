// The content of a message as it will be sent, or why it must not be: what leaves us is what was accepted.
// Source: T13; faults 4.4 row 70, section 3 row 40.
import type { AcceptedMessage } from '@sealpost/mail';
import { hasMac, type Spool } from '@sealpost/spool';
import { bodySha256, noteBodySha256 } from './body-hash.ts';

interface ReadContent {
  readonly kind: 'content';
  /** Our signatures in front. */
  readonly signed: Buffer;
  /** First byte behind the header section. */
  readonly bodyStart: number;
}

export interface Damaged {
  readonly kind: 'damaged';
  readonly reason: string;
}

const EMPTY_LINE = '\r\n\r\n';

/** Throws when the store is away. */
export async function readContent(
  message: AcceptedMessage,
  spool: Pick<Spool, 'read' | 'giveBack'>,
): Promise<ReadContent | Damaged> {
  const content = await spool.read(message.content);
  if (content === undefined)
    return { kind: 'damaged', reason: 'its content is gone from where it was stored' };
  const mac = message.content.kind === 'spooled' ? message.content.mac : undefined;
  if (mac !== undefined && !hasMac(content, mac))
    return { kind: 'damaged', reason: 'its content is not what was stored: its MAC differs' };
  let signed = content;
  if (message.signatures !== undefined) {
    signed = Buffer.concat([message.signatures, content]);
    spool.giveBack(content);
  }
  if (mac !== undefined) noteBodySha256(signed, message.bodySha256);
  // The door wrote at least one trace field, so the first empty line ends the header section.
  const bodyStart = signed.indexOf(EMPTY_LINE) + EMPTY_LINE.length;
  return bodySha256(signed, bodyStart) === message.bodySha256
    ? { kind: 'content', signed, bodyStart }
    : { kind: 'damaged', reason: 'its body has another SHA-256 than when it was accepted' };
}
