// Where a sender hears of bounces and complaints: topics, header fields in them, and mail. v1's three operations and
// PutEmailIdentityFeedbackAttributes (v2). Source: SES contract 1.3 (text), 5.6.
import type { NotificationTopic } from '@sealpost/contracts';
import type { ActionContext } from '../action-context.ts';
import { ApiFault } from '../api-fault.ts';
import { changeIdentity, findIdentity, identityDoesNotExist } from '../identities/identity-calls.ts';
import { flag, required, text } from '../input/members.ts';
import { queryOperation, restOperation } from '../operation.ts';

const TYPES = { Bounce: 'bounce', Complaint: 'complaint', Delivery: 'delivery' } as const;

export const setIdentityNotificationTopic = queryOperation({
  name: 'SetIdentityNotificationTopic',
  input: { Identity: required(text()), NotificationType: required(text()), SnsTopic: text() },
  errors: [],
  run: async ({ Identity, NotificationType, SnsTopic = '' }, context) => {
    if (SnsTopic !== '' && !/^arn:aws[a-z-]*:sns:[^\s:]*:[^\s:]*:\S{1,256}$/.test(SnsTopic))
      throw new ApiFault('invalid-parameter', `Invalid SNS topic <${SnsTopic.slice(0, 200)}>.`);
    await changeTopic(Identity, NotificationType, { topicArn: SnsTopic }, context);
    return {};
  },
});

export const setIdentityHeadersInNotificationsEnabled = queryOperation({
  name: 'SetIdentityHeadersInNotificationsEnabled',
  input: { Identity: required(text()), NotificationType: required(text()), Enabled: required(flag()) },
  errors: [],
  run: async ({ Identity, NotificationType, Enabled }, context) => {
    await changeTopic(Identity, NotificationType, { includesHeaders: Enabled }, context);
    return {};
  },
});

async function changeTopic(
  name: string,
  type: string,
  change: Partial<NotificationTopic>,
  context: ActionContext,
): Promise<void> {
  const known = Object.entries(TYPES).find(([word]) => word === type)?.[1];
  if (known === undefined) {
    throw new ApiFault(
      'invalid-parameter',
      `Invalid notification type: ${type}. Valid values are: Bounce, Complaint, Delivery.`,
    );
  }
  const identity = await findIdentity(name, context);
  if (identity === undefined) throw identityDoesNotExist(name);
  const topics = { [known]: { ...identity.notifications[known], ...change } };
  await changeIdentity(name, { topics }, context);
}

export const setIdentityFeedbackForwardingEnabled = queryOperation({
  name: 'SetIdentityFeedbackForwardingEnabled',
  input: { Identity: required(text()), ForwardingEnabled: required(flag()) },
  errors: [],
  run: async ({ Identity, ForwardingEnabled }, context) => {
    await setForwarding(Identity, ForwardingEnabled, context);
    return {};
  },
});

export const putEmailIdentityFeedbackAttributes = restOperation({
  name: 'PutEmailIdentityFeedbackAttributes',
  routes: ['PUT /v2/email/identities/{EmailIdentity}/feedback'],
  input: { EmailIdentity: required(text()), EmailForwardingEnabled: flag() },
  errors: ['not-found'],
  // Trap 51: left out is false.
  run: async ({ EmailIdentity, EmailForwardingEnabled }, context) => {
    await setForwarding(EmailIdentity, EmailForwardingEnabled === true, context);
    return {};
  },
});

/** SES: who is not told by mail must be told by topics. */
async function setForwarding(name: string, isEnabled: boolean, context: ActionContext): Promise<void> {
  if (!isEnabled) {
    const identity = await findIdentity(name, context);
    if (identity === undefined) throw identityDoesNotExist(name);
    const { bounce, complaint } = identity.notifications;
    if (bounce.topicArn === '' || complaint.topicArn === '') {
      throw new ApiFault(
        'invalid-parameter',
        `Identity <${name}> must have SNS topics for Bounce and Complaint before feedback forwarding can be disabled.`,
      );
    }
  }
  await changeIdentity(name, { forwardingDisabled: !isEnabled }, context);
}
