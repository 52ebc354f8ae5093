import { expect, test } from 'vitest';
import { headerLine } from './record-header.ts';

test.each(['a\r\nNats-Rollup: all', 'a\n'])(
  'a record’s header is not given another field by a value: %j',
  (id) => {
    expect(() => headerLine('Nats-Msg-Id', id)).toThrow('a line end in the header Nats-Msg-Id');
  },
);
