// Whether the records of an identity stand in DNS. Source: SES contract 1.5, 5.8; RFC 6376 §3.6.2.
import { Resolver } from 'node:dns/promises';
import type { Identity, IdentityKey } from '@sealpost/contracts';
import type { Sight } from './identity-rules.ts';

/** Each string of the result is one TXT record; rejects as `node:dns` does. */
export type ResolveTxt = (name: string) => Promise<readonly string[]>;

export interface RecordsSeen {
  /** TXT at `_amazonses.<domain>`. */
  readonly ownership: Sight;
  /** By selector. */
  readonly keys: ReadonlyMap<string, Sight>;
}

const TRY_MS = 3000;
const TRIES = 2;

/** `servers` as `address:port`; none means the system's. */
export function openTxtResolver(servers: readonly string[]): ResolveTxt {
  const resolver = new Resolver({ timeout: TRY_MS, tries: TRIES });
  if (servers.length > 0) resolver.setServers([...servers]);
  return async (name) => (await resolver.resolveTxt(name)).map((strings) => strings.join(''));
}

/** Of a domain. */
export async function lookUpRecords(identity: Identity, resolveTxt: ResolveTxt): Promise<RecordsSeen> {
  const { name, verification, dkim } = identity;
  const [ownership, ...keys] = await Promise.all([
    look(resolveTxt, `_amazonses.${name}`, (text) => text.trim() === verification.token),
    ...dkim.keys.map(async (key) => {
      // A CNAME on the way is followed by the resolver.
      const sight = await look(resolveTxt, `${key.selector}._domainkey.${name}`, (text) =>
        isRecordOf(text, key),
      );
      return [key.selector, sight] as const;
    }),
  ]);
  return { ownership, keys: new Map(keys) };
}

/** RFC 6376 §3.6.1: tags in any order, white space anywhere. */
function isRecordOf(text: string, key: IdentityKey): boolean {
  return text
    .replace(/\s/g, '')
    .split(';')
    .includes(`p=${key.publicKey.toString('base64')}`);
}

async function look(
  resolveTxt: ResolveTxt,
  name: string,
  isWanted: (text: string) => boolean,
): Promise<Sight> {
  try {
    return (await resolveTxt(name)).some(isWanted) ? 'there' : 'not-there';
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    return code === 'ENOTFOUND' || code === 'ENODATA' ? 'not-there' : 'unknown';
  }
}
