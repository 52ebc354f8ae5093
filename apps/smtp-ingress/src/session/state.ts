// What a session knows, and what it may do next. Values only; session.ts does the I/O.
import type { SourceTls } from '@sealpost/mail';
import type { ArrivingContent, Submission } from '@sealpost/submission';

export interface SessionState {
  /** The name given in EHLO or HELO; undefined before. */
  readonly helo?: string;
  /** Present inside TLS (T2: nothing but the way into TLS works without). */
  readonly tls?: SourceTls;
  /** The access key id that authenticated. */
  readonly user?: string;
  /** Defined inside a mail transaction. */
  readonly reversePath: string | undefined;
  readonly recipients: readonly string[];
  /** The transaction was begun with SMTPUTF8 (RFC 6531 §3.4). */
  readonly smtpUtf8: boolean;
  /** A BDAT was taken: nothing but further chunks may follow (RFC 3030 §2). */
  readonly isChunking: boolean;
  readonly errorCount: number;
  readonly authFailureCount: number;
}

export const newState: SessionState = {
  reversePath: undefined,
  recipients: [],
  smtpUtf8: false,
  isChunking: false,
  errorCount: 0,
  authFailureCount: 0,
};

/** A mail transaction ends, the session stays (RFC 5321 §4.1.1.5). */
export function withoutTransaction(state: SessionState): SessionState {
  return { ...state, reversePath: undefined, recipients: [], smtpUtf8: false, isChunking: false };
}

/** What follows a command. `reply` is complete, CRLF included. */
export type Step =
  | { readonly kind: 'reply'; readonly reply: string; readonly state: SessionState }
  | { readonly kind: 'start-tls'; readonly reply: string }
  | { readonly kind: 'receive-content'; readonly reply: string; readonly state: SessionState }
  /** That many bytes follow; with `refusal` they are thrown away and it is said behind them. */
  | {
      readonly kind: 'receive-chunk';
      readonly sizeBytes: number;
      readonly isLast: boolean;
      readonly refusal?: string;
      readonly state: SessionState;
    }
  /** The next line is not a command but an answer to this challenge (RFC 4954 §4). */
  | { readonly kind: 'challenge'; readonly reply: string; readonly next: AuthExchange }
  | { readonly kind: 'verify'; readonly user: string; readonly password: string }
  /** The client has said goodbye. */
  | { readonly kind: 'part'; readonly reply: string }
  | { readonly kind: 'close'; readonly reply: string };

/** Where an AUTH dialogue stands. */
export type AuthExchange =
  { readonly mechanism: 'PLAIN' } | { readonly mechanism: 'LOGIN'; readonly user?: string };

/** What a session is told about its listener. */
export interface SessionFacts {
  readonly heloName: string;
  readonly maxMessageBytes: number;
  /** More messages wait at the door than it should have to hold. */
  readonly isOverloaded: () => boolean;
  /** Left out: never. */
  readonly isStoreFull?: () => boolean;
}

export function submissionOf(
  state: SessionState,
  content: Buffer | ArrivingContent,
  clientAddress: string,
): Submission {
  const { reversePath = '', recipients, user = '', helo = '', tls, smtpUtf8 } = state;
  return {
    reversePath,
    recipients,
    content,
    smtpUtf8,
    source: {
      operation: 'SendSmtpEmail',
      clientAddress,
      callerIdentity: user,
      helo,
      ...(tls === undefined ? {} : { tls }),
    },
  };
}
