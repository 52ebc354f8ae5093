// What is signed: the request in one canonical text. Source: SES contract 3.2 (AWS Signature Version 4).
import { hash } from 'node:crypto';
import type { Authorization, SignedRequest } from './signed-request.ts';

function canonicalRequest(request: SignedRequest, authorization: Authorization): string {
  const names = [...authorization.signedHeaders].sort();
  return [
    request.method,
    canonicalPath(request.rawPath),
    canonicalQuery(request.rawQuery, authorization.expiresSeconds !== undefined),
    ...names.map((name) => `${name}:${(request.headers[name] ?? '').trim().replace(/ +/g, ' ')}`),
    '',
    names.join(';'),
    request.bodySha256,
  ].join('\n');
}

export function stringToSign(request: SignedRequest, authorization: Authorization): string {
  const { timestamp, date, region, service } = authorization;
  return [
    'AWS4-HMAC-SHA256',
    timestamp,
    `${date}/${region}/${service}/aws4_request`,
    hash('sha256', canonicalRequest(request, authorization)),
  ].join('\n');
}

/** Trap 1: each segment, as it came, is encoded once more (every service but S3). */
function canonicalPath(rawPath: string): string {
  return rawPath === '' ? '/' : rawPath.split('/').map(encode).join('/');
}

/** Trap 7: decoded and encoded anew, sorted by name, then value. */
function canonicalQuery(rawQuery: string, isPresigned: boolean): string {
  if (rawQuery === '') return '';
  return rawQuery
    .split('&')
    .map((pair) => {
      const [name = '', ...value] = pair.split('=');
      return [encode(decode(name)), encode(decode(value.join('=')))] as const;
    })
    .filter(([name]) => !(isPresigned && name === 'X-Amz-Signature'))
    .sort(([nameA, valueA], [nameB, valueB]) => compare(nameA, nameB) || compare(valueA, valueB))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    // Expected for a stray `%`: the client signed the text as it stands.
    return text;
  }
}

/** RFC 3986 §2.3: letters, digits, `-._~` stay. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
