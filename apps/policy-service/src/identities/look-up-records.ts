// Whether the records of an identity stand in DNS. Source: SES contract 1.5, 5.7, 5.8; RFC 6376 §3.6.2.
import { Resolver } from 'node:dns/promises';
import type { Identity, IdentityKey } from '@sealpost/contracts';
import { isDomain, type Sight } from './identity-rules.ts';

/** What is asked of DNS; each rejects as `node:dns` does. */
export interface DnsQuestions {
  /** Each string of the result is one TXT record. */
  readonly txt: (name: string) => Promise<readonly string[]>;
  /** Host names. */
  readonly mx: (name: string) => Promise<readonly string[]>;
}

export interface RecordsSeen {
  /** TXT at `_amazonses.<domain>`; undefined of an address. */
  readonly ownership: Sight | undefined;
  /** By selector. */
  readonly keys: ReadonlyMap<string, Sight>;
  /** MX and SPF of the MAIL FROM domain; undefined without one. */
  readonly mailFrom: Sight | undefined;
}

export interface LookUpDeps {
  readonly dns: DnsQuestions;
  /** The host that takes bounces: the only MX a MAIL FROM domain may have. */
  readonly feedbackHost: string;
}

const TRY_MS = 3000;
const TRIES = 2;

/** `servers` as `address:port`; none means the system's. */
export function openDnsQuestions(servers: readonly string[]): DnsQuestions {
  const resolver = new Resolver({ timeout: TRY_MS, tries: TRIES });
  if (servers.length > 0) resolver.setServers([...servers]);
  return {
    txt: async (name) => (await resolver.resolveTxt(name)).map((strings) => strings.join('')),
    mx: async (name) => (await resolver.resolveMx(name)).map(({ exchange }) => exchange),
  };
}

export async function lookUpRecords(identity: Identity, deps: LookUpDeps): Promise<RecordsSeen> {
  const { name, verification, dkim, mailFrom } = identity;
  const txt = deps.dns.txt;
  const [ownership, mailFromSight, ...keys] = await Promise.all([
    isDomain(name)
      ? look(txt, `_amazonses.${name}`, (texts) => texts.some((text) => text.trim() === verification.token))
      : undefined,
    mailFrom && lookUpMailFrom(mailFrom.domain, deps),
    ...dkim.keys.map(async (key) => {
      // A CNAME on the way is followed by the resolver.
      const sight = await look(txt, `${key.selector}._domainkey.${name}`, (texts) =>
        texts.some((text) => isRecordOf(text, key)),
      );
      return [key.selector, sight] as const;
    }),
  ]);
  return { ownership, keys: new Map(keys), mailFrom: mailFromSight };
}

/** SES contract 5.7: exactly one MX, the feedback host, and an SPF record. */
async function lookUpMailFrom(domain: string, { dns, feedbackHost }: LookUpDeps): Promise<Sight> {
  const [mx, spf] = await Promise.all([
    look(
      dns.mx,
      domain,
      (hosts) => hosts.length === 1 && hosts.every((host) => isSameHost(host, feedbackHost)),
    ),
    look(dns.txt, domain, (texts) => texts.some((text) => /^v=spf1(?: |$)/i.test(text))),
  ]);
  if (mx === 'there' && spf === 'there') return 'there';
  return mx === 'unknown' || spf === 'unknown' ? 'unknown' : 'not-there';
}

function isSameHost(host: string, wanted: string): boolean {
  return host.toLowerCase().replace(/\.$/, '') === wanted.toLowerCase();
}

/** RFC 6376 §3.6.1: tags in any order, white space anywhere. */
function isRecordOf(text: string, key: IdentityKey): boolean {
  return text
    .replace(/\s/g, '')
    .split(';')
    .includes(`p=${key.publicKey.toString('base64')}`);
}

async function look(
  ask: (name: string) => Promise<readonly string[]>,
  name: string,
  isWanted: (records: readonly string[]) => boolean,
): Promise<Sight> {
  try {
    return isWanted(await ask(name)) ? 'there' : 'not-there';
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    return code === 'ENOTFOUND' || code === 'ENODATA' ? 'not-there' : 'unknown';
  }
}
