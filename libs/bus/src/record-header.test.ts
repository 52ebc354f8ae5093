import { headers, type MsgHdrs } from 'nats';
import { expect, test } from 'vitest';
import { encodeHeader, headerLine, headerText } from './record-header.ts';

test.each(['a\r\nNats-Rollup: all', 'a\n'])(
  'a record’s header is not given another field by a value: %j',
  (id) => {
    expect(() => headerLine('Nats-Msg-Id', id)).toThrow('a line end in the header Nats-Msg-Id');
  },
);

const encoded = (header: MsgHdrs) =>
  Buffer.from((header as MsgHdrs & { encode(): Uint8Array }).encode()).toString();

test('a record’s header is, byte for byte, what the client of NATS would write', () => {
  const theirs = headers();
  theirs.set('Nats-Msg-Id', 'grün');
  theirs.set('Sealpost-Job', '{"a": 1}');
  const ours = encodeHeader(headerLine('Nats-Msg-Id', 'grün') + headerLine('Sealpost-Job', '{"a": 1}'));
  expect(encoded(ours)).toBe(encoded(theirs));
});

test('what a receiver said fits into one line of a record’s header', () => {
  expect(headerText('550 no\r\nsuch “user”')).toBe('550 no such  user ');
  expect(headerText('x'.repeat(1000))).toHaveLength(500);
});
