// What receivers of notices ask for by the links that they were sent, and what an operator asks of them. Not cached: it
// is rare.
import {
  fromSubscriptionRecord,
  type ListSubscriptionsResponse,
  type Subscription,
  type SubscriptionServiceClient,
} from '@sealpost/contracts';
import { ask, isAbsent, UNAVAILABLE, type Unavailable } from './ask.ts';

interface Unknown {
  readonly kind: 'unknown';
}

export interface SubscriptionPlane {
  /** `unknown`: the token is not the one that was sent. */
  confirmSubscription(
    topicArn: string,
    token: string,
  ): Promise<{ readonly kind: 'confirmed'; readonly subscriptionArn: string } | Unknown | Unavailable>;
  unsubscribe(subscriptionArn: string): Promise<{ readonly kind: 'ended' } | Unknown | Unavailable>;
  /** By the name in SigningCertURL. */
  noticeCertificate(
    name: string,
  ): Promise<{ readonly kind: 'certificate'; readonly pem: string } | Unknown | Unavailable>;
  /** Of the webhooks that are configured; their tokens are empty. */
  listSubscriptions(): Promise<
    { readonly kind: 'subscriptions'; readonly subscriptions: readonly Subscription[] } | Unavailable
  >;
}

export function subscriptionPlane(client: SubscriptionServiceClient): SubscriptionPlane {
  return {
    confirmSubscription: async (topicArn, token) => {
      const answer = await ask<{ subscriptionArn: string }>((call) =>
        client.confirmSubscription({ topicArn, token }, ...call),
      );
      if (answer.kind === 'response') return { kind: 'confirmed', ...answer.response };
      return isAbsent(answer.error) ? { kind: 'unknown' } : UNAVAILABLE;
    },
    unsubscribe: async (subscriptionArn) => {
      const answer = await ask((call) => client.unsubscribe({ subscriptionArn }, ...call));
      if (answer.kind === 'response') return { kind: 'ended' };
      return isAbsent(answer.error) ? { kind: 'unknown' } : UNAVAILABLE;
    },
    noticeCertificate: async (name) => {
      const answer = await ask<{ pem: string }>((call) => client.getNoticeCertificate({ name }, ...call));
      if (answer.kind === 'response') return { kind: 'certificate', ...answer.response };
      return isAbsent(answer.error) ? { kind: 'unknown' } : UNAVAILABLE;
    },
    listSubscriptions: async () => {
      const answer = await ask<ListSubscriptionsResponse>((call) => client.listSubscriptions({}, ...call));
      if (answer.kind === 'error') return UNAVAILABLE;
      const { subscriptions } = answer.response;
      return { kind: 'subscriptions', subscriptions: subscriptions.map(fromSubscriptionRecord) };
    },
  };
}
