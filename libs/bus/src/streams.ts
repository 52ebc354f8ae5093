// The streams of the system and their limits. Names and kinds: architecture, "Streams and stores".
import type { MessageId } from '@sealpost/mail';
import { DiscardPolicy, NatsError, RetentionPolicy, StorageType, nanos } from 'nats';
import type { JetStreamManager, StreamConfig } from 'nats';

export const subjects = {
  accepted: 'mail.accepted.message',
  deferred: (jobId: string) => `mail.deferred.${jobId}`,
  event: (type: EventType, messageId: MessageId) => `mail.event.${type}.${messageId}`,
  poison: (kind: 'accepted' | 'deferred') => `mail.poison.${kind}`,
  notice: (key: string) => `mail.notice.${key}`,
  deadNotice: (key: string) => `mail.dead-notice.${key}`,
  /** For consumers outside of this system. */
  published: (name: string) => `sealpost.event.${name}`,
} as const;

/** The token of an event's subject before the message id. */
export const eventTypes = [
  'send',
  'delivery',
  'bounce',
  'complaint',
  'delivery-delay',
  'rendering-failure',
] as const;
export type EventType = (typeof eventTypes)[number];

export const streamNames = {
  accepted: 'MAIL',
  deferred: 'DEFERRED',
  events: 'EVENTS',
  poison: 'POISON',
  notices: 'NOTICES',
  deadNotices: 'DEAD_NOTICES',
  published: 'PUBLISHED',
} as const;

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const DAY_MS = 86_400_000;

// nats-server loses records over 32 MiB although it acknowledges them (nats-server issue 6797): stay far below.
const MAX_RECORD_BYTES = 8 * MIB;

const shared = {
  storage: StorageType.File,
  max_msg_size: MAX_RECORD_BYTES,
  // A publisher repeats a publish that was not acknowledged under the same id for far less than this.
  duplicate_window: nanos(10 * 60_000),
  allow_direct: true,
} as const;

type Definition = Partial<StreamConfig> & { readonly name: string; readonly max_bytes: number };

// What finishing mail needs comes first: where the server has less storage than all of them ask for, it is intake
// that gets less. EVENTS makes room for itself by dropping its oldest.
const DEFINITIONS: readonly Definition[] = [
  {
    ...shared,
    name: streamNames.events,
    subjects: ['mail.event.>'],
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    max_age: nanos(15 * DAY_MS),
    max_bytes: 2 * GIB,
  },
  {
    ...shared,
    name: streamNames.poison,
    subjects: ['mail.poison.>'],
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.New,
    max_bytes: 256 * MIB,
  },
  {
    ...shared,
    name: streamNames.notices,
    subjects: [subjects.notice('*')],
    retention: RetentionPolicy.Workqueue,
    discard: DiscardPolicy.New,
    // One webhook that is down for long must not take the room of the others.
    max_msgs_per_subject: 100_000,
    discard_new_per_subject: true,
    // Of webhooks that are not configured any more.
    max_age: nanos(4 * DAY_MS),
    max_bytes: GIB,
  },
  {
    ...shared,
    name: streamNames.deadNotices,
    subjects: [subjects.deadNotice('*')],
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    max_age: nanos(15 * DAY_MS),
    max_bytes: 256 * MIB,
  },
  {
    ...shared,
    name: streamNames.published,
    subjects: [subjects.published('>')],
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    max_age: nanos(3 * DAY_MS),
    max_bytes: 256 * MIB,
  },
  {
    ...shared,
    name: streamNames.deferred,
    subjects: ['mail.deferred.>'],
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.New,
    // One record per job: writing it again replaces the one before.
    max_msgs_per_subject: 1,
    max_bytes: 8 * GIB,
  },
  {
    ...shared,
    name: streamNames.accepted,
    subjects: ['mail.accepted.>'],
    retention: RetentionPolicy.Workqueue,
    discard: DiscardPolicy.New,
    max_bytes: 8 * GIB,
  },
];

/** Makes the streams that are not there; those that are keep the operator's settings. */
export async function ensureStreams(manager: JetStreamManager, replicas: number): Promise<void> {
  for (const definition of DEFINITIONS) {
    if (!(await exists(manager, definition.name))) await addStream(manager, definition, replicas);
  }
}

async function exists(manager: JetStreamManager, name: string): Promise<boolean> {
  return (await createdAt(manager, name)) !== undefined;
}

/** ISO-8601; undefined: there is none. */
async function createdAt(manager: JetStreamManager, name: string): Promise<string | undefined> {
  try {
    return (await manager.streams.info(name)).created;
  } catch (error) {
    if (error instanceof NatsError && error.api_error?.code === 404) return undefined;
    throw error;
  }
}

/** Of the streams that hold accepted mail, those that are there: name → when it was made, to the nanosecond. */
export async function mailStreamsMadeAt(
  manager: JetStreamManager,
): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for (const name of [streamNames.accepted, streamNames.deferred]) {
    const made = await createdAt(manager, name);
    if (made !== undefined) found[name] = made;
  }
  return found;
}

// err_code 10047: the server has less storage than the limits ask for. Smaller limits are better than none.
const INSUFFICIENT_STORAGE = 10_047;
const SMALLEST_LIMIT = 64 * MIB;

async function addStream(manager: JetStreamManager, definition: Definition, replicas: number): Promise<void> {
  await withFittingLimit(definition.max_bytes, (maxBytes) =>
    manager.streams.add({ ...definition, max_bytes: maxBytes, num_replicas: replicas }),
  );
}

/** Halves the limit until the server has so much to give. */
export async function withFittingLimit<T>(
  wantedBytes: number,
  make: (maxBytes: number) => Promise<T>,
): Promise<T> {
  for (let maxBytes = wantedBytes; ; maxBytes = Math.floor(maxBytes / 2)) {
    try {
      return await make(maxBytes);
    } catch (error) {
      const tooLarge = error instanceof NatsError && error.api_error?.err_code === INSUFFICIENT_STORAGE;
      if (!tooLarge || maxBytes <= SMALLEST_LIMIT) throw error;
    }
  }
}

/** The largest record that every stream takes, given what the server lets through. */
export function largestRecord(maxPayload: number): number {
  // Headers and subject count against the payload limit too.
  return Math.min(maxPayload, MAX_RECORD_BYTES) - 64 * 1024;
}
