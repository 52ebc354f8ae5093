// Which certificate a client gets: RSA and ECDSA side by side, and by the server name it asks for. Resumption
// outlives a change of certificates, and its keys are renewed. Source: T5, RFC 6066 §3, RFC 9325 §3.4 (tickets).
import { randomBytes, X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import { listenerSecureOptions, type TlsProfile } from './profile.ts';

/** PEM texts; `cert` may hold a chain, leaf first. */
export interface KeyedCertificate {
  readonly cert: string;
  readonly key: string;
}

export interface ListenerContexts {
  /** Without a name, or for a name that no certificate is valid for: the certificates of the first pair's names. */
  contextFor(serverName: string | undefined): SecureContext;
  /** False: there is one for every name. */
  dependsOnName(): boolean;
  /** For handshakes from now on. Throws, and changes nothing, when one of them can't be used. */
  replace(pairs: readonly KeyedCertificate[]): void;
}

const TICKET_KEY_BYTES = 48;
/** RFC 9325 §3.4: ticket keys are to be changed regularly; who holds one can read what it resumed. */
const TICKET_LIFE_MS = 12 * 3_600_000;

interface Group {
  readonly leaf: X509Certificate;
  readonly context: SecureContext;
}

/** `pairs` is not empty. `now` in milliseconds, monotonic. */
export function listenerContexts(
  profile: TlsProfile,
  pairs: readonly KeyedCertificate[],
  now: () => number,
): ListenerContexts {
  let current = pairs;
  let ticketKeys = randomBytes(TICKET_KEY_BYTES);
  let madeAt = now();
  let groups = groupsOf(profile, pairs, ticketKeys);
  return {
    contextFor: (serverName) => {
      if (now() - madeAt > TICKET_LIFE_MS) {
        ticketKeys = randomBytes(TICKET_KEY_BYTES);
        madeAt = now();
        groups = groupsOf(profile, current, ticketKeys);
      }
      const named =
        serverName === undefined
          ? undefined
          : groups.find(({ leaf }) => leaf.checkHost(serverName) !== undefined);
      const chosen = named ?? groups[0];
      if (chosen === undefined) throw new Error('there is no certificate');
      return chosen.context;
    },
    dependsOnName: () => groups.length > 1,
    replace: (next) => {
      // Throws for certificates that OpenSSL does not take; those in use stay then.
      groups = groupsOf(profile, next, ticketKeys);
      current = next;
    },
  };
}

/** One group a set of names; in each, one certificate per kind of key, the first of its kind. */
function groupsOf(
  profile: TlsProfile,
  pairs: readonly KeyedCertificate[],
  ticketKeys: Buffer,
): readonly Group[] {
  const byNames = new Map<string, KeyedCertificate[]>();
  for (const pair of pairs) {
    const names = namesOf(new X509Certificate(pair.cert));
    byNames.set(names, [...(byNames.get(names) ?? []), pair]);
  }
  return [...byNames.values()].map((members) => {
    const options = listenerSecureOptions(profile);
    const context = createSecureContext({
      ...options,
      ticketKeys,
      cert: members.map(({ cert }) => cert),
      key: members.map(({ key }) => key),
    });
    return { leaf: new X509Certificate(members[0]?.cert ?? ''), context };
  });
}

function namesOf(leaf: X509Certificate): string {
  return (leaf.subjectAltName ?? leaf.subject).split(', ').toSorted().join();
}
