// TlsPolicy in the two spellings: `Require` on v1, `REQUIRE` on v2, one stored value (trap 13).
import type { TlsPolicy } from '@sealpost/mail';
import { ApiFault } from '../api-fault.ts';

/** Throws ApiFault with SES's text for what is neither. */
export function readV1TlsPolicy(text: string | undefined): TlsPolicy | undefined {
  if (text === undefined || text === 'Require' || text === 'Optional') return text;
  throw notInEnum('deliveryOptions.tlsPolicy', 'Optional, Require');
}

export function readV2TlsPolicy(text: string | undefined): TlsPolicy | undefined {
  if (text === undefined) return undefined;
  if (text === 'REQUIRE') return 'Require';
  if (text === 'OPTIONAL') return 'Optional';
  throw notInEnum('tlsPolicy', 'OPTIONAL, REQUIRE');
}

export function v2TlsPolicy(policy: TlsPolicy): 'REQUIRE' | 'OPTIONAL' {
  return policy === 'Require' ? 'REQUIRE' : 'OPTIONAL';
}

function notInEnum(path: string, values: string): ApiFault {
  return new ApiFault(
    'validation',
    `1 validation error detected: Value at '${path}' failed to satisfy constraint: Member must satisfy enum value set: [${values}]`,
  );
}
