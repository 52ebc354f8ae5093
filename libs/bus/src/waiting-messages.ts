// A look into the work queue without taking anything from it: what waits for its first attempt.
import { decodeAcceptedMessage } from '@sealpost/contracts';
import type { AcceptedMessage } from '@sealpost/mail';
import { NatsError } from 'nats';
import type { JetStreamManager, MsgRequest, StoredMsg } from 'nats';
import { withServerTime } from './accepted-at.ts';
import { streamNames, subjects } from './streams.ts';

/** In the order of acceptance; records that can't be understood are left out. */
export async function* waitingMessages(manager: JetStreamManager): AsyncGenerator<AcceptedMessage> {
  const { state } = await manager.streams.info(streamNames.accepted);
  for (let sequence = state.first_seq; sequence <= state.last_seq;) {
    const found = await nextFrom(manager, sequence);
    if (found === undefined) return;
    const decoded = decodeAcceptedMessage(found.data);
    const stored = { storedAt: found.time.getTime(), headers: found.header };
    if (decoded.kind === 'record') yield withServerTime(decoded.record, stored);
    sequence = found.seq + 1;
  }
}

async function nextFrom(manager: JetStreamManager, seq: number): Promise<StoredMsg | undefined> {
  try {
    // Gaps are skipped: the first one from there on that has the subject.
    const query: MsgRequest & { readonly next_by_subj: string } = { seq, next_by_subj: subjects.accepted };
    return await manager.streams.getMessage(streamNames.accepted, query);
  } catch (error) {
    if (error instanceof NatsError && error.api_error?.code === 404) return undefined;
    throw error;
  }
}
