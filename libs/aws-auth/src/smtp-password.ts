// The SMTP password that belongs to a secret access key, version 4. Source: SES, "Obtaining SMTP credentials".
import { deriveSigningKey, hmac } from './derive-signing-key.ts';

const VERSION = 0x04;

/** 44 characters of base64, beginning with `B`. The date in the derivation is a constant of SES's. */
export function smtpPassword(secretAccessKey: string, region: string): string {
  const key = deriveSigningKey(secretAccessKey, { date: '11111111', region, service: 'ses' });
  return Buffer.concat([Buffer.from([VERSION]), hmac(key, 'SendRawEmail')]).toString('base64');
}
