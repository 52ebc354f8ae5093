// v1's four questions about identities: maps by the names that were asked for (trap 16), without what is not known
// (trap 52). Source: SES contract 1.5.
import type { Identity } from '@sealpost/contracts';
import {
  findIdentities,
  isAddress,
  MAX_IDENTITIES_PER_CALL,
  v1Status,
} from '../identities/identity-calls.ts';
import { list, required, text } from '../input/members.ts';
import { queryOperation, type QueryOperation } from '../operation.ts';
import type { XmlValue } from '../query/render-xml.ts';

function attributesOperation(
  name: string,
  result: string,
  attributesOf: (identity: Identity) => XmlValue,
): QueryOperation {
  return queryOperation({
    name,
    input: { Identities: required(list(text(), { max: MAX_IDENTITIES_PER_CALL })) },
    errors: [],
    run: async ({ Identities }, context) => {
      const found = await findIdentities(Identities, context);
      return { [result]: new Map([...found].map(([each, identity]) => [each, attributesOf(identity)])) };
    },
  });
}

export const getIdentityVerificationAttributes = attributesOperation(
  'GetIdentityVerificationAttributes',
  'VerificationAttributes',
  ({ name, verification }) => ({
    VerificationStatus: v1Status(verification.status),
    // The token of an address is for who reads its mail.
    VerificationToken: isAddress(name) ? undefined : verification.token,
  }),
);

export const getIdentityDkimAttributes = attributesOperation(
  'GetIdentityDkimAttributes',
  'DkimAttributes',
  ({ name, dkim }) => ({
    DkimEnabled: dkim.isEnabled === true,
    DkimVerificationStatus: v1Status(dkim.status),
    DkimTokens: isAddress(name) ? undefined : dkim.keys.map(({ selector }) => selector),
  }),
);

export const getIdentityMailFromDomainAttributes = attributesOperation(
  'GetIdentityMailFromDomainAttributes',
  'MailFromDomainAttributes',
  ({ mailFrom }) => ({
    MailFromDomain: mailFrom?.domain,
    MailFromDomainStatus: mailFrom && v1Status(mailFrom.status),
    BehaviorOnMXFailure: mailFrom?.rejectsOnFailure === true ? 'RejectMessage' : 'UseDefaultValue',
  }),
);

export const getIdentityNotificationAttributes = attributesOperation(
  'GetIdentityNotificationAttributes',
  'NotificationAttributes',
  ({ notifications: { bounce, complaint, delivery, forwardingDisabled } }) => ({
    BounceTopic: bounce.topicArn || undefined,
    ComplaintTopic: complaint.topicArn || undefined,
    DeliveryTopic: delivery.topicArn || undefined,
    ForwardingEnabled: !forwardingDisabled,
    HeadersInBounceNotificationsEnabled: bounce.includesHeaders,
    HeadersInComplaintNotificationsEnabled: complaint.includesHeaders,
    HeadersInDeliveryNotificationsEnabled: delivery.includesHeaders,
  }),
);
