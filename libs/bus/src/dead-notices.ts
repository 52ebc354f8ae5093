// Notices that no webhook took: what they are, why they were given up, and the way back to their webhook.
import { decodeNotice, type Notice } from '@sealpost/contracts';
import { NatsError } from 'nats';
import type { JetStreamManager, StoredMsg } from 'nats';
import { publishDurably } from './publish.ts';
import { GIVEN_UP_BECAUSE } from './notices.ts';
import type { Requests } from './requests.ts';
import { streamNames, subjects } from './streams.ts';

export interface DeadNotice {
  readonly sequence: number;
  /** Of its webhook. */
  readonly key: string;
  readonly reason: string;
  /** ISO-8601. */
  readonly setAsideAt: string;
  /** Undefined: it can't be read. */
  readonly notice: Notice | undefined;
  readonly bytes: Uint8Array;
}

export interface DeadNotices {
  /** In the order in which they were given up; of one webhook, or of all. */
  list(key?: string): AsyncIterable<DeadNotice>;
  find(sequence: number): Promise<DeadNotice | undefined>;
  /** Waits for its webhook again, with all its tries, then taken out here. `full`: it waits for too many already. */
  putBack(notice: DeadNotice): Promise<'put-back' | 'full' | 'unavailable'>;
  drop(sequence: number): Promise<void>;
}

interface Client {
  readonly manager: JetStreamManager;
  readonly requests: Requests;
}

export function deadNotices(client: Client): DeadNotices {
  const { manager } = client;
  return {
    list: (key = '*') => list(manager, subjects.deadNotice(key)),
    find: (sequence) => read(manager, { seq: sequence }),
    putBack: (notice) => putBack(client, notice),
    drop: async (sequence) => {
      await manager.streams.deleteMessage(streamNames.deadNotices, sequence, false);
    },
  };
}

async function* list(manager: JetStreamManager, subject: string): AsyncGenerator<DeadNotice> {
  let seq = 1;
  for (;;) {
    const found = await read(manager, { seq, next_by_subj: subject });
    if (found === undefined) return;
    yield found;
    seq = found.sequence + 1;
  }
}

/** `next_by_subj`: the first from `seq` on (JetStream API, STREAM.MSG.GET). */
interface Place {
  readonly seq: number;
  readonly next_by_subj?: string;
}

async function read(manager: JetStreamManager, place: Place): Promise<DeadNotice | undefined> {
  try {
    return toDeadNotice(await manager.streams.getMessage(streamNames.deadNotices, place));
  } catch (error) {
    if (error instanceof NatsError && error.api_error?.code === 404) return undefined;
    throw error;
  }
}

function toDeadNotice({ seq, subject, header, time, data }: StoredMsg): DeadNotice {
  return {
    sequence: seq,
    key: subject.slice(subjects.deadNotice('').length),
    reason: header.get(GIVEN_UP_BECAUSE),
    setAsideAt: time.toISOString(),
    notice: decodeNotice(data),
    bytes: data,
  };
}

async function putBack(
  { manager, requests }: Client,
  { key, sequence, setAsideAt, bytes }: DeadNotice,
): Promise<'put-back' | 'full' | 'unavailable'> {
  const result = await publishDurably(requests, {
    subject: subjects.notice(key),
    bytes,
    // Not its first id: the server would take it for a repeat, and it would be nowhere.
    id: `put-back-${key}-${sequence}-${setAsideAt}`,
  });
  if (result.kind !== 'stored') return result.kind === 'full' ? 'full' : 'unavailable';
  await manager.streams.deleteMessage(streamNames.deadNotices, sequence, false);
  return 'put-back';
}
