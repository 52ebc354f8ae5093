// Records that could not be worked on, set aside whole: what they were, why, and the way back.
import { NatsError } from 'nats';
import type { JetStreamManager, MsgHdrs, StoredMsg } from 'nats';
import { publishDurably } from './publish.ts';
import { headerText } from './record-header.ts';
import type { Requests } from './requests.ts';
import { streamNames, subjects } from './streams.ts';

export interface PoisonRecord {
  readonly sequence: number;
  /** Where it came from. */
  readonly subject: string;
  readonly reason: string;
  /** ISO-8601. */
  readonly setAsideAt: string;
  readonly bytes: Uint8Array;
}

export interface PoisonRecords {
  /** In the order in which they were set aside. */
  list(): AsyncIterable<PoisonRecord>;
  find(sequence: number): Promise<PoisonRecord | undefined>;
  /** Publishes it again where it came from, then takes it out. `taken`: there is a newer record in its place. */
  putBack(record: PoisonRecord): Promise<'put-back' | 'taken' | 'unavailable'>;
  drop(sequence: number): Promise<void>;
  count(): Promise<number>;
}

const SUBJECT = 'Sealpost-Subject';
const REASON = 'Sealpost-Reason';
/** A record with this header may have been worked on before, however new it looks. */
const PUT_BACK = 'Sealpost-Put-Back';

interface Client {
  readonly manager: JetStreamManager;
  readonly requests: Requests;
}

export function poisonRecords(client: Client): PoisonRecords {
  const { manager } = client;
  return {
    list: () => list(manager),
    find: (sequence) => find(manager, sequence),
    putBack: (record) => putBack(client, record),
    drop: async (sequence) => {
      await manager.streams.deleteMessage(streamNames.poison, sequence, false);
    },
    count: async () => (await manager.streams.info(streamNames.poison)).state.messages,
  };
}

/** First kept, then taken off where it was: never lost in between. False: it could not be kept. */
export async function keepAsPoison(
  client: Pick<Client, 'requests'>,
  record: Pick<PoisonRecord, 'subject' | 'reason' | 'bytes'>,
  id: string,
): Promise<boolean> {
  const { subject, reason, bytes } = record;
  const kind = subject.startsWith(subjects.deferred('')) ? 'deferred' : 'accepted';
  const header = { [SUBJECT]: subject, [REASON]: headerText(reason) };
  const result = await publishDurably(client.requests, {
    subject: subjects.poison(kind),
    bytes,
    id,
    header,
  });
  return result.kind === 'stored';
}

export function wasPutBack(header: MsgHdrs | undefined): boolean {
  return header?.has(PUT_BACK) ?? false;
}

async function* list(manager: JetStreamManager): AsyncGenerator<PoisonRecord> {
  const { state } = await manager.streams.info(streamNames.poison);
  for (let sequence = state.first_seq; sequence <= state.last_seq && state.messages > 0; sequence += 1) {
    const record = await find(manager, sequence);
    if (record !== undefined) yield record;
  }
}

async function find(manager: JetStreamManager, seq: number): Promise<PoisonRecord | undefined> {
  try {
    return toRecord(await manager.streams.getMessage(streamNames.poison, { seq }));
  } catch (error) {
    if (error instanceof NatsError && error.api_error?.code === 404) return undefined;
    throw error;
  }
}

function toRecord(stored: StoredMsg): PoisonRecord {
  return {
    sequence: stored.seq,
    subject: stored.header.get(SUBJECT),
    reason: stored.header.get(REASON),
    setAsideAt: stored.time.toISOString(),
    bytes: stored.data,
  };
}

async function putBack(client: Client, record: PoisonRecord): Promise<'put-back' | 'taken' | 'unavailable'> {
  const { subject, bytes, sequence } = record;
  const isDeferred = subject.startsWith(subjects.deferred(''));
  const result = await publishDurably(client.requests, {
    subject: isDeferred ? subject : subjects.accepted,
    bytes,
    // Not the message's own id: the server would take it for a repeat, and it would be nowhere.
    id: `put-back-${sequence}-${record.setAsideAt}`,
    header: { [PUT_BACK]: String(sequence) },
    ...(isDeferred ? { replaces: 0 } : {}),
  });
  if (result.kind === 'conflict') return 'taken';
  if (result.kind !== 'stored') return 'unavailable';
  await client.manager.streams.deleteMessage(streamNames.poison, sequence, false);
  return 'put-back';
}
