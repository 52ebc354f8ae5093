// What a return comes to for the recipients of the message. Pure. An outsider has written the return: of whom it
// speaks is only believed as far as the signed address goes.
import { enhancedStatus, parseMailbox, type DelayType, type EnhancedStatus } from '@sealpost/mail';
import type { Bounced } from '../events/compose-events.ts';
import { judgeReport } from './judge-report.ts';
import type { DeliveryReport, ReportedRecipient } from './read-delivery-status.ts';

export type ReturnedBounce = Bounced & {
  /** It is known whom it is about: an address that is bad may be suppressed. */
  readonly isCertain: boolean;
};

export interface ReturnedDelay {
  readonly recipient: string;
  readonly status: EnhancedStatus;
  readonly diagnostic: string;
  readonly delayType: DelayType;
  /** As written; undefined: not told. */
  readonly until: string | undefined;
}

export interface Outcomes {
  readonly bounced: readonly ReturnedBounce[];
  readonly delayed: readonly ReturnedDelay[];
}

/** One outcome for each recipient; a bounce counts more than a delay. `candidates` are those of the signed address. */
export function outcomesOf(report: DeliveryReport, candidates: readonly string[]): Outcomes {
  const bounced = new Map<string, ReturnedBounce>();
  const delayed = new Map<string, ReturnedDelay>();
  for (const reported of report.recipients) {
    const judged = judgeReport(reported);
    if (judged.kind === 'nothing') continue;
    const { recipients, isCertain } = whom(reported.names, candidates);
    const diagnostic = diagnosticOf(reported);
    for (const recipient of recipients) {
      if (judged.kind === 'delay') {
        const { status, delayType } = judged;
        delayed.set(recipient, { recipient, status, diagnostic, delayType, until: reported.willRetryUntil });
      } else if (!bounced.has(recipient)) {
        const bounce = isCertain ? judged.bounce : UNDETERMINED;
        bounced.set(recipient, {
          kind: 'bounced',
          recipient,
          status: judged.status,
          diagnostic,
          bounce,
          isCertain,
        });
      }
    }
  }
  for (const recipient of bounced.keys()) delayed.delete(recipient);
  return { bounced: [...bounced.values()], delayed: [...delayed.values()] };
}

/** A bounce in somebody's own words is of no class (SES contract 5.3: a DSN that is not understood). */
export function plainOutcomes(
  { text, recipients: names }: { readonly text: string; readonly recipients: readonly string[] },
  candidates: readonly string[],
): Outcomes {
  const bounced = whom(names, candidates).recipients.map((recipient) => ({
    kind: 'bounced' as const,
    recipient,
    status: enhancedStatus('5.0.0'),
    diagnostic: text,
    bounce: UNDETERMINED,
    isCertain: false,
  }));
  return { bounced, delayed: [] };
}

const UNDETERMINED = { type: 'Undetermined', subType: 'Undetermined' } as const;

/** SES tells of all who may be meant where it is not known who is. */
export function whom(
  names: readonly string[],
  candidates: readonly string[],
): { readonly recipients: readonly string[]; readonly isCertain: boolean } {
  if (candidates.length === 1) return { recipients: candidates, isCertain: true };
  const wanted = new Set(names.map(comparable));
  const matching = candidates.filter((candidate) => wanted.has(comparable(candidate)));
  if (matching.length > 0) return { recipients: matching, isCertain: true };
  if (candidates.length > 0) return { recipients: candidates, isCertain: false };
  // The event is gone: what the report says is all there is.
  const named = names.find((name) => parseMailbox(name, 'utf8').kind === 'mailbox');
  return { recipients: named === undefined ? [] : [named], isCertain: false };
}

/** Hosts fold the case of what they report. */
function comparable(address: string): string {
  return address.trim().toLowerCase();
}

function diagnosticOf({ diagnosticCode, status }: ReportedRecipient): string {
  return (
    diagnosticCode?.replace(/^[a-z0-9-]+[ \t]*;[ \t]*/i, '') ?? `${status ?? '5.0.0'} no reason was given`
  );
}
