// PutEmailIdentityConfigurationSetAttributes, v2: the set of mail that names none; left out: none.
import { assertSetExists, changeIdentity } from '../identities/identity-calls.ts';
import { required, text } from '../input/members.ts';
import { restOperation } from '../operation.ts';

export const putEmailIdentityConfigurationSetAttributes = restOperation({
  name: 'PutEmailIdentityConfigurationSetAttributes',
  routes: ['PUT /v2/email/identities/{EmailIdentity}/configuration-set'],
  input: { EmailIdentity: required(text()), ConfigurationSetName: text() },
  errors: ['set-does-not-exist'],
  run: async ({ EmailIdentity, ConfigurationSetName }, context) => {
    await assertSetExists(ConfigurationSetName, context);
    await changeIdentity(EmailIdentity, { configurationSet: ConfigurationSetName ?? '' }, context);
    return {};
  },
});
