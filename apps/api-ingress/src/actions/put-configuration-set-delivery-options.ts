// PutConfigurationSetDeliveryOptions, v1 and v2: the TLS switch (T8). A member left out keeps its value.
import type { PolicyClient } from '@sealpost/policy-client';
import { ApiFault, setDoesNotExist, UNAVAILABLE } from '../api-fault.ts';
import type { QueryAction, RestAction } from '../operation.ts';
import type { JsonInput } from '../rest/json-input.ts';
import { readV1TlsPolicy, readV2TlsPolicy } from './tls-policy.ts';

type DeliveryOptions = Parameters<PolicyClient['putDeliveryOptions']>[1];

export const putConfigurationSetDeliveryOptions: QueryAction = async (parameters, context) => {
  const name = parameters.required('ConfigurationSetName', 'configurationSetName');
  const tlsPolicy = readV1TlsPolicy(parameters.text('DeliveryOptions.TlsPolicy'));
  await put(name, tlsPolicy === undefined ? {} : { tlsPolicy }, context.policies);
  return {};
};

/** Trap 14: the body is flat. */
export const putConfigurationSetDeliveryOptionsV2: RestAction = async ({ labels, body }, context) => {
  await put(labels.ConfigurationSetName ?? '', readDeliveryOptions(body), context.policies);
  return {};
};

export function readDeliveryOptions(input: JsonInput): DeliveryOptions {
  const tlsPolicy = readV2TlsPolicy(input.text('TlsPolicy'));
  const sendingPoolName = input.text('SendingPoolName');
  const maxDeliverySeconds = input.number('MaxDeliverySeconds');
  return {
    ...(tlsPolicy === undefined ? {} : { tlsPolicy }),
    ...(sendingPoolName === undefined ? {} : { sendingPoolName }),
    ...(maxDeliverySeconds === undefined ? {} : { maxDeliverySeconds }),
  };
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
