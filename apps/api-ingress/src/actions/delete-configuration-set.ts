// DeleteConfigurationSet, v1 and v2.
import type { ActionContext } from '../action-context.ts';
import { ApiFault, setDoesNotExist, UNAVAILABLE } from '../api-fault.ts';
import type { QueryAction, RestAction } from '../operation.ts';

export const deleteConfigurationSet: QueryAction = async (parameters, context) => {
  await remove(parameters.required('ConfigurationSetName', 'configurationSetName'), context);
  return {};
};

export const deleteConfigurationSetV2: RestAction = async ({ labels }, context) => {
  await remove(labels.ConfigurationSetName ?? '', context);
  return {};
};

async function remove(name: string, { policies }: ActionContext): Promise<void> {
  const result = await policies.deleteConfigurationSet(name);
  if (result.kind === 'unknown') throw setDoesNotExist(name);
  if (result.kind === 'unavailable') throw new ApiFault('unavailable', UNAVAILABLE);
}
