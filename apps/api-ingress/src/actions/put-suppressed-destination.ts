// PutSuppressedDestination, v2. Source: SES contract 2.1 (texts), 5.5; trap 48.
import { ApiFault } from '../api-fault.ts';
import { required, text } from '../input/members.ts';
import { restOperation } from '../operation.ts';
import { mailboxOf } from '../send/addresses.ts';

export const putSuppressedDestination = restOperation({
  name: 'PutSuppressedDestination',
  routes: ['PUT /v2/email/suppression/addresses'],
  input: { EmailAddress: required(text()), Reason: required(text()), TenantName: text() },
  errors: ['not-found'],
  run: async ({ EmailAddress, Reason, TenantName }, { suppression }) => {
    refuseTenant(TenantName);
    if (Reason !== 'BOUNCE' && Reason !== 'COMPLAINT') {
      throw new ApiFault('validation', `Reason ${Reason} is invalid, must be one of [BOUNCE, COMPLAINT].`);
    }
    await suppression.put({
      emailAddress: mailboxOf(EmailAddress, 'validation'),
      reason: Reason,
      lastUpdate: Date.now(),
      messageId: undefined,
      feedbackId: undefined,
    });
    return {};
  },
});

/** There are no tenants here; a list that was asked for and is not there must not be taken for the account's. */
export function refuseTenant(name: string | undefined): void {
  if (name !== undefined) throw new ApiFault('not-found', `Tenant ${name} does not exist.`);
}
