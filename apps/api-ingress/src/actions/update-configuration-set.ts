// UpdateConfigurationSet, v2: members left out keep their value. Source: SES contract 2.3.
import { required, text } from '../input/members.ts';
import { restOperation } from '../operation.ts';
import { changeSet } from './configuration-set-changes.ts';
import { findSet } from './describe-configuration-set.ts';
import { messageSecurityOptions, requestedScheme } from './message-security-options.ts';

export const updateConfigurationSet = restOperation({
  name: 'UpdateConfigurationSet',
  routes: ['POST /v2/email/update-configuration-sets'],
  input: { ConfigurationSetName: required(text()), MessageSecurityOptions: messageSecurityOptions },
  errors: ['set-does-not-exist'],
  run: async ({ ConfigurationSetName, MessageSecurityOptions }, context) => {
    const value = requestedScheme(MessageSecurityOptions);
    if (value === undefined) await findSet(ConfigurationSetName, context);
    else await changeSet(ConfigurationSetName, { kind: 'signingScheme', value }, context);
    return {};
  },
});
