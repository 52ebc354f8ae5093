// Signature version 4 as a client makes it. Source: AWS Signature Version 4, "Create a signed request".
import { createHash, createHmac, randomUUID } from 'node:crypto';

export interface ApiRequest {
  readonly host: string;
  readonly path: string;
  readonly contentType: string;
  readonly body: string;
}

/** The whole request, ready to be written. */
export type Signer = (request: ApiRequest, now: Date) => string;

export function createSigner(accessKeyId: string, secretAccessKey: string, region: string): Signer {
  const keys = new Map<string, Buffer>();
  const keyOf = (day: string): Buffer => {
    const known = keys.get(day);
    if (known !== undefined) return known;
    const key = [day, region, 'ses', 'aws4_request'].reduce<Buffer | string>(hmac, `AWS4${secretAccessKey}`);
    keys.set(day, Buffer.from(key));
    return Buffer.from(key);
  };
  return ({ host, path, contentType, body }, now) => {
    const time = now.toISOString().replace(/[-:]|\.\d+/g, '');
    const day = time.slice(0, 8);
    const signedHeaders = 'content-type;host;x-amz-date';
    const canonical =
      `POST\n${path}\n\ncontent-type:${contentType}\nhost:${host}\nx-amz-date:${time}\n\n` +
      `${signedHeaders}\n${sha256(body)}`;
    const scope = `${day}/${region}/ses/aws4_request`;
    const toSign = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonical)}`;
    const signature = hmac(keyOf(day), toSign).toString('hex');
    return (
      `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: ${contentType}\r\nX-Amz-Date: ${time}\r\n` +
      `Authorization: AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, ` +
      // SDKs give each call an id, which stays when they try it again.
      `Signature=${signature}\r\nAmz-Sdk-Invocation-Id: ${randomUUID()}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
    );
  };
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
