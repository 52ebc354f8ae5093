// What is said after the final dot. Source: SES contract 4.5; faults 4.1 rows 14, 19, 21, 27, 28.
import { formatReply } from '@sealpost/smtp';
import type { SubmissionResult } from '@sealpost/submission';
import type { ContentFault } from './content-intake.ts';

/** 250 only for `accepted`: the message is stored then, and not before. */
export function submissionReply(result: SubmissionResult): string {
  switch (result.kind) {
    case 'accepted':
      return formatReply(250, `Ok ${result.messageId}`);
    case 'refused':
      return formatReply(554, refusalText(result.refusal));
    case 'throttled':
      return formatReply(454, `Throttling failure: ${THROTTLED[result.limit]}`);
    case 'unavailable':
      return result.cause === 'queue-full'
        ? formatReply(452, '4.3.1 Insufficient system storage')
        : TEMPORARY_FAILURE;
  }
}

function refusalText({ code, message }: Extract<SubmissionResult, { kind: 'refused' }>['refusal']): string {
  switch (code) {
    case 'invalid-content':
      return `Transaction failed: ${message}`;
    case 'mail-from-not-verified':
      return message;
    default:
      return `Message rejected: ${message}`;
  }
}
const THROTTLED = {
  'sending-rate': 'Maximum sending rate exceeded',
  'daily-quota': 'Daily message quota exceeded',
} as const;

export const TEMPORARY_FAILURE = formatReply(451, 'Temporary service failure');

export function contentFaultReply(fault: ContentFault): string {
  switch (fault) {
    case 'too-large':
      return formatReply(552, 'Message is too long.');
    case 'bare-line-end':
      return formatReply(554, '5.6.0 Bare CR or LF in message, lines end in CRLF (RFC 5321 2.3.8)');
    case 'nul':
      return formatReply(554, '5.6.0 NUL in message');
    case 'aborted':
      // Nobody is there to read it.
      return '';
    case 'line-too-long':
      return formatReply(554, '5.6.0 Line longer than 998 octets (RFC 5321 4.5.3.1.6)');
  }
}
