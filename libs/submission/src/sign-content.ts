// DKIM signatures over the content as it will travel. Source: RFC 6376 §5; SES contract 5.8.
import type { AcceptedMessage } from '@sealpost/mail';
import { signMessage } from '@sealpost/dkim';
import type { Sender } from '@sealpost/policy-client';
import { ownSection } from './inspect.ts';

export interface SigningFacts {
  readonly keys: Sender['signingKeys'];
  /** Base64, as in `bh=`. */
  readonly bodyHash: string;
  /** Milliseconds since 1970. */
  readonly signedAt: number;
}

/** `head` begins with the whole header section as it will travel. Without keys: nothing. */
export async function signatures(
  { head }: { readonly head: Buffer },
  { keys, bodyHash, signedAt }: SigningFacts,
): Promise<Pick<AcceptedMessage, 'signatures'>> {
  if (keys.length === 0) return {};
  const fields = { header: head, fields: ownSection(head).fields, bodyHash, signedAt };
  return { signatures: await signMessage(fields, keys) };
}
