// gRPC for what receivers of notices ask for by their links, and an operator of them.
import { toSubscriptionRecord, type SubscriptionServiceServer } from '@sealpost/contracts';
import type { Logger } from '@sealpost/runtime';
import { status } from '@grpc/grpc-js';
import { Refused, unary } from '../grpc-answers.ts';
import type { EventDelivery } from './open-event-delivery.ts';

export function subscriptionHandlers(
  events: Pick<EventDelivery, 'subscriptions' | 'certificate'>,
  logger: Logger,
): SubscriptionServiceServer {
  return {
    confirmSubscription: unary(logger, async ({ topicArn, token }) => {
      const subscription = await events.subscriptions.confirm(topicArn, token);
      if (subscription === undefined) throw new Refused(status.INVALID_ARGUMENT, 'Invalid token');
      return { subscriptionArn: subscription.subscriptionArn };
    }),
    unsubscribe: unary(logger, async ({ subscriptionArn }) => {
      const result = await events.subscriptions.end(subscriptionArn);
      if (result === 'absent') throw new Refused(status.NOT_FOUND, 'Subscription does not exist');
      return {};
    }),
    getNoticeCertificate: unary(logger, async ({ name }) => {
      const pem = await Promise.resolve(events.certificate(name));
      if (pem === undefined) throw new Refused(status.NOT_FOUND, 'No such certificate');
      return { pem };
    }),
    listSubscriptions: unary(logger, async () => {
      const subscriptions = await events.subscriptions.list();
      return { subscriptions: subscriptions.map((each) => toSubscriptionRecord({ ...each, token: '' })) };
    }),
  };
}
