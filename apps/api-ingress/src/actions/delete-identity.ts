// DeleteIdentity and DeleteVerifiedEmailAddress (v1, of one that is not there as well), DeleteEmailIdentity (v2).
import type { ActionContext } from '../action-context.ts';
import { ApiFault, UNAVAILABLE } from '../api-fault.ts';
import { assertAddress, identityNotFound } from '../identities/identity-calls.ts';
import { required, text } from '../input/members.ts';
import { queryOperation, restOperation } from '../operation.ts';

export const deleteIdentity = queryOperation({
  name: 'DeleteIdentity',
  input: { Identity: required(text()) },
  errors: [],
  run: async ({ Identity }, context) => {
    await remove(Identity, context);
    return {};
  },
});

export const deleteVerifiedEmailAddress = queryOperation({
  name: 'DeleteVerifiedEmailAddress',
  input: { EmailAddress: required(text()) },
  errors: [],
  run: async ({ EmailAddress }, context) => {
    assertAddress(EmailAddress);
    await remove(EmailAddress, context);
    return undefined;
  },
});

export const deleteEmailIdentity = restOperation({
  name: 'DeleteEmailIdentity',
  routes: ['DELETE /v2/email/identities/{EmailIdentity}'],
  input: { EmailIdentity: required(text()) },
  errors: ['not-found', 'concurrent-change'],
  run: async ({ EmailIdentity }, context) => {
    if ((await remove(EmailIdentity, context)) === 'unknown') throw identityNotFound(EmailIdentity);
    return {};
  },
});

async function remove(name: string, { policies }: ActionContext): Promise<'deleted' | 'unknown'> {
  const { kind } = await policies.deleteIdentity(name);
  if (kind === 'unavailable') throw new ApiFault('unavailable', UNAVAILABLE);
  return kind;
}
