// PutConfigurationSetDeliveryOptions, v1 and v2: the TLS switch (T8). A member left out keeps its value.
import type { PolicyClient } from '@sealpost/policy-client';
import { ApiFault, setDoesNotExist, UNAVAILABLE } from '../api-fault.ts';
import { choice, number, required, structure, text, type InputOf } from '../input/members.ts';
import { queryOperation, restOperation } from '../operation.ts';
import { withoutUndefined } from '../without-undefined.ts';
import { fromV2TlsPolicy } from './tls-policy.ts';

type DeliveryOptions = Parameters<PolicyClient['putDeliveryOptions']>[1];

export const putConfigurationSetDeliveryOptions = queryOperation({
  name: 'PutConfigurationSetDeliveryOptions',
  input: {
    ConfigurationSetName: required(text()),
    DeliveryOptions: structure({ TlsPolicy: choice('Optional', 'Require') }),
  },
  errors: ['set-does-not-exist', 'invalid-delivery-options'],
  run: async ({ ConfigurationSetName, DeliveryOptions }, { policies }) => {
    const tlsPolicy = DeliveryOptions?.TlsPolicy;
    await put(ConfigurationSetName, withoutUndefined({ tlsPolicy }), policies);
    return {};
  },
});

/** 300 s to 14 h (SES contract 2.1). */
export const deliveryMembers = {
  TlsPolicy: choice('OPTIONAL', 'REQUIRE'),
  SendingPoolName: text({ mayBeEmpty: true }),
  MaxDeliverySeconds: number({ min: 300, max: 50_400 }),
};

export const putConfigurationSetDeliveryOptionsV2 = restOperation({
  name: 'PutConfigurationSetDeliveryOptions',
  routes: ['PUT /v2/email/configuration-sets/{ConfigurationSetName}/delivery-options'],
  // Trap 14: the body is flat.
  input: { ConfigurationSetName: required(text()), ...deliveryMembers },
  errors: ['set-does-not-exist'],
  run: async ({ ConfigurationSetName, ...options }, { policies }) => {
    await put(ConfigurationSetName, deliveryOptions(options), policies);
    return {};
  },
});

export function deliveryOptions(input: InputOf<typeof deliveryMembers>): DeliveryOptions {
  return withoutUndefined({
    tlsPolicy: input.TlsPolicy === undefined ? undefined : fromV2TlsPolicy(input.TlsPolicy),
    sendingPoolName: input.SendingPoolName,
    maxDeliverySeconds: input.MaxDeliverySeconds,
  });
}

async function put(name: string, options: DeliveryOptions, policies: PolicyClient): Promise<void> {
  const result = await policies.putDeliveryOptions(name, options);
  switch (result.kind) {
    case 'updated':
      return;
    case 'unknown':
      throw setDoesNotExist(name);
    case 'invalid':
      throw new ApiFault('validation', result.message);
    case 'unavailable':
      throw new ApiFault('unavailable', UNAVAILABLE);
  }
}
