// The quota as the door asks it: recipients are spent from a grant, a grant is a block of what all copies share, and
// no message waits for the store unless a block is used up. Source: SES contract 4.10.
import { randomUUID } from 'node:crypto';
import type { Logger } from '@sealpost/runtime';
import type { QuotaLimits } from './quota-limits.ts';
import {
  LEASE_MS,
  ownQuotaStore,
  type DataPoint,
  type Grant,
  type QuotaStore,
  type Report,
} from './quota-store.ts';

type Spent = 'granted' | 'rate-exceeded' | 'quota-exceeded';

export interface SendingQuota {
  readonly limits: QuotaLimits;
  /**
   * All or none. As in SES a message passes while anything is left, and what it takes beyond is a debt of those that
   * follow.
   */
  spend(recipients: number): Promise<Spent>;
  /** Of a message that was not accepted after all. */
  giveBack(recipients: number): void;
  sentLast24Hours(): Promise<number>;
  statistics(): Promise<readonly DataPoint[]>;
  /** Reports what was not reported yet. */
  close(): Promise<void>;
}

export interface QuotaOptions {
  readonly limits: QuotaLimits;
  /** Undefined: this copy counts for itself. */
  readonly shared: QuotaStore | undefined;
  readonly logger: Pick<Logger, 'warn'>;
  /** Monotonic, in milliseconds. */
  readonly now?: () => number;
}

/** Shorter than the store's, whose clock begins later. */
const OWN_LEASE_MS = LEASE_MS / 2;
/** How soon what was spent is seen by the other copies. */
const REPORT_MS = 250;
const ALL = Number.POSITIVE_INFINITY;
/** After a no, so long no question. */
const PAUSE_MS = 20;

export function openSendingQuota(options: QuotaOptions): SendingQuota {
  const now = options.now ?? (() => performance.now());
  const own = ownQuotaStore(Date.now);
  const store = sharedOrOwn(options.shared, own, { now, logger: options.logger });
  const ledger = openLedger(options.limits, store, now);
  let noUntil = Number.NEGATIVE_INFINITY;
  return {
    limits: options.limits,
    spend: async (recipients) => {
      for (let lack = ledger.lack(); lack !== undefined; lack = ledger.lack()) {
        if (now() < noUntil) return lack;
        const grant = await ledger.report('for a grant');
        if (grant.daily > 0 && grant.rate > 0) continue;
        noUntil = now() + PAUSE_MS;
        return grant.daily <= 0 ? 'quota-exceeded' : 'rate-exceeded';
      }
      ledger.spend(recipients);
      return 'granted';
    },
    giveBack: (recipients) => {
      ledger.spend(-recipients);
    },
    sentLast24Hours: async () => (await ledger.report('to tell')).sentLast24Hours,
    statistics: () => (options.shared ?? own).statistics(),
    close: () => ledger.close(),
  };
}

type Why = 'for a grant' | 'to tell';

interface Ledger {
  /** Why nothing may be spent now. */
  lack(): Exclude<Spent, 'granted'> | undefined;
  spend(recipients: number): void;
  /** Tells the store what was spent, for a new grant. One report at a time; who comes meanwhile shares it. */
  report(why: Why): Promise<Grant>;
  close(): Promise<void>;
}

function openLedger(
  limits: QuotaLimits,
  store: (report: Report) => Promise<Grant>,
  now: () => number,
): Ledger {
  const id = randomUUID();
  const nothing = { daily: limits.daily === undefined ? ALL : 0, rate: limits.rate === undefined ? ALL : 0 };
  const held = { ...nothing, unreported: 0, until: Number.NEGATIVE_INFINITY };
  let asking: { readonly why: Why; readonly answer: Promise<Grant> } | undefined;
  let timer: NodeJS.Timeout | undefined;
  const ask = async (why: Why): Promise<Grant> => {
    const heldRate = limits.rate === undefined ? 0 : held.rate;
    const { unreported: sent } = held;
    Object.assign(held, nothing, { unreported: 0 });
    const grant = await store({ id, sent, heldRate, limits, wantsGrant: why === 'for a grant' });
    // What was spent meanwhile was spent from nothing.
    held.daily += grant.daily;
    held.rate += grant.rate;
    held.until = now() + OWN_LEASE_MS;
    return grant;
  };
  const report = async (why: Why): Promise<Grant> => {
    while (asking !== undefined) {
      if (asking.why === why || why === 'to tell') return asking.answer;
      await asking.answer;
    }
    const answer = ask(why).finally(() => {
      asking = undefined;
    });
    asking = { why, answer };
    return answer;
  };
  return {
    lack: () => lackOf(held, limits.daily !== undefined && now() > held.until),
    spend: (recipients) => {
      held.daily -= recipients;
      held.rate -= recipients;
      held.unreported += recipients;
      timer ??= setTimeout(() => {
        timer = undefined;
        void report('to tell');
      }, REPORT_MS).unref();
    },
    report,
    close: async () => {
      clearTimeout(timer);
      if (held.unreported !== 0) await report('to tell');
    },
  };
}

function lackOf(
  held: { readonly daily: number; readonly rate: number },
  isLeaseOver: boolean,
): ReturnType<Ledger['lack']> {
  if (held.daily <= 0 || isLeaseOver) return 'quota-exceeded';
  return held.rate <= 0 ? 'rate-exceeded' : undefined;
}

/** After a failure the shared store is not asked for so long. */
const AWAY_MS = 1000;

/** While the shared store is away each copy goes by its own counts, as if it were alone. */
function sharedOrOwn(
  shared: QuotaStore | undefined,
  own: QuotaStore,
  { now, logger }: { readonly now: () => number; readonly logger: QuotaOptions['logger'] },
): (report: Report) => Promise<Grant> {
  let awayUntil = Number.NEGATIVE_INFINITY;
  let isAway = false;
  return async (report) => {
    // Counted here as well, to know what there was when the other goes away.
    const ownGrant = await own.report(report);
    if (shared === undefined || now() < awayUntil) return ownGrant;
    try {
      const grant = await shared.report(report);
      isAway = false;
      return grant;
    } catch (error) {
      if (!isAway) logger.warn({ err: error }, 'the shared sending quota is away, going by our own counts');
      isAway = true;
      awayUntil = now() + AWAY_MS;
      return ownGrant;
    }
  };
}
