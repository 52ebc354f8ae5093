// ListConfigurationSets, v1 and v2.
import type { ActionContext } from '../action-context.ts';
import { ApiFault, UNAVAILABLE } from '../api-fault.ts';
import { number, text } from '../input/members.ts';
import { queryOperation, restOperation } from '../operation.ts';
import { askedPage, nextToken, type AskedPage } from '../pages.ts';

const LIMITS = { usual: 100, max: 1000 };

export const listConfigurationSets = queryOperation({
  name: 'ListConfigurationSets',
  input: { NextToken: text(), MaxItems: number() },
  errors: [],
  run: async ({ NextToken, MaxItems }, context) => {
    const page = await list(askedPage(NextToken, MaxItems, LIMITS), context);
    return { ConfigurationSets: page.names.map((name) => ({ Name: name })), NextToken: page.nextToken };
  },
});

export const listConfigurationSetsV2 = restOperation({
  name: 'ListConfigurationSets',
  // Trap 20: older clients ask by GET and query, newer ones by POST and JSON.
  routes: ['POST /v2/email/list-configuration-sets', 'GET /v2/email/configuration-sets'],
  input: { NextToken: text(), PageSize: number() },
  errors: [],
  run: async ({ NextToken, PageSize }, context) => {
    const page = await list(askedPage(NextToken, PageSize, LIMITS), context);
    return { ConfigurationSets: page.names, NextToken: page.nextToken };
  },
});

async function list(
  asked: AskedPage,
  { policies }: ActionContext,
): Promise<{ readonly names: readonly string[]; readonly nextToken: string | undefined }> {
  const page = await policies.listConfigurationSets(asked);
  if (page.kind === 'unavailable') throw new ApiFault('unavailable', UNAVAILABLE);
  return { names: page.names, nextToken: nextToken(page.hasMore, page.names.at(-1)) };
}
