// Who calls, and what their credential lets them do.
import { accessDenied } from '@sealpost/aws-auth';
import type { CredentialScope } from '@sealpost/contracts';
import { ApiFault } from './api-fault.ts';

export interface Caller {
  readonly accessKeyId: string;
  readonly scope: CredentialScope;
  /** Twelve digits, as in an ARN. */
  readonly accountId: string;
}

/** `send` allows what AWS's `ses:Send*` does. Throws ApiFault. */
export function assertAllowed(caller: Caller, operation: string): void {
  if (caller.scope === 'full') return;
  if (caller.scope === 'send' && operation.startsWith('Send')) return;
  throw new ApiFault('access-denied', accessDenied(caller, operation));
}
