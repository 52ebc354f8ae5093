// CreateConfigurationSet, v1 and v2. Source: SES contract 1.4, 2.3.
import type { PolicyClient } from '@sealpost/policy-client';
import { ApiFault, UNAVAILABLE } from '../api-fault.ts';
import type { QueryAction, RestAction } from '../operation.ts';
import { missing } from '../query/query-parameters.ts';
import { readDeliveryOptions } from './put-configuration-set-delivery-options.ts';

export const createConfigurationSet: QueryAction = async (parameters, context) => {
  await create(parameters.required('ConfigurationSet.Name', 'configurationSet.name'), {}, context.policies);
  return {};
};

export const createConfigurationSetV2: RestAction = async ({ body }, context) => {
  const name = body.text('ConfigurationSetName');
  if (name === undefined) throw missing('configurationSetName');
  const delivery = body.object('DeliveryOptions');
  await create(name, delivery === undefined ? {} : readDeliveryOptions(delivery), context.policies);
  return {};
};

async function create(
  name: string,
  options: Parameters<PolicyClient['createConfigurationSet']>[1],
  policies: PolicyClient,
): Promise<void> {
  const result = await policies.createConfigurationSet(name, options);
  switch (result.kind) {
    case 'created':
      return;
    case 'exists':
      throw new ApiFault('set-exists', `Configuration set <${name}> already exists.`, {
        ConfigurationSetName: name,
      });
    case 'limit':
      throw new ApiFault('limit', 'Configuration set limit exceeded.');
    case 'invalid':
      throw new ApiFault('invalid-set', result.message);
    case 'unavailable':
      throw new ApiFault('unavailable', UNAVAILABLE);
  }
}
