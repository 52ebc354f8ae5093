// Who is told of an event: the event destinations of its configuration set, and the topics of its identity. Pure.
// Source: SES contract 5.9 (the most specific identity's settings win), 6.1, 6.5.
import type { EventType } from '@sealpost/bus';
import type { EventDestination, IdentityNotifications, NotificationTopic } from '@sealpost/contracts';
import { eventKinds } from '@sealpost/events';
import { senderCandidates } from '../identities/identity-rules.ts';
import type { SesEvent } from './ses-event.ts';

export interface Settings {
  /** Of a configuration set. */
  readonly destinationsOf: (configurationSet: string) => readonly EventDestination[];
  /** Undefined: there is no such identity. */
  readonly notificationsOf: (identity: string) => IdentityNotifications | undefined;
}

export interface EventRecipients {
  readonly configurationSet: string;
  readonly destinations: readonly EventDestination[];
  /** Undefined: nobody asked. */
  readonly topic: NotificationTopic | undefined;
}

export function decideRecipients(event: SesEvent, type: EventType, settings: Settings): EventRecipients {
  const configurationSet = event.mail.tags['ses:configuration-set']?.[0] ?? '';
  const wanted = eventKinds[type].name;
  const destinations = configurationSet === '' ? [] : settings.destinationsOf(configurationSet);
  return {
    configurationSet,
    destinations: destinations.filter((each) => each.isEnabled && each.eventTypes.includes(wanted)),
    topic: topicOf(event, type, settings),
  };
}

function topicOf(event: SesEvent, type: EventType, settings: Settings): NotificationTopic | undefined {
  if (type !== 'bounce' && type !== 'complaint' && type !== 'delivery') return undefined;
  const notifications = senderCandidates(addressOf(event.mail.source))
    .map(settings.notificationsOf)
    .find((each) => each !== undefined);
  const topic = notifications?.[type];
  return topic === undefined || topic.topicArn === '' ? undefined : topic;
}

/** `Shop <news@x.test>` or the address alone. */
function addressOf(source: string): string {
  return /<([^<>]*)>\s*$/.exec(source)?.[1] ?? source.trim();
}
