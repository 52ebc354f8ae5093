// One call of the conformance suite as data, the same for every client.
import { expect } from 'vitest';

export interface Step {
  readonly api: 'ses' | 'sesv2';
  readonly operation: string;
  readonly input: object;
  /** What the answer has to hold. */
  readonly answer?: object;
  /** What it has to be instead. Clients add `Exception` to a code, or not. */
  readonly error?: { readonly code: string; readonly status: number };
  /** Subject of the mail that arrives because of it. */
  readonly arrives?: string;
  /** Clients that can't: Debian's (botocore 1.29) know nothing of it, or the AWS CLI leaves it out. */
  readonly notFor?: readonly ClientName[];
}

export type ClientName = 'cli' | 'boto3' | 'js';

/** What Debian's clients do not know yet. */
export const later = { notFor: ['cli', 'boto3'] } as const satisfies Expected;

/** The AWS CLI has no command for it any more. */
export const deprecated = { notFor: ['cli'] } as const satisfies Expected;

/** A client's own names and addresses, so that several share one system. */
export interface Names {
  readonly prefix: ClientName;
  /** Of a domain that is verified. */
  readonly from: string;
  readonly to: string;
  /** Of an S/MIME certificate for `from`. */
  readonly certificateArn: string;
}

/** Content of a member that is binary; each client has its own type for it. */
export interface Bytes {
  readonly $bytes: string;
}

export function bytes(text: string): Bytes {
  return { $bytes: Buffer.from(text).toString('base64') };
}

type Expected = Pick<Step, 'answer' | 'arrives' | 'notFor'>;

export function v1(operation: string, input: object = {}, expected: Expected = {}): Step {
  return { api: 'ses', operation, input, ...expected };
}

export function v2(operation: string, input: object = {}, expected: Expected = {}): Step {
  return { api: 'sesv2', operation, input, ...expected };
}

/** The step as it is refused, with 400 unless told. */
export function refused(step: Step, code: string, status = 400): Step {
  return { ...step, error: { code, status } };
}

/** Of a mail that is sent. */
export const sent = {
  MessageId: expect.stringMatching(/^[0-9a-f]{16}-[0-9a-f-]{36}-\d{6}$/) as string,
};

export function titleOf({ api, operation, error }: Step): string {
  return `${api === 'ses' ? 'v1' : 'v2'} ${operation}${error === undefined ? '' : ` is refused: ${error.code}`}`;
}
