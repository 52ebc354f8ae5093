// What it means for the mail that a domain has no route. Pure. Source: RFC 7505 §4.1, RFC 3463 §3.2 and §3.5;
// faults 4.5 rows 76, 77, 79, 80, 83, 85.
import { enhancedStatus, type BounceClass, type EnhancedStatus } from '@sealpost/mail';
import type { Route } from './resolve-route.ts';

export interface RouteVerdict {
  readonly kind: 'bounced' | 'deferred';
  readonly status: EnhancedStatus;
  readonly diagnostic: string;
  readonly bounce: BounceClass;
  readonly isDnsFailure?: true;
}

const PERMANENT: BounceClass = { type: 'Permanent', subType: 'General' };
const TRANSIENT: BounceClass = { type: 'Transient', subType: 'General' };

/** `isLastTry`: the delivery time is over, what is deferred now is given up. */
export function judgeRoute(route: Exclude<Route, { kind: 'hosts' }>, isLastTry: boolean): RouteVerdict {
  switch (route.kind) {
    case 'null-mx':
      return bounced(556, '5.1.10', 'The domain takes no mail (null MX)');
    case 'no-such-domain':
      return bounced(550, '5.1.2', route.detail);
    case 'no-mail-host':
      return bounced(550, '5.4.4', route.detail);
    case 'leads-back':
      return bounced(554, '5.4.6', route.detail);
    case 'cname-loop':
      // Row 83: told as what it is, not as an expiry, when nobody mended it in time.
      return isLastTry ? bounced(554, '5.4.6', route.detail) : deferred('4.4.6', route.detail);
    case 'dns-failure':
      return deferred('4.4.3', route.detail);
  }
}

function bounced(code: number, status: `5.${number}.${number}`, detail: string): RouteVerdict {
  return {
    kind: 'bounced',
    status: enhancedStatus(status),
    diagnostic: `${code} ${status} ${detail}`,
    bounce: PERMANENT,
  };
}

function deferred(status: `4.${number}.${number}`, detail: string): RouteVerdict {
  return {
    kind: 'deferred',
    status: enhancedStatus(status),
    diagnostic: `451 ${status} ${detail}`,
    bounce: TRANSIENT,
    isDnsFailure: true,
  };
}
