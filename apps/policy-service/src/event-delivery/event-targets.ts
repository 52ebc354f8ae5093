// What an ARN stands for here: the operator maps it to webhooks or to subjects of NATS. One that is not mapped is a
// subject that is made from it, so that no destination is without effect.
import { createHash } from 'node:crypto';
import { ConfigError } from '@sealpost/runtime';

type EventTarget =
  /** `key` stands for topic and URL. */
  | { readonly kind: 'webhook'; readonly key: string; readonly topicArn: string; readonly url: URL }
  /** Published under `sealpost.event.<name>`. */
  | { readonly kind: 'subject'; readonly name: string };

export type WebhookTarget = Extract<EventTarget, { kind: 'webhook' }>;

export interface EventTargets {
  /** At least one. */
  of(arn: string): readonly EventTarget[];
  isMapped(arn: string): boolean;
  readonly webhooks: readonly WebhookTarget[];
}

/**
 * `ARN=https://…` or `ARN=nats:<name>`, apart by white space; an ARN may come several times.
 * Throws ConfigError.
 */
export function parseEventTargets(text: string): EventTargets {
  const mapped = new Map<string, EventTarget[]>();
  for (const item of text.split(/\s+/).filter((each) => each !== '')) {
    const mark = item.indexOf('=');
    const arn = item.slice(0, mark);
    const target = mark > 0 && arn.startsWith('arn:') ? parseTarget(arn, item.slice(mark + 1)) : undefined;
    if (target === undefined) {
      throw new ConfigError(
        `EVENT_TARGETS: "${item.slice(0, 200)}" is neither ARN=https://host/path nor ARN=nats:name.`,
      );
    }
    mapped.set(arn, [...(mapped.get(arn) ?? []), target]);
  }
  return {
    of: (arn) => mapped.get(arn) ?? [{ kind: 'subject', name: nameOf(arn) }],
    isMapped: (arn) => mapped.has(arn),
    webhooks: [...mapped.values()].flat().filter((target) => target.kind === 'webhook'),
  };
}

function parseTarget(topicArn: string, text: string): EventTarget | undefined {
  if (text.startsWith('nats:')) {
    const name = text.slice('nats:'.length);
    return /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/.test(name) ? { kind: 'subject', name } : undefined;
  }
  const url = URL.parse(text);
  if (url?.protocol !== 'https:' || url.hash !== '') return undefined;
  const key = createHash('sha256').update(`${topicArn}\n${url.href}`).digest('hex').slice(0, 32);
  return { kind: 'webhook', key, topicArn, url };
}

/** `arn:aws:firehose:us-east-1:111122223333:deliverystream/mail` is `firehose.deliverystream.mail`. */
function nameOf(arn: string): string {
  const [, , service = '', , , ...resource] = arn.split(':');
  return [service, ...resource.join('/').split('/')]
    .map((part) => part.replace(/[^A-Za-z0-9_-]+/g, '_'))
    .filter((part) => part !== '')
    .join('.');
}
