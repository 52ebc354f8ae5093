// The signing key of one day, region and service. Source: AWS, "Signature Version 4", deriving a signing key.
import { createHmac, type KeyObject } from 'node:crypto';

export interface KeyScope {
  /** YYYYMMDD. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

/** 32 bytes. */
export function deriveSigningKey(secretAccessKey: string, scope: KeyScope): Buffer {
  const seed = Buffer.from(`AWS4${secretAccessKey}`);
  return [scope.date, scope.region, scope.service, 'aws4_request'].reduce<Buffer>(hmac, seed);
}

export function hmac(key: Buffer | KeyObject, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
