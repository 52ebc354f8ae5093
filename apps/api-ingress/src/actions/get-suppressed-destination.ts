// GetSuppressedDestination and DeleteSuppressedDestination, v2. Source: SES contract 2.1, 5.5.
import { ApiFault } from '../api-fault.ts';
import { required, text } from '../input/members.ts';
import { restOperation } from '../operation.ts';
import { withoutUndefined } from '../without-undefined.ts';
import { refuseTenant } from './put-suppressed-destination.ts';

const input = { EmailAddress: required(text()), TenantName: text() };

export const getSuppressedDestination = restOperation({
  name: 'GetSuppressedDestination',
  routes: ['GET /v2/email/suppression/addresses/{EmailAddress}'],
  input,
  errors: ['not-found'],
  run: async ({ EmailAddress, TenantName }, { suppression }) => {
    refuseTenant(TenantName);
    const found = await suppression.get(EmailAddress);
    if (found === undefined) throw notOnTheList(EmailAddress);
    const { emailAddress, reason, lastUpdate, messageId, feedbackId } = found;
    const attributes = withoutUndefined({ MessageId: messageId, FeedbackId: feedbackId });
    return {
      SuppressedDestination: {
        EmailAddress: emailAddress,
        Reason: reason,
        LastUpdateTime: lastUpdate / 1000,
        ...(messageId === undefined ? {} : { Attributes: attributes }),
      },
    };
  },
});

export const deleteSuppressedDestination = restOperation({
  name: 'DeleteSuppressedDestination',
  routes: ['DELETE /v2/email/suppression/addresses/{EmailAddress}'],
  input,
  errors: ['not-found'],
  run: async ({ EmailAddress, TenantName }, { suppression }) => {
    refuseTenant(TenantName);
    if ((await suppression.delete(EmailAddress)) === 'absent') throw notOnTheList(EmailAddress);
    return {};
  },
});

function notOnTheList(address: string): ApiFault {
  return new ApiFault('not-found', `Email address ${address} does not exist on your suppression list.`);
}
