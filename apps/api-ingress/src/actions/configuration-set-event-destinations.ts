// Event destinations of a configuration set: create, update, delete on both protocols, get on v2.
// Source: SES contract 1.4, 2.2.
import type { SetChange } from '@sealpost/contracts';
import type { ActionContext } from '../action-context.ts';
import { ApiFault, type FaultCode } from '../api-fault.ts';
import { required, structure, text } from '../input/members.ts';
import { queryOperation, restOperation } from '../operation.ts';
import { changeSet } from './configuration-set-changes.ts';
import { findSet } from './describe-configuration-set.ts';
import {
  fromV1Destination,
  fromV2Destination,
  SINK_FAULTS,
  v1DestinationShape,
  v2Destination,
  v2DestinationShape,
} from './event-destinations.ts';

const v1Members = {
  ConfigurationSetName: required(text()),
  EventDestination: required(structure(v1DestinationShape)),
};
const V1_ERRORS: readonly FaultCode[] = [
  'set-does-not-exist',
  'invalid-cloud-watch-destination',
  'invalid-firehose-destination',
  'invalid-sns-destination',
];

export const createConfigurationSetEventDestination = queryOperation({
  name: 'CreateConfigurationSetEventDestination',
  input: v1Members,
  errors: [...V1_ERRORS, 'destination-exists', 'limit'],
  run: async ({ ConfigurationSetName, EventDestination }, context) => {
    const value = fromV1Destination(EventDestination);
    await changeV1(ConfigurationSetName, { kind: 'newEventDestination', value }, context);
    return {};
  },
});

export const updateConfigurationSetEventDestination = queryOperation({
  name: 'UpdateConfigurationSetEventDestination',
  input: v1Members,
  errors: [...V1_ERRORS, 'destination-does-not-exist'],
  run: async ({ ConfigurationSetName, EventDestination }, context) => {
    const value = fromV1Destination(EventDestination);
    await changeV1(ConfigurationSetName, { kind: 'eventDestination', value }, context);
    return {};
  },
});

export const deleteConfigurationSetEventDestination = queryOperation({
  name: 'DeleteConfigurationSetEventDestination',
  input: { ConfigurationSetName: required(text()), EventDestinationName: required(text()) },
  errors: ['set-does-not-exist', 'destination-does-not-exist'],
  run: async (input, context) => {
    const change = { kind: 'removedEventDestination', value: input.EventDestinationName } as const;
    await changeSet(input.ConfigurationSetName, change, context);
    return {};
  },
});

/** On v1 a sink that is not good has an error of its own. */
async function changeV1(
  name: string,
  change: Extract<SetChange, { kind: 'newEventDestination' | 'eventDestination' }>,
  context: ActionContext,
): Promise<void> {
  try {
    await changeSet(name, change, context);
  } catch (error) {
    // Expected of a destination that policy-service refuses.
    const isOfSink = error instanceof ApiFault && / ARN <| dimension/.test(error.message);
    if (!isOfSink) throw error;
    throw new ApiFault(SINK_FAULTS[change.value.sink.kind], error.message, {
      ConfigurationSetName: name,
      EventDestinationName: change.value.name,
    });
  }
}

const DESTINATIONS = '/v2/email/configuration-sets/{ConfigurationSetName}/event-destinations';
const v2Members = {
  ConfigurationSetName: required(text()),
  EventDestinationName: required(text()),
  EventDestination: required(structure(v2DestinationShape)),
};

export const createConfigurationSetEventDestinationV2 = restOperation({
  name: 'CreateConfigurationSetEventDestination',
  routes: [`POST ${DESTINATIONS}`],
  input: v2Members,
  errors: ['set-does-not-exist', 'destination-exists', 'limit'],
  run: async (input, context) => {
    const value = fromV2Destination(input.EventDestinationName, input.EventDestination);
    await changeSet(input.ConfigurationSetName, { kind: 'newEventDestination', value }, context);
    return {};
  },
});

export const getConfigurationSetEventDestinations = restOperation({
  name: 'GetConfigurationSetEventDestinations',
  routes: [`GET ${DESTINATIONS}`],
  input: { ConfigurationSetName: required(text()) },
  errors: ['set-does-not-exist'],
  run: async ({ ConfigurationSetName }, context) => {
    const { eventDestinations } = await findSet(ConfigurationSetName, context);
    return { EventDestinations: eventDestinations.map(v2Destination) };
  },
});

export const updateConfigurationSetEventDestinationV2 = restOperation({
  name: 'UpdateConfigurationSetEventDestination',
  routes: [`PUT ${DESTINATIONS}/{EventDestinationName}`],
  input: v2Members,
  errors: ['set-does-not-exist', 'destination-does-not-exist'],
  run: async (input, context) => {
    const value = fromV2Destination(input.EventDestinationName, input.EventDestination);
    await changeSet(input.ConfigurationSetName, { kind: 'eventDestination', value }, context);
    return {};
  },
});

export const deleteConfigurationSetEventDestinationV2 = restOperation({
  name: 'DeleteConfigurationSetEventDestination',
  routes: [`DELETE ${DESTINATIONS}/{EventDestinationName}`],
  input: { ConfigurationSetName: required(text()), EventDestinationName: required(text()) },
  errors: ['set-does-not-exist', 'destination-does-not-exist'],
  run: async (input, context) => {
    const change = { kind: 'removedEventDestination', value: input.EventDestinationName } as const;
    await changeSet(input.ConfigurationSetName, change, context);
    return {};
  },
});
