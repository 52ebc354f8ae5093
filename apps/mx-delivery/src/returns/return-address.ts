// The envelope sender by which whatever comes back tells what it is about: VERP, signed, so that nobody can make
// bounces and complaints up. One local part of 60 characters: letters and digits without case, since others fold it
// (RFC 5321 §4.5.3.1.1: at most 64 octets, §2.4: only the receiver may tell its case).
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { parseMessageId, type MessageId } from '@sealpost/mail';
import { parseKeys, type Keys } from '@sealpost/runtime';

export interface ReturnReference {
  readonly messageId: MessageId;
  /** One recipient by its place in the envelope, or all of a domain by its place among the domains. */
  readonly about: { readonly kind: 'recipient' | 'domain'; readonly index: number };
  /** What came back is told to nobody by mail. */
  readonly forwardingDisabled: boolean;
  /** T11: what is written about it has to travel as the message had to. */
  readonly requiresTls: boolean;
}

// 2 flags, 1 bit of kind, 6 bits of index; region, time and UUID of the message id; MAC.
const HEAD_BYTES = 2;
const ID_BYTES = 23;
const BODY_BYTES = HEAD_BYTES + ID_BYTES;
/** RFC 2104 §5: not less than 80 bits. */
const MAC_BYTES = 12;
const TEXT_LENGTH = Math.ceil(((BODY_BYTES + MAC_BYTES) * 8) / 5);
const TEXT = new RegExp(`^[0-9a-v]{${TEXT_LENGTH}}$`);
const MAX_INDEX = 63;

/** Undefined for what does not fit: more recipients than the door takes, an id of another make. */
export function formatReturnPart(reference: ReturnReference, [key]: Keys): string | undefined {
  const body = encode(reference);
  return body && toText(Buffer.concat([body, macOf(body, key)]));
}

/** Undefined when nobody who has one of the keys has written it. In constant time for each key. */
export function parseReturnPart(localPart: string, keys: Keys): ReturnReference | undefined {
  const bytes = fromText(localPart.toLowerCase());
  if (bytes === undefined) return undefined;
  const body = bytes.subarray(0, BODY_BYTES);
  const mac = bytes.subarray(BODY_BYTES);
  return keys.some((key) => timingSafeEqual(mac, macOf(body, key))) ? decode(body) : undefined;
}

/** Throws ConfigError. */
export function parseReturnKeys(text: string): Keys {
  const [current, ...former] = parseKeys(text, 'RETURN_PATH_KEY');
  return [derived(current), ...former.map(derived)];
}

/** Its own for this use: whoever gives one key for two purposes weakens neither. */
function derived(key: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', key, '', 'sealpost return path 1', 32));
}

function macOf(body: Buffer, key: Buffer): Buffer {
  return createHmac('sha256', key).update(body).digest().subarray(0, MAC_BYTES);
}

function encode(reference: ReturnReference): Buffer | undefined {
  const { messageId, about } = reference;
  const id = /^01([0-9a-f]{2})([0-9a-f]{12})-([0-9a-f-]{36})-000000$/.exec(messageId);
  if (id === null || about.index > MAX_INDEX) return undefined;
  const flags = (reference.forwardingDisabled ? 2 : 0) + (reference.requiresTls ? 1 : 0);
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt16BE((flags << 7) + (about.kind === 'domain' ? 1 << 6 : 0) + about.index);
  const [, region = '', time = '', uuid = ''] = id;
  return Buffer.concat([head, Buffer.from(region + time + uuid.replaceAll('-', ''), 'hex')]);
}

function decode(body: Buffer): ReturnReference | undefined {
  const head = body.readUInt16BE(0);
  const id = body.toString('hex', HEAD_BYTES);
  const uuid = id.slice(14).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  const messageId = parseMessageId(`01${id.slice(0, 14)}-${uuid}-000000`);
  if (messageId === undefined) return undefined;
  return {
    messageId,
    about: { kind: ((head >> 6) & 1) === 1 ? 'domain' : 'recipient', index: head & MAX_INDEX },
    forwardingDisabled: ((head >> 8) & 1) === 1,
    requiresTls: ((head >> 7) & 1) === 1,
  };
}

function toText(bytes: Buffer): string {
  return BigInt(`0x${bytes.toString('hex')}`)
    .toString(32)
    .padStart(TEXT_LENGTH, '0');
}

function fromText(text: string): Buffer | undefined {
  if (!TEXT.test(text)) return undefined;
  let number = 0n;
  for (const digit of text) number = number * 32n + BigInt(parseInt(digit, 32));
  const hex = number.toString(16).padStart((BODY_BYTES + MAC_BYTES) * 2, '0');
  return hex.length === (BODY_BYTES + MAC_BYTES) * 2 ? Buffer.from(hex, 'hex') : undefined;
}
