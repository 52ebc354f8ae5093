import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { checkScope, checkSignature } from './check-request.ts';
import { deriveSigningKey } from './derive-signing-key.ts';
import { readAuthorization, type SignedRequest } from './signed-request.ts';

const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const KEY = 'AKIAIOSFODNN7EXAMPLE';
const TOKEN = 'FwoGZXIvYXdzEXAMPLE';

interface Vector {
  readonly method: string;
  readonly path: string;
  readonly query?: string;
  readonly date: string;
  readonly body?: string;
  readonly contentType?: string;
  readonly signedHeaders: string;
  readonly signature: string;
}

const signing = 'host;x-amz-date;x-amz-security-token';
const vectors: readonly (readonly [string, Vector])[] = [
  [
    'trap 1: an encoded path is encoded once more',
    {
      method: 'DELETE',
      path: '/v2/email/suppression/addresses/a%2Bb%40exa%2Fmple.com',
      date: '20261123T154912Z',
      signedHeaders: signing,
      signature: '153927fc14d91890703fc8e8a2cce9931cd26caf9fb9fcf07cb49467884d690d',
    },
  ],
  [
    'trap 7: a repeated query name is sorted by value',
    {
      method: 'GET',
      path: '/v2/email/suppression/addresses',
      query: 'Reason=BOUNCE&Reason=COMPLAINT&StartDate=2026-10-01T00%3A00%3A00Z&PageSize=5',
      date: '20261123T154913Z',
      signedHeaders: signing,
      signature: '4a50354db083baa1e59759841f6dfc458f013abef0dc8525fd064d4e8a01cec0',
    },
  ],
  [
    'traps 4, 5, 6: a form body without content hash, the host with its port',
    {
      method: 'POST',
      path: '/',
      date: '20261123T154915Z',
      body: 'Action=DescribeConfigurationSet&Version=2010-12-01&ConfigurationSetName=x',
      contentType: 'application/x-www-form-urlencoded; charset=utf-8',
      signedHeaders: `content-type;${signing}`,
      signature: '94ca9763fc6935510f9192f54b45153b745357935f4ae49a5babfb89ea4590b1',
    },
  ],
];

function requestOf(vector: Vector): SignedRequest {
  const credential = `${KEY}/20261123/us-east-1/ses/aws4_request`;
  return {
    method: vector.method,
    rawPath: vector.path,
    rawQuery: vector.query ?? '',
    bodySha256: sha256(vector.body ?? ''),
    headers: {
      host: '127.0.0.1:8901',
      'x-amz-date': vector.date,
      'x-amz-security-token': TOKEN,
      ...(vector.contentType === undefined ? {} : { 'content-type': vector.contentType }),
      authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${vector.signedHeaders}, Signature=${vector.signature}`,
    },
  };
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const key = deriveSigningKey(SECRET, { date: '20261123', region: 'us-east-1', service: 'ses' });
const now = Date.parse('2026-11-23T15:50:00Z');
const expected = { region: 'us-east-1', service: 'ses', now };

function check(request: SignedRequest, signingKey = key, scope = expected): string {
  const read = readAuthorization(request);
  if (read.kind === 'fault') return read.fault.kind;
  const fault =
    checkScope(request, read.authorization, scope) ?? checkSignature(request, read.authorization, signingKey);
  return fault?.kind ?? 'ok';
}

test.each(vectors)('%s', (_title, vector) => {
  expect(check(requestOf(vector))).toBe('ok');
});

test('a presigned request is checked by its query', () => {
  const query =
    'Action=GetSendQuota&Version=2010-12-01&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20261123%2Fus-east-1%2Fses%2Faws4_request' +
    '&X-Amz-Date=20261123T154915Z&X-Amz-Expires=3600&X-Amz-Security-Token=FwoGZXIvYXdzEXAMPLE&X-Amz-SignedHeaders=host' +
    '&X-Amz-Signature=fee5399bfcff5f59b6f1dc711e5559cff78a1ff3c1aecfe426d659b4d6da9c34';
  const request = {
    method: 'POST',
    rawPath: '/',
    rawQuery: query,
    headers: { host: '127.0.0.1:8901' },
    bodySha256: sha256(''),
  };
  expect(check(request)).toBe('ok');
  expect(check(request, key, { ...expected, now: now + 3_700_000 })).toBe('clock');
});

describe('refused', () => {
  const [[, vector] = []] = vectors.slice(2);
  if (vector === undefined) throw new Error('no vector');
  const good = requestOf(vector);
  const withHeaders = (headers: Record<string, string | undefined>) => ({
    ...good,
    headers: { ...good.headers, ...headers },
  });
  const authorization = good.headers.authorization ?? '';

  test.each<[string, SignedRequest, string]>([
    ['4.2 row 33: no Authorization', withHeaders({ authorization: undefined }), 'missing'],
    ['4.2 row 36: a malformed one', withHeaders({ authorization: 'AWS4-HMAC-SHA256 nothing' }), 'incomplete'],
    ['4.2 row 36: another algorithm', withHeaders({ authorization: 'Basic YTpi' }), 'incomplete'],
    [
      '4.2 row 36: a short scope',
      withHeaders({ authorization: authorization.replace('/ses/aws4_request', '') }),
      'incomplete',
    ],
    [
      '4.2 row 36: another region',
      withHeaders({ authorization: authorization.replace('us-east-1', 'eu-west-1') }),
      'scope',
    ],
    [
      '4.2 row 36: another service',
      withHeaders({ authorization: authorization.replace('/ses/', '/s3/') }),
      'scope',
    ],
    [
      '4.2 row 36: a scope of another day',
      withHeaders({ authorization: authorization.replace('20261123', '20261122') }),
      'scope',
    ],
    ['4.2 row 35: a changed body', { ...good, bodySha256: sha256('Action=Other') }, 'signature'],
    ['4.2 row 35: a changed signed header', withHeaders({ 'content-type': 'text/plain' }), 'signature'],
    [
      '4.2 row 35: host is not signed',
      withHeaders({ authorization: authorization.replace('host;', '') }),
      'signature',
    ],
    ['an x-amz header that is not signed', withHeaders({ 'x-amz-extra': '1' }), 'signature'],
    [
      '4.2 row 39: UNSIGNED-PAYLOAD',
      withHeaders({ 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }),
      'signature',
    ],
  ])('%s', (_title, request, kind) => {
    expect(check(request)).toBe(kind);
  });

  test('another secret', () => {
    expect(
      check(good, deriveSigningKey('other', { date: '20261123', region: 'us-east-1', service: 'ses' })),
    ).toBe('signature');
  });

  test('4.2 row 37: a date over 15 minutes off, either way', () => {
    expect(check(good, key, { ...expected, now: now + 16 * 60_000 })).toBe('clock');
    expect(check(good, key, { ...expected, now: now - 16 * 60_000 })).toBe('clock');
    expect(check(good, key, { ...expected, now: now + 14 * 60_000 })).toBe('ok');
  });
});
