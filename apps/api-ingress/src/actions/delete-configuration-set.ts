// DeleteConfigurationSet, v1 and v2.
import type { ActionContext } from '../action-context.ts';
import { ApiFault, setDoesNotExist, UNAVAILABLE } from '../api-fault.ts';
import { required, text } from '../input/members.ts';
import { queryOperation, restOperation } from '../operation.ts';

export const deleteConfigurationSet = queryOperation({
  name: 'DeleteConfigurationSet',
  input: { ConfigurationSetName: required(text()) },
  errors: ['set-does-not-exist'],
  run: async (input, context) => {
    await remove(input.ConfigurationSetName, context);
    return {};
  },
});

export const deleteConfigurationSetV2 = restOperation({
  name: 'DeleteConfigurationSet',
  routes: ['DELETE /v2/email/configuration-sets/{ConfigurationSetName}'],
  input: { ConfigurationSetName: required(text()) },
  errors: ['set-does-not-exist', 'concurrent-change'],
  run: async (input, context) => {
    await remove(input.ConfigurationSetName, context);
    return {};
  },
});

async function remove(name: string, { policies }: ActionContext): Promise<void> {
  const result = await policies.deleteConfigurationSet(name);
  if (result.kind === 'unknown') throw setDoesNotExist(name);
  if (result.kind === 'unavailable') throw new ApiFault('unavailable', UNAVAILABLE);
}
