// The envelope of SNS, and what of it is signed.
// Source: SNS developer guide, "Verifying the signatures of Amazon SNS messages", "HTTP/HTTPS notification JSON format".
import { sign, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { Notice, Subscription } from '@sealpost/contracts';

export interface EnvelopeFacts {
  readonly subscription: Pick<Subscription, 'topicArn' | 'subscriptionArn' | 'token'>;
  /** `https://host`, without a path: where receivers find us. */
  readonly publicUrl: string;
  readonly signing: {
    readonly privateKey: KeyObject;
    readonly certificateName: string;
    /** 1: SHA-1, what receivers that know nothing else verify; 2: SHA-256. */
    readonly version: '1' | '2';
  };
}

const LINKS_PATH = '/sns/';

/** The body that is posted. */
export async function formatEnvelope(notice: Notice, facts: EnvelopeFacts): Promise<string> {
  const { subscription, publicUrl, signing } = facts;
  const links = `${publicUrl}${LINKS_PATH}`;
  const { topicArn: TopicArn, subscriptionArn, token: Token } = subscription;
  const unsigned = {
    Type: notice.type,
    MessageId: notice.messageId,
    ...(notice.type === 'SubscriptionConfirmation' ? { Token } : {}),
    TopicArn,
    ...(notice.subject === undefined ? {} : { Subject: notice.subject }),
    Message: notice.message,
    ...(notice.type === 'SubscriptionConfirmation'
      ? { SubscribeURL: `${links}?${query({ Action: 'ConfirmSubscription', TopicArn, Token })}` }
      : {}),
    Timestamp: new Date(notice.createdAt).toISOString(),
  };
  const hash = signing.version === '1' ? 'sha1' : 'sha256';
  const signature = await signAside(hash, Buffer.from(stringToSign(unsigned)), signing.privateKey);
  return JSON.stringify({
    ...unsigned,
    SignatureVersion: signing.version,
    Signature: signature.toString('base64'),
    SigningCertURL: `${publicUrl}/${certificateFile(signing.certificateName)}`,
    ...(notice.type === 'Notification'
      ? {
          UnsubscribeURL: `${links}?${query({ Action: 'Unsubscribe', SubscriptionArn: subscriptionArn })}`,
        }
      : {}),
  });
}

/** Validators of SNS want `.pem` at the end. */
function certificateFile(name: string): string {
  return `SimpleNotificationService-${name}.pem`;
}

// A signature takes 1 ms: not on the thread that answers the ingresses.
const signAside = promisify<string, Buffer, KeyObject, Buffer>((hash, bytes, key, done) => {
  sign(hash, bytes, key, done);
});

const SIGNED_MEMBERS = {
  Notification: ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'],
  SubscriptionConfirmation: [
    'Message',
    'MessageId',
    'SubscribeURL',
    'Timestamp',
    'Token',
    'TopicArn',
    'Type',
  ],
} as const;

/** Name and value on lines of their own, in the order of the names; what is absent is left out. */
function stringToSign(
  envelope: { readonly Type: Notice['type'] } & Readonly<Record<string, string>>,
): string {
  return SIGNED_MEMBERS[envelope.Type]
    .filter((name) => envelope[name] !== undefined)
    .map((name) => `${name}\n${envelope[name] ?? ''}\n`)
    .join('');
}

function query(parameters: Readonly<Record<string, string>>): string {
  return new URLSearchParams(parameters).toString();
}
