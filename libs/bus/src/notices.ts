// What waits for webhooks: one subject for each, so that one that is down or slow holds up no other.
import { decodeNotice, encodeNotice, type Notice } from '@sealpost/contracts';
import type { JetStreamClient, JetStreamManager } from 'nats';
import type { Consumption } from './consume-accepted.ts';
import type { Log } from './log.ts';
import { publishDurably, type PublishResult } from './publish.ts';
import { headerText } from './record-header.ts';
import type { Requests } from './requests.ts';
import { streamNames, subjects } from './streams.ts';
import { workThrough, type WorkRecord } from './work-through.ts';

export interface NoticeDelivery {
  readonly notice: Notice;
  /** When it was put here; for one that an operator has put back, then. Milliseconds since 1970. */
  readonly queuedAt: number;
  /** 1 at the first time. */
  readonly tries: number;
  /** It is with its receiver, or is of no use any more. */
  readonly ack: () => void;
  /** Give it out again after `delayMs`. */
  readonly nak: (delayMs: number) => void;
  /** Keep it aside with the reason. False: it could not be kept, and comes again. */
  giveUp(reason: string): Promise<boolean>;
}

/** `key` stands for one webhook: letters and digits. */
export interface Notices {
  /** A notice put twice under one id is stored once. `full`: it waits for too many already. */
  put(key: string, notice: Notice, id: string): Promise<PublishResult>;
  /** Never sent: kept aside with the reason at once. */
  putAside(key: string, notice: Notice, reason: string): Promise<PublishResult>;
  /** One after the other, at most `atOnce` taken in advance. */
  consume(key: string, atOnce: number, onNotice: (delivery: NoticeDelivery) => Promise<void>): Consumption;
  readonly waiting: () => Promise<number>;
  readonly dead: () => Promise<number>;
}

interface NoticeClient {
  readonly jetstream: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly requests: Requests;
}

export const GIVEN_UP_BECAUSE = 'Sealpost-Reason';
// Longer than any notice waits behind those that were taken with it.
const ACK_WAIT_MS = 120_000;
// Of one webhook, those that wait for another try included: more wait in the stream.
const MAX_PENDING = 1000;
const UNAVAILABLE_MS = 10_000;

export function notices(client: NoticeClient, log: Log): Notices {
  const { manager, requests } = client;
  const keepAside = (key: string, notice: Notice, { reason, id }: Ending) => {
    return publishDurably(requests, {
      subject: subjects.deadNotice(key),
      bytes: encodeNotice(notice),
      id: `dead-${key}-${id}`,
      header: { [GIVEN_UP_BECAUSE]: headerText(reason) },
    });
  };
  const count = async (stream: string) => (await manager.streams.info(stream)).state.messages;
  return {
    putAside: (key, notice, reason) => keepAside(key, notice, { reason, id: notice.messageId }),
    put: (key, notice, id) =>
      publishDurably(requests, { subject: subjects.notice(key), bytes: encodeNotice(notice), id }),
    consume: (key, atOnce, onNotice) =>
      workThrough(
        client,
        {
          stream: streamNames.notices,
          durable: `notice-${key}`,
          filter: subjects.notice(key),
          ackWaitMs: ACK_WAIT_MS,
          maxPending: MAX_PENDING,
          prefetch: atOnce,
        },
        async (record) => {
          const delivery = deliveryOf(record, (notice, ending) => keepAside(key, notice, ending));
          if (delivery !== undefined) await onNotice(delivery);
          else log.error({ sequence: record.sequence }, 'a notice could not be read and is dropped');
        },
        log,
      ),
    waiting: () => count(streamNames.notices),
    dead: () => count(streamNames.deadNotices),
  };
}

interface Ending {
  readonly reason: string;
  readonly id: string;
}

/** Undefined: it can't be read, and is gone. */
function deliveryOf(
  { bytes, sequence, storedAt, deliveryCount, ack, nak }: WorkRecord,
  keepAside: (notice: Notice, ending: Ending) => Promise<PublishResult>,
): NoticeDelivery | undefined {
  const notice = decodeNotice(bytes);
  if (notice === undefined) {
    ack();
    return undefined;
  }
  return {
    notice,
    queuedAt: storedAt,
    tries: deliveryCount,
    ack,
    nak,
    giveUp: async (reason) => {
      // Of this record: one that was put back and fails again is no repeat of the first time.
      const id = `${notice.messageId}-${String(sequence)}`;
      const isKept = (await keepAside(notice, { reason, id })).kind === 'stored';
      if (isKept) ack();
      else nak(UNAVAILABLE_MS);
      return isKept;
    },
  };
}
