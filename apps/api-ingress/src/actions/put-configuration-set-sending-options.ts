// UpdateConfigurationSetSendingEnabled (v1) and PutConfigurationSetSendingOptions (v2): with sending off, the door
// refuses the mail of the set.
import { flag, required, text } from '../input/members.ts';
import { queryOperation, restOperation } from '../operation.ts';
import { changeSet } from './configuration-set-changes.ts';

export const updateConfigurationSetSendingEnabled = queryOperation({
  name: 'UpdateConfigurationSetSendingEnabled',
  input: { ConfigurationSetName: required(text()), Enabled: required(flag()) },
  errors: ['set-does-not-exist'],
  run: async ({ ConfigurationSetName, Enabled }, context) => {
    await changeSet(ConfigurationSetName, { kind: 'isSendingPaused', value: !Enabled }, context);
    return undefined;
  },
});

export const putConfigurationSetSendingOptions = restOperation({
  name: 'PutConfigurationSetSendingOptions',
  routes: ['PUT /v2/email/configuration-sets/{ConfigurationSetName}/sending'],
  input: { ConfigurationSetName: required(text()), SendingEnabled: flag() },
  errors: ['set-does-not-exist'],
  // Trap 51: left out is false.
  run: async ({ ConfigurationSetName, SendingEnabled }, context) => {
    await changeSet(
      ConfigurationSetName,
      { kind: 'isSendingPaused', value: SendingEnabled !== true },
      context,
    );
    return {};
  },
});
