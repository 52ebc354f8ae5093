// Tracking options: three operations on v1, one on v2. Kept and shown; no mail is changed (T13: no tracking).
// Source: SES contract 1.4, 2.1 (texts).
import type { ConfigurationSet, TrackingOptions } from '@sealpost/contracts';
import type { ActionContext } from '../action-context.ts';
import { ApiFault } from '../api-fault.ts';
import { choice, required, structure, text, type InputOf } from '../input/members.ts';
import { queryOperation, restOperation } from '../operation.ts';
import { changeSet } from './configuration-set-changes.ts';
import { findSet } from './describe-configuration-set.ts';

const v1Members = {
  ConfigurationSetName: required(text()),
  TrackingOptions: required(structure({ CustomRedirectDomain: text() })),
};

export const createConfigurationSetTrackingOptions = queryOperation({
  name: 'CreateConfigurationSetTrackingOptions',
  input: v1Members,
  errors: ['set-does-not-exist', 'tracking-exists', 'invalid-tracking'],
  run: async (input, context) => {
    const set = await findSet(input.ConfigurationSetName, context);
    if (set.tracking !== undefined) throw trackingFault('tracking-exists', set.name, 'already exist');
    await putV1(set, input.TrackingOptions, context);
    return {};
  },
});

export const updateConfigurationSetTrackingOptions = queryOperation({
  name: 'UpdateConfigurationSetTrackingOptions',
  input: v1Members,
  errors: ['set-does-not-exist', 'tracking-does-not-exist', 'invalid-tracking'],
  run: async (input, context) => {
    const set = await findSet(input.ConfigurationSetName, context);
    if (set.tracking === undefined) throw trackingFault('tracking-does-not-exist', set.name, 'do not exist');
    await putV1(set, input.TrackingOptions, context);
    return {};
  },
});

export const deleteConfigurationSetTrackingOptions = queryOperation({
  name: 'DeleteConfigurationSetTrackingOptions',
  input: { ConfigurationSetName: required(text()) },
  errors: ['set-does-not-exist', 'tracking-does-not-exist'],
  run: async ({ ConfigurationSetName }, context) => {
    const set = await findSet(ConfigurationSetName, context);
    if (set.tracking === undefined) throw trackingFault('tracking-does-not-exist', set.name, 'do not exist');
    await changeSet(set.name, { kind: 'tracking', value: undefined }, context);
    return {};
  },
});

export const trackingMembers = {
  CustomRedirectDomain: text({ mayBeEmpty: true }),
  HttpsPolicy: choice('REQUIRE', 'REQUIRE_OPEN_ONLY', 'OPTIONAL'),
};

export const putConfigurationSetTrackingOptions = restOperation({
  name: 'PutConfigurationSetTrackingOptions',
  routes: ['PUT /v2/email/configuration-sets/{ConfigurationSetName}/tracking-options'],
  input: { ConfigurationSetName: required(text()), ...trackingMembers },
  errors: ['set-does-not-exist'],
  run: async ({ ConfigurationSetName, ...members }, context) => {
    await changeSet(ConfigurationSetName, { kind: 'tracking', value: trackingOptions(members) }, context);
    return {};
  },
});

/** Undefined when nothing is given: none. */
export function trackingOptions(members: InputOf<typeof trackingMembers>): TrackingOptions | undefined {
  const { CustomRedirectDomain, HttpsPolicy } = members;
  if (CustomRedirectDomain !== undefined && CustomRedirectDomain !== '')
    return { customRedirectDomain: CustomRedirectDomain, httpsPolicy: HttpsPolicy ?? 'OPTIONAL' };
  if (HttpsPolicy !== undefined) throw new ApiFault('validation', 'CustomRedirectDomain must be specified.');
  return undefined;
}

async function putV1(
  { name, tracking }: ConfigurationSet,
  given: { readonly CustomRedirectDomain: string | undefined },
  context: ActionContext,
): Promise<void> {
  const customRedirectDomain = given.CustomRedirectDomain;
  if (customRedirectDomain === undefined)
    throw new ApiFault('invalid-tracking', 'CustomRedirectDomain must be specified.');
  const value = { customRedirectDomain, httpsPolicy: tracking?.httpsPolicy ?? 'OPTIONAL' };
  await changeSet(name, { kind: 'tracking', value }, context);
}

function trackingFault(
  code: 'tracking-exists' | 'tracking-does-not-exist',
  ConfigurationSetName: string,
  words: string,
): ApiFault {
  return new ApiFault(code, `Tracking options for configuration set <${ConfigurationSetName}> ${words}.`, {
    ConfigurationSetName,
  });
}
