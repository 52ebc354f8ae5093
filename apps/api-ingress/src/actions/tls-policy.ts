// TlsPolicy in the two spellings: `Require` on v1, `REQUIRE` on v2, one stored value (trap 13).
import type { TlsPolicy } from '@sealpost/mail';

type V2TlsPolicy = 'REQUIRE' | 'OPTIONAL';

export function fromV2TlsPolicy(policy: V2TlsPolicy): TlsPolicy {
  return policy === 'REQUIRE' ? 'Require' : 'Optional';
}

export function v2TlsPolicy(policy: TlsPolicy): V2TlsPolicy {
  return policy === 'Require' ? 'REQUIRE' : 'OPTIONAL';
}
