import { Socket } from 'node:net';
import { ReplyParser } from '@sealpost/smtp';
import { expect, test } from 'vitest';
import { answersApart, canBeToContent, noteAnswers } from './content-answer.ts';
import { SmtpClient } from './smtp-client.ts';
import type { Answer } from './transcript.ts';

function replyOf(line: string) {
  const parser = new ReplyParser();
  parser.push(Buffer.from(`${line}\r\n`));
  const result = parser.next();
  if (result.kind !== 'reply') throw new Error(result.kind);
  return result;
}

const closed: Answer = { kind: 'closed', detail: 'gone' };

test.each<[string, Answer, Answer, boolean]>([
  ['have different statuses', replyOf('250 2.1.0 Ok'), replyOf('250 2.0.0 Ok'), true],
  ['have one status, in other words', replyOf('250 2.0.0 Ok'), replyOf('250 2.0.0 Queued'), false],
  ['have different words', replyOf('250 sender ok'), replyOf('250 queued'), true],
  ['differ by an address only', replyOf('250 <a@x.test> ok'), replyOf('250 <b@y.test> ok'), false],
  ['are a yes and a no', replyOf('250 2.1.0 Ok'), replyOf('554 5.7.1 Spam'), false],
  ['are a yes and none', replyOf('250 2.1.0 Ok'), closed, false],
  ['are none and a yes', closed, replyOf('250 2.0.0 Ok'), false],
])(
  'whether the replies to MAIL and to a content can be told apart when they %s',
  (_how, toMail, final, isApart) => {
    const client = new SmtpClient(new Socket());
    expect(answersApart(client)).toBe(false);
    noteAnswers(client, toMail, final);
    expect(answersApart(client)).toBe(isApart);
  },
);

test.each([
  ['the yes to MAIL', '250 <b@y.test> ok', false],
  ['another yes', '250 queued', true],
  ['a no, in whatever words', '554 <b@y.test> ok', true],
])('after “250 <a@x.test> ok” to MAIL %s: whether it can be to the content', (_what, line, can) => {
  expect(canBeToContent(replyOf('250 <a@x.test> ok'))(replyOf(line).reply)).toBe(can);
});

test('without a reply to MAIL nothing is known to be to the content', () => {
  expect(canBeToContent(undefined)(replyOf('250 queued').reply)).toBe(false);
});
