// The custom MAIL FROM domain: SetIdentityMailFromDomain (v1), PutEmailIdentityMailFromAttributes (v2). A domain that is
// left out is taken away. Source: SES contract 5.7.
import { changeIdentity } from '../identities/identity-calls.ts';
import { choice, required, text } from '../input/members.ts';
import { queryOperation, restOperation } from '../operation.ts';

export const setIdentityMailFromDomain = queryOperation({
  name: 'SetIdentityMailFromDomain',
  input: {
    Identity: required(text()),
    MailFromDomain: text(),
    BehaviorOnMXFailure: choice('UseDefaultValue', 'RejectMessage'),
  },
  errors: [],
  run: async ({ Identity, MailFromDomain = '', BehaviorOnMXFailure }, context) => {
    const rejectsOnFailure = BehaviorOnMXFailure === 'RejectMessage';
    await changeIdentity(Identity, { mailFrom: { domain: MailFromDomain, rejectsOnFailure } }, context);
    return {};
  },
});

export const putEmailIdentityMailFromAttributes = restOperation({
  name: 'PutEmailIdentityMailFromAttributes',
  routes: ['PUT /v2/email/identities/{EmailIdentity}/mail-from'],
  input: {
    EmailIdentity: required(text()),
    MailFromDomain: text(),
    BehaviorOnMxFailure: choice('USE_DEFAULT_VALUE', 'REJECT_MESSAGE'),
  },
  errors: ['not-found'],
  run: async ({ EmailIdentity, MailFromDomain = '', BehaviorOnMxFailure }, context) => {
    const rejectsOnFailure = BehaviorOnMxFailure === 'REJECT_MESSAGE';
    await changeIdentity(EmailIdentity, { mailFrom: { domain: MailFromDomain, rejectsOnFailure } }, context);
    return {};
  },
});
