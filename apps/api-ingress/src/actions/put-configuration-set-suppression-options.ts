// PutConfigurationSetSuppressionOptions, v2: which reasons suppress, whatever the account does. Source: SES contract 5.5.
import { choice, list, required, text } from '../input/members.ts';
import { restOperation } from '../operation.ts';
import { changeSet } from './configuration-set-changes.ts';

export const suppressionMembers = { SuppressedReasons: list(choice('BOUNCE', 'COMPLAINT')) };

export const putConfigurationSetSuppressionOptions = restOperation({
  name: 'PutConfigurationSetSuppressionOptions',
  routes: ['PUT /v2/email/configuration-sets/{ConfigurationSetName}/suppression-options'],
  input: { ConfigurationSetName: required(text()), ...suppressionMembers },
  errors: ['set-does-not-exist'],
  run: async ({ ConfigurationSetName, SuppressedReasons }, context) => {
    await changeSet(ConfigurationSetName, { kind: 'suppression', value: SuppressedReasons }, context);
    return {};
  },
});
