import { createHash, createHmac, createSecretKey } from 'node:crypto';
import type { SignedRequest } from '@sealpost/aws-auth';
import { deriveSigningKey } from '@sealpost/aws-auth';
import { expect, test } from 'vitest';
import { authenticate } from './authenticate.ts';
import { ApiFault, v1Fault, v2Fault } from './api-fault.ts';

const KEY = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const NOW = Date.parse('2026-11-23T15:49:12Z');

interface Choice {
  readonly accessKeyId?: string;
  readonly secret?: string;
  readonly region?: string;
  readonly service?: string;
  readonly scopeDate?: string;
  readonly timestamp?: string;
  readonly token?: string;
}

/** `GET /v2/email/account`, signed by the book of the SigV4 documentation. */
function signed(choice: Choice = {}): SignedRequest {
  const timestamp = choice.timestamp ?? '20261123T154912Z';
  const date = choice.scopeDate ?? timestamp.slice(0, 8);
  const scope = `${date}/${choice.region ?? 'us-east-1'}/${choice.service ?? 'ses'}/aws4_request`;
  const token = choice.token === undefined ? [] : ([['x-amz-security-token', choice.token]] as const);
  const headers = [['host', 'mail.test:8443'], ['x-amz-date', timestamp], ...token] as const;
  const names = headers.map(([name]) => name).join(';');
  const lines = headers.map(([name, value]) => `${name}:${value}\n`).join('');
  const canonical = `GET\n/v2/email/account\n\n${lines}\n${names}\n${sha256('')}`;
  const stringToSign = `AWS4-HMAC-SHA256\n${timestamp}\n${scope}\n${sha256(canonical)}`;
  const hmac = (key: Buffer | string, text: string) => createHmac('sha256', key).update(text).digest();
  const signingKey = scope
    .split('/')
    .reduce(hmac, Buffer.from(`AWS4${choice.secret ?? KEY.secretAccessKey}`));
  const authorization =
    `AWS4-HMAC-SHA256 Credential=${choice.accessKeyId ?? KEY.accessKeyId}/${scope}, ` +
    `SignedHeaders=${names}, Signature=${hmac(signingKey, stringToSign).toString('hex')}`;
  return {
    method: 'GET',
    rawPath: '/v2/email/account',
    rawQuery: '',
    headers: { ...Object.fromEntries(headers), authorization },
    bodySha256: sha256(''),
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The caller's key, or the codes and the text of the refusal. */
async function answerTo(request: SignedRequest): Promise<string | readonly string[]> {
  try {
    const caller = await authenticate(request, {
      policies: {
        signingKey: ({ accessKeyId, ...scope }) =>
          Promise.resolve(
            accessKeyId === KEY.accessKeyId
              ? {
                  kind: 'key',
                  key: createSecretKey(deriveSigningKey(KEY.secretAccessKey, scope)),
                  scope: 'full',
                }
              : { kind: 'unknown' },
          ),
      },
      region: 'us-east-1',
      accountId: '000000000000',
      now: () => NOW,
    });
    return caller.accessKeyId;
  } catch (error) {
    if (!(error instanceof ApiFault)) throw error;
    return [v1Fault(error.code).code, v2Fault(error.code).code, error.message];
  }
}

test('a request signed by the book is its caller’s', async () => {
  expect(await answerTo(signed())).toBe(KEY.accessKeyId);
});

const unknownKey = ['InvalidClientTokenId', 'UnrecognizedClientException'];
const badSignature = ['SignatureDoesNotMatch', 'InvalidSignatureException'];
const unknown = [...unknownKey, 'The security token included in the request is invalid.'];

// Each row is wrong in what it names and in what is checked later, so that the order is seen (SES contract 3.6).
test.each<[string, SignedRequest, readonly string[]]>([
  [
    '4.2 row 33: no authorization',
    { ...signed(), headers: {} },
    ['MissingAuthenticationToken', 'MissingAuthenticationTokenException', 'Missing Authentication Token'],
  ],
  [
    '4.2 row 36: no credential in it',
    { ...signed(), headers: { authorization: 'AWS4-HMAC-SHA256 SignedHeaders=host, Signature=0' } },
    [
      'IncompleteSignature',
      'IncompleteSignatureException',
      "Authorization header requires 'Credential' parameter.",
    ],
  ],
  [
    '4.2 row 34: an unknown key, before its wrong region',
    signed({ accessKeyId: 'AKIAUNKNOWNUNKNOWN00', region: 'eu-west-1', secret: 'wrong' }),
    unknown,
  ],
  ['a session token, before its wrong region', signed({ token: 'FwoG', region: 'eu-west-1' }), unknown],
  [
    '4.2 row 36: another region, before another service',
    signed({ region: 'eu-west-1', service: 's3', timestamp: '20261122T154912Z' }),
    [...badSignature, "Credential should be scoped to a valid Region, not 'eu-west-1'."],
  ],
  [
    '4.2 row 36: another service, before the clock',
    signed({ service: 'email', timestamp: '20261122T154912Z' }),
    [...badSignature, "Credential should be scoped to correct service: 'ses'."],
  ],
  [
    '4.2 row 36: a scope of another day, before the clock',
    signed({ scopeDate: '20261121', timestamp: '20261122T154912Z' }),
    [
      ...badSignature,
      "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20261121' != '20261122', from '20261122T154912Z'.",
    ],
  ],
  [
    '4.2 row 37: the clock, before the signature',
    signed({ timestamp: '20261123T150000Z', secret: 'wrong' }),
    [
      ...badSignature,
      'Signature expired: 20261123T150000Z is now earlier than 20261123T153412Z (20261123T154912Z - 15 min.)',
    ],
  ],
  [
    '4.2 row 37: a clock that is ahead',
    signed({ timestamp: '20261123T161000Z' }),
    [
      ...badSignature,
      'Signature not yet current: 20261123T161000Z is still later than 20261123T160412Z (20261123T154912Z + 15 min.)',
    ],
  ],
  [
    '4.2 row 35: another secret',
    signed({ secret: 'wrong' }),
    [
      ...badSignature,
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    ],
  ],
])('%s', async (_title, request, expected) => {
  expect(await answerTo(request)).toEqual(expected);
});

test('trap 25, 4.2 row 38: the same signature twice is two calls', async () => {
  const request = signed();
  expect(await answerTo(request)).toBe(KEY.accessKeyId);
  expect(await answerTo(request)).toBe(KEY.accessKeyId);
});
