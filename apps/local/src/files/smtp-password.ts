// TEMPORARY until @sealpost/aws-auth is there.
import { createHmac } from 'node:crypto';

export function deriveSmtpPassword(secretAccessKey: string, region: string): string {
  const parts = ['11111111', region, 'ses', 'aws4_request', 'SendRawEmail'];
  const key = parts.reduce<Buffer>(
    (previous, part) => createHmac('sha256', previous).update(part).digest(),
    Buffer.from(`AWS4${secretAccessKey}`),
  );
  return Buffer.concat([Buffer.from([4]), key]).toString('base64');
}
