// ListConfigurationSets, v1 and v2. The token is the last name of a page, opaque to callers; absent at the end
// (trap 54).
import type { ActionContext } from '../action-context.ts';
import { ApiFault, UNAVAILABLE } from '../api-fault.ts';
import type { QueryAction, RestAction } from '../operation.ts';

const MAX_PAGE = 1000;

export const listConfigurationSets: QueryAction = async (parameters, context) => {
  const page = await list(parameters.text('NextToken'), parameters.text('MaxItems'), context);
  return { ConfigurationSets: page.names.map((name) => ({ Name: name })), NextToken: page.nextToken };
};

/** Older clients ask by GET and query, newer ones by POST and JSON. */
export const listConfigurationSetsV2: RestAction = async ({ query, body }, context) => {
  const token = query.get('NextToken') ?? body.text('NextToken');
  const size = query.get('PageSize') ?? body.number('PageSize')?.toString();
  const page = await list(token, size, context);
  return {
    ConfigurationSets: page.names,
    ...(page.nextToken === undefined ? {} : { NextToken: page.nextToken }),
  };
};

async function list(
  token: string | undefined,
  size: string | undefined,
  { policies }: ActionContext,
): Promise<{ readonly names: readonly string[]; readonly nextToken: string | undefined }> {
  const pageSize = size === undefined ? 100 : Number(size);
  if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > MAX_PAGE) {
    throw new ApiFault('invalid-parameter', `The page size must be between 1 and ${MAX_PAGE}.`);
  }
  const afterName =
    token === undefined || token === '' ? '' : Buffer.from(token, 'base64url').toString('utf8');
  if (!/^[A-Za-z0-9_-]{0,64}$/.test(afterName))
    throw new ApiFault('invalid-parameter', 'The NextToken is invalid.');
  const page = await policies.listConfigurationSets({ pageSize, afterName });
  if (page.kind === 'unavailable') throw new ApiFault('unavailable', UNAVAILABLE);
  const last = page.names.at(-1);
  const nextToken = page.hasMore && last !== undefined ? Buffer.from(last).toString('base64url') : undefined;
  return { names: page.names, nextToken };
}
