// Dedicated IP pools, v2: names that SendingPoolName of a set may have. Mail leaves from this machine's addresses
// whatever its pool. Source: SES contract 2.1 (texts), 2.2.
import type { Pool } from '@sealpost/contracts';
import type { ActionContext } from '../action-context.ts';
import { ApiFault, UNAVAILABLE } from '../api-fault.ts';
import { choice, number, required, text } from '../input/members.ts';
import { restOperation } from '../operation.ts';
import { askedPage, nextToken } from '../pages.ts';
import { resourceTags, tagList } from './resource-tags.ts';

const PATH = '/v2/email/dedicated-ip-pools';
const poolName = required(text({ min: 1 }));
const scalingMode = choice('STANDARD', 'MANAGED');

export const createDedicatedIpPool = restOperation({
  name: 'CreateDedicatedIpPool',
  routes: [`POST ${PATH}`],
  input: { PoolName: poolName, Tags: tagList, ScalingMode: scalingMode },
  errors: ['already-exists', 'limit', 'concurrent-change'],
  run: async ({ PoolName, Tags, ScalingMode = 'STANDARD' }, { policies }) => {
    const pool = { name: PoolName, scalingMode: ScalingMode, tags: resourceTags(Tags) };
    const result = await policies.createPool(pool);
    switch (result.kind) {
      case 'created':
        return {};
      case 'exists':
        throw new ApiFault('already-exists', `Dedicated IP pool ${PoolName} already exists.`);
      case 'limit':
        throw new ApiFault('limit', 'Dedicated IP pool limit exceeded.');
      case 'invalid':
        throw new ApiFault('validation', result.message);
      case 'unavailable':
        throw new ApiFault('unavailable', UNAVAILABLE);
    }
  },
});

export const getDedicatedIpPool = restOperation({
  name: 'GetDedicatedIpPool',
  routes: [`GET ${PATH}/{PoolName}`],
  input: { PoolName: poolName },
  errors: ['not-found'],
  run: async ({ PoolName }, context) => {
    const { name, scalingMode: ScalingMode } = await findPool(PoolName, context);
    return { DedicatedIpPool: { PoolName: name, ScalingMode } };
  },
});

export const listDedicatedIpPools = restOperation({
  name: 'ListDedicatedIpPools',
  routes: [`GET ${PATH}`],
  input: { NextToken: text(), PageSize: number() },
  errors: [],
  run: async ({ NextToken, PageSize }, { policies }) => {
    const page = await policies.listPools(askedPage(NextToken, PageSize, { usual: 100, max: 1000 }));
    if (page.kind === 'unavailable') throw new ApiFault('unavailable', UNAVAILABLE);
    return { DedicatedIpPools: page.names, NextToken: nextToken(page.hasMore, page.names.at(-1)) };
  },
});

export const putDedicatedIpPoolScalingAttributes = restOperation({
  name: 'PutDedicatedIpPoolScalingAttributes',
  routes: [`PUT ${PATH}/{PoolName}/scaling`],
  input: { PoolName: poolName, ScalingMode: required(scalingMode) },
  errors: ['not-found', 'concurrent-change'],
  run: async ({ PoolName, ScalingMode }, context) => {
    await changePool(PoolName, { scalingMode: ScalingMode }, context);
    return {};
  },
});

export const deleteDedicatedIpPool = restOperation({
  name: 'DeleteDedicatedIpPool',
  routes: [`DELETE ${PATH}/{PoolName}`],
  input: { PoolName: poolName },
  errors: ['not-found', 'concurrent-change'],
  run: async ({ PoolName }, { policies }) => {
    const { kind } = await policies.deletePool(PoolName);
    if (kind === 'unknown') throw poolDoesNotExist(PoolName);
    if (kind === 'unavailable') throw new ApiFault('unavailable', UNAVAILABLE);
    return {};
  },
});

/** Throws ApiFault. */
export async function findPool(name: string, { policies }: ActionContext): Promise<Pool> {
  const result = await policies.getPool(name);
  if (result.kind === 'pool') return result.pool;
  throw result.kind === 'unknown' ? poolDoesNotExist(name) : new ApiFault('unavailable', UNAVAILABLE);
}

/** Throws ApiFault. */
export async function changePool(
  name: string,
  change: Parameters<ActionContext['policies']['updatePool']>[1],
  { policies }: ActionContext,
): Promise<void> {
  const result = await policies.updatePool(name, change);
  if (result.kind === 'unknown') throw poolDoesNotExist(name);
  if (result.kind === 'invalid') throw new ApiFault('validation', result.message);
  if (result.kind === 'unavailable') throw new ApiFault('unavailable', UNAVAILABLE);
}

function poolDoesNotExist(name: string): ApiFault {
  return new ApiFault('not-found', `Dedicated IP pool ${name} does not exist.`);
}
