// Whether a message is S/MIME-signed. Pure. Source: SES contract 2.3: only when its configuration set says so and the
// identity has an active certificate for the From address; otherwise SES sends it unsigned.
import type { Sender } from '@sealpost/policy-client';

type SmimeKey = NonNullable<Sender['smimeKey']>;

export interface SmimeQuestion {
  /** The configuration set says so, and the sender has neither signed nor encrypted it. */
  readonly isWanted: boolean;
  readonly key: SmimeKey | undefined;
  /** SMIME_UNSIGNED. */
  readonly refusesUnsigned: boolean;
  readonly now: number;
}

export type SettledSmime =
  | { readonly kind: 'sign'; readonly key: SmimeKey }
  | { readonly kind: 'leave' }
  /** As it is, although it should be signed. */
  | { readonly kind: 'unsigned' };

export function decideSmime({
  isWanted,
  key,
  refusesUnsigned,
  now,
}: SmimeQuestion): SettledSmime | { readonly kind: 'refuse' } {
  if (!isWanted) return { kind: 'leave' };
  if (key !== undefined && now <= key.expiresAt) return { kind: 'sign', key };
  return { kind: refusesUnsigned ? 'refuse' : 'unsigned' };
}
