// Codecs of the records on JetStream: our vocabulary ↔ protobuf. A record is checked here once and
// trusted afterwards; one that can't be understood is a value, not an exception (faults 4.4).
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { parseMailbox, parseMessageId } from '@sealpost/mail';
import { isJobId } from './queue-desk.ts';
import type {
  AcceptedMessage,
  DeferredJob,
  MessageContent,
  MessageTags,
  PinnedPolicy,
  SubmissionSource,
  TlsPolicy,
} from '@sealpost/mail';
import {
  AcceptedMessage as AcceptedRecord,
  DeferredJob as DeferredRecord,
  TlsPolicy as WireTlsPolicy,
} from './generated/mail/v1/envelope.ts';
import { suppressionReasons } from './suppression.ts';
import type {
  PinnedPolicy as PolicyRecord,
  SubmissionSource as SourceRecord,
} from './generated/mail/v1/envelope.ts';

const SCHEMA_VERSION = 1;
const NONE = Buffer.alloc(0);

export type Decoded<T> =
  | { readonly kind: 'record'; readonly record: T }
  /** `isNewer`: of a version that this reader does not know, and another one may. */
  | { readonly kind: 'invalid'; readonly reason: string; readonly isNewer?: boolean };

export function encodeAcceptedMessage(message: AcceptedMessage): Uint8Array {
  return Buffer.concat(piecesOf(message));
}

export function decodeAcceptedMessage(bytes: Uint8Array): Decoded<AcceptedMessage> {
  return decodeRecord(() => fromAcceptedRecord(AcceptedRecord.decode(bytes)));
}

/** Field numbers of envelope.proto. */
const CONTENT = 15;
const MESSAGE_OF_JOB = 5;

/** The content is a piece of its own, behind the other fields: protobuf's writer copies what it is given twice. */
function piecesOf(message: AcceptedMessage): readonly Uint8Array[] {
  const content = message.content.kind === 'inline' ? message.content.bytes : NONE;
  const fields = written((to) => {
    AcceptedRecord.encode(toAcceptedRecord(message), to);
    if (content.length > 0) beginField(to, CONTENT, content.length);
  });
  return [fields, content];
}

export function encodeDeferredJob(job: DeferredJob): Uint8Array {
  const message = piecesOf(job.message);
  const fields = written((to) => {
    DeferredRecord.encode(
      {
        schemaVersion: SCHEMA_VERSION,
        jobId: job.jobId,
        recipients: [...job.recipients],
        attemptCount: job.attemptCount,
        message: undefined,
      },
      to,
    );
    beginField(
      to,
      MESSAGE_OF_JOB,
      message.reduce((sum, { length }) => sum + length, 0),
    );
  });
  return Buffer.concat([fields, ...message]);
}

function beginField(to: BinaryWriter, number: number, sizeBytes: number): void {
  to.tag(number, WireType.LengthDelimited).uint32(sizeBytes);
}

/** One for all records: it keeps the room that it has grown to, at most some hundred KiB. */
const writer = new BinaryWriter();

function written(write: (to: BinaryWriter) => void): Uint8Array {
  // What a record that could not be written has left.
  writer.finish();
  write(writer);
  return writer.finish();
}

export function decodeDeferredJob(bytes: Uint8Array): Decoded<DeferredJob> {
  return decodeRecord(() => {
    const record = DeferredRecord.decode(bytes);
    if (record.message === undefined) throw new RecordFault('the job has no message');
    const message = fromAcceptedRecord(record.message);
    const known = new Set(message.envelope.recipients);
    if (record.recipients.length === 0 || !record.recipients.every((each) => known.has(each))) {
      throw new RecordFault('the job names recipients that its message has not');
    }
    const { jobId, recipients, attemptCount } = record;
    // Row 73: it becomes the token of a subject.
    if (!isJobId(jobId) || !jobId.startsWith(`${message.messageId}-`)) {
      throw new RecordFault('the job id is not that of a job of its message');
    }
    return { jobId, message, recipients, attemptCount };
  });
}

/** What is wrong with a record; becomes `invalid` at the edge of this file. */
class RecordFault extends Error {}

class NewerSchema extends RecordFault {}

function decodeRecord<T>(read: () => T): Decoded<T> {
  try {
    return { kind: 'record', record: read() };
  } catch (error) {
    if (error instanceof NewerSchema) return { kind: 'invalid', reason: error.message, isNewer: true };
    // protobuf's reader throws its own errors on truncated or foreign bytes; nothing else can be thrown here.
    return { kind: 'invalid', reason: error instanceof Error ? error.message : String(error) };
  }
}

function toAcceptedRecord(message: AcceptedMessage): AcceptedRecord {
  const { content, policy } = message;
  return {
    schemaVersion: SCHEMA_VERSION,
    messageId: message.messageId,
    acceptedAtMs: message.acceptedAt,
    reversePath: message.envelope.reversePath,
    recipients: [...message.envelope.recipients],
    smtpUtf8: message.envelope.smtpUtf8 === true,
    policy: {
      configurationSet: policy.configurationSet ?? '',
      tlsPolicy: policy.tlsPolicy === 'Require' ? WireTlsPolicy.REQUIRE : WireTlsPolicy.OPTIONAL,
      maxDeliverySeconds: policy.maxDeliverySeconds ?? 0,
      mailFromDomain: policy.mailFromDomain ?? '',
      forwardingDisabled: policy.forwardingDisabled === true,
      sendingPool: policy.sendingPool ?? '',
      suppression: policy.suppressedReasons && { reasons: [...policy.suppressedReasons] },
    },
    source: toSourceRecord(message.source),
    tags: Object.entries(message.tags).map(([name, values]) => ({ name, values: [...values] })),
    originalHeaders: asBuffer(message.originalHeaders),
    originalHeadersTruncated: message.originalHeadersTruncated,
    bodySha256: Buffer.from(message.bodySha256, 'hex'),
    spooled:
      content.kind === 'spooled'
        ? {
            objectName: content.objectName,
            sizeBytes: content.sizeBytes,
            folderId: content.folderId ?? '',
            mac: asBuffer(content.mac ?? NONE),
          }
        : undefined,
    signatures: asBuffer(message.signatures ?? NONE),
    // Behind the record: see piecesOf.
    content: NONE,
  };
}

