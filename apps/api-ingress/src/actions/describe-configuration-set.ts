// DescribeConfigurationSet (v1) and GetConfigurationSet (v2). Only what was asked for comes back on v1 (trap 15).
import type { ConfigurationSet } from '@sealpost/contracts';
import type { ActionContext } from '../action-context.ts';
import { ApiFault, setDoesNotExist, UNAVAILABLE } from '../api-fault.ts';
import { choice, list, required, text } from '../input/members.ts';
import { queryOperation, restOperation } from '../operation.ts';
import { epochSeconds } from '../rest/epoch-seconds.ts';
import { v1Destination } from './event-destinations.ts';
import { shownTags } from './resource-tags.ts';
import { shownSecurity } from './message-security-options.ts';
import { v2TlsPolicy } from './tls-policy.ts';

export const describeConfigurationSet = queryOperation({
  name: 'DescribeConfigurationSet',
  input: {
    ConfigurationSetName: required(text()),
    ConfigurationSetAttributeNames: list(
      choice('eventDestinations', 'trackingOptions', 'deliveryOptions', 'reputationOptions'),
    ),
  },
  errors: ['set-does-not-exist'],
  run: async ({ ConfigurationSetName, ConfigurationSetAttributeNames }, context) => {
    const set = await findSet(ConfigurationSetName, context);
    const asked = new Set<string>(ConfigurationSetAttributeNames);
    return {
      ConfigurationSet: { Name: set.name },
      EventDestinations: asked.has('eventDestinations')
        ? set.eventDestinations.map(v1Destination)
        : undefined,
      TrackingOptions:
        asked.has('trackingOptions') && set.tracking !== undefined
          ? { CustomRedirectDomain: set.tracking.customRedirectDomain }
          : undefined,
      DeliveryOptions: asked.has('deliveryOptions')
        ? { TlsPolicy: set.deliveryOptions.tlsPolicy }
        : undefined,
      ReputationOptions: asked.has('reputationOptions')
        ? {
            SendingEnabled: !set.isSendingPaused,
            ReputationMetricsEnabled: set.hasReputationMetrics,
            LastFreshStart: set.lastFreshStart === 0 ? undefined : new Date(set.lastFreshStart),
          }
        : undefined,
    };
  },
});

export const getConfigurationSet = restOperation({
  name: 'GetConfigurationSet',
  routes: ['GET /v2/email/configuration-sets/{ConfigurationSetName}'],
  input: { ConfigurationSetName: required(text()) },
  errors: ['set-does-not-exist'],
  run: async ({ ConfigurationSetName }, context) => {
    const set = await findSet(ConfigurationSetName, context);
    const { deliveryOptions, tracking, suppressedReasons } = set;
    return {
      ConfigurationSetName: set.name,
      TrackingOptions: tracking && {
        CustomRedirectDomain: tracking.customRedirectDomain,
        HttpsPolicy: tracking.httpsPolicy,
      },
      DeliveryOptions: {
        TlsPolicy: v2TlsPolicy(deliveryOptions.tlsPolicy),
        SendingPoolName: deliveryOptions.sendingPoolName,
        MaxDeliverySeconds: deliveryOptions.maxDeliverySeconds,
      },
      ReputationOptions: {
        ReputationMetricsEnabled: set.hasReputationMetrics,
        LastFreshStart: set.lastFreshStart === 0 ? undefined : epochSeconds(set.lastFreshStart),
      },
      SendingOptions: { SendingEnabled: !set.isSendingPaused },
      Tags: shownTags(set.tags),
      SuppressionOptions: suppressedReasons && { SuppressedReasons: suppressedReasons },
      MessageSecurityOptions: shownSecurity(set.signingScheme),
    };
  },
});

/** Throws ApiFault. */
export async function findSet(name: string, context: ActionContext): Promise<ConfigurationSet> {
  const result = await context.policies.getConfigurationSet(name);
  switch (result.kind) {
    case 'set':
      return result.set;
    case 'unknown':
      throw setDoesNotExist(name);
    case 'unavailable':
      throw new ApiFault('unavailable', UNAVAILABLE);
  }
}
