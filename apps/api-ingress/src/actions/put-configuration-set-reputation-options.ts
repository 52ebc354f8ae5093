// UpdateConfigurationSetReputationMetricsEnabled (v1) and PutConfigurationSetReputationOptions (v2).
import { flag, required, text } from '../input/members.ts';
import { queryOperation, restOperation } from '../operation.ts';
import { changeSet } from './configuration-set-changes.ts';

export const updateConfigurationSetReputationMetricsEnabled = queryOperation({
  name: 'UpdateConfigurationSetReputationMetricsEnabled',
  input: { ConfigurationSetName: required(text()), Enabled: required(flag()) },
  errors: ['set-does-not-exist'],
  run: async ({ ConfigurationSetName, Enabled }, context) => {
    await changeSet(ConfigurationSetName, { kind: 'hasReputationMetrics', value: Enabled }, context);
    return undefined;
  },
});

export const putConfigurationSetReputationOptions = restOperation({
  name: 'PutConfigurationSetReputationOptions',
  routes: ['PUT /v2/email/configuration-sets/{ConfigurationSetName}/reputation-options'],
  input: { ConfigurationSetName: required(text()), ReputationMetricsEnabled: flag() },
  errors: ['set-does-not-exist'],
  // Trap 51: left out is false.
  run: async ({ ConfigurationSetName, ReputationMetricsEnabled }, context) => {
    const value = ReputationMetricsEnabled === true;
    await changeSet(ConfigurationSetName, { kind: 'hasReputationMetrics', value }, context);
    return {};
  },
});
