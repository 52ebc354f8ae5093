// Pools of sending addresses: our vocabulary ↔ protobuf, in the POLICY bucket and over gRPC.
import { Pool as PoolRecord } from './generated/policy/v1/pool.ts';
import type { ResourceTag } from './policy.ts';

export interface Pool {
  readonly name: string;
  /** In the words of SES: who looks after the addresses. */
  readonly scalingMode: 'STANDARD' | 'MANAGED';
  readonly tags: readonly ResourceTag[];
}

export function encodePool(pool: Pool): Uint8Array {
  return PoolRecord.encode(toPoolRecord(pool)).finish();
}

/** Throws on bytes that are no record. */
export function decodePool(bytes: Uint8Array): Pool {
  const pool = fromPoolRecord(PoolRecord.decode(bytes));
  if (pool.name === '') throw new Error('a pool without a name');
  return pool;
}

export function toPoolRecord({ tags, ...pool }: Pool): PoolRecord {
  return { ...pool, tags: [...tags] };
}

export function fromPoolRecord({ name, scalingMode, tags }: PoolRecord): Pool {
  return { name, scalingMode: scalingMode === 'MANAGED' ? 'MANAGED' : 'STANDARD', tags };
}
