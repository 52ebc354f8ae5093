// What holds for mail from an address: cached, with the private keys parsed once.
import { createPrivateKey, type KeyObject } from 'node:crypto';
import type { IdentityServiceClient } from '@sealpost/contracts';
import { ask, UNAVAILABLE, type Unavailable } from './ask.ts';
import { openExpiringCache, type CacheClock } from './expiring-cache.ts';

export interface Sender {
  /** An identity that covers the address is verified. */
  readonly isVerified: boolean;
  /** Empty: not signed. */
  readonly signingKeys: readonly SenderKey[];
  /** Of mail that names none. */
  readonly configurationSet: string | undefined;
  /** Of the envelope sender on the wire; undefined: the sender's own address is. */
  readonly mailFromDomain: string | undefined;
  /** Its MAIL FROM domain has lost its records, and such mail is to be refused. */
  readonly isMailFromMissing: boolean;
  /** Bounces are not mailed to the sender. */
  readonly forwardingDisabled: boolean;
  /** Undefined: there is no certificate that is good for mail from this very address. */
  readonly smimeKey: SmimeSenderKey | undefined;
}

interface SmimeSenderKey {
  /** DER: the signer's, then those that lead to its root. */
  readonly certificates: readonly Buffer[];
  readonly privateKey: KeyObject;
  /** Milliseconds since 1970: what is cached may be older than the certificate's end. */
  readonly expiresAt: number;
}

interface SenderKey {
  readonly domain: string;
  readonly selector: string;
  readonly privateKey: KeyObject;
}

export type ResolvedSender = { readonly kind: 'sender'; readonly sender: Sender } | Unavailable;

interface Senders {
  readonly resolve: (address: string) => Promise<ResolvedSender>;
  /** What an identity may speak for. */
  readonly forget: (identityName: string) => void;
}

interface WireSender {
  readonly isVerified: boolean;
  readonly signingKeys: readonly {
    readonly domain: string;
    readonly selector: string;
    readonly privateKey: Uint8Array;
  }[];
  readonly configurationSet: string;
  readonly mailFromDomain: string;
  readonly isMailFromMissing: boolean;
  readonly forwardingDisabled: boolean;
  readonly smimeKey:
    | {
        readonly certificates: readonly Uint8Array[];
        readonly privateKey: Uint8Array;
        readonly expiresAtMs: number;
      }
    | undefined;
}

const KEEP_MS = 60_000;
const MAX_SENDERS = 10_000;
const MAX_KEYS = 1000;

export function openSenders(client: IdentityServiceClient, clock: CacheClock): Senders {
  const cache = openExpiringCache<ResolvedSender>(
    {
      keepMs: ({ kind }) => (kind === 'sender' ? KEEP_MS : 0),
      isWorthOldAge: ({ kind }) => kind === 'sender',
      isSilence: ({ kind }) => kind === 'unavailable',
      maxEntries: MAX_SENDERS,
    },
    clock,
  );
  // Addresses of one domain share its keys.
  const keys = new Map<string, KeyObject>();
  const parsedKey = (der: Buffer): KeyObject => {
    const spelled = der.toString('base64');
    const known = keys.get(spelled);
    if (known !== undefined) return known;
    if (keys.size >= MAX_KEYS) keys.clear();
    const parsed = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    keys.set(spelled, parsed);
    return parsed;
  };
  return {
    resolve: (address) =>
      cache.get(address, async () => {
        const answer = await ask<WireSender>((call) => client.resolveSender({ address }, ...call));
        if (answer.kind === 'error') return UNAVAILABLE;
        const { signingKeys, configurationSet, mailFromDomain, smimeKey, ...facts } = answer.response;
        const sender = {
          ...facts,
          mailFromDomain: mailFromDomain === '' ? undefined : mailFromDomain,
          signingKeys: signingKeys.map((key) => ({
            ...key,
            privateKey: parsedKey(Buffer.from(key.privateKey)),
          })),
          configurationSet: configurationSet === '' ? undefined : configurationSet,
          smimeKey: smimeKey && {
            certificates: smimeKey.certificates.map((each) => Buffer.from(each)),
            privateKey: parsedKey(Buffer.from(smimeKey.privateKey)),
            expiresAt: smimeKey.expiresAtMs,
          },
        };
        return { kind: 'sender', sender };
      }),
    forget: (identityName) => {
      cache.forgetWhere((address) => isSpokenFor(address, identityName));
      keys.clear();
    },
  };
}

/** A domain speaks for its addresses and those below it, an address for itself and its labels. */
function isSpokenFor(address: string, identityName: string): boolean {
  const lower = address.toLowerCase();
  const name = identityName.toLowerCase();
  const at = name.indexOf('@');
  if (at < 0) return lower.endsWith(`@${name}`) || lower.endsWith(`.${name}`);
  return lower === name || (lower.startsWith(`${name.slice(0, at)}+`) && lower.endsWith(name.slice(at)));
}
