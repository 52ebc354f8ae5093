import { describe, expect, test } from 'vitest';
import type { ActionContext } from './action-context.ts';
import { ApiFault } from './api-fault.ts';
import { dispatch, type Answer } from './dispatch.ts';
import { parseQuery } from './query/query-parameters.ts';
import { renderResponse } from './query/render-xml.ts';
import { parseJson } from './rest/json-input.ts';

function ask(method: string, rawPath: string, body = '', fault?: ApiFault): Promise<Answer> {
  const request = { method, rawPath, rawQuery: '', headers: {}, body: Buffer.from(body) };
  return dispatch(request, 'request-1', {
    authenticate: () => (fault === undefined ? Promise.resolve('AKIA') : Promise.reject(fault)),
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

  test('a bug is an internal failure that tells nothing', async () => {
    const answer = await ask('POST', '/', 'Action=GetSendQuota');
    expect(answer).toMatchObject({ status: 500, code: 'InternalFailure' });
    expect(answer.body).toContain('<Type>Receiver</Type>');
    expect(answer.body).not.toContain('undefined');
  });
});

test('XML: lists, empty results, escapes, doubles', () => {
  expect(renderResponse('A', { L: ['a', 'b'], E: [], T: '<&>"\u0000', N: 200, U: undefined }, 'r')).toBe(
    '<AResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><AResult><L><member>a</member><member>b</member></L><E/>' +
      '<T>&lt;&amp;&gt;&quot;\ufffd</T><N>200.0</N></AResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></AResponse>\n',
  );
  expect(renderResponse('A', {}, 'r')).toContain('<AResult/>');
  expect(renderResponse('A', undefined, 'r')).not.toContain('AResult');
});

test('trap 19: Query lists and structures, and a bare empty list', () => {
  const parameters = parseQuery(
    'Tags.member.1.Name=a&Tags.member.1.Value=1&Tags.member.2.Name=b&To.member.1=x%40y&Cc=&Text=a+b%2Bc',
  );
  expect(parameters.structures('Tags').map((tag) => tag.text('Name'))).toEqual(['a', 'b']);
  expect(parameters.list('To')).toEqual(['x@y']);
  expect(parameters.list('Cc')).toEqual([]);
  expect(parameters.text('Text')).toBe('a b+c');
});

describe('4.2 row 43: JSON that is not what it should be', () => {
  test.each([
    ['a syntax error', '{', 'The request body is not valid JSON.'],
    ['a list', '[]', 'START_ARRAY can not be converted to an Object'],
    ['depth', `${'['.repeat(10_000)}${']'.repeat(10_000)}`, 'START_ARRAY can not be converted to an Object'],
    ['a byte order mark', '\ufeff{}', 'The request body is not valid JSON.'],
  ])('%s', (_title, body, message) => {
    expect(() => parseJson(Buffer.from(body))).toThrow(message);
  });

  test('types are checked member by member, and __proto__ is data', () => {
    const input = parseJson(Buffer.from('{"a":1,"b":[1],"n":1e999,"__proto__":{"c":"x"}}'));
    expect(() => input.text('a')).toThrow('NUMBER_VALUE can not be converted to a String');
    expect(() => input.texts('b')).toThrow('NUMBER_VALUE can not be converted to a String');
    expect(() => input.number('n')).toThrow('NUMBER_VALUE can not be converted to a Long');
    expect(input.text('c')).toBeUndefined();
  });
});
