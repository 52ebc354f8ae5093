// CreateConfigurationSet, v1 and v2. What is wrong is refused before anything is written. Source: SES contract 1.4, 2.3.
import type { NewConfigurationSet } from '@sealpost/policy-client';
import type { ActionContext } from '../action-context.ts';
import { ApiFault, UNAVAILABLE } from '../api-fault.ts';
import { flag, instant, required, structure, text, type InputOf } from '../input/members.ts';
import { queryOperation, restOperation } from '../operation.ts';
import { withoutUndefined } from '../without-undefined.ts';
import { deliveryMembers, deliveryOptions } from './put-configuration-set-delivery-options.ts';
import { suppressionMembers } from './put-configuration-set-suppression-options.ts';
import { resourceTags, tagList } from './resource-tags.ts';
import { messageSecurityOptions, requestedScheme } from './message-security-options.ts';
import { trackingMembers, trackingOptions } from './put-configuration-set-tracking-options.ts';

export const createConfigurationSet = queryOperation({
  name: 'CreateConfigurationSet',
  input: { ConfigurationSet: required(structure({ Name: required(text()) })) },
  errors: ['set-exists', 'invalid-set', 'limit'],
  run: async (input, context) => {
    await create(input.ConfigurationSet.Name, {}, context);
    return {};
  },
});

const inputShape = {
  ConfigurationSetName: required(text()),
  TrackingOptions: structure(trackingMembers),
  DeliveryOptions: structure(deliveryMembers),
  ReputationOptions: structure({ ReputationMetricsEnabled: flag(), LastFreshStart: instant() }),
  SendingOptions: structure({ SendingEnabled: flag() }),
  Tags: tagList,
  SuppressionOptions: structure(suppressionMembers),
  MessageSecurityOptions: messageSecurityOptions,
};

export const createConfigurationSetV2 = restOperation({
  name: 'CreateConfigurationSet',
  routes: ['POST /v2/email/configuration-sets'],
  input: inputShape,
  errors: ['set-exists', 'not-found', 'limit', 'concurrent-change'],
  run: async (input, context) => {
    await create(input.ConfigurationSetName, newSet(input), context);
    return {};
  },
});

/** Trap 51: a block that is there without its flag says false; one that is not there says SES's default. */
function newSet(input: InputOf<typeof inputShape>): NewConfigurationSet {
  const { DeliveryOptions, SendingOptions, ReputationOptions, TrackingOptions, SuppressionOptions } = input;
  return {
    isSendingPaused: SendingOptions !== undefined && SendingOptions.SendingEnabled !== true,
    hasReputationMetrics: ReputationOptions?.ReputationMetricsEnabled === true,
    tags: resourceTags(input.Tags),
    ...withoutUndefined({
      deliveryOptions: DeliveryOptions && deliveryOptions(DeliveryOptions),
      tracking: TrackingOptions && trackingOptions(TrackingOptions),
      suppressedReasons: SuppressionOptions?.SuppressedReasons,
      signingScheme: requestedScheme(input.MessageSecurityOptions),
    }),
  };
}

async function create(
  name: string,
  options: NewConfigurationSet,
  { policies }: ActionContext,
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
