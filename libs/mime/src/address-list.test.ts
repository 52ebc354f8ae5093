import { expect, test } from 'vitest';
import { addressesOutsideQuotes, parseAddressList } from './address-list.ts';

test.each([
  ['a@x.test', ['a@x.test']],
  ['A <a@x.test>, b@y.test', ['a@x.test', 'b@y.test']],
  ['"B, C" <b@y.test>', ['b@y.test']],
  ['"quoted \\" <x@x>" <b@y.test>', ['b@y.test']],
  ['grp: c@z.test, D <d@z.test>; e@z.test', ['c@z.test', 'd@z.test', 'e@z.test']],
  ['undisclosed-recipients:;', []],
  ['a@x.test (a comment, (nested) with <x@y>)', ['a@x.test']],
  ['=?UTF-8?Q?Gr=C3=BC=C3=9Fe?= <a@x.test>', ['a@x.test']],
  ['"a b"@x.test', ['"a b"@x.test']],
  ['', []],
])('%s names %j', (value, mailboxes) => {
  expect(parseAddressList(value)).toEqual(mailboxes);
});

test.each([
  ...['"open <a@x.test>', 'A <a@x.test', 'a@x.test (open', '<<a@x.test>>', '<a@x.test> b@y.test'],
  ...['<ceo@victim.test> <a@x.test>', '<ceo@victim.test>:a@x.test;', 'ceo@victim.test:a@x.test;'],
])('%s is no address list', (value) => {
  expect(parseAddressList(value)).toBeUndefined();
});

test.each([
  ['ceo@victim.test <a@x.test>', ['ceo@victim.test', 'a@x.test']],
  ['"ceo@victim.test" <a@x.test>', ['a@x.test']],
  ['a@x.test (ceo@victim.test)', ['a@x.test', 'ceo@victim.test']],
  ['@x.test, a@', []],
])('outside quotes %s names %j', (value, addresses) => {
  expect(addressesOutsideQuotes(value)).toEqual(addresses);
});

// What costs the square of its length does not come back from this.
test.each(['a:', '(', '<', '"', '"\\"', '<a@x>', 'a', ' ', 'a@', '\\', ',', ':'])(
  '4.1 row 29: endless %j costs no more than its length',
  (piece) => {
    const value = piece.repeat(256 * 1024);
    parseAddressList(value);
    addressesOutsideQuotes(value);
  },
);
