// What the links in notices lead to: confirm a subscription, end it, read the certificate that signs. Whoever has the
// link may follow it; nothing here is signed. Source: SNS API, ConfirmSubscription and Unsubscribe.
import type { PolicyClient } from '@sealpost/policy-client';
import { renderFault, renderResponse, type XmlValue } from '../query/render-xml.ts';

export const NOTICE_LINKS_PATH = '/sns/';
/** As in SigningCertURL. */
export const CERTIFICATE_PATH = '/SimpleNotificationService-:name.pem';

export interface LinkAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

const NAMESPACE = 'http://sns.amazonaws.com/doc/2010-03-31/';

export async function followNoticeLink(
  query: URLSearchParams,
  requestId: string,
  policies: Pick<PolicyClient, 'confirmSubscription' | 'unsubscribe'>,
): Promise<LinkAnswer> {
  const text = (name: string) => query.get(name) ?? '';
  switch (query.get('Action')) {
    case 'ConfirmSubscription': {
      const result = await policies.confirmSubscription(text('TopicArn'), text('Token'));
      if (result.kind === 'unavailable') return UNAVAILABLE;
      if (result.kind === 'unknown')
        return refusal('InvalidParameter', 'Invalid parameter: Token', requestId);
      const { subscriptionArn: SubscriptionArn } = result;
      return answer('ConfirmSubscription', { SubscriptionArn }, requestId);
    }
    case 'Unsubscribe': {
      const result = await policies.unsubscribe(text('SubscriptionArn'));
      if (result.kind === 'unavailable') return UNAVAILABLE;
      if (result.kind === 'unknown') return refusal('NotFound', 'Subscription does not exist', requestId);
      return answer('Unsubscribe', undefined, requestId);
    }
    default:
      return refusal('InvalidAction', 'The action is not valid for this endpoint.', requestId);
  }
}

export async function noticeCertificate(
  name: string,
  policies: Pick<PolicyClient, 'noticeCertificate'>,
): Promise<LinkAnswer> {
  const result = await policies.noticeCertificate(name);
  switch (result.kind) {
    case 'certificate':
      return { status: 200, contentType: 'application/x-pem-file', body: result.pem };
    case 'unknown':
      return { status: 404, contentType: 'text/plain', body: 'No such certificate.\n' };
    case 'unavailable':
      return UNAVAILABLE;
  }
}

const UNAVAILABLE: LinkAnswer = {
  status: 503,
  contentType: 'text/plain',
  body: 'Please try again in a minute.\n',
};

function answer(action: string, result: XmlValue | undefined, requestId: string): LinkAnswer {
  const body = renderResponse(action, result, requestId, NAMESPACE);
  return { status: 200, contentType: 'text/xml', body };
}

function refusal(code: string, message: string, requestId: string): LinkAnswer {
  const body = renderFault({ Type: 'Sender', Code: code, Message: message }, requestId, NAMESPACE);
  return { status: code === 'NotFound' ? 404 : 400, contentType: 'text/xml', body };
}
