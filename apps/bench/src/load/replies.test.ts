import { PassThrough } from 'node:stream';
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { readReply } from './http-replies.ts';
import { openReplyReader } from './reply-reader.ts';

test('SMTP replies come one by one, the last line of each, wherever the chunks are cut', async () => {
  const replies = openReplyReader();
  const stream = new PassThrough();
  replies.readFrom(stream as unknown as Socket);
  const first = replies.next();
  stream.write('250-relay\r\n250-STARTT');
  stream.write('LS\r\n250 SIZE\r');
  stream.write('\n250 ok\r\n354 go on\r\n');
  expect([await first, await replies.next(), await replies.next()]).toEqual([
    '250 SIZE',
    '250 ok',
    '354 go on',
  ]);
  const last = replies.next();
  stream.destroy();
  await expect(last).rejects.toThrow('closed');
  await expect(replies.next()).rejects.toThrow('closed');
});

test('an HTTP reply is read when it is whole', () => {
  const whole = 'HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 5\r\n\r\n<a/>\n';
  for (let length = 0; length < whole.length; length += 1) {
    expect(readReply(whole.slice(0, length))).toBeUndefined();
  }
  expect(readReply(`${whole}HTTP/1.1 4`)).toEqual({
    reply: { status: 200, body: '<a/>\n' },
    length: whole.length,
  });
});
