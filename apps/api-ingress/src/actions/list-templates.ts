// ListTemplates (v1) and ListEmailTemplates (v2).
import type { ActionContext } from '../action-context.ts';
import { ApiFault, UNAVAILABLE } from '../api-fault.ts';
import { number, text } from '../input/members.ts';
import { queryOperation, restOperation } from '../operation.ts';
import { askedPage, nextToken, type AskedPage } from '../pages.ts';
import { epochSeconds } from '../rest/epoch-seconds.ts';

/** SES contract 1.5: 10 unless asked for more, at most 100. */
const LIMITS = { usual: 10, max: 100 };

export const listTemplates = queryOperation({
  name: 'ListTemplates',
  input: { NextToken: text(), MaxItems: number() },
  errors: [],
  run: async ({ NextToken, MaxItems }, context) => {
    const page = await list(askedPage(NextToken, MaxItems, LIMITS), context);
    return {
      TemplatesMetadata: page.templates.map(({ name, createdAt }) => ({
        Name: name,
        CreatedTimestamp: new Date(createdAt),
      })),
      NextToken: page.nextToken,
    };
  },
});

export const listEmailTemplates = restOperation({
  name: 'ListEmailTemplates',
  routes: ['GET /v2/email/templates'],
  input: { NextToken: text(), PageSize: number() },
  errors: [],
  run: async ({ NextToken, PageSize }, context) => {
    const page = await list(askedPage(NextToken, PageSize, LIMITS), context);
    return {
      TemplatesMetadata: page.templates.map(({ name, createdAt }) => ({
        TemplateName: name,
        CreatedTimestamp: epochSeconds(createdAt),
      })),
      NextToken: page.nextToken,
    };
  },
});

async function list(asked: AskedPage, { policies }: ActionContext) {
  const page = await policies.listTemplates(asked);
  if (page.kind === 'unavailable') throw new ApiFault('unavailable', UNAVAILABLE);
  return { templates: page.templates, nextToken: nextToken(page.hasMore, page.templates.at(-1)?.name) };
}
