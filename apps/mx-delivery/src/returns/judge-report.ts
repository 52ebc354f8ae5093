// What a reported recipient means: a bounce of one of SES's classes, a delay, or nothing to tell. Pure. Source:
// RFC 3464 §2.3.3 (action), §2.3.4 (status); SES contract 5.3, 5.4; ../classes for the texts.
import {
  enhancedStatus,
  parseEnhancedStatus,
  type BounceClass,
  type DelayType,
  type EnhancedStatus,
} from '@sealpost/mail';
import { bounceClass } from '../classes/bounce-class.ts';
import { delayType } from '../classes/delay-type.ts';
import type { ReportedRecipient } from './read-delivery-status.ts';

export type Judged =
  | { readonly kind: 'bounce'; readonly status: EnhancedStatus; readonly bounce: BounceClass }
  | { readonly kind: 'delay'; readonly status: EnhancedStatus; readonly delayType: DelayType }
  /** It was delivered, handed on to a host that does not report, or to a list. */
  | { readonly kind: 'nothing' };

export function judgeReport({ action, status, diagnosticCode = '' }: ReportedRecipient): Judged {
  const text = diagnosticCode.replace(/^[a-z0-9-]+[ \t]*;[ \t]*/i, '');
  const code = Number(/^[245]\d\d(?=[ -])/.exec(text)?.[0] ?? 0);
  const meant = meaningOf(action, status, code);
  if (meant === 'bounce') {
    const known = status ?? enhancedStatus('5.0.0');
    return { kind: 'bounce', status: known, bounce: classOf({ code, text }, known) };
  }
  if (meant === 'nothing') return { kind: 'nothing' };
  const known = status ?? enhancedStatus('4.0.0');
  return {
    kind: 'delay',
    status: known,
    delayType: delayType({ code: code === 0 ? 450 : code, text }, known),
  };
}

/** The action says it; where there is none that is known, the status or the reply does. */
function meaningOf(action: string, status: EnhancedStatus | undefined, code: number): Judged['kind'] {
  if (action === 'failed') return 'bounce';
  if (action === 'delayed') return 'delay';
  if (['delivered', 'relayed', 'expanded'].includes(action)) return 'nothing';
  const severity = status?.[0] ?? String(code)[0];
  if (severity === '5') return 'bounce';
  return severity === '4' ? 'delay' : 'nothing';
}

interface Said {
  readonly code: number;
  readonly text: string;
}

// RFC 3463 §3.5: a host gave up in the end. Whatever it says last, nobody said no.
const EXPIRED_STATUS = /^[45]\.4\.7$/;
const EXPIRED_TEXT =
  /(?:message|delivery time|queue time) (?:has )?expired|retry time ?out exceeded|could not be delivered for too long/i;

function classOf({ code, text }: Said, status: EnhancedStatus): BounceClass {
  if (EXPIRED_STATUS.test(status) || EXPIRED_TEXT.test(text)) return TRANSIENT;
  // As if the host had said so to us; a report without its words is about the mailbox.
  const said = { code: code >= 500 ? code : 550, text };
  const bounce = bounceClass(said, parseEnhancedStatus(`5${status.slice(1)}`) ?? status);
  const isTemporary = status.startsWith('4') && bounce.type === 'Permanent';
  return isTemporary ? TRANSIENT : bounce;
}

const TRANSIENT: BounceClass = { type: 'Transient', subType: 'General' };
