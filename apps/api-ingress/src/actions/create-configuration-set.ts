// CreateConfigurationSet, v1 and v2. Source: SES contract 1.4, 2.3.
import type { PolicyClient } from '@sealpost/policy-client';
import { ApiFault, UNAVAILABLE } from '../api-fault.ts';
import { required, structure, text } from '../input/members.ts';
import { queryOperation, restOperation } from '../operation.ts';
import { deliveryMembers, deliveryOptions } from './put-configuration-set-delivery-options.ts';

export const createConfigurationSet = queryOperation({
  name: 'CreateConfigurationSet',
  input: { ConfigurationSet: required(structure({ Name: required(text()) })) },
  errors: ['set-exists', 'invalid-set', 'limit'],
  run: async (input, { policies }) => {
    await create(input.ConfigurationSet.Name, {}, policies);
    return {};
  },
});

export const createConfigurationSetV2 = restOperation({
  name: 'CreateConfigurationSet',
  routes: ['POST /v2/email/configuration-sets'],
  input: {
    ConfigurationSetName: required(text()),
    DeliveryOptions: structure(deliveryMembers),
  },
  errors: ['set-exists', 'not-found', 'limit', 'concurrent-change'],
  run: async ({ ConfigurationSetName, DeliveryOptions }, { policies }) => {
    const options = DeliveryOptions === undefined ? {} : deliveryOptions(DeliveryOptions);
    await create(ConfigurationSetName, options, policies);
    return {};
  },
});

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