function toSourceRecord(source: SubmissionSource): SourceRecord {
  return {
    operation: source.operation,
    clientAddress: source.clientAddress,
    callerIdentity: source.callerIdentity,
    helo: source.helo ?? '',
    tlsVersion: source.tls?.version ?? '',
    tlsCipher: source.tls?.cipher ?? '',
  };
}

function fromAcceptedRecord(record: AcceptedRecord): AcceptedMessage {
  if (record.schemaVersion !== SCHEMA_VERSION) {
    const Fault = record.schemaVersion > SCHEMA_VERSION ? NewerSchema : RecordFault;
    throw new Fault(`schema version ${record.schemaVersion} is not known`);
  }
  const messageId = parseMessageId(record.messageId);
  if (messageId === undefined) throw new RecordFault('no message id');
  if (record.policy === undefined) throw new RecordFault('no policy is pinned');
  if (record.source === undefined) throw new RecordFault('no source');
  if (record.bodySha256.length !== 32) throw new RecordFault('no body hash');
  return {
    messageId,
    acceptedAt: record.acceptedAtMs,
    envelope: {
      reversePath: checkedReversePath(record.reversePath),
      recipients: checkedRecipients(record.recipients),
      ...(record.smtpUtf8 ? { smtpUtf8: true } : {}),
    },
    policy: fromPolicyRecord(record.policy),
    source: fromSourceRecord(record.source),
    tags: fromTagRecords(record.tags),
    originalHeaders: asBuffer(record.originalHeaders),
    originalHeadersTruncated: record.originalHeadersTruncated,
    ...(record.signatures.length === 0 ? {} : { signatures: asBuffer(record.signatures) }),
    content: fromContentRecord(record),
    bodySha256: asBuffer(record.bodySha256).toString('hex'),
  };
}

function checkedReversePath(text: string): string {
  if (text === '' || parseMailbox(text, 'utf8').kind === 'mailbox') return text;
  throw new RecordFault('the reverse-path is no mailbox');
}

function checkedRecipients(recipients: readonly string[]): readonly string[] {
  if (recipients.length === 0 || recipients.length > 50) throw new RecordFault('not 1 to 50 recipients');
  if (recipients.some((each) => parseMailbox(each, 'utf8').kind !== 'mailbox')) {
    throw new RecordFault('a recipient is no mailbox');
  }
  return recipients;
}

function fromPolicyRecord(record: PolicyRecord): PinnedPolicy {
  return {
    tlsPolicy: fromWireTlsPolicy(record.tlsPolicy),
    ...(record.configurationSet === '' ? {} : { configurationSet: record.configurationSet }),
    ...(record.maxDeliverySeconds === 0 ? {} : { maxDeliverySeconds: record.maxDeliverySeconds }),
    ...(record.mailFromDomain === '' ? {} : { mailFromDomain: record.mailFromDomain }),
    ...(record.forwardingDisabled ? { forwardingDisabled: true } : {}),
    ...(record.sendingPool === '' ? {} : { sendingPool: record.sendingPool }),
    ...(record.suppression === undefined
      ? {}
      : { suppressedReasons: suppressionReasons(record.suppression.reasons) }),
  };
}

/** T11: what is not plainly Optional is treated as Require, so that no reader weakens a policy it does not know. */
function fromWireTlsPolicy(policy: WireTlsPolicy): TlsPolicy {
  return policy === WireTlsPolicy.OPTIONAL ? 'Optional' : 'Require';
}

function fromSourceRecord(record: SourceRecord): SubmissionSource {
  const tls = { version: record.tlsVersion, cipher: record.tlsCipher };
  return {
    operation: record.operation,
    clientAddress: record.clientAddress,
    callerIdentity: record.callerIdentity,
    ...(record.helo === '' ? {} : { helo: record.helo }),
    ...(tls.version === '' ? {} : { tls }),
  };
}

function fromTagRecords(
  records: readonly { readonly name: string; readonly values: string[] }[],
): MessageTags {
  return Object.fromEntries(records.map(({ name, values }) => [name, values]));
}

function fromContentRecord(record: AcceptedRecord): MessageContent {
  if (record.spooled === undefined) return { kind: 'inline', bytes: asBuffer(record.content) };
  const { objectName, sizeBytes, folderId, mac } = record.spooled;
  if (mac.length !== 0 && mac.length !== 32) throw new RecordFault('no MAC of 32 bytes');
  return {
    kind: 'spooled',
    objectName,
    sizeBytes,
    ...(folderId === '' ? {} : { folderId }),
    ...(mac.length === 0 ? {} : { mac: asBuffer(mac) }),
  };
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
