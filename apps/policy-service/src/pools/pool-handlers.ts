// gRPC in front of pools, and what a pool is. Source: SES contract 2.2, 7; faults 4.3.
import {
  decodePool,
  encodePool,
  fromPoolRecord,
  toPoolRecord,
  type Pool,
  type PoolServiceServer,
} from '@sealpost/contracts';
import type { Logger } from '@sealpost/runtime';
import { status } from '@grpc/grpc-js';
import { pageLimit, Refused, unary } from '../grpc-answers.ts';
import type { RecordKind, RecordStore } from '../record-store.ts';
import { changedTags, tagsFault } from '../resource-tags.ts';

export const poolRecords: RecordKind<Pool> = {
  prefix: 'pool.',
  nameOf: ({ name }) => name,
  encode: encodePool,
  decode: decodePool,
  // SES: 50 for each account and region.
  maxRecords: 50,
};

export interface PoolHandlerDeps {
  readonly pools: RecordStore<Pool>;
  readonly logger: Logger;
}

export function poolHandlers({ pools, logger }: PoolHandlerDeps): PoolServiceServer {
  return {
    createPool: unary(logger, async (request) => {
      const pool = checked(fromPoolRecord(request));
      const created = await pools.create(pool);
      if (created === 'exists') throw new Refused(status.ALREADY_EXISTS, 'There is such a pool.');
      if (created === 'limit') throw new Refused(status.RESOURCE_EXHAUSTED, 'Too many pools.');
      return toPoolRecord(pool);
    }),
    getPool: unary(logger, async ({ name }) => recordOf(await pools.get(name))),
    updatePool: unary(logger, async ({ name, scalingMode, tags }) => {
      const change = (pool: Pool) =>
        checked({
          ...fromPoolRecord({ ...toPoolRecord(pool), scalingMode: scalingMode ?? pool.scalingMode }),
          tags: tags === undefined ? pool.tags : changedTags(pool.tags, tags),
        });
      return recordOf(await pools.change(name, change));
    }),
    deletePool: unary(logger, async ({ name }) => {
      if ((await pools.delete(name)) === 'absent') throw absent();
      return {};
    }),
    listPools: unary(logger, async ({ pageSize, afterName }) => {
      const { names, hasMore } = await pools.list(afterName, pageLimit(pageSize));
      return { names: [...names], hasMore };
    }),
  };
}

function checked(pool: Pool): Pool {
  const isName = /^[A-Za-z0-9_-]{1,64}$/.test(pool.name);
  const fault = isName
    ? tagsFault(pool.tags)
    : 'The name of a pool has letters, digits, _ and -, at most 64.';
  if (fault !== undefined) throw new Refused(status.INVALID_ARGUMENT, fault);
  return pool;
}

function recordOf(pool: Pool | undefined): ReturnType<typeof toPoolRecord> {
  if (pool === undefined) throw absent();
  return toPoolRecord(pool);
}

function absent(): Refused {
  return new Refused(status.NOT_FOUND, 'There is no such pool.');
}
