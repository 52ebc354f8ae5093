// One call to policy-service, with a deadline; its errors as values.
import { Metadata, status, type ServiceError } from '@grpc/grpc-js';

export interface Unavailable {
  readonly kind: 'unavailable';
}

export const UNAVAILABLE: Unavailable = { kind: 'unavailable' };

/** `message` is SES's text. */
export interface Invalid {
  readonly kind: 'invalid';
  readonly message: string;
}

export type Call<T> = readonly [
  Metadata,
  { readonly deadline: number },
  (error: ServiceError | null, response: T) => void,
];

type Answered<T> =
  | { readonly kind: 'response'; readonly response: T }
  | { readonly kind: 'error'; readonly error: ServiceError };

const DEADLINE_MS = 2000;

/** waitForReady: a service that is just starting again is waited for, until the deadline. */
export function ask<T>(send: (call: Call<T>) => unknown, deadlineMs = DEADLINE_MS): Promise<Answered<T>> {
  return new Promise((resolve) => {
    send([
      new Metadata({ waitForReady: true }),
      { deadline: Date.now() + deadlineMs },
      (error, response) => {
        resolve(error === null ? { kind: 'response', response } : { kind: 'error', error });
      },
    ]);
  });
}

/** A name that none can have is as absent as one that none has. */
export function isAbsent({ code }: ServiceError): boolean {
  return code === status.NOT_FOUND || code === status.INVALID_ARGUMENT;
}

export function invalidOr({ code, details }: ServiceError): Invalid | Unavailable {
  return code === status.INVALID_ARGUMENT ? { kind: 'invalid', message: details } : UNAVAILABLE;
}
