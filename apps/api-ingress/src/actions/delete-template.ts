// DeleteTemplate (v1, of one that is not there as well) and DeleteEmailTemplate (v2).
import type { ActionContext } from '../action-context.ts';
import { ApiFault, UNAVAILABLE } from '../api-fault.ts';
import { required, text } from '../input/members.ts';
import { queryOperation, restOperation } from '../operation.ts';
import { templateDoesNotExist } from './templates.ts';

export const deleteTemplate = queryOperation({
  name: 'DeleteTemplate',
  input: { TemplateName: required(text()) },
  errors: [],
  run: async ({ TemplateName }, context) => {
    await remove(TemplateName, context);
    return {};
  },
});

export const deleteEmailTemplate = restOperation({
  name: 'DeleteEmailTemplate',
  routes: ['DELETE /v2/email/templates/{TemplateName}'],
  input: { TemplateName: required(text()) },
  errors: ['template-does-not-exist'],
  run: async ({ TemplateName }, context) => {
    if ((await remove(TemplateName, context)) === 'unknown') throw templateDoesNotExist(TemplateName);
    return {};
  },
});

async function remove(name: string, { policies }: ActionContext): Promise<'deleted' | 'unknown'> {
  const { kind } = await policies.deleteTemplate(name);
  if (kind === 'unavailable') throw new ApiFault('unavailable', UNAVAILABLE);
  return kind;
}
