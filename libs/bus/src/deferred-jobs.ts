// Jobs that wait for another attempt: one record per job, content included. JetStream is the truth
// about which jobs exist; when they are due is Redis's matter and can be rebuilt from here.
import {
  decodeDeferredJob,
  encodeDeferredJob,
  formatSummary,
  parseSummary,
  summaryOf,
  type JobSummary,
} from '@sealpost/contracts';
import type { DeferredJob } from '@sealpost/mail';
import type { JetStreamClient, JetStreamManager } from 'nats';
import { keepAsPoison } from './poison-records.ts';
import { publishDurably, type PublishResult } from './publish.ts';
import type { Requests } from './requests.ts';
import { watchSingleCopy } from './single-copy.ts';
import { deleteRecord, lastRecord, lastRecordSoon, type StoredRecord } from './stream-records.ts';
import { streamNames, subjects } from './streams.ts';

export type FoundJob =
  | { readonly kind: 'job'; readonly job: DeferredJob; readonly sequence: number }
  | { readonly kind: 'gone' }
  | { readonly kind: 'invalid'; readonly reason: string };

export interface DeferredJobs {
  /**
   * Writes the job's record in place of the one with this sequence; 0: there is none yet. `conflict`
   * when another worker wrote since (fencing).
   */
  write(job: DeferredJob, replaces: number): Promise<PublishResult>;
  find(jobId: string): Promise<FoundJob>;
  /** Does nothing when the record was replaced or removed since `sequence`. */
  remove(sequence: number): Promise<void>;
  /** Ids of all jobs, in no order. */
  listIds(): Promise<readonly string[]>;
  /** Every job, the longest deferred first. Reads no content. */
  list(): AsyncIterable<JobSummary>;
  /** Takes a record that can't be worked on out of the way, keeping its bytes. Throws when they can't be kept. */
  setAside(jobId: string, reason: string): Promise<void>;
}

interface Client {
  readonly jetstream: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly requests: Requests;
}

const PREFIX = subjects.deferred('');

export function deferredJobs(client: Client): DeferredJobs {
  const copy = watchSingleCopy(client.manager, streamNames.deferred);
  return {
    write: (job, replaces) =>
      publishDurably(client.requests, {
        subject: subjects.deferred(job.jobId),
        bytes: encodeDeferredJob(job),
        replaces,
        header: { [SUMMARY]: formatSummary(job) },
      }),
    find: async (jobId) => {
      const subject = subjects.deferred(jobId);
      return foundJob(await lastRecordSoon(client.requests, streamNames.deferred, { subject, copy }));
    },
    // Already replaced or removed: the server refuses, and there is nothing to do.
    remove: (sequence) => deleteRecord(client.requests, streamNames.deferred, sequence),
    listIds: async () => {
      const info = await client.manager.streams.info(streamNames.deferred, {
        subjects_filter: `${PREFIX}>`,
      });
      return Object.keys(info.state.subjects ?? {}).map((subject) => subject.slice(PREFIX.length));
    },
    list: () => list(client),
    setAside: async (jobId, reason) => {
      const stored = await lastRecord(client.requests, streamNames.deferred, subjects.deferred(jobId));
      if (stored === undefined) return;
      const record = { subject: subjects.deferred(jobId), reason, bytes: stored.data };
      if (!(await keepAsPoison(client, record, `poison-${jobId}-${stored.sequence}`))) {
        throw new Error('POISON is full or away');
      }
      await deleteRecord(client.requests, streamNames.deferred, stored.sequence);
    },
  };
}

const SUMMARY = 'Sealpost-Job';

// Longer than a server takes to hand out what it has.
const LOOK_MS = 1000;

async function* list(client: Client): AsyncGenerator<JobSummary> {
  const { state } = await client.manager.streams.info(streamNames.deferred);
  if (state.messages === 0) return;
  const consumer = await client.jetstream.consumers.get(streamNames.deferred, { headers_only: true });
  let isOver = false;
  while (!isOver) {
    // The rest may be settled meanwhile, and nothing comes any more.
    isOver = true;
    for await (const record of await consumer.fetch({ max_messages: 1000, expires: LOOK_MS })) {
      const jobId = record.subject.slice(PREFIX.length);
      const summary =
        parseSummary(jobId, record.headers?.get(SUMMARY) ?? '') ?? (await summarize(client, jobId));
      if (summary !== undefined) yield summary;
      isOver = record.info.pending === 0;
      if (isOver) break;
    }
  }
}

/** A record written by an older version has no summary. */
async function summarize(client: Client, jobId: string): Promise<JobSummary | undefined> {
  const found = foundJob(await lastRecord(client.requests, streamNames.deferred, subjects.deferred(jobId)));
  return found.kind === 'job' ? summaryOf(found.job) : undefined;
}

function foundJob(stored: StoredRecord | undefined): FoundJob {
  if (stored === undefined) return { kind: 'gone' };
  const decoded = decodeDeferredJob(stored.data);
  if (decoded.kind === 'invalid') return decoded;
  return { kind: 'job', job: decoded.record, sequence: stored.sequence };
}
