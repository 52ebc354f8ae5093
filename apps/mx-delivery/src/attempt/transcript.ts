// What was said in one transaction with a receiver. Facts only; classify.ts judges them.
import type { Reply } from '@sealpost/mail';
import type { ParsedReply } from '@sealpost/smtp';

/** What came back for a command: a reply, or the reason why none came that can be believed. */
export type Answer =
  | { readonly kind: 'reply'; readonly reply: ParsedReply }
  | { readonly kind: 'broken' | 'closed' | 'timeout'; readonly detail: string };

export interface Transcript {
  /** Said outside TLS. */
  readonly inTheClear: boolean;
  readonly mail?: Answer;
  /** One per recipient, in order; shorter when the conversation ended before. */
  readonly recipients: readonly Answer[];
  /** To DATA, or what came while the content was being sent. */
  readonly data?: Answer;
  /** The content is out, to its end. From here on silence means "unknown", not "refused" (RFC 1047). */
  readonly contentSent: boolean;
  readonly final?: Answer;
  /** The next transaction may follow on this connection. */
  readonly isReusable: boolean;
  /** The end of the content was kept back: the message may be another worker's. */
  readonly isAbandoned?: true;
}

export interface DialogueLine {
  /** Since the attempt began. */
  readonly atMilliseconds: number;
  readonly direction: 'sent' | 'received';
  readonly line: string;
}

/** Evidence: at most 8 KiB of a conversation. */
const DIALOGUE_LIMIT = 8192;

/** The lines of one conversation, never content. `startedAt` (of `performance.now`) is the attempt's. */
export class DialogueRecorder {
  readonly lines: DialogueLine[] = [];
  private readonly startedAt: number;
  private size = 0;

  constructor(startedAt: number) {
    this.startedAt = startedAt;
  }

  add(direction: DialogueLine['direction'], line: string): void {
    this.size += line.length;
    if (this.size > DIALOGUE_LIMIT) return;
    const atMilliseconds = Math.round(performance.now() - this.startedAt);
    this.lines.push({ atMilliseconds, direction, line });
  }
}

export function isPositive(answer: Answer | undefined): boolean {
  return answer?.kind === 'reply' && answer.reply.code >= 200 && answer.reply.code < 300;
}

/** A 421, or no reply that can be believed: the connection is over (RFC 5321 §3.8). */
export function endsConnection(answer: Answer | undefined): boolean {
  if (answer === undefined) return false;
  return answer.kind !== 'reply' || answer.reply.code === 421;
}

export function describeAnswer(answer: Answer | undefined): string {
  if (answer === undefined) return 'no answer';
  return answer.kind === 'reply' ? `${answer.reply.code} ${answer.reply.text}` : answer.detail;
}

/** As the rest of the system keeps it, without its lines. */
export function plainReply({ code, text, enhancedStatus }: Reply): Reply {
  return { code, text, ...(enhancedStatus === undefined ? {} : { enhancedStatus }) };
}
