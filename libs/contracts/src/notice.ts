// What waits for one webhook: our vocabulary ↔ protobuf, in the NOTICES stream.
import { Notice as NoticeRecord, NoticeType as WireType } from './generated/mail/v1/notice.ts';

export interface Notice {
  readonly type: 'Notification' | 'SubscriptionConfirmation';
  /** Of the envelope: a UUID, the same at each try. */
  readonly messageId: string;
  readonly subject: string | undefined;
  /** SES's JSON, or a sentence for people. */
  readonly message: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

const SCHEMA_VERSION = 1;
const WIRE_TYPE = {
  Notification: WireType.NOTIFICATION,
  SubscriptionConfirmation: WireType.SUBSCRIPTION_CONFIRMATION,
} as const;

export function encodeNotice({ type, messageId, subject, message, createdAt }: Notice): Uint8Array {
  return NoticeRecord.encode({
    schemaVersion: SCHEMA_VERSION,
    type: WIRE_TYPE[type],
    messageId,
    subject: subject ?? '',
    message,
    createdAtMs: createdAt,
  }).finish();
}

/** Undefined for bytes that are no record of this version. */
export function decodeNotice(bytes: Uint8Array): Notice | undefined {
  const record = readRecord(bytes);
  const type = (['Notification', 'SubscriptionConfirmation'] as const).find(
    (each) => WIRE_TYPE[each] === record?.type,
  );
  if (record === undefined || type === undefined || record.schemaVersion !== SCHEMA_VERSION) return undefined;
  const { messageId, subject, message, createdAtMs } = record;
  return { type, messageId, subject: subject === '' ? undefined : subject, message, createdAt: createdAtMs };
}

function readRecord(bytes: Uint8Array): NoticeRecord | undefined {
  try {
    return NoticeRecord.decode(bytes);
  } catch {
    // Expected of bytes that are not protobuf: the reader throws errors of its own.
    return undefined;
  }
}
