// What is remembered of the receivers' TLS between attempts: where it is broken (in this process), so that Optional mail
// does not connect twice each time, and where it was there before (tls-history.ts), so that its loss is seen. Require mail never looks
// here: it tries TLS always. Source: faults 5.2 and below the table.
import type { MxAddress } from '@sealpost/mail';
import { rememberByAddress } from './by-address.ts';
import type { TlsTrouble } from './open-session.ts';
import type { TlsHistory } from './tls-history.ts';

export interface TlsMemory {
  /** Why TLS is not worth a try with this address now. */
  brokenTls(mx: MxAddress): BrokenTls | undefined;
  /** A handshake was finished. */
  secured(mx: MxAddress): void;
  /** TLS was asked for and not to be had. */
  failed(mx: MxAddress, trouble: TlsTrouble): void;
  /** The connection died inside TLS, in the middle of a message. Happens again later: TLS is what is broken. */
  lostInside(mx: MxAddress, detail: string): void;
  /** A message was answered inside TLS. */
  served(mx: MxAddress): void;
}

interface BrokenTls {
  readonly trouble: TlsTrouble;
  /** Milliseconds since 1970. */
  readonly since: number;
}

/** A host that had TLS has none now. */
export interface Downgrade {
  readonly mx: MxAddress;
  readonly trouble: TlsTrouble;
  readonly lastSecuredAt: number;
  /** Told before within the last hour: to be counted, not logged. */
  readonly isKnown: boolean;
}

export interface TlsMemoryDeps {
  readonly now: () => number;
  readonly history: TlsHistory;
  readonly onDowngrade: (downgrade: Downgrade) => void;
}

const HOUR_MS = 3_600_000;
const BROKEN_MS = HOUR_MS;
/** The shortest time between two attempts of one message; two losses closer than that may have one cause. */
const APART_MS = 60_000;

interface HostTls {
  readonly key: string;
  notedAt?: number;
  isHistoryRead?: true;
  broken?: BrokenTls;
  lostInsideAt?: number;
  securedAt?: number;
  downgradeToldAt?: number;
}

export function openTlsMemory(deps: TlsMemoryDeps): TlsMemory {
  const { now, history } = deps;
  const of = rememberByAddress((key): HostTls => ({ key }));
  return {
    brokenTls: (mx) => {
      const { broken } = of(mx);
      return broken !== undefined && now() - broken.since < BROKEN_MS ? broken : undefined;
    },
    secured: (mx) => {
      const host = of(mx);
      host.securedAt = now();
      if (host.notedAt === undefined || now() - host.notedAt > HOUR_MS) {
        host.notedAt = now();
        history.note(host.key, now());
      }
      delete host.broken;
      delete host.downgradeToldAt;
    },
    failed: (mx, trouble) => {
      const host = of(mx);
      tellDowngrade(host, { mx, trouble }, deps);
      if (trouble.costsConnection && !trouble.isInjection) host.broken = { trouble, since: now() };
    },
    lostInside: (mx, detail) => {
      const host = of(mx);
      const before = host.lostInsideAt;
      if (before !== undefined && now() - before < APART_MS) return;
      host.lostInsideAt = now();
      if (before === undefined || now() - before > BROKEN_MS) return;
      const trouble = lostTrouble(detail);
      tellDowngrade(host, { mx, trouble }, deps);
      host.broken = { trouble, since: now() };
    },
    served: (mx) => {
      delete of(mx).lostInsideAt;
    },
  };
}

type Loss = Pick<Downgrade, 'mx' | 'trouble'>;

function tellDowngrade(host: HostTls, loss: Loss, deps: TlsMemoryDeps): void {
  if (host.securedAt === undefined) {
    askHistory(host, loss, deps);
    return;
  }
  const at = deps.now();
  const isKnown = host.downgradeToldAt !== undefined && at - host.downgradeToldAt < HOUR_MS;
  if (!isKnown) host.downgradeToldAt = at;
  deps.onDowngrade({ ...loss, lastSecuredAt: host.securedAt, isKnown });
}

/** Once for each address: most that have no TLS never had any. */
function askHistory(host: HostTls, loss: Loss, deps: TlsMemoryDeps): void {
  if (host.isHistoryRead === true) return;
  host.isHistoryRead = true;
  void deps.history.lastSecuredAt(host.key).then((at) => {
    if (at === undefined) return;
    host.securedAt ??= at;
    tellDowngrade(host, loss, deps);
  });
}

function lostTrouble(detail: string): TlsTrouble {
  return {
    type: 'handshake-failed',
    detail: `the connection was lost inside TLS: ${detail}`,
    isDefinite: false,
    isHandshakeRefusal: false,
    costsConnection: true,
    isInjection: false,
  };
}
