// PutConfigurationSetDeliveryOptions, v1 and v2: the TLS switch (T8). A member left out keeps its value.
import type { DeliveryOptions } from '@sealpost/contracts';
import { choice, number, required, structure, text, type InputOf } from '../input/members.ts';
import { queryOperation, restOperation } from '../operation.ts';
import { withoutUndefined } from '../without-undefined.ts';
import { changeSet } from './configuration-set-changes.ts';
import { fromV2TlsPolicy } from './tls-policy.ts';

export const putConfigurationSetDeliveryOptions = queryOperation({
  name: 'PutConfigurationSetDeliveryOptions',
  input: {
    ConfigurationSetName: required(text()),
    DeliveryOptions: structure({ TlsPolicy: choice('Optional', 'Require') }),
  },
  errors: ['set-does-not-exist', 'invalid-delivery-options'],
  run: async ({ ConfigurationSetName, DeliveryOptions }, context) => {
    const value = withoutUndefined({ tlsPolicy: DeliveryOptions?.TlsPolicy });
    await changeSet(ConfigurationSetName, { kind: 'deliveryOptions', value }, context);
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
  run: async ({ ConfigurationSetName, ...options }, context) => {
    const value = deliveryOptions(options);
    await changeSet(ConfigurationSetName, { kind: 'deliveryOptions', value }, context);
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
