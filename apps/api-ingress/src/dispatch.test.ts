import { describe, expect, test } from 'vitest';
import type { ActionContext } from './action-context.ts';
import { ApiFault } from './api-fault.ts';
import type { Caller } from './caller.ts';
import { dispatch, type Answer } from './dispatch.ts';
import { double, renderResponse } from './query/render-xml.ts';

const caller: Caller = { accessKeyId: 'AKIA', scope: 'full', accountId: '000000000000' };

function ask(method: string, rawPath: string, body = '', fault?: ApiFault): Promise<Answer> {
  const content = { kind: 'body', rest: [Buffer.from(body)], binaries: [] } as const;
  const request = { method, rawPath, rawQuery: '', headers: {}, bodySha256: '', content };
  return dispatch(request, 'request-1', {
    authenticate: () => (fault === undefined ? Promise.resolve(caller) : Promise.reject(fault)),
    contextOf: () => ({}) as ActionContext,
    onBug: () => undefined,
  });
}

describe('errors come in the protocol of the caller', () => {
  test('trap 8: an authentication error on v1 is XML', async () => {
    const answer = await ask(
      'POST',
      '/',
      '',
      new ApiFault('missing-token', 'Request is missing Authentication Token'),
    );
    expect(answer).toMatchObject({ status: 403, contentType: 'text/xml' });
    expect(answer.body).toBe(
      '<ErrorResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><Error><Type>Sender</Type>' +
        '<Code>MissingAuthenticationToken</Code><Message>Request is missing Authentication Token</Message></Error>' +
        '<RequestId>request-1</RequestId></ErrorResponse>\n',
    );
  });

  test('trap 10: an error on v2 is JSON with its name in header and body', async () => {
    const answer = await ask('GET', '/v2/email/nothing');
    expect(answer).toMatchObject({
      status: 404,
      headers: { 'x-amzn-ErrorType': 'UnknownOperationException' },
    });
    expect(JSON.parse(answer.body)).toEqual({
      __type: 'UnknownOperationException',
      message: 'There is no such operation.',
    });
  });

  test('4.2 row 41: no Action, an unknown Action, a path that is none', async () => {
    expect((await ask('POST', '/', 'Version=2010-12-01')).code).toBe('MissingAction');
    expect((await ask('POST', '/', 'Action=Nothing')).code).toBe('InvalidAction');
    expect((await ask('POST', '/other', 'Action=GetSendQuota')).code).toBe('InvalidAction');
  });

  test('4.2 row 41: an operation of SES that is not served here, and a method that a path has not', async () => {
    expect(await ask('POST', '/', 'Action=CreateReceiptRule')).toMatchObject({
      code: 'InvalidAction',
      operation: 'CreateReceiptRule',
    });
    expect(await ask('GET', '/v2/email/multi-region-endpoints')).toMatchObject({
      code: 'UnknownOperationException',
      operation: 'ListMultiRegionEndpoints',
    });
    expect(await ask('PUT', '/v2/email/account')).toMatchObject({
      status: 405,
      code: 'MethodNotAllowedException',
    });
  });

  test('a bug is an internal failure that tells nothing', async () => {
    const answer = await ask('POST', '/', 'Action=GetSendQuota');
    expect(answer).toMatchObject({ status: 500, code: 'InternalFailure' });
    expect(answer.body).toContain('<Type>Receiver</Type>');
    expect(answer.body).not.toContain('undefined');
  });
});

test('XML: lists, maps, timestamps, empty results, escapes, numbers', () => {
  expect(renderResponse('A', { L: ['a', 'b'], E: [], T: '<&>"\u0000', N: 200, U: undefined }, 'r')).toBe(
    '<AResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><AResult><L><member>a</member><member>b</member></L><E/>' +
      '<T>&lt;&amp;&gt;&quot;\ufffd</T><N>200</N></AResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></AResponse>\n',
  );
  expect(renderResponse('A', { M: new Map([['k', { V: double(1) }]]), D: new Date(0) }, 'r')).toContain(
    '<M><entry><key>k</key><value><V>1.0</V></value></entry></M><D>1970-01-01T00:00:00.000Z</D>',
  );
  expect(renderResponse('A', {}, 'r')).toContain('<AResult/>');
  expect(renderResponse('A', undefined, 'r')).not.toContain('AResult');
});
