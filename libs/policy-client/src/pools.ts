// Pools of sending addresses, as the API makes and changes them. Not cached.
import {
  fromPoolRecord,
  toPoolRecord,
  type Pool,
  type PoolServiceClient,
  type TagChange,
} from '@sealpost/contracts';
import { status } from '@grpc/grpc-js';
import { ask, invalidOr, isAbsent, UNAVAILABLE, type Invalid, type Unavailable } from './ask.ts';

interface Unknown {
  readonly kind: 'unknown';
}

export interface PoolPlane {
  createPool(pool: Pool): Promise<{ readonly kind: 'created' | 'exists' | 'limit' } | Invalid | Unavailable>;
  getPool(name: string): Promise<{ readonly kind: 'pool'; readonly pool: Pool } | Unknown | Unavailable>;
  /** Members left out keep their value. */
  updatePool(
    name: string,
    change: { readonly scalingMode?: Pool['scalingMode']; readonly tags?: TagChange },
  ): Promise<{ readonly kind: 'updated' } | Unknown | Invalid | Unavailable>;
  deletePool(name: string): Promise<{ readonly kind: 'deleted' } | Unknown | Unavailable>;
  listPools(page: {
    readonly pageSize: number;
    readonly afterName?: string;
  }): Promise<
    { readonly kind: 'page'; readonly names: readonly string[]; readonly hasMore: boolean } | Unavailable
  >;
}

export function poolPlane(client: PoolServiceClient): PoolPlane {
  return {
    createPool: async (pool) => {
      const answer = await ask((call) => client.createPool(toPoolRecord(pool), ...call));
      if (answer.kind === 'response') return { kind: 'created' };
      if (answer.error.code === status.ALREADY_EXISTS) return { kind: 'exists' };
      return answer.error.code === status.RESOURCE_EXHAUSTED ? { kind: 'limit' } : invalidOr(answer.error);
    },
    getPool: async (name) => {
      const answer = await ask<Parameters<typeof fromPoolRecord>[0]>((call) =>
        client.getPool({ name }, ...call),
      );
      if (answer.kind === 'response') return { kind: 'pool', pool: fromPoolRecord(answer.response) };
      return isAbsent(answer.error) ? { kind: 'unknown' } : UNAVAILABLE;
    },
    updatePool: async (name, { scalingMode, tags }) => {
      const request = {
        name,
        scalingMode,
        tags: tags && { put: [...tags.put], removedKeys: [...tags.removedKeys] },
      };
      const answer = await ask((call) => client.updatePool(request, ...call));
      if (answer.kind === 'response') return { kind: 'updated' };
      return answer.error.code === status.NOT_FOUND ? { kind: 'unknown' } : invalidOr(answer.error);
    },
    deletePool: async (name) => {
      const answer = await ask((call) => client.deletePool({ name }, ...call));
      if (answer.kind === 'response') return { kind: 'deleted' };
      return isAbsent(answer.error) ? { kind: 'unknown' } : UNAVAILABLE;
    },
    listPools: async ({ pageSize, afterName }) => {
      const answer = await ask<{ names: string[]; hasMore: boolean }>((call) =>
        client.listPools({ pageSize, afterName: afterName ?? '' }, ...call),
      );
      return answer.kind === 'response' ? { kind: 'page', ...answer.response } : UNAVAILABLE;
    },
  };
}
